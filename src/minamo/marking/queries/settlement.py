"""確定を読む: a sitting as the rules of settling take it, and whether it is settled. The caller has been authorised."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, F, OuterRef, Subquery

from minamo.marking.analysis.values import Paper, Results
from minamo.marking.check_rules import Child, called
from minamo.marking.marks_rules import ALL, FIRST, Struck, conflicts, folded
from minamo.marking.marks_work import audit_of, to_be_shown
from minamo.marking.models import Absence, Binding, Pile, Release, ScanPage, SecondMarking, Settlement, Sitting
from minamo.marking.queries.marks import (
    Sheet as Setup,
)  # fmt: skip
from minamo.marking.queries.marks import (
    changes_of,
    log_of,
    outcomes_of,
    rounds_of,
    sheet_of,
    with_seconds,
)
from minamo.marking.queries.scans import children
from minamo.marking.settling import Lack, Pages, Sheet, lacks, paper_of
from minamo.marking.setup import Question


@dataclass(frozen=True)
class Standing:
    """採点のようす: everything that settling looks at and that its page shows."""

    setup: Setup
    roster: tuple[Child, ...]
    sheets: tuple[Sheet, ...]
    absent: tuple[str, ...]
    lacks: tuple[Lack, ...]
    readings: Mapping[str, Mapping[str, Sequence[object]]]
    last: int  # the newest stroke
    cut: Mapping[str, frozenset[str]]  # questions cut out of the pages of a paper, by its first page

    @property
    def questions(self) -> tuple[Question, ...]:
        """設問 of the edition in force."""
        return tuple(self.setup.questions.values())

    @property
    def numbers(self) -> dict[str, int | None]:
        """出席番号 by pupil, as the binding has it or else the roster."""
        named = {str(one.pupil): one.number for one in self.roster}
        return named | {sheet.pupil: sheet.number or named.get(sheet.pupil) for sheet in self.sheets}

    @property
    def pages(self) -> dict[str, UUID]:
        """ページ by pupil."""
        return {sheet.pupil: UUID(sheet.page) for sheet in self.sheets}

    def results(self, group: str) -> Results:
        """What is settled: papers in class order, absentees as such."""
        papers = [paper_of(sheet, self.questions, self.readings[sheet.page], group, self.cut[sheet.page])
                  for sheet in self.sheets]  # fmt: skip
        papers += [Paper(pupil, (), group=group, absent=True) for pupil in self.absent]
        return Results(
            tuple(question.item() for question in self.questions),
            tuple(sorted(papers, key=lambda one: (self.numbers.get(one.pupil) or 10**6, one.pupil))),
        )


def settlement_of(sitting: Sitting) -> Settlement | None:
    """いまの確定, with its result; None while marking goes on. One query."""
    return Settlement.objects.select_related("result").filter(sitting=sitting, ended_at__isnull=True).first()


def settlements_of(sitting: Sitting) -> list[Settlement]:
    """確定の記録, newest first, taken back ones too, each with whether it was given back and until when. One query."""
    given = Release.objects.filter(result=OuterRef("result"), withdrawn_at__isnull=True)
    rows = Settlement.objects.select_related("result").filter(sitting=sitting)
    return list(rows.annotate(released=Exists(given), reviews_until=Subquery(given.values("review_until")[:1])))


def standing_of(sitting: Sitting) -> Standing:
    """採点のようす. Six queries, two more with a second marking, one more after the first edition, one more in a class that gives no
    numbers."""
    setup, facts, log = sheet_of(sitting), _facts(sitting), log_of(sitting)
    rounds = rounds_of(sitting, twice=frozenset(facts.twice))
    owners = with_seconds(Binding.objects.filter(sitting=sitting, replaced_at__isnull=True).select_related("page")
                          .defer("page__trace", "page__homography", "page__numbers").order_by("number", "bound_at"))  # fmt: skip
    bound = [one for one in owners if one.pupil_id is not None]
    roster = tuple(children(sitting))
    absent = {str(one) for one in facts.absent}
    sheets = _sheets(setup, bound, log, rounds.twice, two=bool(sitting.assessment.leaves))
    mine = {sheet.page for sheet in sheets}
    readings = {str(paper.page_id): paper.page.all_readings for paper in bound}
    changed: dict[str, int] = {}
    for change in changes_of(sitting, setup, log):
        changed[change.question] = changed.get(change.question, 0) + (change.page in mine)
    met, checks = _met(sitting, setup, [one for one in log if one.slot[0] in mine])
    pages = _pages(sitting, facts.unread, roster, sheets, absent, {one.page_id for one in owners})
    away = tuple(pupil for pupil in sorted(absent) if pupil not in {sheet.pupil for sheet in sheets})
    return Standing(
        setup, roster, sheets, away, lacks(tuple(setup.questions.values()), sheets, pages, met, checks, changed,
                                            _unseen(setup, log, readings)),
        readings, max((one.order for one in log), default=0),
        {str(paper.page_id): paper.page.all_cut for paper in bound},
    )  # fmt: skip


def _sheets(
    setup: Setup, bound: Sequence[Binding], log: Sequence[Struck], twice: frozenset[str], *, two: bool
) -> tuple[Sheet, ...]:
    """一人ひとりの点 as the log has it."""
    points = {slot: one.points for slot, one in folded(log).items()}
    outcomes = outcomes_of([paper.page_id for paper in bound], setup.questions, points, twice)
    return tuple(
        Sheet(
            str(paper.pupil_id), paper.number, str(paper.page_id),
            tuple(outcomes[str(paper.page_id)][name].points for name in setup.questions),
            tuple(outcomes[str(paper.page_id)][name].open for name in setup.questions), two and paper.page.second is None,
        )
        for paper in bound
    )  # fmt: skip


@dataclass(frozen=True)
class _Facts:
    """実施のようす: questions marked twice, 欠席, and of every pile that is read how many pages are to come (None: not known)."""

    twice: list[str]
    absent: list[UUID]
    unread: list[int | None]


def _facts(sitting: Sitting) -> _Facts:
    """In one query. A page that went to another class has been read all the same."""
    seconds = SecondMarking.objects.filter(sitting=sitting, ended_at__isnull=True).order_by().values("question")
    away = Absence.objects.filter(sitting=sitting, ended_at__isnull=True).order_by().values("pupil_id")
    piles = Pile.objects.filter(sitting=sitting, stopped_at__isnull=True, refusal="").order_by()
    to_come = piles.annotate(to_come=F("pages") - Count("sheets")).values("to_come")
    row = (Sitting.objects.filter(pk=sitting.pk)
           .annotate(twice=ArraySubquery(seconds), absent=ArraySubquery(away), unread=ArraySubquery(to_come))
           .values_list("twice", "absent", "unread").get())  # fmt: skip
    return _Facts(*row)


def _pages(
    sitting: Sitting, unread: Sequence[int | None], roster: Sequence[Child], sheets: Sequence[Sheet], absent: set[str],
    bound: set[UUID],
) -> Pages:  # fmt: skip
    """読み取りのようす. One query."""
    rows = list(ScanPage.objects.filter(sitting=sitting, front__isnull=True).values_list("id", "status"))
    reading = sum(1 if one is None else max(0, one) for one in unread)
    known = {sheet.pupil for sheet in sheets} | absent
    nobody = tuple(called(one.number, one.name) for one in roster if str(one.pupil) not in known)
    names = {str(one.pupil): called(one.number, one.name) for one in roster}
    backless = tuple(names.get(sheet.pupil, "名簿にいない人") for sheet in sheets if sheet.backless)
    loose = [row for row in rows if row[0] not in bound]
    return Pages(reading, sum(row[1] != "ok" for row in loose), sum(row[1] == "ok" for row in loose), nobody, backless)


def _unseen(
    setup: Setup, log: Sequence[Struck], readings: Mapping[str, Mapping[str, Sequence[object]]]
) -> dict[str, int]:
    """見ないでつけた答え: what holds by 残り全部 although it is read as empty or wrong, by question."""
    found: dict[str, int] = {}
    for (page, name, turn), one in folded(log).items():
        if one.how == ALL and one.points and turn == FIRST and name in setup.questions and page in readings:
            found[name] = found.get(name, 0) + to_be_shown(setup.questions[name], readings[page].get(name))
    return found


def _met(sitting: Sitting, setup: Setup, log: Sequence[Struck]) -> tuple[dict[str, int], dict[str, int]]:
    """食い違いのまま and 抜き取りがまだ, by question."""
    met: dict[str, int] = {}
    for slot in conflicts(log):
        met[slot[1]] = met.get(slot[1], 0) + 1
    checks = {name: len(audit_of(sitting.pk, name, [one for one in log if one.slot[1] == name]).waiting)
              for name in setup.questions}  # fmt: skip
    return met, checks
