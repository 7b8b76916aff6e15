"""Django's registration of the room `home` (入口)."""

from django.apps import AppConfig


class HomeConfig(AppConfig):
    """入口."""

    name = "minamo.home"
    label = "home"
    verbose_name = "入口"

    def ready(self) -> None:
        """Offer the way home first, and the tabs of families and pupils."""
        from minamo.access.api import offer_navigation
        from minamo.home.navigation import entries

        offer_navigation(0, entries)
