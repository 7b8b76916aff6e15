"""過去の版を読む: every edition of a municipality with its time, how that ended and what it changed in one line."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from minamo.policy.models import Issue
from minamo.policy.queries.difference import Difference, between, changed_limits
from minamo.policy.queries.texts import limits_of, text_in, text_replaced
from minamo.policy.rules.archive import FORMER, IN_FORCE, NEVER, UNDONE, Span, Text, before, follower, listed, standing


@dataclass(frozen=True)
class Shelved:
    """一つの版 as it stands in the list. `by`: the number of the edition that took its place."""

    number: int
    title: str
    effective_on: dt.date
    begins: dt.datetime | None
    ends: dt.datetime | None
    standing: str
    by: int
    line: str
    note: str = ""

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
    """The same for anybody, from what `public_policy` found. Why somebody went back is not public."""
    return _shelf(
        _Row(
            Span(one["number"], one["activated_at"], one["ended_at"], one["goes_back"]), one["title"], one["effective_on"],
            one["changed"], one["limits"], one["replaced"], one["overlay_changed"],
        )
        for one in found["editions"]
    )  # fmt: skip


def difference_made(issue: Issue) -> Difference:
    """The difference the edition made, against what it replaced; the same for ever."""
    return between(text_replaced(issue), text_in(issue))


def public_difference(found: Mapping[str, Any]) -> Difference:
    """The same for anybody, without overlays."""
    new = Text(found["number"], found["clauses"], limits_of(found["limits"]))
    return between(before(new, {**found["replaced"], "overlay": ""}), new)


def _shelf(rows: Iterable[_Row]) -> list[Shelved]:
    found = list(rows)
    spans = [row.span for row in found]
    return [_shelved(row, follower(row.span, spans)) for row in found]


def _shelved(row: _Row, after: Span | None) -> Shelved:
    return Shelved(
        row.span.number, row.title, row.effective_on, row.span.begins, row.span.ends, standing(row.span, after),
        after.number if after else 0, _line(row), row.note,
    )  # fmt: skip


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
