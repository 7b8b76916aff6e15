"""Django's registration of the room `interop` (連携)."""

from django.apps import AppConfig


class InteropConfig(AppConfig):
    """連携."""

    name = "minamo.interop"
    label = "interop"
    verbose_name = "連携"

    def ready(self) -> None:
        """Offer the menu entry of the board, and say whom a list has shown."""
        from minamo.access.api import offer_navigation
        from minamo.interop.navigation import entries
        from minamo.interop.shown import offer

        offer()
        offer_navigation(80, entries)
