"""採点を読む: the log of a question as the rules take it, what holds, what is still open. The caller has been authorised."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, Min, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from minamo.access.api import Actor, may
from minamo.marking.analysis.whole import Rule
from minamo.marking.marks_rules import (
    CAME,
    FIRST,
    GONE,
    SECOND,
    VERDICT,
    Outcome,
    Struck,
    folded,
    outcome,
    round_of,
    staying,
)
from minamo.marking.models import (
    Absence,
    AnswerMark,
    Binding,
    Claim,
    Edition,
    Grouping,
    Result,
    ScanPage,
    SecondMarking,
    Sitting,
    StampSet,
    Stroke,
)  # fmt: skip
from minamo.marking.rescoring import Change, changes
from minamo.marking.setup import Question, questions_of
from minamo.marking.stamps import USUAL


class NoSuchQuestion(LookupError):
    """The edition in force has no question of this id."""


@dataclass(frozen=True)
class Sheet:
    """テストの設定（いまの版）: the questions by id, in the order of the sheet."""

    edition: Edition | None
    questions: Mapping[str, Question]

    def question(self, name: str) -> Question:
        """A question by id. Raises NoSuchQuestion."""
        if name not in self.questions:
            raise NoSuchQuestion(name)
        return self.questions[name]


def sheet_of(sitting: Sitting) -> Sheet:
    """いまの版. One query."""
    return in_force(Edition.objects.filter(assessment_id=sitting.assessment_id).order_by("-number").first())


def in_force(edition: Edition | None) -> Sheet:
    """一つの版 as the setup that holds; no query."""
    found = questions_of(edition.questions) if edition else ()
    return Sheet(edition, {question.id: question for question in found})


def result_of(sitting: Sitting) -> "QuerySet[Result]":
    """The result a sitting was settled into, while the settlement stands."""
    return Result.objects.filter(settlement__sitting=sitting, settlement__ended_at__isnull=True)


SETTLED = "このテストはもう確定しています。先に確定を取りやめてください。"


def settled(sitting: Sitting) -> Result | None:
    """確定したテスト結果: the result a sitting was settled into, while the settlement stands: strokes, owners and scans are refused
    until somebody takes it back. One query."""
    return result_of(sitting).first()


@dataclass(frozen=True)
class About:
    """実施のようす: questions marked twice, bundles of one question as the machine made them (None = not asked yet), settled."""

    twice: frozenset[str]
    bundles: list[list[str]] | None
    settled: bool
    away: frozenset[UUID] = frozenset()  # 欠席


def about(sitting: Sitting, question: str = "") -> About:
    """実施のようす in one query."""
    seconds = SecondMarking.objects.filter(sitting=sitting, ended_at__isnull=True).order_by().values("question")
    away = Absence.objects.filter(sitting=sitting, ended_at__isnull=True).order_by().values("pupil_id")
    bundles = Grouping.objects.filter(sitting=sitting, question=question).values("bundles")[:1]
    row = (Sitting.objects.filter(pk=sitting.pk)
           .annotate(twice=ArraySubquery(seconds), bundles=Subquery(bundles), is_settled=Exists(result_of(sitting)), away=ArraySubquery(away))
           .values_list("twice", "bundles", "is_settled", "away").get())  # fmt: skip
    return About(frozenset(row[0]), row[1], row[2], frozenset(row[3]))


def papers_of(sitting: Sitting) -> list[Binding]:
    """答案: the pages that a person said are a pupil's, by 出席番号, each with its page and, on tests of two pages, the one behind
    it. One query, two on those."""
    rows = Binding.objects.filter(sitting=sitting, replaced_at__isnull=True, pupil__isnull=False)
    return with_seconds(rows.select_related("page").defer("page__trace", "page__homography", "page__numbers")
                        .order_by("number", "bound_at"))  # fmt: skip


def with_seconds(rows: "QuerySet[Binding]") -> list[Binding]:
    """The bindings of a query that reads their pages along, each page with the one behind it (`ScanPage.second`)."""
    behind = ScanPage.objects.filter(front=OuterRef("page")).order_by()
    found = list(rows.annotate(has_second=Exists(behind)))
    fronts = [one.page_id for one in found if one.has_second]
    seconds = {row.front_id: row for row in ScanPage.objects.filter(front__in=fronts).defer("trace")} if fronts else {}
    for one in found:
        one.page.second = seconds.get(one.page_id)
    return [*found]


def log_of(sitting: Sitting, questions: Iterable[str] | None = None) -> list[Struck]:
    """記録: all strokes of a sitting (or of some questions) on pages that are here, as the rules take them. One query."""
    rows = Stroke.objects.filter(sitting=sitting)
    if questions is not None:
        rows = rows.filter(question__in=list(questions))
    return staying([struck(row) for row in rows.order_by("order").iterator()])


def struck(row: Stroke) -> Struck:
    """A row as the rules take it."""
    said = (row.points, row.comment, tuple(row.criteria))
    slot = (str(row.page_id), row.question, row.round)
    return Struck(row.order, str(row.key), slot, said, row.how, str(row.marker_id), str(row.act or row.key), row.base,
                  row.undoes, row.overtaken, row.marker_label, row.at)  # fmt: skip


@dataclass(frozen=True)
class Rounds:
    """どちらの回か: questions that are marked twice, who has marked or taken the second marking, who the first."""

    twice: frozenset[str]
    seconds: Mapping[str, frozenset[str]]
    firsts: Mapping[str, frozenset[str]]

    def of(self, marker: str, question: str, *, manages: bool) -> int:
        """The round a person marks a question in."""
        nobody: frozenset[str] = frozenset()
        return round_of(marker, twice=question in self.twice, firsts=set(self.firsts.get(question, nobody)),
                        seconds=set(self.seconds.get(question, nobody)), manages=manages)  # fmt: skip

    def blind(self, marker: str, *, manages: bool) -> frozenset[str]:
        """Questions of which this person may see nothing of the first marking."""
        return frozenset(name for name in self.twice if self.of(marker, name, manages=manages) == SECOND)


def rounds_of(sitting: Sitting, claims: Sequence[Claim] | None = None, twice: frozenset[str] | None = None) -> Rounds:
    """回のようす. With `claims` and `twice` given no query where nothing is marked twice, one otherwise; each of them
    costs one where it is not given. Who once took the first marking of a question has seen it, also after giving it back;
    taking the whole test says nothing about the rounds of one question."""
    if twice is None:
        twice = about(sitting).twice
    if not twice:
        return Rounds(twice, {}, {})
    found: dict[int, dict[str, set[str]]] = {FIRST: defaultdict(set), SECOND: defaultdict(set)}
    marked = Stroke.objects.filter(sitting=sitting, question__in=twice, round__in=(FIRST, SECOND))
    marked = marked.exclude(
        how__in=(CAME, GONE)
    )  # who marked it in the other class has no part in the rounds of this one
    taken = Claim.objects.filter(sitting=sitting, question__in=twice, round=FIRST)
    columns = ("question", "round", "marker_id")
    for question, turn, marker in marked.order_by().values_list(*columns).union(taken.order_by().values_list(*columns)):
        found[turn][question].add(str(marker))
    for claim in claims_of(sitting) if claims is None else claims:
        if claim.round == SECOND:
            for name in (claim.question,) if claim.question else twice:
                found[SECOND][name].add(str(claim.marker_id))
    first, second = ({name: frozenset(who) for name, who in found[turn].items()} for turn in (FIRST, SECOND))
    return Rounds(twice, second, first)


def stamps_of(actor: Actor, sitting: Sitting) -> tuple[str, ...]:
    """スタンプ of this person, the usual ones where there are none. One query."""
    own = StampSet.objects.filter(municipality=sitting.municipality_id, account=actor.account_id).values_list(
        "words", flat=True
    )
    return tuple(own.first() or USUAL)


def claims_of(sitting: Sitting) -> list[Claim]:
    """受け持ち, as they stand. One query."""
    return list(Claim.objects.filter(sitting=sitting, given_back_at__isnull=True))


def manages(actor: Actor, sitting: Sitting) -> bool:
    """Whether the actor answers for the sitting (学級の担任・担当と管理職): decides differences, asks for a second marking."""
    return may(actor, "sitting:manage", sitting)


def points_of(sitting: Sitting) -> dict[tuple[str, str, int], int | None]:
    """いまの点 of every answer and round. One query."""
    rows = AnswerMark.objects.filter(sitting=sitting).values_list("page_id", "question", "round", "points")
    return {(str(page), question, turn): points for page, question, turn, points in rows}


def outcomes_of(
    pages: Iterable[UUID],
    questions: Iterable[str],
    points: Mapping[tuple[str, str, int], int | None],
    twice: frozenset[str],
) -> dict[str, dict[str, Outcome]]:
    """採点の結果: page → question → points, or why there are none yet. Pure, over what `points_of` and `rounds_of` read."""
    names = list(questions)
    return {
        str(page): {
            name: outcome(
                *(points.get((str(page), name, turn)) for turn in (FIRST, SECOND, VERDICT)), twice=name in twice
            )
            for name in names
        }
        for page in pages
    }


def rule_of(question: Question) -> Rule:
    """The points of a question as the figures take them."""
    return Rule(question.full, {one.label: one.points for one in question.criteria})


def changes_of(sitting: Sitting, sheet: Sheet, log: Sequence[Struck]) -> list[Change]:
    """配点が変わった採点: marks that are others under the edition in force. A mark was made under the edition that was in force
    when it arrived (`strike` carries over what waited without a line). No query for a first edition, one otherwise."""
    if sheet.edition is None or sheet.edition.number == 1:
        return []
    editions = list(Edition.objects.filter(assessment_id=sitting.assessment_id).order_by("number"))
    marks = {
        slot: (one.said[0], one.said[2], _edition_at(editions, one.at)) for slot, one in folded(log).items() if one.at
    }
    return changes(marks, _rules(editions), sheet.edition.number)


def changes_held(sitting: Sitting, edition: Edition | None, pages: "QuerySet[Any]") -> list[Change]:
    """配点が変わった採点 of these pages (a query of ids), as `changes_of` finds them, from the marks that hold and not from the log: what a
    page asks that is looked at often. No query for a first edition, two where no rule has changed since the first mark, else three."""
    if edition is None or edition.number == 1:
        return []
    arrived = Stroke.objects.filter(order=OuterRef("stroke")).values("at")
    rows = AnswerMark.objects.filter(sitting=sitting, points__isnull=False, page__in=pages).annotate(
        at=Subquery(arrived)
    )
    first = rows.aggregate(first=Min("at"))["first"]
    if first is None:
        return []
    then = Edition.objects.filter(assessment_id=sitting.assessment_id, saved_at__lte=first).order_by("-number")
    editions = list(
        Edition.objects.filter(
            assessment_id=sitting.assessment_id, number__gte=Coalesce(Subquery(then.values("number")[:1]), 1)
        ).order_by("number").only("number", "saved_at", "questions")
    )  # fmt: skip
    rules = _rules(editions)
    now = rules[edition.number]
    touched = {name for then in rules.values() for name, rule in then.items() if name in now and now[name] != rule}
    if not touched:
        return []
    wanted = rows.filter(question__in=touched).values_list("page_id", "question", "round", "points", "criteria", "at")
    marks = {
        (str(page), question, turn): (points, tuple(criteria), _edition_at(editions, at))
        for page, question, turn, points, criteria, at in wanted
    }
    return changes(marks, rules, edition.number)


def _rules(editions: Sequence[Edition]) -> dict[int, dict[str, Rule]]:
    return {row.number: {one.id: rule_of(one) for one in questions_of(row.questions)} for row in editions}


def _edition_at(editions: Sequence[Edition], at: dt.datetime) -> int:
    """The edition that was in force at a time; the first before any."""
    return next((row.number for row in reversed(editions) if row.saved_at <= at), 1)
