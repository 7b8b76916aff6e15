"""面: the printed pages of a test (表と裏, or two sheets), which stand under each other as one tall sheet. Pure.

A teacher sets the test up on the tall sheet: boxes, points and pictures know no pages. The eye takes page by page: `within` leads to
the page itself. A paper is the pages of one pupil: the first carries name and number, is bound, and holds every mark; the other lies
behind it (`ScanPage.front`). Which page lies behind which is said by the codes of sheets that minamo printed (`coded`), for all others
it follows from their order in the pile, never beyond what that order says (`paired`), and a person can put it right (`actions/behind.py`).
"""

from collections import Counter
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass

Box = tuple[float, float, float, float]
MOST = 2
SURE = 2  # so many errors of the hand (a page missing, two pages swapped) lie between a pair and any other way to pair


@dataclass(frozen=True)
class Leaf:
    """一面: its place on the tall sheet and its size, in pixels at 200 dpi."""

    number: int
    top: int
    width: int
    height: int


def leaves_of(sizes: Sequence[Sequence[int]], width: int, height: int) -> tuple[Leaf, ...]:
    """面 of a test: `sizes` as it keeps them, empty for a sheet of one page."""
    found: list[Leaf] = []
    for number, (wide, high) in enumerate(sizes or [(width, height)]):
        found.append(Leaf(number, found[-1].top + found[-1].height if found else 0, wide, high))
    return tuple(found)


def leaf_at(leaves: Sequence[Leaf], box: Sequence[float]) -> Leaf:
    """The page a box lies on, by its middle."""
    middle = (box[1] + box[3]) / 2
    return next((leaf for leaf in reversed(leaves) if middle >= leaf.top), leaves[0])


def crosses(leaves: Sequence[Leaf], box: Sequence[float]) -> bool:
    """Whether a box lies on two pages."""
    return any(box[1] < leaf.top < box[3] for leaf in leaves[1:])


def within(leaf: Leaf, box: Sequence[float]) -> Box:
    """A box of the tall sheet in pixels of its page."""
    return box[0], box[1] - leaf.top, box[2], box[3] - leaf.top


@dataclass(frozen=True)
class Pair:
    """組: places of the first page and of the one behind it in the pile; `swapped`: against the order of the pile; `sure`: there is no
    other way to pair that takes hardly more errors of the hand."""

    front: int
    behind: int
    swapped: bool
    sure: bool


def coded(pages: Sequence[tuple[int, Hashable]]) -> list[tuple[int, int]]:
    """符号からの組: places of first and second pages of which the sheet itself says whose they are (None = it does not), wherever they lie.
    Where one pupil has two of the same page nothing is said: a person must choose."""
    times = Counter(pages)
    fronts = {bearer: at for at, (leaf, bearer) in enumerate(pages) if leaf == 0}
    return [
        (fronts[bearer], at)
        for at, (leaf, bearer) in enumerate(pages)
        if leaf == 1 and bearer is not None and bearer in fronts and times[0, bearer] == times[1, bearer] == 1
    ]


def paired(
    entries: Sequence[int | None], apart: Collection[int] = (), decided: Sequence[tuple[int, int]] = ()
) -> list[Pair]:
    """組にする: neighbours of a pile, given as the page each is (0, 1; None = not known, or decided already: nothing pairs over it).
    `apart`: places that are no pair with the next one, as their codes say; `decided`: first and second page of neighbours that are a
    pair already, which tell how the pile was fed.

    A pile is fed first page first or second page first, all through. A page without the other and a pair against that order are errors
    of the hand; the way with the fewest is taken.
    """
    runs = list(_runs(entries))
    never = frozenset(apart)
    against = [sum((front > behind) == (first == 0) for front, behind in decided) for first in (0, 1)]
    ways = [(against[first] + sum(_fewest(entries, run, first, never)[0] for run in runs), first) for first in (0, 1)]
    best, first = min(ways)
    found = []
    for run in runs:
        for at in _fewest(entries, run, first, never)[1]:
            other = min(
                whole - _fewest(entries, run, start, never)[0] + _fewest(entries, run, start, never | {at})[0]
                for whole, start in ways
            )
            swapped = entries[at] != first
            front, behind = (at, at + 1) if entries[at] == 0 else (at + 1, at)
            found.append(Pair(front, behind, swapped, other - best >= SURE))
    return found


def _runs(entries: Sequence[int | None]) -> Iterator[range]:
    """Stretches of known pages."""
    start = 0
    for at, entry in enumerate([*entries, None]):
        if entry is None:
            if at > start:
                yield range(start, at)
            start = at + 1


def _fewest(entries: Sequence[int | None], run: range, first: int, never: frozenset[int]) -> tuple[int, list[int]]:
    """The fewest errors in a run, and where its pairs begin; `never`: the pairs that begin there are left out."""
    ways: list[tuple[int, list[int]]] = [(0, [])]
    for at in run:
        cost, pairs = ways[-1]
        way = (cost + 1, pairs)
        if at > run.start and entries[at] != entries[at - 1] and at - 1 not in never:
            before, earlier = ways[-2]
            cost = before + (entries[at - 1] != first)
            if cost < way[0] or (cost == way[0] and len(earlier) + 1 > len(pairs)):
                way = (cost, [*earlier, at - 1])
        ways.append(way)
    return ways[-1]
