"""Django's registration of the room `tenancy` (自治体と学校)."""

from django.apps import AppConfig


class TenancyConfig(AppConfig):
    """自治体・学校・職."""

    name = "minamo.tenancy"
    label = "tenancy"
    verbose_name = "自治体と学校"

    def ready(self) -> None:
        """Tell access which posts an account holds on a day."""
        from minamo.access.api import Facts, register_facts

        keys = ("municipalities", "boards", "serves", "heads", "coordinators", "nurses", "clerks", "posts")
        register_facts(Facts("tenancy_facts", keys))
