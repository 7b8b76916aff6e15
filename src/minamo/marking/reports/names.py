"""名前と言い方: who stands behind a paper, and how figures are said."""

from dataclasses import dataclass

from minamo.marking.analysis.items import ItemLine
from minamo.marking.analysis.sp import ATTENTION, STRONG

NONE = "—"
COMMON = 3  # wrong answers that are named beside a question


@dataclass(frozen=True, slots=True)
class Named:
    """児童生徒: 出席番号, name as displayed, class."""

    number: int | None
    name: str
    group: str = ""


@dataclass(frozen=True, slots=True)
class Title:
    """見出し: school, name of the test, class, day in words."""

    school: str
    test: str
    group: str
    day: str


def section_word(name: str) -> str:
    """大問の呼び方: a bare number is said with its word."""
    return f"大問{name}" if name.isdecimal() else name


def percent(value: float | None) -> str:
    """66.7%、決まらないときは —."""
    return NONE if value is None else f"{value * 100:.1f}%"


def hundred(value: float | None) -> float | None:
    """0.667 → 66.7 for a book; what is not defined stays empty."""
    return None if value is None else round(value * 100, 1)


def decimal(value: float | None, places: int = 2) -> str:
    """0.53、決まらないときは —."""
    return NONE if value is None else f"{value:.{places}f}"


def rest_word(line: ItemLine) -> str:
    """その設問を除いた合計との相関の名前: what the figure is of a question with partial points, and of one without."""
    return "項目–合計" if line.partial else "点双列"


def with_rest(line: ItemLine) -> str:
    """合計との相関 for a narrow column: ＊ says that it is a 項目–合計相関; the legend beside it says so too."""
    return decimal(line.with_rest) + ("＊" if line.partial and line.with_rest is not None else "")


def caution_word(value: float | None) -> str:
    """注意係数の見方: the usual marks 0.5 and 0.75, as words."""
    if value is None or value < ATTENTION:
        return ""
    return "とくに注意" if value >= STRONG else "注意"


def remark(line: ItemLine) -> str:
    """設問の気づき: at most one, the one to act upon first."""
    if line.discrimination is not None and line.discrimination < 0:
        return "上位の人ほど誤っています。正答や設問文を確かめてください。"
    wrong = next((one for one in line.choices if not one.right and one.text and lures(one.upper, one.lower)), None)
    if wrong is not None:
        return f"上位の人が「{wrong.text}」と答えています。別解でないか確かめてください。"
    if line.blank is not None and line.blank >= 0.3:
        return "空らんが多い設問です。"
    if line.rate is not None and line.rate >= 0.95:
        return "ほぼ全員が正解です。"
    if line.rate is not None and line.rate <= 0.2:
        return "正解が少ない設問です。"
    if line.discrimination is not None and line.discrimination < 0.2:
        return "理解の差が表れにくい設問です。"
    return ""


def wrong_answers(line: ItemLine) -> str:
    """おもな誤答 in a line, as the screen has them (in quotes, for an answer of 25 is no count): the three most frequent, then what nobody could read and what needs a second look."""
    said = [
        f"「{one.text}」{one.count}人" if one.text else f"空らん {one.count}人" for one in line.choices if not one.right
    ][:COMMON]
    said += [f"文字が不明 {line.unknown}人"] if line.unknown else []
    said += [f"読みと点が合わない {line.clash}人"] if line.clash else []
    return "、".join(said) or NONE


def lures(upper: float | None, lower: float | None) -> bool:
    """A wrong answer that draws the upper group more than the lower."""
    return upper is not None and lower is not None and upper >= 2 and upper > lower
