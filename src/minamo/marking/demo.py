"""テスト結果のデモ: for each homeroom from grade 3 on one test given back, one waiting; in one class a review. All fictional."""

import datetime as dt
import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from uuid import UUID, uuid5

from minamo.kernel.schoolyear import JST
from minamo.marking import demo_piles
from minamo.marking.analysis.values import Item
from minamo.marking.models import Release, Result, ResultPaper, Review
from minamo.people.api import RosterPupil, guardians_to_notify, homeroom_teachers, roster_of_school

TODAY = dt.date(2026, 11, 24)
NAMESPACE = UUID("b1f3c0c6-9d6b-4a40-9f5f-6f7f4f6a0d31")
KANA = "アイウエ"
SHARES = {"知識・技能": 0.12, "思考・判断・表現": -0.1}
TESTS = (
    ("社会 確認テスト", "社会", dt.date(2026, 11, 18), True),
    ("理科 単元テスト", "理科", dt.date(2026, 11, 20), False),
)
YOUNG = {"P1", "P2"}
SHOWN = "5年1組"  # the class of the sign-in page


def load(municipality: UUID, schools: Iterable[UUID], today: dt.date = TODAY) -> int:
    """テスト結果を作る for all homerooms that write such tests; returns how many. The same seed gives the same results."""
    return sum(_school(municipality, school, today, number) for number, school in enumerate(schools))


def get_ready() -> None:
    """What looks at pictures is loaded, by who has to wait for the piles anyhow."""
    from minamo.marking import blank, drawing, scanning  # noqa: F401


def load_piles(municipality: UUID, schools: Iterable[UUID], today: dt.date = TODAY) -> int:
    """採点のデモを作る, of the same schools: the tests from the copier (demo_piles); returns how many."""
    return sum(
        demo_piles.load(municipality, school, *_homerooms(school, today)) for school in demo_piles.with_piles(schools)
    )


def without_paper(schools: Sequence[UUID]) -> dict[tuple[UUID, str, dt.date], frozenset[int]]:
    """Who was away when the tests from the copier were written (see demo_piles)."""
    return demo_piles.without_paper(schools)


def items() -> tuple[Item, ...]:
    """設問: four 大問 of five; the last of each is a sentence."""
    return tuple(
        Item(
            f"q{at}", f"{at // 5 + 1}({at % 5 + 1})", 5 if at % 5 == 4 else 5 - at // 10, str(at // 5 + 1),
            "思考・判断・表現" if at % 5 >= 3 else "知識・技能", "" if at % 5 == 4 else KANA[at % 4],
        )
        for at in range(20)
    )  # fmt: skip


def _homerooms(school: UUID, today: dt.date) -> tuple[list[RosterPupil], Mapping[UUID, tuple[UUID, str]]]:
    """Who writes such tests, and who teaches them."""
    roster = [pupil for pupil in roster_of_school(school, today) if pupil.grade not in YOUNG]
    return roster, homeroom_teachers({pupil.class_id for pupil in roster}, today)


def _school(municipality: UUID, school: UUID, today: dt.date, number: int) -> int:
    rng = random.Random(f"minamo-tests-{number}")
    roster, teachers = _homerooms(school, today)
    made = 0
    for class_id in dict.fromkeys(pupil.class_id for pupil in roster):
        pupils = [pupil for pupil in roster if pupil.class_id == class_id]
        if class_id not in teachers:
            continue
        for title, subject, held_on, released in TESTS:
            row = _result(municipality, school, class_id, teachers[class_id], (title, subject, held_on))
            papers = _papers(row, pupils, rng)
            if released:
                _release(row, papers, teachers[class_id], asked=made == 0 or pupils[0].class_title == SHOWN)
            made += 1
    return made


def _result(
    municipality: UUID, school: UUID, class_id: UUID, teacher: tuple[UUID, str], test: tuple[str, str, dt.date]
) -> Result:
    title, subject, held_on = test
    return Result.objects.create(
        municipality_id=municipality, school_id=school, school_class_id=class_id, title=title, subject=subject,
        held_on=held_on, items=[asdict(item) for item in items()], key=uuid5(NAMESPACE, f"{class_id}:{title}"),
        settled_by_id=teacher[0], settled_by_label=teacher[1],
        settled_at=dt.datetime.combine(held_on, dt.time(16, 40), JST),
    )  # fmt: skip


def _papers(row: Result, pupils: Sequence[RosterPupil], rng: random.Random) -> list[ResultPaper]:
    hard = [rng.uniform(-0.25, 0.25) for _ in items()]
    away = rng.randrange(len(pupils)) if len(pupils) > 5 else -1
    papers = []
    for place, pupil in enumerate(pupils):
        skill = rng.triangular(0.3, 0.98, 0.72)
        points: list[int] = []
        texts: list[str | None] = []
        for item, ease in zip(items(), hard, strict=True):
            right = rng.random() < skill + ease + SHARES[item.aspect]
            points.append(item.full if right else rng.choice((0, 0, 2, 3)) if not item.key else 0)
            texts.append(None if not item.key else item.key if right else rng.choice([*KANA.replace(item.key, ""), ""]))
        common = {
            "municipality_id": row.municipality_id,
            "result": row,
            "pupil_id": pupil.pupil_id,
            "number": pupil.number,
        }
        papers.append(
            ResultPaper(**common, absent=True) if place == away else ResultPaper(**common, points=points, texts=texts)
        )
    return ResultPaper.objects.bulk_create(papers)


def _release(row: Result, papers: Sequence[ResultPaper], teacher: tuple[UUID, str], *, asked: bool) -> None:
    at = dt.datetime.combine(row.held_on + dt.timedelta(days=2), dt.time(15, 30), JST)
    Release.objects.create(
        municipality_id=row.municipality_id, result=row, released_by_id=teacher[0], released_by_label=teacher[1],
        released_at=at, review_until=TODAY + dt.timedelta(days=6),
        comment="地図の読み取りがよくできていました。まちがえたところは、ノートにもう一度書いてみましょう。",
    )  # fmt: skip
    paper = next((one for one in papers if not one.absent and 0 in one.points), None)
    if not asked or paper is None:
        return
    asking = next((one for one in guardians_to_notify(paper.pupil_id, TODAY) if one.account_id), None)
    if asking is not None and asking.account_id is not None:
        item = row.items[paper.points.index(0)]["id"]
        Review.objects.create(
            municipality_id=row.municipality_id, paper=paper, item=item, asked_by_id=asking.account_id, asked_at=at,
            text="記号が「イ」に見えますが、「ア」と書いたそうです。確かめていただけますか。", asked_by_label=asking.display_name,
        )  # fmt: skip
