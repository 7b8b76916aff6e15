"""Django's registration of the room `marking` (採点)."""

from django.apps import AppConfig


class MarkingConfig(AppConfig):
    """採点."""

    name = "minamo.marking"
    label = "marking"
    verbose_name = "採点"
