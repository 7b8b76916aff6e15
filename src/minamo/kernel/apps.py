"""Django's registration of the room `kernel` (共通)."""

from django.apps import AppConfig


class KernelConfig(AppConfig):
    """共通."""

    name = "minamo.kernel"
    label = "kernel"
    verbose_name = "共通"
