"""学級・年度の比べを見せる: the same lines for the screen, the Excel book and the printed page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from minamo.design.typst import render_pdf
from minamo.kernel.tables import Cell, Sheet, write_xlsx
from minamo.marking.analysis.compare import Side
from minamo.marking.reports.names import NONE, Title, hundred, percent
from minamo.marking.reports.printing import TYPST

COLUMNS = 10  # classes beside each other on one printed table


@dataclass(frozen=True, slots=True)
class Compared:
    """比べた表. `questions`: label of the question and its 得点率 (0–1) under each line, None where it is held back or was not asked.

    `least`: fewer pupils than that are held back (0 = nobody is).
    """

    sides: tuple[Side, ...]
    aspects: tuple[str, ...]
    questions: tuple[tuple[str, tuple[float | None, ...]], ...]
    least: int

    @property
    def hidden(self) -> int:
        """伏せた行の数."""
        return sum(not side.shown for side in self.sides)

    def rates(self, side: Side) -> list[float | None]:
        """Mean, median, deviation and 観点 of a line, as shares of the full points."""
        return [side.mean, side.median, side.deviation, *(side.aspects.get(name) for name in self.aspects)]


def compared(sides: Sequence[Side], labels: Mapping[str, str], *, least: int) -> Compared:
    """並べる. `labels`: the questions of the test one looks from, id → label, in the order of its sheet."""
    asked = {name for side in sides for name in side.questions}
    return Compared(
        tuple(sides),
        tuple(dict.fromkeys(name for side in sides for name in side.aspects)),
        tuple(
            (label, tuple(side.questions.get(name) for side in sides))
            for name, label in labels.items()
            if name in asked
        ),
        least,
    )


def held_back(view: Compared) -> str:
    """伏せたことの言い方; nothing when all may be seen."""
    if not view.least:
        return ""
    return f"{view.least}人より少ない学級は伏せています。全体から引き算で分かってしまう学級も、あわせて伏せます。"


def counted(value: int | None) -> str:
    """28人、伏せたときは —."""
    return NONE if value is None else f"{value}人"


def comparison_book(view: Compared) -> bytes:
    """比べたExcel: まとめ, 設問. Rates are per cent; what is held back stays empty and says so."""
    head = [
        "学級・年度",
        "ようす",
        "集計（人）",
        "欠席（人）",
        "平均(%)",
        "中央値(%)",
        "標準偏差(%)",
        *(f"{name}(%)" for name in view.aspects),
    ]
    lines: list[Sequence[Cell]] = [
        [
            side.name,
            "" if side.shown else "少人数のため伏せています",
            side.n,
            side.absent,
            *map(hundred, view.rates(side)),
        ]
        for side in view.sides
    ]
    questions: list[Sequence[Cell]] = [[label, *map(hundred, figures)] for label, figures in view.questions]
    names = [side.name for side in view.sides]
    return write_xlsx([
        Sheet("まとめ", head, lines, [28, 24, *([12] * (len(head) - 2))]),
        Sheet("設問ごとの得点率(%)", ["設問", *names], questions, [12, *([20] * len(names))]),
    ])  # fmt: skip


def comparison_pdf(view: Compared, title: Title) -> bytes:
    """比べた印刷. Raises typst.TypstError when the form cannot be made."""
    return render_pdf(TYPST / "comparison.typ", comparison_data(view, title))


def comparison_data(view: Compared, title: Title) -> dict[str, Any]:
    """What the form prints, as plain values; many classes stand in several tables below each other."""
    return {
        "school": title.school, "test": title.test, "note": held_back(view), "aspects": list(view.aspects),
        "bars": [{"name": side.name, "rate": side.mean, "words": percent(side.mean)} for side in view.sides if side.shown],
        "lines": [
            [side.name, counted(side.n), counted(side.absent), *map(percent, view.rates(side))] for side in view.sides
        ],
        "blocks": [
            {
                "names": [side.name for side in view.sides[at : at + COLUMNS]],
                "rows": [[label, *map(percent, figures[at : at + COLUMNS])] for label, figures in view.questions],
            }
            for at in range(0, len(view.sides), COLUMNS)
        ],
    }  # fmt: skip
