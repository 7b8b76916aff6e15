"""点検の一覧と一回: how far each place is this year, the lines by chapter with their answers, what is due."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from minamo.access.api import Actor
from minamo.kernel.schoolyear import SchoolYear
from minamo.policy.clauses import model
from minamo.policy.models import Inspection, InspectionAnswer
from minamo.policy.rules.inspections import PEOPLE, asked, counts, due
from minamo.policy.rules.together import UNOPENED
from minamo.tenancy.api import schools_of

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


def newest_answers(row: Inspection) -> dict[str, InspectionAnswer]:
    """The answer that counts, by clause. One query."""
    return {found.clause: found for found in row.answers.order_by("answered_at", "id")}


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


def finished_this_year(actor: Actor) -> QuerySet[Inspection]:
    """The self-inspections of the year that are finished; none before January, when nobody asks for them."""
    if not due(actor.today, finished_this_year=False):
        return Inspection.objects.none()
    return Inspection.objects.filter(
        year=SchoolYear.of(actor.today).year, kind="self", finished_at__isnull=False
    ).order_by()


def inspections_due(
    actor: Actor, finished: Iterable[tuple[UUID, UUID | None]] | None = None
) -> list[tuple[str, UUID, bool]]:
    """(name of the place, its id, whether it is a school) of what the person should finish this year; empty before January.
    `finished`: (municipality, school) of those that are, where they have been read already. One query at most."""
    places = {UUID(str(post["school"])): str(post["school_name"]) for post in actor.posts
              if post.get("school") and str(post["school"]) in actor.ids("heads")}  # fmt: skip
    towns = set(actor.uuids["boards"])
    if not due(actor.today, finished_this_year=False) or not (places or towns):
        return []
    done = set(finished_this_year(actor).values_list("municipality", "school") if finished is None else finished)
    schools = {school for _, school in done}
    found = [(name, key, True) for key, name in places.items() if key not in schools]
    return found + [("教育委員会", town, False) for town in sorted(towns) if (town, None) not in done]
