"""Django's registration of the room `interop` (連携)."""

from django.apps import AppConfig


class InteropConfig(AppConfig):
    """連携."""

    name = "minamo.interop"
    label = "interop"
    verbose_name = "連携"
