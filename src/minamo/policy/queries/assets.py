"""情報資産の台帳: minamo's own data from the code beside what people have put down; what is due; the history of a line."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from minamo.access.api import Actor
from minamo.kernel.ids import id_of
from minamo.kernel.names import fold_search
from minamo.policy.models import Asset, RegisterEntry
from minamo.policy.queries.own_data import OwnData, own_data
from minamo.policy.rules.deadlines import confirm_by, confirm_due

GRADE_ORDER = ("I", "II", "III", "IV")
UNDECIDED = "まだ決めていません"


@dataclass(frozen=True)
class AssetLine:
    """台帳の一行 as shown. `row` is None for own data that nobody has completed yet."""

    row: Asset | None
    own: OwnData | None
    name: str
    grade: str
    place: str
    readers: str
    encrypted: str
    confirmed_on: dt.date | None
    retired_on: dt.date | None
    today: dt.date

    @property
    def grade_label(self) -> str:
        """Ⅰ–Ⅳ."""
        return str(dict(Asset.Grade.choices)[self.grade])

    @property
    def due_on(self) -> dt.date | None:
        """When it has to be looked through again; None when it never was."""
        return confirm_by(self.confirmed_on)

    @property
    def due(self) -> bool:
        """Whether it has to be looked through now."""
        return self.retired_on is None and confirm_due(self.confirmed_on, self.today)

    @property
    def school(self) -> str:
        """Whose it is."""
        return self.row.school.short_name if self.row and self.row.school else ("全校" if self.own else "教育委員会")

    def said(self, name: str) -> str:
        """What people have decided, in words; what has not been chosen yet says so."""
        if self.row is None:
            return UNDECIDED
        field = Asset._meta.get_field(name)
        value = getattr(self.row, name)
        if value == "" and field.choices:  # type: ignore[union-attr]
            return UNDECIDED
        return str(dict(field.choices or ()).get(value, value))  # type: ignore[union-attr]


@dataclass(frozen=True)
class AssetFilter:
    """絞り込み: words, class, whose, and whether only what is due or also what is gone is shown."""

    text: str = ""
    grade: str = ""
    whose: str = ""
    due: bool = False
    gone: bool = False

    @classmethod
    def of(cls, sent: Mapping[str, str]) -> "AssetFilter":
        """From a query string; what makes no sense is left out."""
        grade, whose = sent.get("grade", ""), sent.get("whose", "")
        return cls(
            sent.get("q", "").strip()[:80], grade if grade in GRADE_ORDER else "",
            whose if whose in {"own", "board", "town"} or id_of(whose) else "", sent.get("due") == "1", sent.get("gone") == "1",
        )  # fmt: skip

    def query(self) -> str:
        """The same as a query string."""
        values = {"q": self.text, "grade": self.grade, "whose": self.whose, "due": "1" if self.due else "",
                  "gone": "1" if self.gone else ""}  # fmt: skip
        return urlencode({name: value for name, value in values.items() if value})

    def shows(self, line: AssetLine) -> bool:
        """Whether a line is wanted."""
        words = (line.name, line.place, line.readers, line.said("owner"), line.said("note"))
        return (
            (self.gone or line.retired_on is None)
            and (not self.grade or line.grade == self.grade)
            and (not self.due or line.due)
            and self._whose(line)
            and all(fold_search(word) in fold_search(" ".join(words)) for word in self.text.split())
        )

    def _whose(self, line: AssetLine) -> bool:
        match self.whose:
            case "":
                return True
            case "own":
                return line.own is not None
            case "board":
                return line.own is None and line.row is not None and line.row.school_id is None
            case "town":  # what the board looks through: its own, and minamo's
                return line.own is not None or (line.row is not None and line.row.school_id is None)
        return line.row is not None and str(line.row.school_id) == self.whose


@dataclass(frozen=True)
class AssetList:
    """台帳: the lines wanted, how many there are of each class, how many are due."""

    lines: list[AssetLine]
    per_grade: Mapping[str, int]
    due: int
    total: int


def line_of(row: Asset, today: dt.date) -> AssetLine:
    """One line of the register."""
    own = own_data().get(row.table) if row.table else None
    if own is None:
        return AssetLine(row, None, row.name, row.grade, row.place, row.readers, row.encrypted, row.confirmed_on,
                         row.retired_on, today)  # fmt: skip
    return own_line(own, row, today)


def own_line(own: OwnData, row: Asset | None, today: dt.date) -> AssetLine:
    """A line of minamo's own data: what the code says, and when people looked at it."""
    return AssetLine(row, own, own.name, own.grade, own.place, own.readers_in_words, own.encrypted,
                     row.confirmed_on if row else None, None, today)  # fmt: skip


def assets_of(actor: Actor, municipality: UUID, wanted: AssetFilter) -> AssetList:
    """The register of a municipality. One query. Callers are authorised for the list."""
    rows = list(Asset.objects.visible_to(actor).filter(municipality=municipality).select_related("school"))
    completed = {row.table: row for row in rows if row.table}
    lines = [own_line(own, completed.get(kind), actor.today) for kind, own in own_data().items()]
    lines += [line_of(row, actor.today) for row in rows if not row.table]
    there = [line for line in lines if line.retired_on is None]
    shown = sorted((line for line in lines if wanted.shows(line)),
                   key=lambda line: (line.retired_on is not None, GRADE_ORDER.index(line.grade), line.own is None, line.name))  # fmt: skip
    return AssetList(
        shown, {grade: sum(line.grade == grade for line in there) for grade in GRADE_ORDER},
        sum(line.due for line in there), len(there),
    )  # fmt: skip


def own_asset(municipality: UUID, kind: str) -> Asset | None:
    """The completed line of a kind of minamo's own data. One query."""
    return Asset.objects.filter(municipality=municipality, table=kind).first()


def entries_of(**subject: Any) -> list[RegisterEntry]:
    """The history of a line, newest first. One query."""
    return list(RegisterEntry.objects.filter(**subject).order_by("-at", "-id")[:100])
