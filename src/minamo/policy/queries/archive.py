"""過去の版を読む: every edition of a municipality with its time, how that ended and what it changed in one line."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from minamo.kernel.schoolyear import JST, jst_date
from minamo.kernel.wareki import format_wareki
from minamo.policy.models import Issue
from minamo.policy.queries.difference import Difference, between, changed_limits
from minamo.policy.queries.texts import limits_of, public_text, text_in, text_replaced
from minamo.policy.rules.archive import (
    FORMER,
    IN_FORCE,
    NEVER,
    UNDONE,
    Span,
    before,
    crowded,
    follower,
    listed,
    standing,
)


@dataclass(frozen=True)
class Shelved:
    """一つの版 as it stands in the list. `by`: the number of the edition that took its place; `began` and `ended` are in words, with
    the time where several editions share a day."""

    number: int
    title: str
    effective_on: dt.date
    begins: dt.datetime | None
    ends: dt.datetime | None
    began: str
    ended: str
    standing: str
    by: int
    line: str
    note: str = ""
    goes_back: bool = False

    @property
    def past(self) -> bool:
        """Whether it is in force no more."""
        return self.standing in {FORMER, UNDONE, NEVER}

    @property
    def in_force(self) -> bool:
        """Whether it is the one in force."""
        return self.standing == IN_FORCE

    @property
    def word(self) -> str:
        """How it stands, in a word or two."""
        words = {IN_FORCE: "施行中", FORMER: "", UNDONE: f"第{self.by}版で戻しました", NEVER: "施行されませんでした"}
        return words.get(self.standing, "これから施行")


@dataclass(frozen=True)
class _Row:
    """What the list needs of an edition, from a row or from the public function."""

    span: Span
    title: str
    effective_on: dt.date
    changed: Sequence[str]
    limits: Mapping[str, int]
    replaced: Mapping[str, Any]
    overlay_changed: bool
    note: str = ""


def editions_of(municipality: UUID) -> list[Shelved]:
    """All editions, the newest first. One query."""
    rows = Issue.objects.filter(municipality=municipality).defer("clauses", "own")
    return _shelf(
        _Row(
            Span(row.number, row.activated_at, row.ended_at, row.revision_id is None), row.title, row.effective_on, row.changed,
            row.limits, row.replaced, row.overlay != row.replaced["overlay"], row.note,
        )
        for row in rows.order_by("-number")
    )  # fmt: skip


def public_editions(found: Mapping[str, Any]) -> list[Shelved]:
    """The same for anybody, from what `public_policy` found: why it was revised, but not why somebody went back."""
    return _shelf(
        _Row(
            Span(one["number"], one["activated_at"], one["ended_at"], one["goes_back"]), one["title"], one["effective_on"],
            one["changed"], one["limits"], one["replaced"], one["overlay_changed"], one["note"],
        )
        for one in found["editions"]
    )  # fmt: skip


def difference_made(issue: Issue) -> Difference:
    """The difference the edition made, against what it replaced; the same for ever."""
    return between(text_replaced(issue), text_in(issue), whence=issue.replaced.get("whence"))


def public_difference(found: Mapping[str, Any]) -> Difference:
    """The same for anybody: what an overlay closes in words, not how its rules are written."""
    new = public_text(found)
    made = between(before(new, found["replaced"]), new, whence=found["replaced"].get("whence"))
    return replace(made, overlay=replace(made.overlay, old="", new=""))


def shelved_in(found: Mapping[str, Any], shelf: Iterable[Shelved]) -> Shelved:
    """Where what `public_policy` found stands in its list."""
    return next(one for one in shelf if one.number == found["number"])


def _shelf(rows: Iterable[_Row]) -> list[Shelved]:
    found = list(rows)
    spans = [row.span for row in found]
    busy = crowded(spans)
    return [_shelved(row, follower(row.span, spans), busy) for row in found]


def _shelved(row: _Row, after: Span | None, busy: Collection[dt.date]) -> Shelved:
    return Shelved(
        row.span.number, row.title, row.effective_on, row.span.begins, row.span.ends, _moment(row.span.begins, busy),
        _moment(row.span.ends, busy), standing(row.span, after), after.number if after else 0, _line(row), row.note, row.span.goes_back,
    )  # fmt: skip


def _moment(at: dt.datetime | None, busy: Collection[dt.date]) -> str:
    """「令和8年11月24日」, with the time where the day says too little."""
    if at is None:
        return ""
    day = jst_date(at)
    return format_wareki(day) + (f" {at.astimezone(JST):%-H:%M}" if day in busy else "")


def _line(row: _Row) -> str:
    """What it changed, in one line; nothing for a rollback, whose title says it."""
    if row.span.goes_back:
        return ""
    limits = changed_limits(row.replaced["limits"], limits_of(row.limits))
    parts = [f"{one.label} {one.old}{one.unit}→{one.new}{one.unit}" for one in limits]
    if row.replaced["number"] == 0:
        parts.insert(0, f"はじめての版（{len(row.changed)}条）")
    elif row.changed:
        parts.append("条文 " + listed(list(row.changed), "条"))
    return "、".join([*parts, *(["上乗せの規則"] if row.overlay_changed else [])])
