"""テスト結果を読む: lists, one result as figures, and what a family sees of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet

from minamo.access.api import Actor
from minamo.kernel.wareki import format_ja
from minamo.marking.analysis.values import Item, Paper, Results
from minamo.marking.models import Release, Result, ResultPaper, Review, Settlement
from minamo.marking.reports.names import Named, Title
from minamo.people.api import Child, children_of, pupil_cards

SHOWN = 100


@dataclass(frozen=True)
class Figures:
    """一つのテスト: the row, its papers as figures take them, and the names behind them."""

    row: Result
    results: Results
    names: dict[str, Named]
    title: Title
    release: Release | None


@dataclass(frozen=True)
class Home:
    """家庭が見るテスト: one paper of one child, released."""

    paper: ResultPaper
    child_name: str
    release: Release


UNANSWERED = Q(papers__reviews__answer__isnull=True, papers__reviews__isnull=False)


def listed(actor: Actor) -> list[Result]:
    """テスト結果の一覧, newest first: title, class, released or not, how many were absent, reviews that wait. One query."""
    given = Release.objects.filter(result=OuterRef("pk"), withdrawn_at__isnull=True)
    waiting = Count("papers__reviews", filter=UNANSWERED, distinct=True)
    away = Count("papers", filter=Q(papers__absent=True), distinct=True)
    rows = standing(Result.objects.visible_to(actor)).select_related("school_class")
    return list(
        rows.annotate(released=Exists(given), waiting=waiting, away=away).order_by("-held_on", "-settled_at")[:SHOWN]
    )


def reviews_waiting(actor: Actor, school: UUID) -> list[Result]:
    """見直しの返事を待つテスト of a school, for whoever may answer: what has waited longest first, with `waiting` and `since`. One query."""
    rows = standing(Result.objects.visible_to(actor, "result:answer")).filter(UNANSWERED, school=school)
    asked = rows.annotate(waiting=Count("papers__reviews"), since=Min("papers__reviews__asked_at"))
    return list(asked.select_related("school_class").order_by("since"))


def standing(rows: "QuerySet[Result]") -> "QuerySet[Result]":
    """効いている結果: without those whose settlement was taken back."""
    return rows.exclude(Exists(Settlement.objects.filter(result=OuterRef("pk"), ended_at__isnull=False)))


def is_undone(row: Result) -> bool:
    """確定を取りやめてあるか. One query."""
    return Settlement.objects.filter(result=row, ended_at__isnull=False).exists()


def items_of(row: Result) -> tuple[Item, ...]:
    """設問."""
    return tuple(Item(**one) for one in row.items)


def figures_of(row: Result) -> Figures:
    """分析の元. The caller has been authorised for the result. Four queries."""
    papers = list(ResultPaper.objects.filter(result=row).order_by("number", "id"))
    cards = pupil_cards({paper.pupil_id for paper in papers})
    title = row.school_class.title
    names = {str(paper.pupil_id): Named(paper.number, cards[paper.pupil_id].display_name, title) for paper in papers}
    results = results_of(row, papers)
    release = Release.objects.filter(result=row, withdrawn_at__isnull=True).first()
    heading = Title(row.school.name, row.title, title, format_ja(row.held_on))
    return Figures(row, results, names, heading, release)


def results_of(row: Result, papers: Sequence[ResultPaper]) -> Results:
    """The rows as figures take them."""
    return Results(items_of(row), tuple(_paper(paper, row.school_class.title) for paper in papers))


def _paper(paper: ResultPaper, group: str) -> Paper:
    points = tuple(paper.points)
    return Paper(str(paper.pupil_id), points, tuple(paper.texts), group, paper.absent, tuple(paper.looks))


def reviews_of(row: Result) -> list[Review]:
    """見直しの一覧 of a result, unanswered first. One query."""
    found = Review.objects.filter(paper__result=row).select_related("paper", "answer")
    return sorted(found, key=lambda review: (hasattr(review, "answer"), review.asked_at))


def released_papers(actor: Actor) -> list[Home]:
    """返却されたテスト of one's children (or one's own), newest first. Three queries at most."""
    papers = _released(ResultPaper.objects.visible_to(actor)).order_by("-result__held_on", "number")[:SHOWN]
    return _homes(actor, list(papers))


def home_paper(actor: Actor, paper_id: UUID) -> Home | None:
    """返却された答案, or None when it was not given back (any more)."""
    return next(iter(_homes(actor, list(_released(ResultPaper.objects.filter(pk=paper_id))))), None)


def _homes(actor: Actor, papers: list[ResultPaper]) -> list[Home]:
    current = Release.objects.filter(result__in={paper.result_id for paper in papers}, withdrawn_at__isnull=True)
    releases = {release.result_id: release for release in current}
    names = _names(actor) if papers else {}
    return [Home(paper, names.get(paper.pupil_id, ""), releases[paper.result_id]) for paper in papers]


def _released(papers: "QuerySet[ResultPaper]") -> "QuerySet[ResultPaper]":
    """With how many reviews were asked for, and how many of them are answered."""
    given = Release.objects.filter(result=OuterRef("result"), withdrawn_at__isnull=True)
    found = papers.filter(Exists(given)).select_related("result", "result__school_class")
    return found.annotate(asked=Count("reviews"), answered=Count("reviews__answer"))


def _names(actor: Actor) -> dict[UUID, str]:
    """Given names of one's children; a pupil needs none."""
    children: list[Child] = children_of(actor) if actor.kind == "guardian" else []
    return {child.pupil_id: child.display_name.split(" ")[-1] for child in children}


def answers_of(paper: ResultPaper) -> dict[str, Review]:
    """見直し by question, with the answers."""
    return {review.item: review for review in Review.objects.filter(paper=paper).select_related("answer")}
