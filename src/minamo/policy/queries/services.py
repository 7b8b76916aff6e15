"""外部サービスと委託先の台帳: the lines, why each is due, how they are shown."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from minamo.access.api import Actor
from minamo.kernel.names import fold_search
from minamo.policy.models import Asset, OutsideService
from minamo.policy.rules.deadlines import confirm_by
from minamo.policy.rules.services import MARKS, reasons_due


@dataclass(frozen=True)
class ServiceLine:
    """台帳の一行."""

    row: OutsideService
    today: dt.date

    @property
    def grade_label(self) -> str:
        """Ⅰ–Ⅳ."""
        return str(dict(Asset.Grade.choices)[self.row.grade])

    @property
    def due(self) -> list[str]:
        """Why somebody has to look at it; nothing when it is used no more."""
        if self.row.ended_on is not None:
            return []
        answers = {name: getattr(self.row, name) for name in (*MARKS, "subcontracting")}
        return reasons_due(checked_on=self.row.checked_on, contract_ends=self.row.contract_ends, today=self.today,
                           grade=self.row.grade, answers=answers)  # fmt: skip

    @property
    def check_by(self) -> dt.date | None:
        """When it has to be checked again."""
        return confirm_by(self.row.checked_on)

    def said(self, name: str) -> str:
        """A choice in words."""
        return str(dict(OutsideService._meta.get_field(name).choices or ())[getattr(self.row, name)])  # type: ignore[union-attr]

    @property
    def marks(self) -> str:
        """Which certificates it has."""
        held = [name for name in MARKS if getattr(self.row, name) == "yes"]
        return "・".join(str(OutsideService._meta.get_field(name).verbose_name) for name in held)  # type: ignore[union-attr]


@dataclass(frozen=True)
class ServiceFilter:
    """絞り込み."""

    text: str = ""
    kind: str = ""
    due: bool = False
    ended: bool = False

    @classmethod
    def of(cls, sent: Mapping[str, str]) -> "ServiceFilter":
        """From a query string; what makes no sense is left out."""
        kind = sent.get("kind", "")
        return cls(sent.get("q", "").strip()[:80], kind if kind in OutsideService.Kind.values else "",
                   sent.get("due") == "1", sent.get("ended") == "1")  # fmt: skip

    def query(self) -> str:
        """The same as a query string."""
        values = {"q": self.text, "kind": self.kind, "due": "1" if self.due else "", "ended": "1" if self.ended else ""}
        return urlencode({name: value for name, value in values.items() if value})

    def shows(self, line: ServiceLine) -> bool:
        """Whether a line is wanted."""
        row = line.row
        words = fold_search(f"{row.name} {row.provider} {row.purpose} {row.given}")
        return (
            (self.ended or row.ended_on is None)
            and (not self.kind or row.kind == self.kind)
            and (not self.due or bool(line.due))
            and all(fold_search(word) in words for word in self.text.split())
        )


def services_of(actor: Actor, municipality: UUID, wanted: ServiceFilter) -> tuple[list[ServiceLine], int, int]:
    """(lines wanted, those due first; how many are in use; how many of them are due). One query. Callers are authorised."""
    lines = [ServiceLine(row, actor.today) for row in OutsideService.objects.filter(municipality=municipality)]
    used = [line for line in lines if line.row.ended_on is None]
    shown = sorted((line for line in lines if wanted.shows(line)), key=lambda line: (line.row.ended_on is not None, not line.due, line.row.name))  # fmt: skip
    return shown, len(used), sum(bool(line.due) for line in used)


def services_due(actor: Actor) -> list[ServiceLine]:
    """For the start page of the board: what has to be looked at. One query, none for others."""
    if not actor.uuids["boards"]:
        return []
    rows = OutsideService.objects.filter(municipality__in=actor.uuids["boards"], ended_on=None)
    return [line for line in (ServiceLine(row, actor.today) for row in rows) if line.due]
