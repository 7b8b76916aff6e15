"""用紙の形: a blank sheet that was taken in, and a sheet to be printed. What goes between the web and the processes apart from it."""

from dataclasses import dataclass

from minamo.marking.setup import Box, Question


@dataclass(frozen=True)
class Blank:
    """受け取った用紙: PDF of one page or two, its picture (PNG; pages under each other), size at 200 dpi, and the proposal; `leaves`:
    sizes of the pages where there are two; `unused`: how many pages at its end bear no print and were left out."""

    pdf: bytes
    picture: bytes
    size: tuple[int, int]
    vertical: bool
    questions: tuple[Question, ...]
    number: Box | None
    name: Box | None
    leaves: tuple[tuple[int, int], ...] = ()
    unused: int = 0


@dataclass(frozen=True)
class Words:
    """書き入れる文字: what goes into a box of the blank, and whether it may stand upright in a tall one (氏名 of a vertical sheet)."""

    box: Box
    text: str
    upright: bool = False


@dataclass(frozen=True)
class Asked:
    """マーク欄にする問い: its box on the page and its alphabet."""

    box: Box
    alphabet: str


@dataclass(frozen=True)
class Printed:
    """印刷する1ページ: what its code says and the words beside it; `number`: circles to fill in; `leaf`: which page of the blank;
    `inscribed`: what is written into boxes of that page; `asked`: questions that are answered by filling in circles."""

    code: str
    words: str
    number: bool = False
    leaf: int = 0
    inscribed: tuple[Words, ...] = ()
    asked: tuple[Asked, ...] = ()
