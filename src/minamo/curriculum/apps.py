"""Django's registration of the room `curriculum` (教務)."""

from django.apps import AppConfig


class CurriculumConfig(AppConfig):
    """教務."""

    name = "minamo.curriculum"
    label = "curriculum"
    verbose_name = "教務"

    def ready(self) -> None:
        """Offer the calendar in the rail."""
        from minamo.access.api import offer_navigation
        from minamo.audit.api import offer_childless
        from minamo.curriculum.navigation import entries

        offer_navigation(60, entries)
        offer_childless("School", "calendar:read", "calendar:edit")
