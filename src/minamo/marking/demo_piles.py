"""採点のデモ: in two classes 5年1組 tests as they come from the copier: fresh, half marked, given back. All fictional.

The piles are files of our own (`tests/fixtures/piles/`, made by `tools/papers`); they are read by the eye as any pile is, then
bound and marked from what is known about them.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from django.conf import settings

from minamo.kernel import files
from minamo.kernel.schoolyear import JST
from minamo.marking.models import (
    Absence,
    AnswerMark,
    Assessment,
    Binding,
    Edition,
    Pile,
    Release,
    Result,
    ResultPaper,
    Review,
    ScanPage,
    Settlement,
    Sitting,
    Stroke,
)  # fmt: skip
from minamo.marking.queries.settlement import standing_of
from minamo.marking.setup import Question, questions_of
from minamo.people.api import RosterPupil, guardians_to_notify
from minamo.tenancy.api import school_card

PILES = settings.PROJECT_ROOT / "tests" / "fixtures" / "piles"
NAMESPACE = UUID("0b7f2f5e-1c0a-4f64-9b58-5b0f6f2f4c3e")
SHOWN = "5年1組"
EDITED = ("id", "label", "box", "kind", "alphabet", "keys", "full", "section", "aspect", "note", "criteria")
FRESH, HALF, BACK = "fresh", "half", "back"
Teacher = tuple[UUID, str]


@dataclass(frozen=True)
class Plan:
    """一つのテスト: which sheet, which pile of it, when, and how far it has come. The pile of a fresh one waits in its folder."""

    sheet: str
    pile: str
    held_on: dt.date
    state: str


PLANS: Mapping[str, Sequence[Plan]] = {
    "B148204410010": (
        Plan("shakai", "scan.pdf", dt.date(2026, 11, 19), FRESH),
        Plan("rika", "scan.pdf", dt.date(2026, 11, 20), HALF),
        Plan("sansu", "scan.pdf", dt.date(2026, 11, 13), BACK),
    ),
    "B148204410027": (Plan("sansu", "scan-tsukikage.pdf", dt.date(2026, 11, 19), FRESH),),
}
"""By the code of the school: the names on the sheets are those of its roster."""


def without_paper(schools: Sequence[UUID]) -> dict[tuple[UUID, str, dt.date], frozenset[int]]:
    """答案のない番号 by school, class and day: the register of the demo has these pupils away, and the others there."""
    return {
        (school, SHOWN, plan.held_on): frozenset(_truth(PILES / plan.sheet / plan.pile)["absent"])
        for school in schools
        for plan in PLANS.get(school_card(school).code, ())
    }


def with_piles(schools: Iterable[UUID]) -> list[UUID]:
    """Which of the schools have such tests."""
    return [school for school in schools if school_card(school).code in PLANS]


def _truth(scan: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(scan.with_suffix(".truth.json").read_text(encoding="utf8"))
    return found


def load(municipality: UUID, school: UUID, roster: Sequence[RosterPupil], teachers: Mapping[UUID, Teacher]) -> int:
    """採点のデモを作る in the class 5年1組 of a school; returns how many tests."""
    plans = PLANS.get(school_card(school).code, ())
    pupils = [pupil for pupil in roster if pupil.class_title == SHOWN]
    if not pupils or pupils[0].class_id not in teachers:
        return 0
    for plan in plans:
        made = _Made(municipality, school, pupils, teachers[pupils[0].class_id], plan)
        made.set_up()
        if plan.state != FRESH:
            made.read()
            made.bind()
            made.mark(half=plan.state == HALF)
        if plan.state == BACK:
            made.give_back()
    return len(plans)


class _Made:
    """One test while it is made."""

    def __init__(
        self, municipality: UUID, school: UUID, pupils: Sequence[RosterPupil], teacher: Teacher, plan: Plan
    ) -> None:  # fmt: skip
        self.here: dict[str, Any] = {"municipality_id": municipality}
        self.town, self.school, self.pupils, self.teacher, self.plan = municipality, school, pupils, teacher, plan
        self.folder: Path = PILES / plan.sheet
        self.key = json.loads((self.folder / "key.json").read_text(encoding="utf8"))
        self.truth: dict[str, Any] = {}

    def at(self, hour: int, minute: int, days: int = 0) -> dt.datetime:
        """A moment after the test."""
        return dt.datetime.combine(self.plan.held_on + dt.timedelta(days=days), dt.time(hour, minute), JST)

    def id(self, what: str) -> UUID:
        """The same at every start."""
        return uuid5(NAMESPACE, f"{self.school}:{self.plan.sheet}:{what}")

    def set_up(self) -> None:
        """テスト, its settings, and the class that wrote it."""
        from minamo.marking.blank import take_in

        blank = take_in(self.folder / "blank.pdf")
        width, height = self.key["blank_size_px"]
        morning = self.at(7, 50)
        self.assessment = Assessment.objects.create(
            **self.here, school_id=self.school, title=self.key["title"], subject=self.key["subject"], year=2026,
            blank=files.keep(blank.pdf), picture=files.keep(blank.picture), blank_name=f"{self.key['title']}.pdf", width=width,
            height=height, author_id=self.teacher[0], author_label=self.teacher[1], made_at=morning, key=self.id("test"),
        )  # fmt: skip
        questions = [{name: row[name] for name in EDITED} for row in self.key["questions"]]
        self.edition = Edition.objects.create(
            **self.here, assessment=self.assessment, number=1, questions=questions, number_box=self.key["identity"]["number"],
            name_box=self.key["identity"]["name"], saved_by_id=self.teacher[0], saved_by_label=self.teacher[1], saved_at=morning,
        )  # fmt: skip
        self.sitting = Sitting.objects.create(
            **self.here, school_id=self.school, assessment=self.assessment, school_class_id=self.pupils[0].class_id,
            held_on=self.plan.held_on, opened_by_id=self.teacher[0], opened_by_label=self.teacher[1], opened_at=morning,
        )  # fmt: skip

    def read(self) -> None:
        """読み取る: the pile through the eye, page by page, as the worker does it."""
        from minamo.marking.scanning import read_pile

        path = self.folder / self.plan.pile
        self.truth = _truth(path)
        pile = Pile.objects.create(
            **self.here, sitting=self.sitting, content=files.keep(path.read_bytes()), filename=path.name, source="browser",
            sent_by_id=self.teacher[0], sent_by_label=self.teacher[1], sent_at=self.at(15, 42),
        )  # fmt: skip
        read_pile(self.town, pile.pk)

    def bind(self) -> None:
        """だれの答案か, and who was away."""
        known = {pupil.number: pupil for pupil in self.pupils}
        self.pages = {page.index: page for page in ScanPage.objects.filter(sitting=self.sitting, status="ok")}
        by = {"bound_by_id": self.teacher[0], "bound_by_label": self.teacher[1], "bound_at": self.at(15, 50)}
        Binding.objects.bulk_create(
            Binding(**self.here, sitting=self.sitting, page=self.pages[row["page"]], pupil_id=known[row["pupil"]].pupil_id,
                    number=row["pupil"], how="confirmed", **by)
            for row in self.truth["pages"] if row["page"] in self.pages and row["pupil"] in known
        )  # fmt: skip
        there = {row["pupil"] for row in self.truth["pages"]}
        Absence.objects.bulk_create(
            Absence(**self.here, sitting=self.sitting, pupil_id=pupil.pupil_id, said_by_id=self.teacher[0],
                    said_by_label=self.teacher[1], said_at=self.at(15, 50))
            for pupil in self.pupils if pupil.number not in there
        )  # fmt: skip

    def mark(self, *, half: bool) -> None:
        """採点する: the log and the state that follows; of a half-marked test the first half of the questions."""
        questions = questions_of(self.edition.questions)
        chosen = questions[: (len(questions) + 1) // 2] if half else questions
        rows = [row for row in self.truth["pages"] if row["page"] in self.pages]
        strokes = Stroke.objects.bulk_create(
            self._stroke(question, row, order) for order, (question, row) in enumerate((q, r) for q in chosen for r in rows)
        )  # fmt: skip
        AnswerMark.objects.bulk_create(
            AnswerMark(**self.here, sitting=self.sitting, page_id=one.page_id, question=one.question, points=one.points,
                       comment=one.comment, criteria=one.criteria, how=one.how, stroke=one.order, marker_id=self.teacher[0],
                       marker_label=self.teacher[1])
            for one in strokes
        )  # fmt: skip

    def _stroke(self, question: Question, row: Mapping[str, Any], order: int) -> Stroke:
        page, answer = self.pages[row["page"]], str(row["answers"][question.id])
        points, comment, criteria = given(question, answer)
        reading = page.readings.get(question.id)
        moment = self.at(16, 5) + dt.timedelta(seconds=order)
        key = self.id(f"stroke:{page.index}:{question.id}")
        return Stroke(
            **self.here, sitting=self.sitting, page=page, question=question.id, points=points, comment=comment, criteria=criteria,
            how="key", act=key, key=key, marker_id=self.teacher[0], marker_label=self.teacher[1], struck_at=moment, at=moment,
            reading={"text": reading[0], "confidence": reading[1], "reader": page.reader} if reading else None,
        )  # fmt: skip

    def give_back(self) -> None:
        """確定して返す, with the marked sheets drawn and one review asked."""
        from minamo.access.api import system_actor
        from minamo.marking.actions.giving import ask_book, draw_book

        result = self._settle()
        Release.objects.create(
            **self.here, result=result, released_by_id=self.teacher[0], released_by_label=self.teacher[1],
            released_at=self.at(15, 20, days=4), review_until=self.plan.held_on + dt.timedelta(days=17),
            comment="割合の考え方がよく身についています。３の問題は、ねだんをくらべて書いてみましょう。",
        )  # fmt: skip
        self._ask_review(result)
        now = self.at(15, 25, days=4)
        actor = system_actor(self.town, now=now, today=now.date(), label="返却用の答案")
        book = ask_book(actor=actor, result=result, drawn_here=True)
        if book is not None:
            draw_book(actor=actor, book_id=book.pk)

    def _settle(self) -> Result:
        standing, at = standing_of(self.sitting), self.at(16, 40)
        results = standing.results(SHOWN)
        result = Result.objects.create(
            **self.here, school_id=self.school, school_class_id=self.pupils[0].class_id, title=self.assessment.title,
            subject=self.assessment.subject, held_on=self.plan.held_on, key=self.id("result"), settled_by_id=self.teacher[0],
            items=[asdict(replace(item, label=f"{item.section}{item.label}")) for item in results.items],
            settled_by_label=self.teacher[1], settled_at=at,
        )  # fmt: skip
        ResultPaper.objects.bulk_create(
            ResultPaper(**self.here, result=result, pupil_id=UUID(paper.pupil), number=standing.numbers.get(paper.pupil),
                        points=list(paper.points), texts=list(paper.texts), looks=list(paper.looks), absent=paper.absent,
                        page_id=standing.pages.get(paper.pupil))
            for paper in results.papers
        )  # fmt: skip
        Settlement.objects.create(**self.here, sitting=self.sitting, result=result, edition=self.edition, settled_at=at)
        return result

    def _ask_review(self, result: Result) -> None:
        """A guardian asks about a question that was marked wrong."""
        for paper in ResultPaper.objects.filter(result=result, absent=False).order_by("number"):
            asking = next(
                (one for one in guardians_to_notify(paper.pupil_id, self.plan.held_on) if one.account_id), None
            )
            if asking is None or asking.account_id is None or 0 not in paper.points:
                continue
            Review.objects.create(
                **self.here, paper=paper, item=result.items[paper.points.index(0)]["id"], asked_by_id=asking.account_id,
                asked_by_label=asking.display_name, asked_at=self.at(19, 5, days=5),
                text="消しきれていない線がありますが、書き直した方の答えで見ていただけますか。",
            )  # fmt: skip
            return


def given(question: Question, answer: str) -> tuple[int, str, list[str]]:
    """点・コメント・めやす a teacher of the demo gives an answer."""
    if question.right(answer):
        return question.full, "", [question.criteria[0].label] if question.criteria else []
    if not answer or not question.criteria:
        return 0, "", []
    part = question.criteria[1 if len(question.criteria) > 1 else 0]
    return part.points, "わけも書けると、もっとよくなります。", [part.label]
