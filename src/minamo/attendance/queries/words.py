"""連絡の言葉 (a notice as the school's screens say it): its content then and now, what a correction changed, and since when
it no longer speaks of a day."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from minamo.attendance.notice_content import KINDS, REASONS
from minamo.attendance.rules import NoticeFact, ResolutionFact


@dataclass(frozen=True, slots=True)
class Said:
    """連絡の内容 at one time. `reason` and the times are empty where they are not shown."""

    kind: str
    reason: str
    begins: dt.date
    ends: dt.date
    arrives: str = ""
    leaves: str = ""

    def covers(self, day: dt.date) -> bool:
        """Whether it was about the day."""
        return self.begins <= day <= self.ends

    @property
    def days(self) -> str:
        """11/24, 11/24–26, 11/30–12/2."""
        first = f"{self.begins.month}/{self.begins.day}"
        if self.begins == self.ends:
            return first
        month = f"{self.ends.month}/" if self.ends.month != self.begins.month else ""
        return f"{first}–{month}{self.ends.day}"

    def brief(self, day: dt.date) -> str:
        """欠席 体調不良; with its days when it is not about this day alone."""
        alone = self.begins == self.ends == day
        parts = ("" if alone else self.days, KINDS[self.kind], REASONS.get(self.reason, ""), *self.times)
        return " ".join(part for part in parts if part)

    @property
    def times(self) -> tuple[str, str]:
        """10:00ごろ登校, 13:30に早退; empty where nobody said."""
        return (f"{self.arrives}ごろ登校" if self.arrives else "", f"{self.leaves}に早退" if self.leaves else "")

    def became(self, after: "Said") -> str:
        """何が変わったか: 欠席 → 遅刻・11/24 → 11/25; empty when what changed is not said here."""
        pairs = [
            (self.days, after.days), (KINDS[self.kind], KINDS[after.kind]),
            (REASONS.get(self.reason, ""), REASONS.get(after.reason, "")),
            *zip(self.times, after.times, strict=True),
        ]  # fmt: skip
        changed = [(old, new) for old, new in pairs if old != new]
        return "・".join(f"{old} → {new}" if old and new else new or f"{old}をやめる" for old, new in changed)

    def hidden(self) -> "Said":
        """Kind and days only."""
        return replace(self, reason="", arrives="", leaves="")


@dataclass(frozen=True, slots=True)
class Change:
    """連絡の訂正・取り消し as read; `late`: after the school's deadline for the first day it touches."""

    kind: str
    at: dt.datetime
    by: str
    late: bool
    before: Said

    @property
    def withdraws(self) -> bool:
        """取り消し."""
        return self.kind == "withdrawal"


@dataclass(frozen=True, slots=True)
class Word:
    """連絡 as read, with its corrections (oldest first) and how a disagreement was settled."""

    fact: NoticeFact
    said: Said
    text: str
    temperature: float | None
    returns: dt.date | None
    channel: str
    sender: str
    late: bool
    changes: tuple[Change, ...]
    resolutions: tuple[ResolutionFact, ...]
    shown: bool = True

    def hidden(self) -> "Word":
        """The same fact without what was said: kind, days and moments stay."""
        return replace(
            self, said=self.said.hidden(), text="", temperature=None, returns=None, sender="家庭", shown=False,
            changes=tuple(replace(c, by="", before=c.before.hidden()) for c in self.changes),
        )  # fmt: skip

    @property
    def versions(self) -> tuple[Said, ...]:
        """Its contents, oldest first; the last one is how it stands."""
        return (*(change.before for change in self.changes), self.said)

    def left(self, day: dt.date) -> Change | None:
        """The change after which it no longer speaks of a day it was about; None while it does, or never did."""
        if self.fact.speaks_of(day):
            return None
        return next((change for change in reversed(self.changes) if change.before.covers(day)), None)


def word_of(row: Mapping[str, Any]) -> Word:
    """A notice from its JSON (see queries/day.py)."""
    received = dt.datetime.fromisoformat(row["received"])
    changes = tuple(
        Change(kind, dt.datetime.fromisoformat(at), by, late, _said(before))
        for kind, at, by, late, before in row["changes"] or ()
    )
    said = _said(row)
    fact = NoticeFact(
        row["id"], said.kind, said.reason, said.begins, said.ends, received,
        max([received, *(change.at for change in changes)]), row["withdrawn"] is not None,
    )  # fmt: skip
    return Word(
        fact, said, row["text"], row["temperature"],
        dt.date.fromisoformat(row["returns"]) if row["returns"] else None, row["channel"], row["sender"], row["late"],
        changes,
        tuple(
            ResolutionFact(row["id"], holds, dt.datetime.fromisoformat(at), by, by_id)
            for holds, at, by, by_id in row["resolutions"] or ()
        ),
    )  # fmt: skip


def _said(row: Mapping[str, Any]) -> Said:
    """From the notice as it stands, or from an earlier content (Content.as_json)."""
    return Said(
        row["kind"], row["reason"], dt.date.fromisoformat(row["begins"]), dt.date.fromisoformat(row["ends"]),
        (row["arrives_at"] or "")[:5].lstrip("0"), (row["leaves_at"] or "")[:5].lstrip("0"),
    )  # fmt: skip
