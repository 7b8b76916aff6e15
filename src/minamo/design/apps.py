"""Django's registration of the room `design` (見た目)."""

from django.apps import AppConfig


class DesignConfig(AppConfig):
    """見た目: tokens, components, layouts, printed forms."""

    name = "minamo.design"
    label = "design"
    verbose_name = "見た目"
