"""ふりがな (furigana): readings above the kanji of finished markup, for the pages of guardians and pupils.

The words come from `readings.tsv`, made for the pages of this house: a table says 「日」 the way the page means it, where a
general dictionary guesses. What already carries a reading (names) and what takes none (options, scripts, attributes) stays.
"""

import re
from functools import lru_cache
from pathlib import Path

from django.utils.safestring import SafeString, mark_safe

KANJI = re.compile(r"[\u4e00-\u9fff々〆]+")
_TOKEN = re.compile(r"<!--.*?-->|<[^>]*>", re.DOTALL)
_NAME = re.compile(r"<(/?)([a-zA-Z][\w-]*)")
SKIPPED = frozenset({"script", "style", "option", "textarea", "title", "ruby", "svg", "template"})
# Days of the month that are not read number + にち; the reading then stands over number and 日.
DAYS = {1: "ついたち", 2: "ふつか", 3: "みっか", 4: "よっか", 5: "いつか", 6: "むいか", 7: "なのか", 8: "ようか", 9: "ここのか",
        10: "とおか", 14: "じゅうよっか", 20: "はつか", 24: "にじゅうよっか"}  # fmt: skip
WEEKDAYS = dict(zip("月火水木金土日", ("げつ", "か", "すい", "もく", "きん", "ど", "にち"), strict=True))
COUNTERS = {"年": "ねん", "月": "がつ", "組": "くみ", "番": "ばん", "人": "にん", "回": "かい", "点": "てん", "分": "ふん", "時": "じ",
            "日間": "にちかん", "日分": "にちぶん", "時間目": "じかんめ", "日": "にち", "度": "ど", "件": "けん", "年生": "ねんせい", "人分": "にんぶん"}  # fmt: skip
_NUMBER = re.compile(rf"(\d+)({'|'.join(sorted(COUNTERS, key=len, reverse=True))})")
_WEEKDAY = re.compile(r"（([月火水木金土日])）")


@lru_cache(maxsize=1)
def readings() -> dict[str, str]:
    """Word → reading of its leading kanji."""
    text = (Path(__file__).parent / "readings.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]
    return dict(rows)


def furigana(markup: str) -> SafeString:
    """ふりがなをつける: safe markup in, the same markup with ruby out."""
    markup = str.__str__(markup)  # a plain string: pieces of marked-up ones would escape what is put into them
    out: list[str] = []
    closed: list[str] = []  # the skipped elements we are inside of
    at = 0
    for token in _TOKEN.finditer(markup):
        out.append(_text(markup[at : token.start()], closed))
        out.append(token[0])
        at = token.end()
        _follow(token[0], closed)
    out.append(_text(markup[at:], closed))
    return mark_safe("".join(out))  # noqa: S308  markup that was safe, with elements of our own around its text


def _follow(token: str, closed: list[str]) -> None:
    """Note which elements without readings are open: those that take none, and proper names (translate="no")."""
    name = _NAME.match(token)
    if name is None or token.endswith("/>"):
        return
    kind = name[2].lower()
    if name[1]:
        if closed and closed[-1] == kind:
            closed.pop()
    elif kind in SKIPPED or 'translate="no"' in token or (closed and closed[-1] == kind):
        closed.append(kind)


def _text(text: str, closed: list[str]) -> str:
    if closed or not KANJI.search(text):
        return text
    # One element around it all: a button lays out its children side by side, and words must not fall apart there.
    return f"<m-yomi>{annotated(text)}</m-yomi>"


@lru_cache(maxsize=4096)
def annotated(text: str) -> str:
    """One piece of text (already escaped) with readings."""
    if text.strip() in WEEKDAYS:  # the head of a calendar's column
        return text.replace(text.strip(), _ruby(text.strip(), WEEKDAYS[text.strip()]))
    out: list[str] = []
    at = 0
    while at < len(text):
        found = _NUMBER.match(text, at) or _WEEKDAY.match(text, at)
        if found is not None:
            out.append(_counted(found))
            at = found.end()
        elif run := KANJI.match(text, at):
            out.append(_run(text, at, run.end()))
            at = run.end()
        else:
            out.append(text[at])
            at += 1
    return "".join(out)


def _run(text: str, at: int, end: int) -> str:
    """One run of kanji, wholly read or left as it is: a reading of half a name would be a wrong one."""
    start, out = at, []
    while at < end:
        word = _longest(text, at)
        if not word:
            return text[start:end]
        base = word[: _leading(word)]
        out.append(_ruby(base, readings()[word]))
        at += len(base)
    return "".join(out)


def _leading(word: str) -> int:
    """How many kanji a word of the table begins with."""
    found = KANJI.match(word)
    return found.end() if found else 0


def _longest(text: str, at: int) -> str:
    return next((text[at : at + size] for size in range(8, 0, -1) if text[at : at + size] in readings()), "")


def _counted(found: re.Match[str]) -> str:
    if found.re is _WEEKDAY:
        return f"（{_ruby(found[1], WEEKDAYS[found[1]])}）"
    number, counter = int(found[1]), found[2]
    if counter == "日" and number in DAYS:
        return _ruby(found[0], DAYS[number])
    return found[1] + _ruby(counter, COUNTERS[counter])


def _ruby(base: str, reading: str) -> str:
    return f"<ruby>{base}<rp>（</rp><rt>{reading}</rt><rp>）</rp></ruby>"
