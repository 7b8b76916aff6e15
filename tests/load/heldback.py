"""取り置いた型: layouts of answer sheets that no test knows; only `bin/bench marking` draws them.

Other paper (A4, A4 across, B5, B4, A3), other proportions, horizontal and vertical, tables, two columns, underlined answers, logos in
the head. Like the families of the tests each takes a seed. The eye was made on none of them but one: manuscript paper (`essay`) was called
bowed in its first run and mended (`align.twin`). A phone's picture of manuscript paper with little writing is put to a person still.
"""

from collections.abc import Callable

import numpy as np

from tests.fixtures.papers.canvas import A4, B4_WIDE, Box, Sheet

A4_WIDE, A3_WIDE, B5 = (2339, 1654), (3307, 2339), (1433, 2024)
WORDS = (
    "次の文の空らんに入る語を書きなさい。",
    "理由を三十字以内で書きなさい。",
    "記号で答えなさい。",
    "式と答えを書きなさい。",
)
Dice = np.random.Generator


def _logo(sheet: Sheet, x: int, y: int, side: int, dice: Dice) -> None:
    """A school's badge: rings, a star of lines, its letters."""
    pen, middle = sheet.pen, (x + side // 2, y + side // 2)
    pen.ellipse((x, y, x + side, y + side), outline=0, width=5)
    pen.ellipse((x + 12, y + 12, x + side - 12, y + side - 12), outline=60, width=2)
    for turn in np.linspace(0, 2 * np.pi, int(dice.integers(5, 9)), endpoint=False):
        reach = side * 0.36
        pen.line((*middle, middle[0] + reach * np.cos(turn), middle[1] + reach * np.sin(turn)), fill=0, width=4)
    sheet.text(middle[0] - 18, middle[1] - 22, str(dice.choice(["中", "小", "学", "南"])), 38)


def _person(sheet: Sheet, x: int, y: int, height: int, widths: tuple[int, int, int]) -> None:
    """組, 番号 and 名前 in a row of joined boxes with their labels to the left."""
    for label, width in zip(("組", "番号", "名前"), widths, strict=True):
        sheet.frame((x, y, x + 70, y + height), 2, answer=False)
        sheet.text(x + 8, y + height // 3, label, 24)
        box = sheet.frame((x + 70, y, x + 70 + width, y + height), 2, answer=False)
        sheet.number, sheet.person = box if label == "番号" else sheet.number, box if label == "名前" else sheet.person
        x += 70 + width


def ledger(seed: int) -> Sheet:
    """A4: two columns of tables with rows of many heights, a badge in the head."""
    dice, sheet = np.random.default_rng(seed + 21_000), Sheet("ledger", A4)
    _logo(sheet, 70, 60, 140, dice)
    sheet.text(240, 90, f"定期テスト 第{int(dice.integers(1, 6))}回　答案", 46)
    _person(sheet, 640, 150, 76, (90, 110, 420))
    for left in (90, 860):
        y = 300
        while y < 2050:
            height = int(dice.choice([66, 84, 120, 190]))
            sheet.frame((left, y, left + 84, y + height), 2, answer=False)
            sheet.text(left + 14, y + height // 3, str(int(dice.integers(1, 40))), 30)
            sheet.frame((left + 84, y, left + int(dice.choice([420, 560, 690])), y + height), 2)
            y += height + (int(dice.integers(50, 90)) if dice.random() < 0.25 else 0)
    return sheet


def cloze(seed: int) -> Sheet:
    """B5: sentences with underlined gaps, a few choices in small boxes."""
    dice, sheet = np.random.default_rng(seed + 22_000), Sheet("cloze", B5)
    sheet.text(80, 60, "英単語テスト", 40)
    _logo(sheet, 1230, 40, 130, dice)
    _person(sheet, 80, 140, 66, (70, 90, 400))
    y = 330
    for at in range(int(dice.integers(10, 14))):
        sheet.text(70, y - 40, f"{at + 1})", 28)
        x = 130 + int(dice.integers(0, 120))
        sheet.text(130, y - 42, "I ", 30)
        for _ in range(int(dice.integers(1, 4))):
            wide = int(dice.integers(220, 380))
            if x + wide > 1340:
                break
            sheet.rule(x, y, x + wide, height=62)
            sheet.text(x + wide + 10, y - 42, str(dice.choice(["to", "the", "is", "and"])), 30)
            x += wide + 90
        y += 112
    for at in range(5):
        sheet.text(90 + at * 250, y - 20, f"({'ABCDE'[at]})", 26)
        sheet.frame((150 + at * 250, y - 30, 270 + at * 250, y + 70), 3)
    return sheet


def matrix(seed: int) -> Sheet:
    """A4 across: one large table of small cells under a row of headings."""
    dice, sheet = np.random.default_rng(seed + 23_000), Sheet("matrix", A4_WIDE)
    sheet.text(90, 60, "漢字・計算 まとめ　解答らん", 44)
    _person(sheet, 1150, 60, 70, (90, 110, 560))
    columns, rows = int(dice.integers(8, 13)), int(dice.integers(7, 11))
    wide, high, top = 2100 // columns, 1260 // rows, 260
    for column in range(columns):
        sheet.frame((120 + column * wide, top - 60, 120 + (column + 1) * wide, top), 2, answer=False)
        sheet.text(130 + column * wide, top - 48, f"{column + 1}組目"[: 3 if wide > 160 else 1], 28)
    for row in range(rows):
        sheet.text(60, top + row * high + high // 3, "ABCDEFGHIJK"[row], 34)
        for column in range(columns):
            x, y = 120 + column * wide, top + row * high
            sheet.frame((x, y, x + wide, y + high), 2)
    return sheet


def essay(seed: int) -> Sheet:
    """A4: 原稿用紙 across over most of the page, two questions of one line below."""
    dice, sheet = np.random.default_rng(seed + 24_000), Sheet("essay", A4)
    sheet.text(90, 70, "作文　" + WORDS[1], 40)
    _person(sheet, 90, 150, 74, (100, 120, 520))
    columns, rows, left, top = 20, int(dice.integers(12, 19)), 120, 320
    side = 1400 // columns
    for row in range(rows):
        y = top + row * (side + 16)
        sheet.pen.rectangle((left, y, left + columns * side, y + side), outline=0, width=2)
        for column in range(1, columns):
            sheet.pen.line((left + column * side, y, left + column * side, y + side), fill=90, width=1)
    sheet.boxes.append((left, top, left + columns * side, top + rows * (side + 16) - 16))
    y = top + rows * (side + 16) + 90
    for at in range(2):
        sheet.text(90, y - 50, f"問{at + 1}　{WORDS[at * 2]}", 26)
        sheet.rule(140, y + 70, 1500, height=86)
        y += 190
    return sheet


def tall_columns(seed: int) -> Sheet:
    """B4 across, vertical: two storeys of columns, the strip of the name at the right."""
    dice, sheet = np.random.default_rng(seed + 25_000), Sheet("tall_columns", B4_WIDE, vertical=True)
    sheet.column(2740, 90, "古文・漢文　解答用紙", 44)
    y = 760
    for label, high in (("組", 150), ("番", 170), ("氏名", 760)):
        box = sheet.frame((2700, y, 2800, y + high), 3, answer=False)
        sheet.column(2640, y + 20, label, 26)
        sheet.number, sheet.person = box if label == "番" else sheet.number, box if label == "氏名" else sheet.person
        y += high
    for storey in (120, 1080):
        x = 2520
        while x > 220:
            wide = int(dice.choice([76, 96, 150]))
            high = int(dice.choice([300, 520, 800]))
            sheet.text(x - wide, storey - 44, str(int(dice.integers(1, 20))), 28)
            sheet.frame((x - wide, storey, x, storey + high), 3)
            x -= wide + int(dice.integers(60, 120))
    return sheet


def broad(seed: int) -> Sheet:
    """A3 across: science and figures, two halves, dotted frames and units, a badge between."""
    dice, sheet = np.random.default_rng(seed + 26_000), Sheet("broad", A3_WIDE)
    sheet.text(120, 80, "実力テスト（理科・社会）", 56)
    _logo(sheet, 1560, 60, 170, dice)
    _person(sheet, 1900, 90, 90, (120, 140, 760))
    for left in (140, 1740):
        y = 340
        for part in range(int(dice.integers(4, 6))):
            sheet.text(left, y, f"【{part + 1}】{WORDS[int(dice.integers(len(WORDS)))]}", 34)
            y += 70
            count, height = int(dice.integers(2, 6)), int(dice.choice([100, 150, 240]))
            wide = 1400 // count
            for at in range(count):
                box: Box = (left + at * wide, y, left + (at + 1) * wide - 40, y + height)
                sheet.frame(box, 3, dashed=dice.random() < 0.3, gray=int(dice.choice([0, 60])))
                if dice.random() < 0.4:
                    sheet.text(box[2] - 90, box[3] - 48, str(dice.choice(["g", "℃", "km", "％"])), 34)
            y += height + 60
            if y > 1950:
                break
    return sheet


LAYOUTS: dict[str, Callable[[int], Sheet]] = {
    "ledger": ledger, "cloze": cloze, "matrix": matrix, "essay": essay, "tall_columns": tall_columns, "broad": broad,
}  # fmt: skip
