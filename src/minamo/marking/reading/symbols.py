"""記号: what the reader can tell apart, which of them look alike, and what a question's alphabet means."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

KATAKANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
HIRAGANA = "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん"
DIGITS = "0123456789"
CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SMALL = "abcdefghijlmnqrty"
"""Small letters that differ from their capital in shape; the others are read by `TWINS`."""
MARKS = "○×△"
CIRCLED = "①②③④⑤"
NUMERALS = "一二三四五六七八九十"
OTHER = "other"
"""Struck out, scribbled, two symbols, a word: whatever is not exactly one symbol."""

CLASSES: tuple[str, ...] = (*KATAKANA, *HIRAGANA, *DIGITS, *CAPITALS, *SMALL, *MARKS, *CIRCLED, *NUMERALS, OTHER)
INDEX: dict[str, int] = {symbol: at for at, symbol in enumerate(CLASSES)}

ALIASES: dict[str, str] = {
    **{small: small.upper() for small in "kopsuvwxz"},
    **{chr(ord("０") + at): digit for at, digit in enumerate(DIGITS)},
    **{chr(ord("Ａ") + at): capital for at, capital in enumerate(CAPITALS)},
    "〇": "○", "◯": "○", "✕": "×", "✖": "×", "☓": "×", "▲": "△", "ー": "一", "―": "一",
    "工": "エ", "口": "ロ", "力": "カ", "夕": "タ", "卜": "ト",
}  # fmt: skip
"""A symbol of an alphabet that is drawn like a class of another name."""

LOOKALIKES: tuple[str, ...] = (
    "0O○", "1Il一", "1ノ", "2Z", "5S", "6b", "9gq", "8B", "cC", "X×", "ソン", "シツ", "ヘへ", "リり", "ハ八", "ニ二", "ミ三",
    "カか", "キき", "モも", "ヤや", "セせ", "ナ十", "メX", "1①", "2②", "3③", "4④", "5⑤", "yY", "jJ", "ij", "fF", "tT",
    "t十", "nN", "mM", "lL", "lり", "hH", "rR", "dD", "eE", "aA", "レL", "フ7", "UV",
    "くC", "しL", "エI", "けケ",
)  # fmt: skip
"""Shapes that only the question can tell apart: the probability of a symbol the question does not use goes to its twin."""


KINDS: tuple[tuple[str, str], ...] = (
    ("ア–コ", KATAKANA[:10]), ("ア–ン", KATAKANA), ("あ–こ", HIRAGANA[:10]), ("あ–ん", HIRAGANA), ("0–9", DIGITS), ("A–E", "ABCDE"),
    ("A–Z", CAPITALS), ("a–e", "abcde"), ("○×", "○×"), ("○×△", MARKS), ("①–⑤", CIRCLED), ("一–十", NUMERALS),
)  # fmt: skip
"""What teachers let choose from; each has a threshold of its own. An alphabet belongs to the first that has all its symbols."""


DASHES = "-ー―−–—‐‑〜~"
"""から: what an input method or a keyboard writes between the ends of a range, after NFKC."""
APART = re.compile(r"[\s、,・]+")


@dataclass(frozen=True, slots=True)
class Alphabet:
    """解答の文字範囲: the symbols a question may be answered with.

    `symbols` in the order given, `digits` the longest number allowed (0: no numbers of several digits).
    """

    symbols: tuple[str, ...]
    digits: int = 0
    largest: int = 0

    @property
    def keeps_rings(self) -> bool:
        """Whether a ring belongs to the symbol (①) instead of being drawn around it (〇囲み)."""
        return any(symbol in CIRCLED for symbol in self.symbols)

    @property
    def kind(self) -> str | None:
        """The kind of alphabet it belongs to; None for a mixture."""
        classes = {class_of(symbol) for symbol in self.symbols}
        return next((name for name, symbols in KINDS if classes <= set(symbols)), None)


class UnknownSymbol(ValueError):
    """The alphabet holds a symbol the reader was not taught, or nothing at all."""

    def __init__(self, symbol: str) -> None:
        super().__init__(f"「{symbol}」は読み取りの対象外です。文字の範囲から外すか、この設問は目で採点してください。")
        self.symbol = symbol


def parse_alphabet(given: str | Sequence[str]) -> Alphabet:
    """文字範囲を読む: `アイウエオ`, `ア-オ`, `A-E`, a list of symbols, or a range of numbers such as `0-99`; as an input method writes
    them too (`アーオ`, `Ａ～Ｅ`, `ｱ-ｵ`). A dash or 長音 between two symbols is never a symbol; at the end it may be one.

    The editor reads the same (`setup_answers.js`). Raises UnknownSymbol for a symbol that is not taught, or what is no range.
    """
    if isinstance(given, str):
        spec = re.sub(rf"(?<=\S)\s*[{DASHES}]\s*(?=\S)", "-", plain(given).strip())
        numbers = re.fullmatch(r"\d+-(\d{2,3})", spec)
        if numbers:
            return Alphabet(tuple(DIGITS), len(numbers.group(1)), int(numbers.group(1)))
        symbols = [symbol for part in APART.split(spec) for symbol in _symbols(part)]
    else:
        symbols = [plain(symbol).strip() for symbol in given]
    unique = tuple(dict.fromkeys(symbols))
    if not unique:
        raise UnknownSymbol("")
    for symbol in unique:
        if class_of(symbol) is None:
            raise UnknownSymbol(symbol)
    return Alphabet(unique)


def plain(text: str) -> str:
    """ふつうの字形: full-width letters and digits, half-width kana and sloped dashes as they are usually written; ① keeps its ring."""
    return "".join(one if one in CIRCLED else unicodedata.normalize("NFKC", one) for one in text)


def class_of(symbol: str) -> str | None:
    """The class a symbol is read as; None when the reader was not taught it."""
    if symbol in INDEX and symbol != OTHER:
        return symbol
    alias = ALIASES.get(symbol)
    return alias if alias in INDEX else None


def _symbols(part: str) -> list[str]:
    """Symbols of a part that nothing parts: a range, or one after the other."""
    if "-" not in part:
        return list(part)
    ends = re.fullmatch("(.)-(.)", part)
    if ends is None:
        raise UnknownSymbol(part)
    return _between(*ends.groups())


def _between(first: str, last: str) -> list[str]:
    for row in (KATAKANA, HIRAGANA, DIGITS, CAPITALS, "abcdefghijklmnopqrstuvwxyz", CIRCLED, NUMERALS):
        if first in row and last in row and row.index(first) <= row.index(last):
            return list(row[row.index(first) : row.index(last) + 1])
    raise UnknownSymbol(f"{first}-{last}")
