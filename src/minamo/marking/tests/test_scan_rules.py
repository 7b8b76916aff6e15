"""Whose paper: the proposal is never by place alone, whatever the order of completion; corners; where a page is upright."""

import datetime as dt
import uuid

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from minamo.kernel.schoolyear import JST
from minamo.marking.check_rules import Child, Conflict, Paper, agreed, propose
from minamo.marking.page_rules import (
    CornersRefused,
    checked_corners,
    spanned,
    through,
    turned,
    turned_back,
    turns_of,
)
from minamo.marking.upload_rules import expiry

ROSTER = [Child(uuid.uuid5(uuid.NAMESPACE_OID, f"pupil-{n}"), n, f"児童{n}") for n in range(1, 31)]
BY_NUMBER = {child.number: child.pupil for child in ROSTER}


def paper(number: int, sure: float = 0.99, owner: uuid.UUID | None = None) -> Paper:
    return Paper(uuid.uuid5(uuid.NAMESPACE_OID, f"page-{number}"), ((str(number), sure),) if sure else (), owner)


def test_a_class_with_an_absentee_and_two_swapped() -> None:
    order = [n for n in range(1, 31) if n != 7]
    order[9], order[10] = order[10], order[9]
    found = propose([paper(n) for n in order], ROSTER)
    assert {found.pages[paper(n).page].pupil for n in order} == {BY_NUMBER[n] for n in order}
    assert all(found.pages[paper(n).page].pupil == BY_NUMBER[n] for n in order)
    assert found.without == (BY_NUMBER[7],)
    assert found.out_of_order == {paper(order[9]).page, paper(order[10]).page}
    assert not found.doubtful and not found.open


def test_a_number_nobody_could_read_is_a_guess_and_marked() -> None:
    found = propose([paper(1), paper(2, 0.0), paper(3)], ROSTER[:3])
    one = found.pages[paper(2).page]
    assert one.pupil == BY_NUMBER[2] and one.doubt


def test_a_number_of_two_pupils_says_nothing() -> None:
    """A class of two school years, both with a number 2."""
    twin = Child(uuid.uuid4(), 2, "二年の児童")
    found = propose([paper(1), paper(2), paper(3)], [*ROSTER[:3], twin])
    assert found.pages[paper(1).page].doubt == "" and found.pages[paper(2).page].doubt
    assert found.pages[paper(2).page].pupil not in {BY_NUMBER[2], twin.pupil}


def test_two_papers_with_one_number_are_put_to_a_person() -> None:
    twin = Paper(uuid.uuid4(), (("2", 0.99),))
    found = propose([paper(1), paper(2), twin, paper(3)], ROSTER[:4])
    assert found.pages[twin.page].doubt and found.pages[paper(2).page].doubt
    late = propose([paper(1), paper(2, owner=BY_NUMBER[2]), twin], ROSTER[:4])
    assert late.pages[paper(2).page].confirmed
    assert late.pages[twin.page].pupil != BY_NUMBER[2] and late.pages[twin.page].doubt


@settings(max_examples=120)
@given(
    st.lists(st.integers(1, 30), unique=True, min_size=2, max_size=30),
    st.lists(st.sampled_from([0.0, 0.2, 0.6, 0.97]), min_size=30, max_size=30),
    st.randoms(use_true_random=False),
)
def test_nobody_gets_anothers_paper_beyond_doubt(order: list[int], sure: list[float], dice: object) -> None:
    """Numbers read right: whatever the order of the pile and however sure the reading, what is beyond doubt is right; every
    page stands somewhere; no pupil has two; names of files and places in the list have no say."""
    papers = [paper(number, sure[number - 1]) for number in order]
    found = propose(papers, ROSTER)
    assert list(found.pages) == [one.page for one in papers]
    given = [one.pupil for one in found.pages.values() if one.pupil is not None]
    assert len(given) == len(set(given))
    for number in order:
        one = found.pages[paper(number).page]
        assert one.doubt or one.pupil == BY_NUMBER[number]
    again = propose([Paper(one.page, one.numbers, one.owner) for one in papers], ROSTER)
    assert again == found


@settings(max_examples=60)
@given(st.permutations(list(range(1, 16))), st.sets(st.integers(1, 15), max_size=6))
def test_what_a_person_has_said_stays(order: list[int], said: set[int]) -> None:
    """Confirmed owners are never proposed away, also when what is written on the paper says otherwise."""
    mixed = {number: BY_NUMBER[(number % 15) + 1] for number in said}
    papers = [paper(number, 0.97, mixed.get(number)) for number in order]
    found = propose(papers, ROSTER[:15])
    assert all(found.pages[paper(number).page].pupil == pupil for number, pupil in mixed.items())
    given = [one.pupil for one in found.pages.values() if one.pupil is not None]
    assert len(given) == len(set(given))


def test_what_does_not_agree_is_said_in_names() -> None:
    one, two = uuid.uuid4(), uuid.uuid4()
    places = {one: "scan.pdf の1ページ目", two: "scan.pdf の2ページ目"}
    with pytest.raises(Conflict, match="3番 児童3さんの答案が2枚") as raised:
        agreed({one: BY_NUMBER[3], two: BY_NUMBER[3]}, [BY_NUMBER[3]], ROSTER, places)
    assert any("欠席になっていますが" in line for line in raised.value.problems)
    with pytest.raises(Conflict, match="名簿にない人"):
        agreed({one: uuid.uuid4()}, [], ROSTER, places)
    agreed({one: BY_NUMBER[1], two: None}, [BY_NUMBER[2]], ROSTER, places)


SQUARE = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]


@pytest.mark.parametrize(
    ("given_points", "words"),
    [
        (None, "4つとも"), ("x", "4つとも"), (SQUARE[:3], "4つとも"), ([*SQUARE[:3], [0.1]], "画像の外"), ([*SQUARE[:3], ["a", 1]], "画像の外"),
        ([*SQUARE[:3], [float("nan"), 0.5]], "画像の外"), ([*SQUARE[:3], [5.0, 0.5]], "画像の外"), (SQUARE[::-1], "順番がちがいます"),
        ([SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3]], "順番がちがいます"), ([[0.5 + x * 0.1, 0.5 + y * 0.1] for x, y in SQUARE], "せますぎ"),
    ],
)  # fmt: skip
def test_corners_that_are_none(given_points: object, words: str) -> None:
    with pytest.raises(CornersRefused, match=words):
        checked_corners(given_points)


def test_any_turn_of_the_corners_is_a_sheet() -> None:
    for at in range(4):
        assert checked_corners([*SQUARE[at:], *SQUARE[:at]])


@given(st.lists(st.floats(-0.08, 0.08), min_size=8, max_size=8), st.integers(0, 3))
def test_four_corners_make_the_homography_that_leads_there(shifts: list[float], turns: int) -> None:
    points = [(x + shifts[2 * at], y + shifts[2 * at + 1]) for at, (x, y) in enumerate(SQUARE)]
    there = turned_back(points, turns)
    assert np.allclose(turned(there, turns), points)
    numbers = spanned(there, 1654, 2339)
    corners = ((0, 0), (1654, 0), (1654, 2339), (0, 2339))
    assert np.allclose([through(numbers, x, y) for x, y in corners], there)
    assert turns_of(numbers, 1654, 2339) == turns


def test_a_link_ends_with_the_school_day() -> None:
    morning = dt.datetime(2026, 11, 24, 9, 0, tzinfo=JST)
    assert expiry(morning) == dt.datetime(2026, 11, 24, 18, 0, tzinfo=JST)
    evening = dt.datetime(2026, 11, 24, 19, 0, tzinfo=JST)
    assert expiry(evening) == evening + dt.timedelta(hours=1)


def test_a_printed_sheet_says_whose_it_is_where_the_class_gives_no_numbers() -> None:
    """教科の学級: the code alone; whatever stands in the box of the number has no say."""
    bare = [Child(uuid.uuid4(), None, f"児童{n}") for n in range(4)]
    papers = [Paper(uuid.uuid4(), (("2", 0.99),), printed=child.pupil) for child in reversed(bare[:3])]
    found = propose(papers, bare)
    assert [(one.pupil, one.doubt) for one in found.pages.values()] == [
        (child.pupil, "") for child in reversed(bare[:3])
    ]
    assert found.without == (bare[3].pupil,) and not found.out_of_order


def test_two_sheets_printed_for_one_pupil_are_put_to_a_person() -> None:
    mixed = [*ROSTER[:4], Child(uuid.uuid4(), None, "番号のない児童")]
    twins = [Paper(uuid.uuid4(), printed=mixed[4].pupil) for _ in range(2)]
    found = propose([paper(1), *twins, paper(2)], mixed)
    assert [found.pages[one.page].doubt for one in twins] == ["同じ人の用紙が2枚あります"] * 2
    assert all(found.pages[one.page].pupil is None for one in twins)
    late = propose([Paper(twins[0].page, owner=mixed[4].pupil), twins[1]], mixed)
    assert "もう決まっています" in late.pages[twins[1].page].doubt


def test_a_printed_sheet_takes_its_pupil_before_a_number_that_was_read() -> None:
    """3's sheet is in the pile, and on another one a 3 was read: that one is looked at."""
    found = propose([paper(1), Paper(uuid.uuid4(), printed=BY_NUMBER[3]), paper(3)], ROSTER[:4])
    one, printed, other = found.pages.values()
    assert (printed.pupil, printed.doubt) == (BY_NUMBER[3], "")
    assert other.pupil != BY_NUMBER[3] and other.doubt
    assert one.pupil == BY_NUMBER[1]
