"""見てほしいページ: why a page waits for a person, in a teacher's words, and what can be done with it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

AGAIN, PLACING, DUPLICATE, BACK, BROKEN, BY_HAND = "again", "placing", "duplicate", "back", "broken", "by_hand"
WHICH = "which"  # fits two pages of the test alike
NO_SECOND, LOOSE = "no_second", "loose"  # a first page nothing lies behind; a second page that lies behind none
ALONE = "alone"  # a person said that a first page is the whole paper
SWAPPED, UNSURE = "swapped", "unsure"  # a second page behind its front, to be looked at once more with the owner
ON_THE_WAY = (AGAIN, PLACING)
WHOLE_PILE = "pile"  # how and why of a page that went aside with its whole pile
ASIDE: Mapping[str, str] = {
    "blank": "白い紙・裏の面",
    "other": "ほかのテストの紙",
    "double": "二度読んだ同じ紙",
    "spoilt": "読み取りの失敗",
    "torn": "紙の欠け",
    "unplaced": "位置の分からない紙",
    "no_sheet": "解答用紙が見つからない紙",
}
"""答案ではない理由: what a person says of a page that is put aside."""


@dataclass(frozen=True)
class Why:
    """見てほしい理由: what it is in short, what to do, the reason that fits when it is no paper, and the likeliest way on."""

    title: str
    advice: str
    aside: str = "other"
    first: str = "aside"  # corners, aside or again: the way on that is offered first


REASONS: Mapping[str, Why] = {
    "blank": Why("白い紙のようです", "答案でなければ、除いてください。", "blank"),
    BACK: Why("裏の白紙です", "両面で読み取ったときの裏の面です。除いてください。", "blank"),
    "wrong_sheet": Why(
        "この解答用紙ではないようです", "ほかのテストの紙なら除きます。この用紙なら、四すみを合わせてください。"
    ),
    "torn": Why("紙の角が欠けています", "四すみを合わせると、このまま使えます。", "torn", "corners"),
    "few_anchors": Why(
        "位置を確かめる手がかりが足りません", "四すみを合わせると、このまま使えます。", "unplaced", "corners"
    ),
    "outside": Why("紙の一部が写っていません", "読み取り直すか、四すみを合わせて使ってください。", "spoilt", "corners"),
    "cut_off": Why(
        "解答らんの一部が写っていません", "読み取り直すか、四すみを合わせて使ってください。", "spoilt", "corners"
    ),
    "not_found": Why(
        "解答用紙の位置が見つかりません",
        "この用紙が写っていれば、四すみを合わせて使います。写っていなければ除きます。",
        "no_sheet",
    ),
    "bowed": Why("紙が反っています", "のばして読み取り直すか、四すみを合わせて使ってください。", "spoilt", "corners"),
    "curled": Why("紙が反っています", "のばして読み取り直すか、四すみを合わせて使ってください。", "spoilt", "corners"),
    WHICH: Why("表か裏か、見分けられません", "どちらかを選んで、四すみを合わせてください。", first="corners"),
    NO_SECOND: Why("裏がない答案です", "裏を足して送るか、裏のない答案として使ってください。", "spoilt", "alone"),
    LOOSE: Why("だれの裏か分かりません", "だれの裏かを選んでください。答案でなければ除きます。", "spoilt", "behind"),
    DUPLICATE: Why("同じ紙が2枚あります", "どちらを使うか選んでください。", "double"),
    "crashed": Why(
        "このページで処理が止まりました", "もう一度読んでみて、だめなら紙を読み取り直してください。", "spoilt", "again"
    ),
    AGAIN: Why("読み直しています", "このままお待ちください。", "spoilt"),
    PLACING: Why("四すみに合わせて切り抜いています", "このままお待ちください。", "spoilt"),
}
UNREADABLE = Why("ページを開けません", "紙を読み取り直して、もう一度送ってください。", "spoilt", "again")


def why(reason: str) -> Why:
    """The words of a reason; what is not known here could not be read."""
    return REASONS.get(reason, UNREADABLE)


def group_of(reason: str) -> str:
    """まとまり in the tray: reasons a teacher meets with the same words, and all white paper, under one code."""
    if reason == BACK:
        return "blank"
    title = why(reason).title
    return next((code for code, one in REASONS.items() if one.title == title), BROKEN)


def reasons_of(group: str) -> list[str]:
    """The reasons of a group that have words of their own (a page that could not be opened has one of many)."""
    return [code for code in REASONS if group_of(code) == group]


BULK = frozenset(
    code
    for code, one in REASONS.items()
    if one.first == "aside" and code not in (DUPLICATE, AGAIN, PLACING, "not_found")
)
"""まとめて除ける: groups whose likeliest way on is to be put aside. A page whose place was not found may be this test: it is looked at alone."""

TOGETHER = BULK | {NO_SECOND}
"""まとめて決められる: those, and first pages without a second one, which are used as they are."""

Point = tuple[float, float]
LEAST_AREA = 0.05  # share of the picture the four corners must span


class CornersRefused(ValueError):
    """四すみが置けない; the message says what to do."""


def checked_corners(given: object) -> tuple[Point, Point, Point, Point]:
    """四すみ: four points (左上, 右上, 右下, 左下 of the sheet) as shares of the picture. Raises CornersRefused unless they are the
    corners of a sheet that is not turned over: convex, clockwise, not too small."""
    if not isinstance(given, (list, tuple)) or len(given) != 4:
        raise CornersRefused("四すみを4つとも置いてください。")
    points: list[Point] = []
    for one in given:
        if not isinstance(one, (list, tuple)) or len(one) != 2 or not all(_share(value) for value in one):
            raise CornersRefused("四すみが画像の外にあります。置き直してください。")
        points.append((float(one[0]), float(one[1])))
    turns = [_cross(points[at], points[(at + 1) % 4], points[(at + 2) % 4]) for at in range(4)]
    if min(turns) <= 0:
        raise CornersRefused("四すみの順番がちがいます。用紙の左上・右上・右下・左下に置いてください。")
    if _area(points) < LEAST_AREA:
        raise CornersRefused("四すみの間がせますぎます。用紙の角に合わせてください。")
    return (points[0], points[1], points[2], points[3])


def _share(value: object) -> bool:
    """A finite number a little around the picture: a corner may lie just outside it."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -0.25 <= value <= 1.25


def _cross(a: Point, b: Point, c: Point) -> float:
    return (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])


def _area(points: Sequence[Point]) -> float:
    pairs = zip(points, [*points[1:], points[0]], strict=True)
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairs)) / 2


def turned_back(points: Sequence[Point], turns: int) -> list[Point]:
    """画像を回す前の位置: where points of the upright picture lie on the page as it was scanned. `turns`: the quarter turns
    anticlockwise that brought it upright."""
    there = list(points)
    for _ in range(turns % 4):
        there = [(1 - y, x) for x, y in there]
    return there


def turned(points: Sequence[Point], turns: int) -> list[Point]:
    """The other way round: points of the page as scanned on the upright picture."""
    return turned_back(points, -turns)


def turns_of(homography: Sequence[float] | None, width: int, height: int) -> int:
    """何回まわすか: quarter turns anticlockwise that bring a page upright, from where the sheet lies on it."""
    if not homography:
        return 0
    x, y = width / 2, height / 2
    (ax, ay), (bx, by) = through(homography, x, y), through(homography, x + 8, y)
    across, down = bx - ax, by - ay
    if abs(across) >= abs(down):
        return 0 if across >= 0 else 2
    return 1 if down > 0 else 3


def through(homography: Sequence[float], x: float, y: float) -> Point:
    """A point through nine numbers."""
    a, b, c, d, e, f, g, h, i = homography
    w = g * x + h * y + i
    return ((a * x + b * y + c) / w, (d * x + e * y + f) / w)


def spanned(points: Sequence[Point], width: float, height: float) -> list[float]:
    """写像: nine numbers that lead the corners of a sheet (0 0 … width height) to four points. Exact, by the closed form of
    the unit square (Heckbert). The points are convex (`checked_corners`)."""
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = points
    dx1, dx2, dx3 = x1 - x2, x3 - x2, x0 - x1 + x2 - x3
    dy1, dy2, dy3 = y1 - y2, y3 - y2, y0 - y1 + y2 - y3
    under = dx1 * dy2 - dx2 * dy1
    g, h = (dx3 * dy2 - dx2 * dy3) / under, (dx1 * dy3 - dx3 * dy1) / under
    a, b, c = x1 - x0 + g * x1, x3 - x0 + h * x3, x0
    d, e, f = y1 - y0 + g * y1, y3 - y0 + h * y3, y0
    return [a / width, b / height, c, d / width, e / height, f, g / width, h / height, 1.0]
