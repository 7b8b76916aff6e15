"""S–P表の見せ方: every cell with its sign and the steps of the two curves, for screen and paper alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from minamo.marking.analysis.reliability import reliability
from minamo.marking.analysis.sp import SPTable
from minamo.marking.analysis.values import Results
from minamo.marking.reports.names import Named, caution_word, decimal

RIGHT, PARTIAL, WRONG = "○", "△", "×"


@dataclass(frozen=True, slots=True)
class Cell:
    """ます: sign, and which edges belong to the curves: s/p followed by r(ight) or b(ottom)."""

    sign: str
    edges: str


@dataclass(frozen=True, slots=True)
class Row:
    """一人の行."""

    pupil: str
    number: int | None
    name: str
    count: int
    total: int
    index: float | None
    word: str
    cells: tuple[Cell, ...]

    @property
    def caution(self) -> str:
        """注意係数 as it is said."""
        return decimal(self.index)


@dataclass(frozen=True, slots=True)
class Column:
    """一問の列."""

    label: str
    count: int
    index: float | None
    word: str

    @property
    def caution(self) -> str:
        """注意係数 as it is said."""
        return decimal(self.index)


@dataclass(frozen=True, slots=True)
class SPView:
    """S–P表."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    apart: str
    disparity: str
    told: bool = (
        True  # whether 注意 stands beside indices: only where totals put pupils into an order that chance does not
    )


def sp_view(results: Results, table: SPTable, names: Mapping[str, Named]) -> SPView:
    """表にする. Raises KeyError for a pupil without a name. With a KR-20 of 0 or less the totals order nobody, and the indices,
    which measure against that order, are shown without a word."""
    trust = reliability(results).kr20
    told = trust is not None and trust > 0
    scores = [line.count for line in table.pupils]
    counts = [line.count for line in table.items]
    rows = []
    for at, line in enumerate(table.pupils):
        paper, who = results.whole[line.place], names[results.whole[line.place].pupil]
        cells = tuple(
            Cell(
                sign(results.scores[line.place][item.place], results.items[item.place].full),
                edges(at, column, scores, counts),
            )
            for column, item in enumerate(table.items)
        )
        rows.append(
            Row(
                paper.pupil, who.number, who.name, line.count, results.totals[line.place],
                line.caution, caution_word(line.caution) if told else "", cells,
            )
        )  # fmt: skip
    columns = tuple(
        Column(
            results.items[line.place].label,
            line.count,
            line.caution,
            caution_word(line.caution) if told else "",
        )
        for line in table.items
    )
    return SPView(columns, tuple(rows), decimal(table.apart), decimal(table.disparity), told)


def sign(points: int, full: int) -> str:
    """○ △ ×."""
    return RIGHT if points == full else PARTIAL if points else WRONG


def edges(row: int, column: int, scores: Sequence[int], counts: Sequence[int]) -> str:
    """曲線: which edges of this cell part what lies under a curve from what does not."""
    found = []
    below, beyond = row + 1, column + 1
    for name, inside in (("s", column < scores[row]), ("p", row < counts[column])):
        if not inside:
            continue
        if beyond < len(counts) and not (beyond < scores[row] if name == "s" else row < counts[beyond]):
            found.append(f"{name}r")
        if below < len(scores) and not (column < scores[below] if name == "s" else below < counts[column]):
            found.append(f"{name}b")
    return " ".join(found)
