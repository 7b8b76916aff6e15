"""Whose sheet: bound to the roster by what was read; never wrongly because of the order in which things happened."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from minamo.marking.vision.identity import Seen, bind

ROSTER = tuple(range(1, 31))


def sure(page: int, number: int) -> Seen:
    return Seen(page, ((str(number), 0.98),))


def test_numbers_that_were_read_bind() -> None:
    bound = bind([sure(0, 3), sure(1, 4), sure(2, 7)], ROSTER)
    assert [bound.pages[page].pupil for page in range(3)] == [3, 4, 7]
    assert bound.unseen == tuple(number for number in ROSTER if number not in {3, 4, 7})


def test_leading_zeros_and_wide_digits_are_the_same_number() -> None:
    bound = bind([Seen(0, (("08", 0.97),)), Seen(1, (("１２", 0.99),))], ROSTER)
    assert [bound.pages[page].pupil for page in (0, 1)] == [8, 12]


def test_two_sheets_with_one_number_are_both_asked() -> None:
    bound = bind([sure(0, 3), sure(1, 5), sure(2, 5), sure(3, 6)], ROSTER)
    assert bound.pages[1].pupil is bound.pages[2].pupil is None
    assert "5番の答案が2枚" in bound.pages[1].why


def test_a_second_scan_goes_where_the_first_went() -> None:
    bound = bind([sure(0, 3), Seen(1, (("8", 0.99),), copy_of=0)], ROSTER)
    assert bound.pages[1].pupil == 3
    assert 8 in bound.unseen


def test_a_middling_reading_needs_the_order_of_the_pile() -> None:
    middling = Seen(1, (("4", 0.6), ("9", 0.02)))
    assert bind([sure(0, 3), middling, sure(2, 5)], ROSTER).pages[1].pupil == 4
    assert bind([sure(0, 13), middling, sure(2, 15)], ROSTER).pages[1].pupil is None


def test_a_rival_that_fits_as_well_makes_us_ask() -> None:
    torn = Seen(1, (("4", 0.5), ("5", 0.3)))
    binding = bind([sure(0, 3), torn, sure(2, 7)], ROSTER).pages[1]
    assert binding.pupil is None
    assert binding.likely[:2] == (4, 5)


def test_of_a_doubtful_number_what_fits_the_order_is_offered_first_and_not_bound() -> None:
    """17 reads as 27 rather than 17; it lies between 16 and 18."""
    doubtful = Seen(1, (("27", 0.45), ("17", 0.4), ("7", 0.02)))
    binding = bind([sure(0, 16), doubtful, sure(2, 18)], ROSTER).pages[1]
    assert binding.pupil is None and binding.why
    assert binding.likely == (17, 27, 7)
    apart = bind([sure(0, 3), doubtful, sure(2, 5)], ROSTER).pages[1]
    assert apart.likely == (27, 17, 7), "where neither fits, the reading alone says which is likelier"


def test_beside_an_absent_pupil_a_number_has_to_be_likelier_than_not() -> None:
    """4 is absent: the sheet of 5, misread as 4, stands where that of 4 would."""
    misread = Seen(1, (("4", 0.45), ("5", 0.05)))
    assert bind([sure(0, 3), misread, sure(2, 6)], ROSTER).pages[1].pupil is None
    faint = Seen(1, (("4", 0.25), ("9", 0.02)))
    assert bind([sure(0, 3), faint, sure(2, 5)], ROSTER).pages[1].pupil == 4


def test_a_number_that_leaves_no_room_for_the_pages_after_it_is_asked() -> None:
    """12 misread as 17, the four after it hardly read: nobody is left between 17 and 18 for them."""
    pile = [sure(0, 11), Seen(1, (("17", 0.87),)), Seen(2, (("8", 0.05),)), Seen(3), Seen(4), Seen(5), sure(6, 18)]
    assert bind(pile, ROSTER).pages[1].pupil is None
    roomy = [sure(0, 11), Seen(1, (("12", 0.87),)), *pile[2:]]
    assert bind(roomy, ROSTER).pages[1].pupil == 12


def test_a_sure_number_against_the_order_is_asked_where_another_reading_fits_it() -> None:
    """24, its first figure cut by the edge of the box, read as 14."""
    misread = Seen(1, (("14", 0.964), ("24", 0.0255)))
    binding = bind([sure(0, 23), misread, sure(2, 25)], ROSTER).pages[1]
    assert (binding.pupil, binding.likely[0]) == (None, 24)
    swapped = Seen(1, (("5", 0.99), ("4", 0.004)))
    assert bind([sure(0, 3), swapped, sure(2, 4), sure(3, 6)], ROSTER).pages[1].pupil == 5


def test_another_page_that_looks_like_the_same_number_makes_us_ask() -> None:
    pile = [sure(0, 3), Seen(1, (("5", 0.8),)), Seen(2, (("5", 0.14),)), sure(3, 9)]
    bound = bind(pile, ROSTER)
    assert bound.pages[1].pupil is bound.pages[2].pupil is None


def test_a_page_in_its_place_is_not_asked_because_of_one_that_cannot_be_it() -> None:
    """19, its first figure cut, reads as 9; the page of 9 stands among its neighbours. Only the other is a question."""
    pile = [*(sure(at, at + 1) for at in range(18)), Seen(18, (("9", 0.99), ("19", 0.004))), sure(19, 20)]
    bound = bind(pile, ROSTER)
    assert bound.pages[8].pupil == 9
    assert (bound.pages[18].pupil, bound.pages[18].likely[0]) == (None, 19)
    assert "9番の答案が2枚" in bound.pages[18].why
    faint = [sure(0, 3), sure(1, 5), Seen(2, (("5", 0.28), ("7", 0.1))), sure(3, 9)]
    assert [bind(faint, ROSTER).pages[page].pupil for page in (1, 2)] == [5, None]


def test_in_a_pile_without_order_no_place_speaks_for_a_page() -> None:
    shuffled = [sure(0, 20), sure(1, 9), sure(2, 14), sure(3, 3), Seen(4, (("9", 0.99),)), sure(5, 11), sure(6, 1)]
    bound = bind(shuffled, ROSTER)
    assert bound.pages[1].pupil is bound.pages[4].pupil is None


def test_nothing_written_is_offered_what_fits_and_never_bound() -> None:
    binding = bind([sure(0, 3), Seen(1), sure(2, 5)], ROSTER).pages[1]
    assert binding.pupil is None
    assert binding.likely[0] == 4


def test_numbers_off_the_roster_bind_nothing() -> None:
    assert bind([Seen(0, (("41", 0.99),))], ROSTER).pages[0].pupil is None


def test_swapped_neighbours_read_beyond_doubt_are_bound_and_told() -> None:
    bound = bind([sure(0, 3), sure(1, 5), sure(2, 4), sure(3, 6)], ROSTER)
    assert [bound.pages[page].pupil for page in range(4)] == [3, 5, 4, 6]
    assert bound.out_of_order == (2,)


def test_an_empty_pile() -> None:
    bound = bind([], ROSTER)
    assert bound.pages == {}
    assert bound.unseen == ROSTER


@st.composite
def piles(draw: st.DrawFn) -> tuple[list[Seen], dict[int, int]]:
    """A pile with truth: absentees, swaps, unwritten numbers, second scans, readings sure or not but never wrong."""
    present = sorted(draw(st.sets(st.sampled_from(ROSTER), min_size=1)))
    for at in draw(st.lists(st.integers(0, max(0, len(present) - 2)), max_size=3)):
        if at + 1 < len(present):
            present[at], present[at + 1] = present[at + 1], present[at]
    seen, truth = [], {}
    for number in present:
        page = len(seen)
        written = draw(st.sampled_from(["sure", "middling", "none"]))
        confidence = draw(st.floats(0.95, 1.0) if written == "sure" else st.floats(0.05, 0.9))
        seen.append(Seen(page, () if written == "none" else ((str(number), confidence),)))
        truth[page] = number
        if draw(st.integers(0, 9)) == 0:
            seen.append(Seen(page + 1, seen[page].candidates, copy_of=page))
            truth[page + 1] = number
    return seen, truth


@given(piles(), st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_no_pupil_gets_anothers_sheet_however_results_arrive(
    pile: tuple[list[Seen], dict[int, int]], chance: random.Random
) -> None:
    seen, truth = pile
    first = bind(seen, ROSTER)
    chance.shuffle(seen)
    assert bind(seen, ROSTER) == first
    assert set(first.pages) == set(truth)
    for page, binding in first.pages.items():
        assert binding.pupil in {None, truth[page]}


@st.composite
def misread(draw: st.DrawFn) -> tuple[list[Seen], dict[int, int]]:
    """A pile in order with absentees and unwritten numbers; one number in three is read as another, never two running."""
    seen, truth, wrong = [], {}, True
    for number in sorted(draw(st.sets(st.sampled_from(ROSTER), min_size=1))):
        page = len(seen)
        truth[page] = number
        if draw(st.integers(0, 4)) == 0:
            seen.append(Seen(page))
            continue
        wrong = not wrong and draw(st.integers(0, 2)) == 0
        text = draw(st.sampled_from(ROSTER)) if wrong else number
        seen.append(Seen(page, ((str(text), draw(st.floats(0.05, 0.49 if wrong else 1.0))),)))
    return seen, truth


@st.composite
def cut(draw: st.DrawFn) -> tuple[list[Seen], dict[int, int]]:
    """A pile in order, neighbours swapped here and there, some absent; first figures that are cut off: 19 surely read as 9."""
    order = sorted(draw(st.sets(st.sampled_from(ROSTER), min_size=22)))
    for at in draw(st.lists(st.integers(0, len(order) - 2), max_size=2)):
        order[at], order[at + 1] = order[at + 1], order[at]
    beheaded = draw(st.sets(st.sampled_from([number for number in ROSTER if number > 9 and number % 10]), max_size=3))
    seen = [
        Seen(page, ((str(number % 10 if number in beheaded else number), draw(st.floats(0.95, 1.0))),))
        for page, number in enumerate(order)
    ]
    return seen, dict(enumerate(order))


@given(cut())
@settings(max_examples=500, deadline=None)
def test_a_figure_that_is_cut_off_binds_nobody_wrongly(pile: tuple[list[Seen], dict[int, int]]) -> None:
    seen, truth = pile
    bound = bind(seen, ROSTER)
    for page, binding in bound.pages.items():
        assert binding.pupil in {None, truth[page]}


@given(misread())
@settings(max_examples=500, deadline=None)
def test_a_number_misread_in_doubt_binds_nobody_wrongly(pile: tuple[list[Seen], dict[int, int]]) -> None:
    seen, truth = pile
    for page, binding in bind(seen, ROSTER).pages.items():
        assert binding.pupil in {None, truth[page]}
