"""テストの設定: questions of a test as an edition keeps them, checked in words a teacher can act on. Pure.

What a teacher types once here (place, points, 観点, kind, alphabet, model answers, 採点のめやす) is read by the eye
(`pile.Question`), by the marking screen and by the figures (`analysis.Item`).
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from minamo.marking.analysis.values import Item
from minamo.marking.leaves import Leaf, crosses
from minamo.marking.reading.symbols import DASHES, Alphabet, UnknownSymbol, class_of, parse_alphabet, plain
from minamo.marking.vision.bubbles import Bubbles, laid_out

SYMBOL, NUMBER, SIGN, SHORT, WRITING = "symbol", "number", "sign", "short", "writing"
KINDS: Mapping[str, str] = {SYMBOL: "記号", NUMBER: "数", SIGN: "○×", SHORT: "短い語", WRITING: "記述"}
ALPHABETS: Mapping[str, str] = {SYMBOL: "アイウエ", NUMBER: "0-99", SIGN: "○×", SHORT: "", WRITING: ""}
ASPECTS = ("知識・技能", "思考・判断・表現", "主体的に学習に取り組む態度")
MOST_QUESTIONS, MOST_POINTS, MOST_KEYS, LONGEST_KEY = 120, 100, 8, 200
FIGURES = re.compile(r"[\d.,/:+-]*\d[\d.,/:+-]*", re.ASCII)
WIDEST = "「{}」は読み取れません。数の範囲は「0-999」までです。それより大きい数は、範囲を空にして目で採点してください。"
LEAST_SIDE = 12  # pixels at 200 dpi (1.5 mm)
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Criterion:
    """採点のめやす: a preset a marker picks: what the answer shows, and the points it gets."""

    label: str
    points: int


@dataclass(frozen=True, slots=True)
class Question:
    """設問. `box` in pixels of the blank at 200 dpi; `alphabet` as `reading.parse_alphabet` takes it, "" = not read;
    `keys` are all answers that are right, the first is the model answer; `drawing` is the SHA-256 of a model answer drawn by
    hand (PNG); `full` points; `note` is the marker's guide; `bubbles`: sheets that minamo prints have circles to fill in (マーク欄)."""

    id: str
    label: str
    box: Box
    kind: str = SYMBOL
    alphabet: str = ""
    keys: tuple[str, ...] = ()
    full: int = 1
    section: str = ""
    aspect: str = ""
    note: str = ""
    criteria: tuple[Criterion, ...] = ()
    drawing: str = ""
    bubbles: bool = False

    @property
    def read(self) -> bool:
        """Whether the machine reads it: it has an alphabet."""
        return bool(self.alphabet)

    def item(self) -> Item:
        """The question as the figures count it."""
        return Item(
            self.id, self.label, self.full, self.section, self.aspect, self.keys[0] if self.read and self.keys else ""
        )

    def right(self, text: str) -> bool:
        """Whether a reading is one of the right answers."""
        return text in self.keys

    def plain(self) -> dict[str, Any]:
        """As an edition keeps it."""
        return {
            **asdict(self),
            "box": list(self.box),
            "keys": list(self.keys),
            "criteria": [asdict(one) for one in self.criteria],
        }


class SetupRefused(ValueError):
    """設定を保存できない理由: one line per place, each naming the question; nothing was saved."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(problems[0])
        self.problems = tuple(problems)


def questions_of(rows: Sequence[Mapping[str, Any]]) -> tuple[Question, ...]:
    """The questions of a saved edition, in the order of the sheet."""
    return tuple(
        Question(
            **{**row, "box": tuple(row["box"]), "keys": tuple(row["keys"]),
               "criteria": tuple(Criterion(**one) for one in row.get("criteria", ()))}
        )
        for row in rows
    )  # fmt: skip


def checked(rows: Any, size: tuple[int, int], leaves: Sequence[Leaf] = ()) -> tuple[Question, ...]:
    """設定を確かめる: what the set-up screen sends, as questions. `size`: width and height of the blank in pixels; `leaves` its pages.

    Raises SetupRefused with every problem.
    """
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise SetupRefused(["設定を読み取れませんでした。画面を開き直してください。"])
    if len(rows) > MOST_QUESTIONS:
        raise SetupRefused([f"設問は{MOST_QUESTIONS}までです。"])
    problems: list[str] = []
    found = [one for at, row in enumerate(rows) if (one := _question(row, at, size, problems)) is not None]
    problems += _twice(found)
    problems += [
        f"{one.label}：枠が2枚の用紙にまたがっています。1枚の中に引き直してください。"
        for one in found
        if crosses(leaves, one.box)
    ]
    if problems:
        raise SetupRefused(problems)
    return tuple(found)


def checked_box(value: Any, size: tuple[int, int]) -> Box | None:
    """A box on the sheet, clipped to it; None when it is none."""
    if not isinstance(value, (list, tuple)) or len(value) != 4:
        return None
    if any(isinstance(one, bool) or not isinstance(one, (int, float)) or one != one for one in value):
        return None
    x0, y0, x1, y1 = (float(min(max(0, one), size[at % 2])) for at, one in enumerate(value))
    box = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    return box if box[2] - box[0] >= LEAST_SIDE and box[3] - box[1] >= LEAST_SIDE else None


def _question(row: Mapping[str, Any], at: int, size: tuple[int, int], problems: list[str]) -> Question | None:
    label = _text(row, "label", 12) or f"{at + 1}"
    key, kind, box = _text(row, "id", 40), _text(row, "kind", 10), checked_box(row.get("box"), size)
    full = row.get("full")
    before = len(problems)
    if not key:
        problems.append(f"{label}：番号がありません。画面を開き直してください。")
    if box is None:
        problems.append(f"{label}：枠が小さすぎるか、用紙の外にあります。枠を引き直してください。")
    if kind not in KINDS:
        problems.append(f"{label}：問題の種類を選んでください。")
    if isinstance(full, bool) or not isinstance(full, int) or not 1 <= full <= MOST_POINTS:
        problems.append(f"{label}：配点は1から{MOST_POINTS}の整数にしてください。")
    alphabet = _alphabet(row, kind, label, problems)
    criteria, keys = _criteria(row, full, label, problems), _keys(row, kind, alphabet, label, problems)
    if len(problems) > before or box is None or not isinstance(full, int):
        return None
    return Question(
        key, label, box, kind, alphabet, keys, full, _text(row, "section", 12), _text(row, "aspect", 20),
        _text(row, "note", 400), criteria, _digest(row.get("drawing")), _bubbles(row, box, alphabet, label, problems),
    )  # fmt: skip


def fitting(box: Box, alphabet: str) -> Bubbles | None:
    """マーク欄 for an alphabet in a box; None where it has none, or the circles have no room."""
    known = _known(alphabet)
    return laid_out(box, known.symbols, known.digits, known.largest) if known else None


def _bubbles(row: Mapping[str, Any], box: Box, alphabet: str, label: str, problems: list[str]) -> bool:
    """マーク欄で答える; an answer in words has none."""
    wanted = row.get("bubbles") is True and bool(alphabet)
    if wanted and fitting(box, alphabet) is None:
        problems.append(
            f"{label}：マーク欄が枠に入りません。枠を大きくするか、記号を減らすか、マーク欄をやめてください。"
        )
    return wanted


def _known(alphabet: str) -> Alphabet | None:
    """The alphabet; None where there is none, or none that the reader was taught."""
    try:
        return parse_alphabet(alphabet) if alphabet else None
    except UnknownSymbol:
        return None


def key_of(key: str, kind: str, alphabet: str) -> str | None:
    """種類に合う正答: words as they are, a number in plain figures, a symbol as its alphabet has it; None where the kind cannot have it."""
    known = _known(alphabet)
    if kind in {SHORT, WRITING} or (kind != NUMBER and known is None):
        return key
    if kind == NUMBER or (known and known.digits):
        number = re.sub(f"[{DASHES}]", "-", plain(key))
        return number if FIGURES.fullmatch(number) else None
    same = class_of(plain(key))
    return next((one for one in known.symbols if same and class_of(one) == same), None) if known else None


def _keys(row: Mapping[str, Any], kind: str, alphabet: str, label: str, problems: list[str]) -> tuple[str, ...]:
    """正答: whole, in a form its kind can have; what there is no room for, and what the kind cannot have, is refused and not cut."""
    given = [one for k in _listed(row.get("keys")) if (one := _plain_words(k, LONGEST_KEY + 1))]
    if any(len(one) > LONGEST_KEY for one in given):
        problems.append(f"{label}：正答は1つ{LONGEST_KEY}字までです。短くするか、採点する人へのメモに書いてください。")
    found = [(one, key_of(one, kind, alphabet)) for one in given]
    for wrong in (one for one, key in found if key is None):
        having = "数" if kind == NUMBER else f"記号の範囲（{alphabet}）の答え"
        problems.append(f"{label}：正答「{wrong}」は、{having}ではありません。正答か種類を直してください。")
    keys = tuple(dict.fromkeys(key for _, key in found if key is not None))
    if len(keys) > MOST_KEYS:
        problems.append(f"{label}：正答は{MOST_KEYS}つまでです。いくつか消してください。")
    return keys


def _digest(value: Any) -> str:
    return value if isinstance(value, str) and re.fullmatch(r"[0-9a-f]{64}", value) else ""


def _alphabet(row: Mapping[str, Any], kind: str, label: str, problems: list[str]) -> str:
    given = _text(row, "alphabet", 60)
    if not given or kind in {SHORT, WRITING}:
        return ""
    try:
        parse_alphabet(given)
    except UnknownSymbol as problem:
        problems.append(f"{label}：{problem if kind != NUMBER else WIDEST.format(given)}")
    return given


def _criteria(row: Mapping[str, Any], full: Any, label: str, problems: list[str]) -> tuple[Criterion, ...]:
    found: list[Criterion] = []
    for one in _listed(row.get("criteria")):
        points, words = (
            (one.get("points"), _plain_words(one.get("label", ""), 60)) if isinstance(one, dict) else (None, "")
        )
        if not words or isinstance(points, bool) or not isinstance(points, int) or not 0 <= points <= MOST_POINTS:
            problems.append(f"{label}：採点のめやすには、ことばと点を入れてください。")
        elif isinstance(full, int) and points > full:
            problems.append(f"{label}：めやす「{words}」の点が配点（{full}点）をこえています。")
        else:
            found.append(Criterion(words, points))
    return tuple(found[:9])


def _twice(found: Sequence[Question]) -> list[str]:
    ids, labels = [one.id for one in found], [(one.section, one.label) for one in found]
    problems = [
        f"{one.label}：同じ設問が2つあります。画面を開き直してください。" for one in found if ids.count(one.id) > 1
    ]
    named = {pair for pair in labels if labels.count(pair) > 1}
    return [
        *problems,
        *(f"{section}{label}：同じ名前の設問が2つあります。名前を変えてください。" for section, label in named),
    ]


def _text(row: Mapping[str, Any], name: str, most: int) -> str:
    return _plain_words(row.get(name, ""), most)


def _plain_words(value: Any, most: int) -> str:
    return "".join(c for c in value if c.isprintable()).strip()[:most].rstrip() if isinstance(value, str) else ""


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else ()
