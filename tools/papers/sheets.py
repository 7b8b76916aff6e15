"""三つの解答用紙 of the demo, as a teacher of a small school makes them: places in pixels at 200 dpi, key, points.

Horizontal, ruled boxes, no markers. All questions, answers and words are our own.
"""

from dataclasses import dataclass, field
from typing import Any

Box = tuple[int, int, int, int]
KNOWING, THINKING = "知識・技能", "思考・判断・表現"


@dataclass(frozen=True)
class Question:
    """設問 with its place, its right answer, and what pupils write instead."""

    id: str
    label: str
    box: Box
    kind: str
    keys: tuple[str, ...]
    full: int
    section: str
    aspect: str
    alphabet: str = ""
    others: tuple[str, ...] = ()
    note: str = ""
    criteria: tuple[tuple[str, int], ...] = ()

    def plain(self) -> dict[str, Any]:
        """As `key.json` keeps it: the names of an edition, and `answer`, `points` for `bin/minamo marking pile`."""
        return {
            "id": self.id, "label": self.label, "box": list(self.box), "kind": self.kind, "alphabet": self.alphabet,
            "keys": list(self.keys), "full": self.full, "section": self.section, "aspect": self.aspect, "note": self.note,
            "criteria": [{"label": words, "points": points} for words, points in self.criteria],
            "answer": self.keys[0], "points": self.full,
        }  # fmt: skip


@dataclass
class Sheet:
    """答案用紙: what is printed (words with place and size, frames with width) and what is asked."""

    title: str
    subject: str
    size: tuple[int, int]
    number: Box
    name: Box
    questions: list[Question] = field(default_factory=list)
    words: list[tuple[int, int, int, str]] = field(default_factory=list)
    frames: list[tuple[Box, int]] = field(default_factory=list)

    def head(self, heading: str, x: int, y: int) -> None:
        """Title, 年・組・番・氏名 and 得点."""
        self.words.append((90, y + 6, 40, heading))
        for label, left, right in (
            ("年", 0, 90),
            ("組", 90, 180),
            ("番", 180, 310),
            ("氏名", 310, 850),
            ("点", 870, 1030),
        ):
            box = (x + left, y + 100, x + right, y + 190)
            self.frames.append((box, 5 if label == "点" else 3))
            at = (box[0] + 8, box[1] + 4) if label == "氏名" else (box[2] - 32, box[3] - 34)
            self.words.append((*at, 22, label))
        self.number, self.name = (x + 180, y + 100, x + 310, y + 190), (x + 310, y + 100, x + 850, y + 190)

    def row(self, section: str, y: int, height: int, boxes: list[tuple[int, int]], made: list[dict[str, Any]]) -> None:
        """One line of a 大問: frames from left to right."""
        for (left, right), question in zip(boxes, made, strict=True):
            box = (left, y, right, y + height)
            self.frames.append((box, 3))
            self.words.append((left + 8, y + 6, 22, str(question["label"])))
            self.questions.append(
                Question(box=box, section=section, id=f"{section}-{len(self.questions) + 1}", **question)
            )

    def section(self, number: str, y: int, words: str) -> None:
        """The number of a 大問 and what it is about."""
        self.words += [(80, y, 44, number), (140, y + 10, 28, words)]


def _symbols(keys: str, alphabet: str, full: int, aspect: str = KNOWING, first: int = 1) -> list[dict[str, Any]]:
    return [
        {"label": f"({at})", "kind": "symbol", "alphabet": alphabet, "keys": (key,), "full": full, "aspect": aspect,
         "others": tuple(alphabet.replace(key, ""))}
        for at, key in enumerate(keys, start=first)
    ]  # fmt: skip


def _spread(left: int, right: int, count: int, gap: int = 24) -> list[tuple[int, int]]:
    wide = (right - left - gap * (count - 1)) // count
    return [(left + at * (wide + gap), left + at * (wide + gap) + wide) for at in range(count)]


def _number(label: str, key: str, full: int, others: tuple[str, ...]) -> dict[str, Any]:
    return {"label": label, "kind": "number", "alphabet": "0-99", "keys": (key,), "full": full, "aspect": THINKING,
            "others": others}  # fmt: skip


def _words(
    label: str, keys: tuple[str, ...], full: int, others: tuple[str, ...], aspect: str = KNOWING
) -> dict[str, Any]:
    return {"label": label, "kind": "short", "keys": keys, "full": full, "aspect": aspect, "others": others}


def shakai() -> Sheet:
    """社会: A4, 23 questions, 100 points."""
    sheet = Sheet("社会 単元テスト 自動車工業", "社会", (1654, 2339), (0, 0, 0, 0), (0, 0, 0, 0))
    sheet.head("5年 社会　単元テスト「自動車をつくる工業」　解答用紙", 530, 80)
    sheet.section("1", 330, "組み立てのようす（記号）　3点×8")
    sheet.row("1", 400, 110, _spread(140, 1560, 4), _symbols("ウアエイ", "アイウエオ", 3))
    sheet.row("1", 534, 110, _spread(140, 1560, 4), _symbols("オアウエ", "アイウエオ", 3, first=5))
    sheet.section("2", 690, "関連工場と運ぶ道（記号）　3点×6")
    sheet.row("2", 760, 110, _spread(140, 1560, 6), _symbols("イウアエイア", "アイウエ", 3))
    sheet.section("3", 920, "グラフと表を読む（数）　4点×4")
    sheet.row("3", 990, 110, _spread(140, 1560, 4),
              [_number("(1)", "28", 4, ("82", "26", "30")), _number("(2)", "7", 4, ("1", "9", "17")),
               _number("(3)", "45", 4, ("54", "40", "46")), _number("(4)", "63", 4, ("36", "60", "68"))])  # fmt: skip
    sheet.section("4", 1150, "言葉を書く　4点×3")
    sheet.row("4", 1220, 110, _spread(140, 1560, 3),
              [_words("(1)", ("関連工場",), 4, ("部品工場", "大工場")), _words("(2)", ("輸出",), 4, ("輸入", "貿易")),
               _words("(3)", ("安全",), 4, ("環境", "便利"))])  # fmt: skip
    sheet.section("5", 1380, "考えを書く　15点×2")
    first, second = (
        {"label": label, "kind": "writing", "keys": keys, "full": 15, "aspect": THINKING, "others": others, "note": note,
         "criteria": (("わけまで書けている", 15), ("わけが足りない", 8), ("言葉をならべただけ", 3))}
        for label, keys, others, note in (
            ("(1)", ("必要な部品を必要な時に届けてむだな置き場をなくすため",), ("部品を早く届けるため", "むだをなくす"),
             "「必要な時に届ける」と「むだをなくす」の両方があれば15点"),
            ("(2)", ("外国で作ると運ぶお金がかからずその国の人も働けるから",), ("運ぶお金がかからないから", "外国で売れるから"),
             "運ぶ費用と、その国の仕事のどちらもあれば15点"),
        )
    )  # fmt: skip
    sheet.row("5", 1450, 330, [(140, 1560)], [first])
    sheet.row("5", 1810, 330, [(140, 1560)], [second])
    return sheet


def rika() -> Sheet:
    """理科: half a page, 9 questions, 50 points."""
    sheet = Sheet("理科 小テスト 流れる水", "理科", (1654, 1165), (0, 0, 0, 0), (0, 0, 0, 0))
    sheet.head("5年 理科　小テスト「流れる水のはたらき」", 530, 40)
    sheet.section("1", 270, "川のようす（記号）　5点×6")
    sheet.row("1", 335, 110, _spread(140, 1560, 6), _symbols("アウイエウア", "アイウエ", 5))
    sheet.section("2", 480, "はたらきの名前を書く　5点×2")
    sheet.row("2", 545, 110, _spread(140, 1560, 2),
              [_words("(1)", ("しん食",), 5, ("運ぱん", "たい積")), _words("(2)", ("たい積",), 5, ("しん食", "流水"))])  # fmt: skip
    sheet.section("3", 690, "曲がった川の外側に、がけができるわけ　10点")
    sheet.row("3", 755, 330, [(140, 1560)], [
        {"label": "(1)", "kind": "writing", "keys": ("外側は流れが速くて地面をけずるはたらきが大きいから",), "full": 10,
         "aspect": THINKING, "others": ("外側は流れが速いから", "水がぶつかるから"), "note": "「速い」と「けずる」の両方で10点",
         "criteria": (("速い・けずる の両方", 10), ("どちらか片方", 5))},
    ])  # fmt: skip
    return sheet


def sansu() -> Sheet:
    """算数: half a page, 9 questions, 50 points."""
    sheet = Sheet("算数 小テスト 割合", "算数", (1654, 1165), (0, 0, 0, 0), (0, 0, 0, 0))
    sheet.head("5年 算数　小テスト「割合」", 530, 40)
    sheet.section("1", 270, "□にあてはまる数（％）　5点×4")
    sheet.row("1", 335, 110, _spread(140, 1560, 4),
              [_number("(1)", "25", 5, ("20", "4", "52")), _number("(2)", "60", 5, ("6", "40", "66")),
               _number("(3)", "8", 5, ("80", "5", "3")), _number("(4)", "75", 5, ("57", "70", "25"))])  # fmt: skip
    sheet.section("2", 480, "正しいものをえらぶ（記号）　5点×4")
    sheet.row("2", 545, 110, _spread(140, 1560, 4), _symbols("イエアウ", "アイウエ", 5))
    sheet.section("3", 690, "どちらが得か、わけも書く　10点")
    sheet.row("3", 755, 330, [(140, 1560)], [
        {"label": "(1)", "kind": "writing", "keys": ("二わり引きは八百円で百円引きは九百円だから二わり引きが得",), "full": 10,
         "aspect": THINKING, "others": ("二わり引きが得", "計算したら安いから"), "note": "ねだんをくらべていれば10点",
         "criteria": (("ねだんをくらべている", 10), ("答えだけ", 4))},
    ])  # fmt: skip
    return sheet


SHEETS = {"shakai": shakai, "rika": rika, "sansu": sansu}
