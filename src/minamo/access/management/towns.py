"""The municipality an operator's command is about."""

from uuid import UUID

from django.core.management.base import CommandError
from django.db import connection

from minamo.access.scope import system_scope


def town_with(code: str) -> UUID:
    """The municipality of a code; tenancy lies above this room, so its table is asked without a scope. Raises CommandError."""
    with system_scope(), connection.cursor() as cursor:
        cursor.execute("SELECT tenancy_municipality_of(%s)", [code])
        row = cursor.fetchone()
    if row is None or row[0] is None:
        raise CommandError("その自治体コードはありません。")
    return UUID(str(row[0]))
