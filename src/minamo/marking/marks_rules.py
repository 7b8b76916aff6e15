"""採点の決まり: what follows from the log of strokes. Pure; the action, the queries and the tests use the same functions.

A stroke says which stroke its marker saw (`base`). When that one still holds, the new stroke holds from now on; otherwise it
is kept as `overtaken` and stands beside the answer as a 食い違い until a person takes one of the words up (`choice`, which
names in `undoes` the newest stroke it decided about). An undo is a stroke that says again what was said before.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field

FIRST, SECOND, VERDICT = 1, 2, 3  # 1回目、2回目（名前も1回目の点も見ない）、食い違いの裁定
KEY, ALL, SHEET, BLANK, GROUP = "key", "all", "sheet", "blank", "group"
UNDO, REDO, CHECK, DECIDED, CHOICE, RESCORE = "undo", "redo", "check", "verdict", "choice", "rescore"
CAME, GONE = "came", "gone"  # a page went to another class: its marks end in one log and go on in the other
HOWS = (KEY, ALL, SHEET, BLANK, GROUP, UNDO, REDO, CHECK, DECIDED, CHOICE)
SHEETS = (SHEET, BLANK, GROUP)  # many at once, confirmed as one contact sheet
NEVER_CAME = 0  # the base of a stroke whose marker saw one that never reached the server
Slot = tuple[str, str, int]  # page, question, round
Said = tuple[int | None, str, tuple[str, ...]]  # points, comment, criteria
NOTHING: Said = (None, "", ())


@dataclass(frozen=True, slots=True)
class Wanted:
    """一手 as a device sends it: other strokes are named by their keys, because their order is the server's."""

    key: str
    page: str
    question: str
    points: int | None
    how: str = KEY
    act: str = ""
    round: int = FIRST
    comment: str = ""
    criteria: tuple[str, ...] = ()
    base: str | None = None
    undoes: str | None = None

    @property
    def slot(self) -> Slot:
        """Which answer in which round."""
        return (self.page, self.question, self.round)


@dataclass(frozen=True, slots=True)
class Struck:
    """一手 as the log has it. `act`: strokes of one press of a key (残り全部) are taken back together."""

    order: int
    key: str
    slot: Slot
    said: Said
    how: str
    marker: str
    act: str = ""
    base: int | None = None
    undoes: int | None = None
    overtaken: bool = False
    label: str = ""
    at: dt.datetime | None = None

    @property
    def points(self) -> int | None:
        """点."""
        return self.said[0]


def judged(
    holds: MutableMapping[Slot, int], known: MutableMapping[str, int], batch: Iterable[Wanted], orders: Iterable[int],
    marker: str, label: str = "",
) -> list[Struck]:  # fmt: skip
    """受け取る: the strokes of a batch that are new, in order, each holding or overtaken. `holds` (answer → order) and
    `known` (key → order) are brought up to date. A key that is known is passed over, so that a batch may come twice."""
    numbers, found = iter(orders), []
    for wanted in batch:
        if wanted.key in known:
            continue
        base = None if wanted.base is None else known.get(wanted.base, NEVER_CAME)
        undoes = known.get(wanted.undoes) if wanted.undoes else None
        overtaken = base != holds.get(wanted.slot)
        order = next(numbers)
        said = (wanted.points, wanted.comment, wanted.criteria)
        found.append(Struck(order, wanted.key, wanted.slot, said, wanted.how, marker, wanted.act or wanted.key, base, undoes,
                            overtaken, label))  # fmt: skip
        known[wanted.key] = order
        if not overtaken:
            holds[wanted.slot] = order
    return found


def folded(log: Iterable[Struck]) -> dict[Slot, Struck]:
    """いまの採点: the stroke that holds for every answer and round of a log."""
    return {one.slot: one for one in sorted(log, key=lambda one: one.order) if not one.overtaken}


def staying(log: Sequence[Struck]) -> list[Struck]:
    """いまここにある答案の記録: without the strokes of pages that went to another class. One that came back is here again."""
    last = {one.slot[0]: one.how for one in sorted(log, key=lambda one: one.order) if one.how in (CAME, GONE)}
    return [one for one in log if last.get(one.slot[0]) != GONE]


def conflicts(log: Sequence[Struck]) -> dict[Slot, tuple[Struck, ...]]:
    """食い違い: the last word of everybody who was overtaken and says something else than what holds, undecided so far."""
    holds, decided = folded(log), dict[Slot, int]()
    for one in log:
        if one.how == CHOICE and not one.overtaken:
            decided[one.slot] = max(decided.get(one.slot, 0), one.undoes or one.order)
    last: dict[tuple[Slot, str], Struck] = {}
    for one in sorted(log, key=lambda one: one.order):
        if one.overtaken and one.order > decided.get(one.slot, 0):
            last[one.slot, one.marker] = one
    open_: dict[Slot, tuple[Struck, ...]] = {}
    for (slot, _), one in last.items():
        if one.how != UNDO and slot in holds and one.said != holds[slot].said:
            open_[slot] = (*open_.get(slot, ()), one)
    return open_


@dataclass(frozen=True, slots=True)
class Step:
    """取り消せる一手: `key` did it; `before` is what an undo says again."""

    key: str
    slot: Slot
    before: Said
    after: Said


@dataclass(slots=True)
class Stacks:
    """取り消しとやり直し of one person: acts, each with its steps; the last one is taken first."""

    past: list[tuple[Step, ...]] = field(default_factory=list)
    ahead: list[tuple[Step, ...]] = field(default_factory=list)


def stacks(log: Sequence[Struck], marker: str) -> Stacks:
    """取り消しの山: derived from the log alone, so that it survives reload and change of device. A new act ends what lies
    ahead. Strokes that were overtaken never held and are nobody's to take back, nor is what was said of a page before it came
    from another class: that is taken back by moving it."""
    by_order = {one.order: one for one in log}
    came: dict[str, int] = {}
    for one in log:
        if one.how in (CAME, GONE):
            came[one.slot[0]] = max(one.order, came.get(one.slot[0], 0))
    acts: dict[str, list[Struck]] = {}
    for one in sorted(log, key=lambda one: one.order):
        if one.marker == marker and not one.overtaken and one.order > came.get(one.slot[0], 0):
            acts.setdefault(one.act, []).append(one)
    found = Stacks()
    for strokes in acts.values():
        steps = tuple(Step(one.key, one.slot, _before(one, by_order), one.said) for one in strokes)
        named = {by_order[one.undoes].key for one in strokes if one.undoes in by_order}
        if strokes[0].how == UNDO:
            _leave(found.past, named)
            found.ahead.append(steps)
        elif strokes[0].how == REDO:
            _leave(found.ahead, named)
            found.past.append(steps)
        else:
            found.past.append(steps)
            found.ahead.clear()
    return found


def _before(one: Struck, by_order: Mapping[int, Struck]) -> Said:
    base = by_order.get(one.base) if one.base else None
    return base.said if base else NOTHING


def _leave(pile: list[tuple[Step, ...]], named: set[str]) -> None:
    """The newest act whose strokes are named goes."""
    for at in range(len(pile) - 1, -1, -1):
        if any(step.key in named for step in pile[at]):
            del pile[at]
            return


OPEN_UNMARKED, OPEN_SECOND, OPEN_DIFFERENT = "unmarked", "second", "different"


@dataclass(frozen=True, slots=True)
class Outcome:
    """一つの答えの点: points, or why there are none yet: not marked, the second marking waits, or the two differ."""

    points: int | None
    open: str = ""


def outcome(first: int | None, second: int | None, verdict: int | None, *, twice: bool) -> Outcome:
    """どれが効くか: the verdict; otherwise the first marking, which a second one (`twice`) has to agree with."""
    if verdict is not None:
        return Outcome(verdict)
    if first is None:
        return Outcome(None, OPEN_UNMARKED)
    if not twice or first == second:
        return Outcome(first)
    return Outcome(None, OPEN_SECOND if second is None else OPEN_DIFFERENT)


def round_of(marker: str, *, twice: bool, firsts: set[str], seconds: set[str], manages: bool) -> int:
    """どちらの回か: without a second marking everybody marks the first. With one, who has taken it (`seconds`) marks blind,
    whatever else he may do; who has marked or taken the first sees the first. Anybody else who comes is a second marker, also
    who decides at the end: he sees both where they differ. Only while nobody has begun the first is there nothing to hide from
    who answers for the class."""
    if not twice:
        return FIRST
    if marker in seconds:
        return SECOND
    return FIRST if marker in firsts or (manages and not firsts) else SECOND
