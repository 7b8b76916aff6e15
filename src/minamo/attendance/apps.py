"""Django's registration of the room `attendance` (出欠)."""

from django.apps import AppConfig


class AttendanceConfig(AppConfig):
    """出欠."""

    name = "minamo.attendance"
    label = "attendance"
    verbose_name = "出欠"
