"""採点の決まり: whatever ten markers, a bad line and repeated sending do, no stroke is lost and none counts twice."""

import itertools
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from minamo.marking.marks_rules import (
    ALL,
    CHOICE,
    DECIDED,
    FIRST,
    NEVER_CAME,
    NOTHING,
    OPEN_DIFFERENT,
    OPEN_SECOND,
    OPEN_UNMARKED,
    REDO,
    SECOND,
    UNDO,
    Outcome,
    Said,
    Slot,
    Step,
    Struck,
    Wanted,
    conflicts,
    folded,
    judged,
    outcome,
    round_of,
    stacks,
)  # fmt: skip

PAGES = ("p1", "p2", "p3")


class Server:
    """What the action does, without a database: a log that is added to, what holds, which keys came."""

    def __init__(self) -> None:
        self.log: list[Struck] = []
        self.holds: dict[Slot, int] = {}
        self.known: dict[str, int] = {}
        self.orders = itertools.count(1)

    def take(self, marker: str, batch: Sequence[Wanted]) -> None:
        self.log += judged(self.holds, self.known, batch, self.orders, marker)


class Device:
    """A marker's screen: it marks at once and names what it saw by key."""

    def __init__(self, marker: str) -> None:
        self.marker, self.number, self.seen = marker, itertools.count(1), dict[Slot, tuple[str, Said]]()
        self.past: list[list[Step]] = []
        self.ahead: list[list[Step]] = []

    def stroke(self, page: str, points: int | None, **more: Any) -> Wanted:
        slot = (page, "q", FIRST)
        base = self.seen[slot][0] if slot in self.seen else None
        wanted = Wanted(f"{self.marker}-{next(self.number)}", page, "q", points, base=base, **more)
        self.seen[slot] = (wanted.key, (points, wanted.comment, wanted.criteria))
        return wanted

    def act(self, pages: Sequence[str], points: int | None) -> list[Wanted]:
        act, steps, made = f"{self.marker}-act-{next(self.number)}", [], []
        for page in dict.fromkeys(pages):
            before = self.seen.get((page, "q", FIRST), ("", NOTHING))[1]
            made.append(self.stroke(page, points, act=act, how=ALL))
            steps.append(Step(made[-1].key, made[-1].slot, before, (points, "", ())))
        self.past.append(steps)
        self.ahead.clear()
        return made

    def back(self, source: list[list[Step]], target: list[list[Step]], how: str) -> list[Wanted]:
        if not source:
            return []
        act, made, steps = f"{self.marker}-act-{next(self.number)}", [], []
        for step in source.pop():
            made.append(self.stroke(step.slot[0], step.before[0], act=act, how=how, undoes=step.key))
            steps.append(Step(made[-1].key, step.slot, step.after, step.before))
        target.append(steps)
        return made


acts = st.lists(
    st.one_of(
        st.tuples(st.just("act"), st.lists(st.sampled_from(PAGES), min_size=1, max_size=3), st.none() | st.integers(0, 3)),
        st.tuples(st.just(UNDO), st.just([]), st.none()),
        st.tuples(st.just(REDO), st.just([]), st.none()),
    ),
    max_size=6,
)  # fmt: skip


def batches_of(marker: str, wishes: Any) -> list[list[Wanted]]:
    """What one person's screen sends, batch by batch."""
    device, made = Device(marker), []
    for what, pages, points in wishes:
        if what == "act":
            made.append(device.act(pages, points))
        elif what == UNDO:
            made.append(device.back(device.past, device.ahead, UNDO))
        else:
            made.append(device.back(device.ahead, device.past, REDO))
    return [batch for batch in made if batch]


@given(st.lists(acts, min_size=1, max_size=10), st.data())
def test_ten_markers_lose_nothing_and_count_nothing_twice(people: Any, data: Any) -> None:
    lines = {f"m{at}": batches_of(f"m{at}", wishes) for at, wishes in enumerate(people)}
    sent = {one.key: one for batches in lines.values() for batch in batches for one in batch}
    server, once = Server(), Server()
    left = {marker: list(batches) for marker, batches in lines.items() if batches}
    delivered: list[tuple[str, list[Wanted]]] = []
    while left:
        marker = data.draw(st.sampled_from(sorted(left)))
        batch = left[marker].pop(0)
        if not left[marker]:
            del left[marker]
        once.take(marker, batch)
        server.take(marker, batch[: data.draw(st.integers(0, len(batch)))])  # the line broke in the middle
        server.take(marker, batch)
        delivered.append((marker, batch))
        again = data.draw(st.lists(st.sampled_from(delivered), max_size=2))  # late retries, in any order
        for other, old in again:
            server.take(other, old)
    assert [one.key for one in server.log] == [one.key for one in once.log], "each key once, in the order of arrival"
    assert {one.key for one in server.log} == set(sent), "no stroke is lost"
    assert folded(server.log) == folded(once.log)
    assert {slot: one.order for slot, one in folded(server.log).items()} == server.holds, "the state is the log"
    for one in server.log:
        assert one.said == (sent[one.key].points, sent[one.key].comment, sent[one.key].criteria)
    open_ = conflicts(server.log)
    for slot, held in folded(server.log).items():
        last = {one.marker: one for one in server.log if one.slot == slot}
        heard = {held.marker} | {one.marker for one in open_.get(slot, ())}
        for marker, one in last.items():
            assert marker in heard or one.said == held.said or one.how == UNDO, "everybody's last word holds or waits"


@given(st.lists(acts, min_size=2, max_size=10), st.randoms())
def test_markers_of_different_answers_end_the_same_in_any_order(people: Any, chance: Any) -> None:
    lines = []
    for at, wishes in enumerate(people):
        own = [[Wanted(**{f: getattr(one, f) for f in one.__slots__} | {"page": f"{one.page}-{at}"}) for one in batch]
               for batch in batches_of(f"m{at}", wishes)]  # fmt: skip
        lines.append((f"m{at}", own))
    ends = []
    for _ in range(2):
        server, left = Server(), [(marker, list(batches)) for marker, batches in lines]
        while left := [line for line in left if line[1]]:
            marker, batches = chance.choice(left)
            server.take(marker, batches.pop(0))
        assert not any(one.overtaken for one in server.log)
        ends.append({slot: one.said for slot, one in folded(server.log).items()})
    assert ends[0] == ends[1]


@given(acts)
def test_the_stacks_of_the_log_are_those_of_the_screen(wishes: Any) -> None:
    server, device = Server(), Device("me")
    for what, pages, points in wishes:
        if what == "act":
            server.take("me", device.act(pages, points))
        else:
            piles = (device.past, device.ahead) if what == UNDO else (device.ahead, device.past)
            server.take("me", device.back(*piles, what))
    found = stacks(server.log, "me")
    assert found.past == [tuple(steps) for steps in device.past]
    assert found.ahead == [tuple(steps) for steps in device.ahead]
    assert stacks(server.log, "somebody else") == stacks([], "me")


@given(acts, st.lists(st.sampled_from(PAGES), min_size=1, max_size=3), st.none() | st.integers(0, 3))
def test_undo_after_do_is_as_if_nothing_was_and_redo_as_if_it_was(wishes: Any, pages: Any, points: Any) -> None:
    server, device = Server(), Device("me")

    def said() -> dict[Slot, Said]:
        return {slot: one.said for slot, one in folded(server.log).items() if one.said != NOTHING}

    for batch in batches_of("before", wishes):
        server.take("before", batch)
    device.seen = {slot: (one.key, one.said) for slot, one in folded(server.log).items()}
    before = said()
    server.take("me", device.act(pages, points))
    done = said()
    server.take("me", device.back(device.past, device.ahead, UNDO))
    assert said() == before
    server.take("me", device.back(device.ahead, device.past, REDO))
    assert said() == done
    server.take("me", device.back(device.past, device.ahead, UNDO))
    assert said() == before
    assert stacks(server.log, "me").past == []


def test_who_is_overtaken_waits_beside_the_answer_until_somebody_chooses() -> None:
    server = Server()
    server.take("a", [Wanted("a1", "p1", "q", 2)])
    server.take("b", [Wanted("b1", "p1", "q", 0), Wanted("b2", "p1", "q", 1, base="b1")])
    slot = ("p1", "q", FIRST)
    assert folded(server.log)[slot].key == "a1"
    assert [one.key for one in conflicts(server.log)[slot]] == ["b2"]
    server.take("a", [Wanted("a2", "p1", "q", 2, base="a1", comment="見ました")])
    assert slot in conflicts(server.log), "going on is no decision"
    server.take("c", [Wanted("c1", "p1", "q", 1, how=CHOICE, base="a2", undoes="b2")])
    assert folded(server.log)[slot].points == 1
    assert conflicts(server.log) == {}
    server.take("b", [Wanted("b3", "p1", "q", 0, base="b2")])
    assert [one.key for one in conflicts(server.log)[slot]] == ["b3"], "a word after the decision is a new one"


def test_the_same_word_twice_is_no_conflict_and_a_base_that_never_came_is_one() -> None:
    server = Server()
    server.take("a", [Wanted("a1", "p1", "q", 2)])
    server.take("b", [Wanted("b1", "p1", "q", 2)])
    assert conflicts(server.log) == {}
    server.take("b", [Wanted("b2", "p2", "q", 1, base="lost")])
    assert server.log[-1].base == NEVER_CAME and server.log[-1].overtaken


def test_which_marking_counts() -> None:
    assert outcome(2, None, None, twice=False) == Outcome(2)
    assert outcome(None, 2, None, twice=True) == Outcome(None, OPEN_UNMARKED)
    assert outcome(2, None, None, twice=True) == Outcome(None, OPEN_SECOND)
    assert outcome(2, 1, None, twice=True) == Outcome(None, OPEN_DIFFERENT)
    assert outcome(2, 2, None, twice=True) == Outcome(2)
    assert outcome(2, 1, 1, twice=True) == Outcome(1)
    assert DECIDED == "verdict"


def test_who_marks_which_round() -> None:
    assert round_of("x", twice=False, firsts=set(), seconds={"x"}, manages=False) == FIRST
    assert round_of("x", twice=True, firsts={"x"}, seconds=set(), manages=False) == FIRST
    assert round_of("x", twice=True, firsts=set(), seconds={"x"}, manages=True) == SECOND
    assert round_of("x", twice=True, firsts=set(), seconds=set(), manages=True) == FIRST, "nothing to hide yet"
    assert round_of("x", twice=True, firsts={"y"}, seconds=set(), manages=True) == SECOND, "whatever else one may do"
    assert round_of("x", twice=True, firsts={"x", "y"}, seconds=set(), manages=True) == FIRST
    assert round_of("x", twice=True, firsts={"y"}, seconds=set(), manages=False) == SECOND
