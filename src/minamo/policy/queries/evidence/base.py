"""証拠 (evidence): what is asked, and what is found."""

import datetime as dt
from dataclasses import dataclass
from functools import cached_property
from uuid import UUID

from minamo.kernel.schoolyear import jst_date
from minamo.policy.models import Issue
from minamo.policy.queries.texts import issue_in_force
from minamo.policy.queries.ways import Way

PERIOD = dt.timedelta(days=90)
ASSETS = Way("情報資産の台帳を見る", "policy-assets")
EDITIONS = Way("過去の版を見る", "policy-editions")


@dataclass(frozen=True)
class Asked:
    """For whom and when evidence is looked for: a municipality, or one school of it."""

    municipality: UUID
    number: str
    today: dt.date
    now: dt.datetime
    school: UUID | None = None

    @property
    def since(self) -> dt.datetime:
        """The beginning of the period."""
        return self.now - PERIOD

    @cached_property
    def issue(self) -> Issue | None:
        """いまの版, with the county's layer it lies on, looked for once. One query."""
        return issue_in_force(self.municipality)


@dataclass(frozen=True)
class Evidence:
    """証拠: a sentence, whether it speaks for the clause being kept (None: it only counts), and where the rows behind it are seen."""

    sentence: str
    good: bool | None = None
    ways: tuple[Way, ...] = ()


def trail_way(asked: Asked, **query: str) -> Way:
    """操作の記録 of the period, narrowed down."""
    parts = {"first": f"{jst_date(asked.since):%Y-%m-%d}", **query}
    text = "&".join(f"{name}={value}" for name, value in parts.items())
    return Way("操作の記録を見る", "audit-municipality", "leads", "audit-school", f"?{text}")
