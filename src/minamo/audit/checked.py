"""最後の検証 (the last verification) of the tree of a municipality, as the night kept it (nightly.py)."""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from minamo.audit.queries import spoken

OVERDUE = dt.timedelta(hours=36)
_LAST = """
    SELECT DISTINCT ON (municipality_id) municipality_id, at, size, found, elsewhere, grounded, findings FROM audit_check
    WHERE municipality_id = ANY(%s) AND at < %s ORDER BY municipality_id, at DESC, id DESC
"""


@dataclass(frozen=True)
class Finding:
    """One finding in words, with what its row says now; `entry` is None where it is not about a row."""

    text: str
    entry: int | None = None
    at: str = ""
    action: str = ""
    who: str = ""

    @property
    def deed(self) -> str:
        """「学籍　見た」; empty for a row that is gone."""
        return spoken(self.action) if self.action else ""


@dataclass(frozen=True)
class Checked:
    """最後の検証 of the tree of a municipality."""

    municipality: UUID
    at: dt.datetime
    size: int
    found: int
    elsewhere: int
    grounded: bool
    findings: list[Finding]

    @property
    def ok(self) -> bool:
        """Whether nothing was wrong, here or in what belongs to nobody."""
        return not (self.found or self.elsewhere)

    def overdue(self, now: dt.datetime) -> bool:
        """Whether the night's verification did not come about."""
        return now - self.at > OVERDUE


def last_checks(municipalities: Iterable[UUID], before: dt.datetime | None = None) -> dict[UUID, Checked]:
    """The last verification of each, as far as the wall shows it. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [list(municipalities), before or dt.datetime.max.replace(tzinfo=dt.UTC)])
        return {
            town: Checked(town, at, size, found, elsewhere, grounded, [Finding(**one) for one in _read(findings)])
            for town, at, size, found, elsewhere, grounded, findings in cursor.fetchall()
        }


def _read(value: Any) -> list[dict[str, Any]]:
    """Django's connection hands jsonb over as text."""
    found: list[dict[str, Any]] = json.loads(value) if isinstance(value, str) else value
    return found
