"""Django's registration of the room `home` (入口)."""

from django.apps import AppConfig


class HomeConfig(AppConfig):
    """入口."""

    name = "minamo.home"
    label = "home"
    verbose_name = "入口"
