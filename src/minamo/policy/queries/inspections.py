"""点検の一覧と一回: how far each place is this year, the lines by chapter with their answers, what is due."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import CharField, DateField, QuerySet, UUIDField, Value
from django.db.models.functions import Cast, Concat

from minamo.access.api import Actor
from minamo.kernel.schoolyear import SchoolYear
from minamo.policy.clauses import model
from minamo.policy.models import Inspection, InspectionAnswer, Issue
from minamo.policy.rules.inspections import ADDED, PEOPLE, REWORDED, Standing, asked, counts, standing
from minamo.policy.rules.together import UNOPENED
from minamo.tenancy.api import schools_of

SELF, AUDIT = str(Inspection.Kind.SELF), str(Inspection.Kind.AUDIT)
VERDICTS: Mapping[str, str] = dict(InspectionAnswer.Verdict.choices)


@dataclass(frozen=True)
class InspectionLine:
    """条文の一行 with its answer."""

    data: Mapping[str, Any]
    verdict: str
    note: str
    by: str

    @property
    def people(self) -> bool:
        """Whether only people can say something about it."""
        return bool(self.data["kept"] == PEOPLE)

    @property
    def asked_again(self) -> str:
        """Why it is asked once more, or for the first time, in the middle of the round; "" when it is not."""
        if not self.people or self.verdict or not self.data.get("since"):
            return ""
        return REWORDED if self.data.get("void") else ADDED

    @property
    def verdict_label(self) -> str:
        """The answer in words."""
        return VERDICTS.get(self.verdict, "")


@dataclass(frozen=True)
class InspectionChapter:
    """章 with its lines."""

    number: str
    title: str
    lines: tuple[InspectionLine, ...]

    @property
    def people(self) -> list[InspectionLine]:
        """What is asked."""
        return [line for line in self.lines if line.people]

    @property
    def machine(self) -> list[InspectionLine]:
        """What the machine keeps."""
        return [line for line in self.lines if not line.people]

    @property
    def again(self) -> list[str]:
        """Numbers of what is asked once more."""
        return [line.data["number"] for line in self.lines if line.asked_again]

    @property
    def left(self) -> int:
        """How many answers are missing."""
        return sum(not line.verdict for line in self.people)


@dataclass(frozen=True)
class InspectionPage:
    """点検の一回 for the screen and for print."""

    row: Inspection
    chapters: tuple[InspectionChapter, ...]
    counts: Mapping[str, int]
    answered: int
    total: int
    seen: str  # the newest answer, as a form says what it has seen


def newest_answers(row: Inspection, seen: str = "") -> dict[str, InspectionAnswer]:
    """The answer that counts, by clause: the newest since its clause has had its words (rules/inspections.py: renewed). With `seen` as it was
    when that answer was the newest; nothing when it is none of this round. One query."""
    void = {line["number"]: line["void"] for line in row.lines if line.get("void")}
    found: dict[str, InspectionAnswer] = {}
    for one in row.answers.order_by("answered_at", "id"):
        found[one.clause] = one
        if str(one.pk) == void.get(one.clause):
            del found[one.clause]
        if str(one.pk) == seen:
            return found
    return {} if seen else found


def inspection_page(row: Inspection) -> InspectionPage:
    """One round by chapter. One query while it is open, none when it is finished."""
    answers = {} if row.finished_at else newest_answers(row)
    lines = [_line(data, answers.get(data["number"])) for data in row.lines]
    chapters = list(dict.fromkeys(line.data["chapter"] for line in lines))
    verdicts = {line.data["number"]: line.verdict for line in lines if line.verdict}
    wanted = asked(row.lines)
    return InspectionPage(
        row,
        tuple(InspectionChapter(c, _title(c), tuple(line for line in lines if line.data["chapter"] == c)) for c in chapters),
        counts(row.lines, verdicts), sum(number in verdicts for number in wanted), len(wanted), _newest(answers.values()),
    )  # fmt: skip


def _newest(answers: Iterable[InspectionAnswer]) -> str:
    found = max(answers, key=lambda one: (one.answered_at, one.pk), default=None)
    return str(found.pk) if found else UNOPENED


def _line(data: Mapping[str, Any], found: InspectionAnswer | None) -> InspectionLine:
    if found is None:
        return InspectionLine(data, data.get("verdict", ""), data.get("note", ""), data.get("by", ""))
    return InspectionLine(data, found.verdict, found.note, found.answered_by)


def _title(chapter: str) -> str:
    known = model().chapters.get(chapter)
    return known.title if known else "町の定め"


def rounds_of(municipality: UUID, school: UUID | None) -> list[Inspection]:
    """点検の記録 of a place, newest first, without their lines. One query."""
    rows = Inspection.objects.filter(municipality=municipality, school=school)
    return list(rows.defer("lines").order_by("-begun_at")[:50])


def schools_this_year(actor: Actor, municipality: UUID) -> list[tuple[Any, Inspection | None]]:
    """How far each school is with the self-inspection of the year: the finished round, else the open one, else none. Two
    queries."""
    year = SchoolYear.of(actor.today).year
    rows = Inspection.objects.filter(
        municipality=municipality, year=year, kind="self", school__isnull=False, withdrawn_at=None
    )
    found: dict[UUID | None, Inspection] = {}
    for row in rows.defer("lines").order_by("finished_at", "begun_at"):  # finished ones first; nulls come last
        found.setdefault(row.school_id, row)
    return [(s, found.get(s.school_id)) for s in schools_of(actor, on=actor.today) if s.municipality_id == municipality]


@dataclass(frozen=True)
class Years:
    """年度: in which ones the policy has been in force (by municipality, the first) and in which ones what was finished where."""

    since: Mapping[UUID, int]
    finished: Mapping[tuple[UUID, UUID | None, str], frozenset[int]]

    def standing(self, today: dt.date, town: UUID, school: UUID | None, kind: str) -> tuple[Standing, int | None]:
        """How a place stands with its self-inspection or its audit, and the last year in which it was finished."""
        years = self.finished.get((town, school, kind), frozenset())
        since = self.since.get(town)
        return standing(today, since=since, finished=years, audit=kind == AUDIT), max(years, default=None)


@dataclass(frozen=True)
class Due:
    """点検か監査の一つ that a place should make: its name and id, how it stands, the last year in which it was finished."""

    kind: str
    name: str
    place: UUID
    is_school: bool
    standing: Standing
    last: int | None

    @property
    def said(self) -> str:
        """What is missing, in words."""
        if self.standing is Standing.DUE:
            return f"{self.name}の今年度の{'監査' if self.kind == AUDIT else '点検'}が、まだ終わっていません"
        what = "監査が" if self.kind == AUDIT else "点検が"
        return f"{self.name}の{what}、{f'{self.last}年度のあと' if self.last else 'まだ一度も'}行われていません"


def years_in_rows() -> tuple[QuerySet[Any], QuerySet[Any]]:
    """What `years_of` wants, as rows of five (what, municipality, school, kind and year, day), for one query together with others."""
    nowhere, never = Cast(Value(None), UUIDField()), Cast(Value(None), DateField())
    issues = Issue.objects.filter(activated_at__isnull=False).order_by()
    said = Concat("kind", Value(":"), Cast("year", CharField()), output_field=CharField())
    rows = Inspection.objects.filter(finished_at__isnull=False).order_by()
    return (
        issues.values_list(Value("issue"), "municipality", nowhere, Value(""), "effective_on"),
        rows.values_list(Value("inspection"), "municipality", "school", said, never),
    )


def years_of(rows: Iterable[tuple[str, UUID, UUID | None, str, dt.date | None]]) -> Years:
    """The years out of such rows; others among them are passed over."""
    since: dict[UUID, int] = {}
    finished: dict[tuple[UUID, UUID | None, str], frozenset[int]] = {}
    for what, town, school, said, day in rows:
        if what == "issue" and day is not None:
            year_of = SchoolYear.of(day).year
            since[town] = min(year_of, since.get(town, year_of))
        elif what == "inspection":
            kind, _, year = said.partition(":")
            key = (town, school, kind)
            finished[key] = finished.get(key, frozenset()) | {int(year)}
    return Years(since, finished)


def known_years() -> Years:
    """The years of everything within the scope. One query."""
    issues, rows = years_in_rows()
    return years_of(issues.union(rows, all=True))


def inspections_due(actor: Actor, years: Years | None = None) -> list[Due]:
    """What the person should see to: the own schools' self-inspections (heads), the board's and the town's audit (board). `years` where they
    have been read already; otherwise one query, none for others."""
    heads = {UUID(str(post["school"])): post for post in actor.posts
             if post.get("school") and str(post["school"]) in actor.ids("heads")}  # fmt: skip
    towns = sorted(set(actor.uuids["boards"]))
    if not (heads or towns):
        return []
    years = known_years() if years is None else years
    found = [
        dues_at(years, actor.today, UUID(str(post["municipality"])), school, str(post["school_name"]))
        for school, post in heads.items()
    ]
    return [one for dues in (*found, *(dues_at(years, actor.today, town) for town in towns)) for one in dues]


def dues_at(years: Years, today: dt.date, town: UUID, school: UUID | None = None, name: str = "") -> list[Due]:
    """What one place should see to: a school (with its name) its self-inspection, a town the board's and the audit."""
    kinds = ((SELF, name),) if school else ((SELF, "教育委員会"), (AUDIT, "管内"))
    found = []
    for kind, whose in kinds:
        how, last = years.standing(today, town, school, kind)
        if how is not Standing.CALM:
            found.append(Due(kind, whose, school or town, school is not None, how, last))
    return found
