"""Django's registration of the room `tenancy` (自治体と学校)."""

from django.apps import AppConfig


class TenancyConfig(AppConfig):
    """自治体・学校・職."""

    name = "minamo.tenancy"
    label = "tenancy"
    verbose_name = "自治体と学校"

    def ready(self) -> None:
        """Tell access which posts an account holds on a day, and what stands in the bar."""
        from minamo.access.api import Facts, offer_bar, offer_navigation, register_facts
        from minamo.audit.api import offer_childless, offer_names
        from minamo.tenancy.bar import bar
        from minamo.tenancy.names import municipality_names, school_names
        from minamo.tenancy.navigation import entries

        keys = (
            "municipalities",
            "boards",
            "serves",
            "heads",
            "coordinators",
            "nurses",
            "clerks",
            "technicians",
            "posts",
        )
        register_facts(Facts("tenancy_facts", keys))
        offer_bar(bar)
        offer_navigation(70, entries)
        offer_childless("Membership")
        offer_childless("School", "school:manage")
        offer_names("School", school_names)
        offer_names("Municipality", municipality_names)
