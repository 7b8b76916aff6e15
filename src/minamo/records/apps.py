"""Django's registration of the room `records` (公簿と帳票)."""

from django.apps import AppConfig


class RecordsConfig(AppConfig):
    """公簿と帳票."""

    name = "minamo.records"
    label = "records"
    verbose_name = "公簿と帳票"
