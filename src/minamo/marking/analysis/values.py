"""分析の元: the questions of a test and the papers of its pupils."""

from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Item:
    """設問: `full` points, its 大問 and 観点; `key` is the right answer as text where there is one."""

    id: str
    label: str
    full: int
    section: str = ""
    aspect: str = ""
    key: str = ""

    def __post_init__(self) -> None:
        if self.full < 1:
            raise ValueError(f"question {self.label} has no points")


WRITTEN, UNREAD, CLASH = "written", "unread", "clash"
"""見えたもの of an answer whose text nobody knows: something stands there, of a kind no machine reads; it was to be read and could
not be; what was read and the points do not fit."""


@dataclass(frozen=True, slots=True)
class Paper:
    """答案: points per question in the order of the items, None = not marked yet.

    `texts` are the answers as a person confirmed them ("" = blank, None = not known as text); empty when none are known.
    `looks` say of answers without a text what was seen (WRITTEN, UNREAD, CLASH, "" = nobody looked); empty when nothing was scanned.
    """

    pupil: str
    points: tuple[int | None, ...]
    texts: tuple[str | None, ...] = ()
    group: str = ""
    absent: bool = False
    looks: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """合計. Raises ValueError when something is not marked yet."""
        if None in self.points:
            raise ValueError("a paper that is not wholly marked has no total")
        return sum(point for point in self.points if point is not None)

    @property
    def whole(self) -> bool:
        """Present, and every answer marked."""
        return not self.absent and None not in self.points


@dataclass(frozen=True)
class Results:
    """結果: one test. Raises ValueError for points outside 0–full and for rows of another length."""

    items: tuple[Item, ...]
    papers: tuple[Paper, ...]

    def __post_init__(self) -> None:
        full = [item.full for item in self.items]
        for paper in self.papers:
            if paper.absent:
                continue
            if len(paper.points) != len(full) or any(
                len(one) not in (0, len(full)) for one in (paper.texts, paper.looks)
            ):
                raise ValueError("a paper has another number of answers than the test has questions")
            if any(
                point is not None and not 0 <= point <= most for point, most in zip(paper.points, full, strict=True)
            ):
                raise ValueError("points outside of what the question gives")

    @cached_property
    def whole(self) -> tuple[Paper, ...]:
        """集計する答案: what every figure is made of."""
        return tuple(paper for paper in self.papers if paper.whole)

    @cached_property
    def scores(self) -> tuple[tuple[int, ...], ...]:
        """Points of the whole papers, one row each."""
        return tuple(tuple(point for point in paper.points if point is not None) for paper in self.whole)

    @cached_property
    def totals(self) -> tuple[int, ...]:
        """合計 of the whole papers."""
        return tuple(map(sum, self.scores))

    @property
    def absent(self) -> int:
        """欠席した人数."""
        return sum(paper.absent for paper in self.papers)

    @property
    def waiting(self) -> int:
        """採点が終わっていない答案の数."""
        return sum(not paper.absent and not paper.whole for paper in self.papers)

    @property
    def full(self) -> int:
        """満点."""
        return sum(item.full for item in self.items)

    @cached_property
    def right(self) -> tuple[tuple[bool, ...], ...]:
        """正誤表: a question is right when it has all its points; △ counts as not right."""
        full = [item.full for item in self.items]
        return tuple(tuple(map(int.__eq__, row, full)) for row in self.scores)

    def of(self, group: str) -> "Results":
        """The papers of one class only."""
        return Results(self.items, tuple(paper for paper in self.papers if paper.group == group))
