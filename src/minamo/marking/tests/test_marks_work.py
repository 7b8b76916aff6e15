"""採点の進み: what is left, the order of answers, the sample."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from minamo.marking.analysis.totals import total_of
from minamo.marking.analysis.values import Item
from minamo.marking.marks_rules import CHECK, FIRST, KEY, SHEET, Outcome, Struck
from minamo.marking.marks_work import audit_of, by_likeness, groups_by_reading, results, sample, to_be_shown, unmarked
from minamo.marking.setup import Question

ids = st.lists(st.uuids().map(str), unique=True, max_size=60)


@given(ids, st.uuids(), st.randoms())
def test_the_sample_is_five_percent_and_always_the_same(pages: Any, sitting: Any, chance: Any) -> None:
    drawn = sample(sitting, "q1", pages)
    assert len(drawn) == -(-len(pages) // 20)
    shuffled = chance.sample(pages, len(pages))
    assert sample(sitting, "q1", shuffled) == drawn


@given(ids, st.lists(ids, max_size=4))
def test_every_page_is_shown_once_whatever_the_machine_bundled(pages: Any, bundles: Any) -> None:
    bundles = [[*bundle, *pages[at : at + 2]] for at, bundle in enumerate(bundles)]
    assert sorted(by_likeness(pages, bundles)) == sorted(pages)


def struck(order: int, page: str, points: int, how: str, base: int | None = None) -> Struck:
    return Struck(order, f"k{order}", (page, "q", FIRST), (points, "", ()), how, "m", base=base)


def test_a_drawn_answer_waits_until_somebody_looks_and_what_he_said_otherwise_is_told() -> None:
    log = [struck(at, f"p{at}", 2, SHEET) for at in range(1, 41)]
    audit = audit_of("s", "q", log)
    assert len(audit.drawn) == 2 and audit.waiting == audit.drawn
    one, two = audit.drawn
    log += [struck(50, one, 0, CHECK, int(one[1:])), struck(51, two, 2, CHECK, int(two[1:]))]
    audit = audit_of("s", "q", log)
    assert audit.waiting == () and audit.differed == (one,)
    assert audit_of("s", "q", [struck(1, "p1", 2, KEY)]).drawn == (), "what was marked one by one is not drawn"


def test_right_readings_first_blank_and_unread_last() -> None:
    readings: Any = {
        "a": ("ア", 0.9),
        "b": ("イ", 0.9),
        "c": ("ア", 0.9),
        "d": ("", 1.0),
        "e": (None, 0.4),
        "f": ("ウ", 1.0),
    }
    assert [text for text, _ in groups_by_reading(readings, ["イ"])] == ["イ", "ア", "ウ", "", None]
    assert dict(groups_by_reading(readings))["ア"] == ["a", "c"]


def test_what_is_unmarked_and_totals_by_part() -> None:
    holds: Any = {("p1", "q1", FIRST): 2, ("p1", "q2", FIRST): None}
    assert unmarked(["p1"], ["q1", "q2"], holds) == [("p1", "q2", FIRST)]
    items = (Item("q1", "1", 2, "1", "知"), Item("q2", "2", 3, "2", "思"))
    table = results(items, {"p1": {"q1": Outcome(2), "q2": Outcome(1)}, "p2": {"q1": Outcome(None, "different")}})
    total = total_of(items, table.papers[0])
    assert (total.points, [(part.name, part.points) for part in total.aspects]) == (3, [("知", 2), ("思", 1)])
    assert total_of(items, table.papers[1]).waiting == 2


def test_what_was_read_as_empty_or_wrong_is_marked_by_who_sees_it() -> None:
    symbol = Question("q", "(1)", (0, 0, 1, 1), alphabet="アイウ", keys=("ア", "イ"))
    words = Question("w", "(2)", (0, 0, 1, 1), keys=("執権",))
    unsaid = Question("u", "(3)", (0, 0, 1, 1), alphabet="アイウ")
    assert [to_be_shown(symbol, one) for one in (["ウ", 0.9], ["", 1.0], ["イ", 0.9], [None, 0.3], None)] == [
        True, True, False, False, False]  # fmt: skip
    assert to_be_shown(words, ["", 1.0]) and not to_be_shown(words, None)
    assert not to_be_shown(unsaid, ["ウ", 0.9]), "without a model answer nothing is wrong"
