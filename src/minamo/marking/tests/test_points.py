"""配点を変える: everything worked out again, the differences shown first, nothing lost of what was."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from minamo.access.api import set_scope
from minamo.marking.analysis import Item, Paper, Results
from minamo.marking.models import PointsChange, Result, ResultPaper
from minamo.marking.rescoring import rescored
from minamo.marking.tests.scans import begins
from tests.fixtures.results import PAPER, RESULT, a_result
from tests.fixtures.world import World

ClientFor = Callable[..., Client]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.none() | st.integers(0, 2)), max_size=8),
    st.integers(1, 6),
    st.integers(1, 6),
)
def test_full_stays_full_nothing_stays_nothing_parts_stay(rows: Any, one: int, two: int) -> None:
    items = (Item("a", "1", 3), Item("b", "2", 2))
    results = Results(items, tuple(Paper(f"p{at}", row) for at, row in enumerate(rows)))
    found = rescored(results, {"a": one, "b": two})
    for was, now in zip(results.papers, found.after.results.papers, strict=True):
        for before, after, old, new in zip(was.points, now.points, (3, 2), (one, two), strict=True):
            if before is None:
                assert after is None
            elif before == old:
                assert after == new
            elif before <= new:
                assert after == before
            else:
                assert after is None
    assert [move.before > {"a": one, "b": two}[move.item] for move in found.doubtful] == [True] * len(found.doubtful)


@pytest.fixture
def settled(db: None, world: World) -> str:
    set_scope(municipalities=[world.municipality("A")], side="school")
    a_result(world, timezone.now())
    return f"/results/{RESULT}/points/"


def see(world: World) -> list[Any]:
    set_scope(municipalities=[world.municipality("A"), world.municipality("B")], side="school")
    return [paper.points for paper in ResultPaper.objects.order_by("number")]


def test_look_first_then_change(world: World, client_for: ClientFor, settled: str) -> None:
    """花 2+1 of 2+3, 空 0+3: question 1 gives 4 now: 花 3 → 5, 空 stays."""
    teacher = client_for("a1-homeroom")
    assert 'id="f-q1"' in begins(teacher.get(settled).content.decode()), "the keys begin at the first points"
    text = teacher.post(settled, {"q1": "4", "q2": "3", "step": "look"}).content.decode()
    assert (
        begins(text) == '<h2 tabindex="-1" autofocus>こう変わります' and text.count('data-hotkey="Control+Enter"') == 1
    )
    for words in ("満点 5 → <b>7</b>", "平均 3.0 → <b>4.0</b>", "点が変わる人 <b>1</b>人", "高橋 花"):
        assert words in text
    assert "佐藤 空" not in text
    assert see(world) == [[2, 1], [0, 3], []]
    assert not PointsChange.objects.exists()
    assert teacher.post(settled, {"q1": "4", "q2": "3", "step": "take"}).status_code == 302
    assert see(world) == [[4, 1], [0, 3], []]
    change = PointsChange.objects.get()
    assert (change.before, change.after, change.changed_by_label) == ({"q1": 2}, {"q1": 4}, "原澤 美咲")
    assert change.papers[str(PAPER)] == [2, 1]
    page = teacher.get(f"/results/{RESULT}/").content.decode()
    assert "問1 2 → 4点" in page and "7点満点" in page
    assert teacher.post(settled, {"q1": "4", "q2": "3", "step": "take"}).status_code == 302
    see(world)
    assert PointsChange.objects.count() == 1, "the same again changes nothing"


def test_part_of_the_points_above_the_new_full_asks_for_a_person(
    world: World, client_for: ClientFor, settled: str
) -> None:
    see(world)
    ResultPaper.objects.filter(pk=PAPER).update(points=[2, 2])
    teacher = client_for("a1-homeroom")
    text = teacher.post(settled, {"q1": "2", "q2": "1", "step": "look"}).content.decode()
    assert "新しい配点より高い点" in text and 'value="take"' not in text
    assert teacher.post(settled, {"q1": "2", "q2": "1", "step": "take"}).status_code == 422
    assert see(world) == [[2, 2], [0, 3], []]
    assert [item["full"] for item in Result.objects.get().items] == [2, 3]


@pytest.mark.parametrize("typed", ["0", "201", "x", "", "-1", "2.5"])
def test_bad_points_are_said_at_their_field(world: World, client_for: ClientFor, settled: str, typed: str) -> None:
    answer = client_for("a1-homeroom").post(settled, {"q1": typed, "q2": "9", "step": "take"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert 'id="q1-error"' in text and 'value="9"' in text and 'id="f-q1"' in begins(text)
    assert see(world) == [[2, 1], [0, 3], []]


@pytest.mark.parametrize(
    "name", ["a1-homeroom2", "a1-nurse", "a2-head", "b1-head", "a-board", "takahashi-mother", "pupil-hana"]
)
def test_nobody_else(world: World, client_for: ClientFor, settled: str, name: str) -> None:
    assert client_for(name).get(settled).status_code in {403, 404}
    assert client_for(name).post(settled, {"q1": "4", "q2": "3", "step": "take"}).status_code in {403, 404}
    assert see(world) == [[2, 1], [0, 3], []]


def test_the_history_stays_in_the_school(world: World, client_for: ClientFor, settled: str) -> None:
    client_for("a1-homeroom").post(settled, {"q1": "4", "q2": "3", "step": "take"})
    for side, expected in (("school", 1), ("home", 0), ("learning", 0)):
        set_scope(municipalities=[world.municipality("A")], side=side)
        assert PointsChange.objects.count() == expected
    assert Client().post(settled).status_code in {302, 401}
    assert client_for("a1-homeroom").get(f"/results/{uuid.uuid4()}/points/").status_code == 404
