"""返却用の答案を読む: what is to be drawn on which page, and what is there already. The caller has been authorised."""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Q

from minamo.marking.check_rules import called
from minamo.marking.leaves import leaf_at
from minamo.marking.models import (
    FIRST,
    VERDICT,
    AnswerMark,
    Assessment,
    MarkedBook,
    PaperSheet,
    Release,
    Result,
    ResultPaper,
    ScanPage,
    Settlement,
)  # fmt: skip
from minamo.marking.setup import SIGN, Box, Question, questions_of
from minamo.people.api import pupil_cards


@dataclass(frozen=True)
class Drawn:
    """一人分: the paper, its page (and the one behind it), points and comments by question; `key` is the digest of what is drawn."""

    paper: ResultPaper
    page: ScanPage
    name: str
    points: Mapping[str, int | None]
    comments: Mapping[str, str]
    key: str
    second: ScanPage | None = None
    backless: bool = False  # 裏がない: of a test of two pages only the first is here


@dataclass(frozen=True)
class Away:
    """欠席の人: has no paper, and a place in class order all the same."""

    number: int | None
    name: str

    @property
    def called(self) -> str:
        """4番 渡邉 蓮."""
        return called(self.number, self.name)


@dataclass(frozen=True)
class Drawing:
    """一つのテスト分, in class order. `full` points are those of the result, which may have been changed since."""

    result: Result
    assessment: Assessment
    questions: tuple[Question, ...]
    full: Mapping[str, int]
    papers: tuple[Drawn, ...]
    key: str = field(default="")
    away: tuple[Away, ...] = ()

    @property
    def pages(self) -> int:
        """How many pages the class's file has."""
        return sum(1 + (paper.second is not None) for paper in self.papers)

    @property
    def size(self) -> tuple[int, int]:
        """The blank in pixels at 200 dpi."""
        return self.assessment.width, self.assessment.height

    @property
    def boxes(self) -> dict[str, Box]:
        """The place of every question on the blank."""
        return {question.id: question.box for question in self.questions}

    @property
    def corners(self) -> list[str]:
        """○×で答える問い: their sign has its corner."""
        return [question.id for question in self.questions if question.kind == SIGN]

    def boxes_of(self, paper: Drawn) -> dict[str, Box]:
        """The places that are to be seen on a paper: those of a page that is missing are not."""
        leaves = self.assessment.pages
        there = {leaves[page.leaf] for page in (paper.page, paper.second) if page is not None}
        return {name: box for name, box in self.boxes.items() if name in self.full and leaf_at(leaves, box) in there}


def drawing_of(result: Result) -> Drawing | None:
    """描くもの; None for a result that was not marked here. Five queries, six for a test of two pages."""
    settlement = Settlement.objects.select_related("edition", "sitting__assessment").filter(result=result).first()
    if settlement is None:
        return None
    questions = questions_of(settlement.edition.questions)
    full = {item["id"]: item["full"] for item in result.items}
    found = ResultPaper.objects.filter(Q(page__isnull=False) | Q(absent=True), result=result).select_related(
        "page__pile"
    )
    everybody = list(found.defer("page__trace", "page__readings").order_by("number", "id"))
    rows = [row for row in everybody if row.page_id]
    cards = pupil_cards({row.pupil_id for row in everybody})
    comments = _comments({row.page_id for row in rows if row.page_id})
    boxes = {question.id: question.box for question in questions}
    test = settlement.sitting.assessment
    seconds = _seconds([row.page_id for row in rows if row.page_id]) if test.leaves else {}
    papers = tuple(
        _drawn(result, row, cards[row.pupil_id].display_name, comments.get(row.page_id, {}), full, boxes,
               seconds.get(row.page_id), two=bool(test.leaves))
        for row in rows
    )  # fmt: skip
    whole = _digest([paper.key for paper in papers])
    away = tuple(Away(row.number, cards[row.pupil_id].display_name) for row in everybody if not row.page_id)
    return Drawing(result, test, questions, full, papers, whole, away)


def _drawn(
    result: Result, row: ResultPaper, name: str, comments: Mapping[str, str], full: Mapping[str, int], boxes: Mapping[str, Box],
    second: ScanPage | None, *, two: bool,
) -> Drawn:  # fmt: skip
    points = {item["id"]: one for item, one in zip(result.items, row.points, strict=True)}
    if row.page is None:
        raise ValueError("a paper without a page is not drawn")
    seen = [
        str(row.page_id),
        row.page.homography,
        row.number,
        name,
        points,
        dict(comments),
        dict(full),
        dict(boxes),
        result.title,
    ]
    if two:
        seen.append([str(second.pk), second.homography] if second is not None else "backless")
    return Drawn(row, row.page, name, points, comments, _digest(seen), second, two and second is None)


def _seconds(fronts: Sequence[UUID]) -> dict[UUID | None, ScanPage]:
    """うしろのページ by front, with their piles. One query."""
    rows = ScanPage.objects.filter(front__in=fronts).select_related("pile").defer("trace", "readings")
    return {row.front_id: row for row in rows}


def _comments(pages: set[UUID]) -> dict[UUID | None, dict[str, str]]:
    """コメント by page and question; the verdict's before the first marking's. One query."""
    found: dict[UUID | None, dict[str, str]] = {}
    rows = AnswerMark.objects.filter(page__in=pages, round__in=(FIRST, VERDICT)).exclude(comment="").order_by("round")
    for page, question, comment in rows.values_list("page_id", "question", "comment"):
        found.setdefault(page, {})[question] = comment
    return found


def _digest(seen: Any) -> str:
    return hashlib.sha256(json.dumps(seen, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


def sheets_of(result: Result) -> dict[UUID, PaperSheet]:
    """できている答案 by paper. One query."""
    return {sheet.paper_id: sheet for sheet in PaperSheet.objects.filter(paper__result=result)}


def sheet_of_paper(paper: ResultPaper) -> PaperSheet | None:
    """答案の画像 of one paper. One query."""
    return PaperSheet.objects.filter(paper=paper).first()


def book_of(result: Result) -> MarkedBook | None:
    """いちばん新しい採点済みPDF, finished or not. One query."""
    return MarkedBook.objects.filter(result=result).first()


def backless_of(result: Result) -> list[str]:
    """裏がない人, by number and name in class order; nobody for a test of one page. Two queries and the names."""
    found = Settlement.objects.select_related("sitting__assessment").filter(result=result).first()
    if found is None or not found.sitting.assessment.leaves:
        return []
    rows = ResultPaper.objects.filter(result=result, page__isnull=False, page__behind__isnull=True)
    papers = list(rows.order_by("number", "id"))
    cards = pupil_cards({paper.pupil_id for paper in papers})
    return [called(paper.number, cards[paper.pupil_id].display_name) for paper in papers]


def released_until(result: Result) -> list[dt.date]:
    """見直しの締切 of the release that stands, if there is one. One query."""
    return list(Release.objects.filter(result=result, withdrawn_at__isnull=True).values_list("review_until", flat=True))
