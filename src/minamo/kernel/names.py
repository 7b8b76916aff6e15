"""氏名: three layers (正式 with IVS, 表示 in JIS X 0213, かな), folding for search, and honest loss reports.

Stored names are never normalised: NFC alone already changes CJK compatibility ideographs (U+FA10), NFKC far more. Only
search keys are folded.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from minamo.kernel.kanji import FOLDS

_OUTER_SPACE = re.compile(r"^[\s\ufeff\u200b]+|[\s\ufeff\u200b]+$")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_KANA_MARKS = {"\u3099", "\u309a"}
_HALF_MARKS = {"ﾞ": "\u3099", "ﾟ": "\u309a"}
_VU = {"ヴァ": "バ", "ヴィ": "ビ", "ヴェ": "ベ", "ヴォ": "ボ", "ヴュ": "ビュ", "ヴ": "ブ"}
# Hiragana to katakana, and ヶ (竹ヶ原 = 竹ケ原).
_HIRAGANA = {chr(code): chr(code + 0x60) for code in (*range(0x3041, 0x3095), 0x309D, 0x309E)}
_KANA_LETTERS = str.maketrans(_HIRAGANA | {"ヶ": "ケ", "ヵ": "カ", "ゖ": "ケ", "ゕ": "カ"})
_DASH = "[‐‑–—―−-]"
# 外字 (private use) and the bytes Windows keeps for itself pass the codec but mean something else on every machine.
_NO_EXCHANGE = re.compile("[\x80\ue000-\uf8ff]")
# The same JIS character, written with another Unicode code point by Macs and by some editors.
_SAME_IN_CP932 = {"\u2014": "\u2015"}
GETA = "〓"


@dataclass(frozen=True)
class PersonName:
    """氏名の三層. Any part may be empty: there are people without family name, given name or kana."""

    family: str = ""
    given: str = ""
    middle: str = ""
    official_family: str = ""
    official_given: str = ""
    official_middle: str = ""
    family_kana: str = ""
    given_kana: str = ""
    middle_kana: str = ""

    @property
    def display(self) -> str:
        """表示氏名."""
        return " ".join(part for part in (self.family, self.middle, self.given) if part)

    @property
    def official(self) -> str:
        """正式氏名, byte-exact."""
        return " ".join(part for part in (self.official_family, self.official_middle, self.official_given) if part)

    @property
    def kana(self) -> str:
        """ふりがな."""
        return " ".join(part for part in (self.family_kana, self.middle_kana, self.given_kana) if part)

    @property
    def search_key(self) -> str:
        """All layers folded, for a trigram index; written together and apart so that both ways of typing find it."""
        layers = (self.display, self.official, self.kana)
        return " ".join(dict.fromkeys(fold_search(layer) for layer in layers if layer))


@dataclass(frozen=True)
class Loss:
    """A character an encoding cannot hold, and where it stood."""

    index: int
    char: str


def display_full(name: PersonName) -> str:
    """氏名を一つの文字列で: the display layer; where it is empty the official writing, then the kana. Never cut short:
    a long Roman name stays whole, and a missing part leaves no stray space."""
    return name.display or name.official or name.kana


def clean_name_input(text: str) -> str:
    """Trim outer white space and join kana with separate voicing marks (typed on a Mac). Nothing else is touched."""
    return "".join(piece for _, piece in _joined_kana(_OUTER_SPACE.sub("", text)))


def _joined_kana(text: str) -> Iterator[tuple[int, str]]:
    """Index and character, with か + U+3099 given as が. NFC of kana only: of kanji it would change some."""
    index = 0
    while index < len(text):
        pair = text[index : index + 2]
        composed = unicodedata.normalize("NFC", pair) if pair[1:] in _KANA_MARKS else pair
        if len(pair) == 2 and len(composed) == 1:
            yield index, composed
            index += 2
        else:
            yield index, text[index]
            index += 1


def fold_search(text: str) -> str:
    """検索用の折りたたみ: 髙=高, 﨑=崎, widths, hiragana=katakana, ヴ=ブ, voicing marks from a Mac, no spaces, no case."""
    folded = _fold_once(text)
    while folded != (again := _fold_once(folded)):  # taking a space away can join marks that stood apart
        folded = again
    return folded


def _fold_once(text: str) -> str:
    text = _SELECTORS.sub("", text)
    # NFKC also takes compatibility ideographs (塚 U+FA10), widths and separate voicing marks; right for a key only.
    text = unicodedata.normalize("NFKC", text)
    text = unicodedata.normalize("NFKC", "".join(_HALF_MARKS.get(char, char) for char in text))
    text = "".join(FOLDS.get(char, char) for char in text).translate(_KANA_LETTERS)
    for sound, plain in _VU.items():
        text = text.replace(sound, plain)
    text = re.sub(f"{_DASH}(?=[ァ-ヺー])|(?<=[ァ-ヺー]){_DASH}", "ー", text)
    text = re.sub(r"[\s・･,，.．'’`]+", "", text).casefold()
    return re.sub(r"([\u3400-\u9fff\U00020000-\U0003ffff])[々〻]", r"\1\1", text)


def same_person_name(one: str, other: str) -> bool:
    """Whether two writings can be the same name; never proof that they are the same person."""
    return fold_search(one) == fold_search(other)


def graphemes(text: str) -> Iterator[str]:
    """Characters as a reader counts them: a base with its variation selector or combining mark is one."""
    current = ""
    for char in text:
        extends = bool(_SELECTORS.match(char)) or unicodedata.combining(char) != 0
        if current and not extends:
            yield current
            current = ""
        current += char
    if current:
        yield current


def grapheme_len(text: str) -> int:
    """How many characters a reader sees."""
    return sum(1 for _ in graphemes(text))


def jis_x0213_ok(text: str) -> list[str]:
    """Characters outside JIS X 0213 (variation selectors among them); an empty list means the text may be displayed
    and exchanged everywhere. Kana with a separate voicing mark count as the one character they are."""
    outside: list[str] = []
    before = ""
    for _, piece in _joined_kana(text):
        pair = piece in _KANA_MARKS and _fits(before + piece, "euc_jis_2004")  # か゜ is one character of JIS X 0213
        if not pair and not _fits(piece, "euc_jis_2004"):
            outside.append(piece)
        before = piece
    return outside


def cp932_loss(text: str) -> list[Loss]:
    """Characters that CP932 (Excel's 'Shift_JIS') cannot hold, 外字 of the private area among them."""
    return encode_cp932_reporting(text)[1]


def encode_cp932_reporting(text: str) -> tuple[bytes, list[Loss]]:
    """CP932 bytes with 〓 where a character was lost, and the list of losses. Never a '?'.

    が written as か + mark is joined and not lost. A variation selector has no width of its own: dropping it is a loss
    to report, but no place to mark with 〓.
    """
    kept: list[str] = []
    losses: list[Loss] = []
    for index, piece in _joined_kana(text):
        char = _SAME_IN_CP932.get(piece, piece)
        if _fits(char, "cp932") and not _NO_EXCHANGE.match(char):
            kept.append(char)
            continue
        losses.append(Loss(index, piece))
        if not _SELECTORS.match(char):
            kept.append(GETA)
    return "".join(kept).encode("cp932"), losses


def _fits(char: str, encoding: str) -> bool:
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
