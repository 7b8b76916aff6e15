"""氏名: three layers (正式 with IVS, 表示 in JIS X 0213, かな), folding for search, and honest loss reports.

Stored names are never normalised: NFC alone already changes CJK compatibility ideographs (U+FA10), NFKC far more. Only
search keys are folded.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from minamo.kernel.kanji import FOLDS

_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_COMPATIBILITY = re.compile("[\uf900-\ufaff\U0002f800-\U0002fa1f]")
_KANA_MARKS = {"\u3099", "\u309a"}
_HALF_MARKS = {"ﾞ": "\u3099", "ﾟ": "\u309a"}
_VU = {"ヴァ": "バ", "ヴィ": "ビ", "ヴェ": "ベ", "ヴォ": "ボ", "ヴュ": "ビュ", "ヴ": "ブ"}
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


def clean_name_input(text: str) -> str:
    """Trim outer white space and join kana with separate voicing marks (typed on a Mac). Nothing else is touched."""
    joined: list[str] = []
    for char in text.strip(" \t\r\n\u3000\ufeff"):
        if char in _KANA_MARKS and joined:
            composed = unicodedata.normalize("NFC", joined[-1] + char)
            if len(composed) == 1:
                joined[-1] = composed
                continue
        joined.append(char)
    return "".join(joined)


def fold_search(text: str) -> str:
    """検索用の折りたたみ: 髙=高, 﨑=崎, widths, hiragana=katakana, ヴ=ブ, voicing marks from a Mac, no spaces, no case."""
    folded = _fold_once(text)
    while folded != (again := _fold_once(folded)):  # taking a space away can join marks that stood apart
        folded = again
    return folded


def _fold_once(text: str) -> str:
    text = _SELECTORS.sub("", text)
    text = _COMPATIBILITY.sub(lambda m: unicodedata.normalize("NFKC", m[0]), text)
    text = unicodedata.normalize("NFKC", "".join(_HALF_MARKS.get(c, c) for c in unicodedata.normalize("NFKC", text)))
    text = "".join(FOLDS.get(char, char) for char in text)
    text = "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in text)
    for sound, plain in _VU.items():
        text = text.replace(sound, plain)
    text = re.sub(r"[‐‑–—―−-](?=[ァ-ヺー])|(?<=[ァ-ヺ])[‐‑–—―−-]", "ー", text)
    return re.sub(r"[\s・,，.．]+", "", text).casefold()


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
    and exchanged everywhere."""
    return [char for char in text if not _fits(char, "euc_jis_2004")]


def cp932_loss(text: str) -> list[Loss]:
    """Characters that CP932 (Excel's 'Shift_JIS') cannot hold."""
    return [Loss(index, char) for index, char in enumerate(text) if not _fits(char, "cp932")]


def encode_cp932_reporting(text: str) -> tuple[bytes, list[Loss]]:
    """CP932 bytes with 〓 where a character was lost, and the list of losses. Never a '?'."""
    losses = cp932_loss(text)
    lost = {loss.index for loss in losses}
    # A selector has no width of its own: dropping it is a loss to report, but no place to mark.
    kept = (GETA if i in lost and not _SELECTORS.match(c) else "" if i in lost else c for i, c in enumerate(text))
    return "".join(kept).encode("cp932"), losses


def _fits(char: str, encoding: str) -> bool:
    try:
        char.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
