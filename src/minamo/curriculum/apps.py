"""Django's registration of the room `curriculum` (教務)."""

from django.apps import AppConfig


class CurriculumConfig(AppConfig):
    """教務."""

    name = "minamo.curriculum"
    label = "curriculum"
    verbose_name = "教務"
