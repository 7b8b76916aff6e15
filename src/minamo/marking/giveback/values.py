"""返却の元: what is drawn on which page."""

from dataclasses import dataclass
from pathlib import Path

from minamo.marking.seats import PARTIAL as PARTIAL
from minamo.marking.seats import RIGHT as RIGHT
from minamo.marking.seats import WRONG as WRONG
from minamo.marking.seats import Box
from minamo.marking.vision.ink import Matrix


@dataclass(frozen=True)
class Placed:
    """一つの欄: its box (pixels of the blank at 200 dpi), ○ △ × or nothing, points, a comment and stamps for the pupil; `name` says
    whose these are where they have no room at their box."""

    box: Box
    verdict: str = ""
    points: int | None = None
    comment: str = ""
    stamps: tuple[str, ...] = ()
    corner: bool = False  # ○×で答える問い: the sign has its corner (`seats.seat`)
    name: str = ""

    def __post_init__(self) -> None:
        if self.verdict not in ("", RIGHT, PARTIAL, WRONG):
            raise ValueError(f"unknown verdict {self.verdict}")


@dataclass(frozen=True)
class Heading:
    """合計の欄: total, parts (name, points, full), words and a stamp; `box` is the sheet's own 得点 box if it has one. Without a total
    (None) it says how many answers are not marked yet (`left`): half a total is no total."""

    total: int | None
    full: int
    parts: tuple[tuple[str, int, int], ...] = ()
    comment: str = ""
    stamp: str = ""
    box: Box | None = None
    left: int = 0


@dataclass(frozen=True)
class Marked:
    """返す1ページ: page `index` of the scan, `homography` from the blank (200 dpi) to the stored picture (Sheet.homography)."""

    scan: Path
    index: int
    homography: Matrix
    size: tuple[int, int]
    marks: tuple[Placed, ...]
    heading: Heading | None = None
