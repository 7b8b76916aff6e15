"""How a value stands on a page: its written forms, what was answered as text, and one found in the other."""

import datetime as dt
import io
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Generic, TypeVar
from urllib.parse import unquote

from minamo.kernel.wareki import JST, format_ja, format_time, format_wareki

Thing = TypeVar("Thing")
EXCEL_ZERO = dt.date(1899, 12, 30)
WORD = re.compile(r"鮭\d{4}鱒")
NUMBER = re.compile(r"\d{5}|\d\d,\d{3}")  # points: of five digits, so that no year, time or piece of a key is one
_GATE = re.compile(r"[0-9a-f]{8}(?=-)|\d{4}|>\d\d|\D+\d+\D|\d+\D")
_IN_KEYS = re.compile(r"[0-9A-Za-z_-]")
_IN_JSON = re.compile(r"\\u([0-9a-fA-F]{4})")
_IN_XML = re.compile(r"&#(\d{5});")


def forms(value: Any) -> tuple[str, ...]:
    """Every way a page, a file or JSON writes the value.

    A moment is found by its day. A day without its year and its weekday (7/1) is told apart from no other and is none of them.
    """
    if isinstance(value, dt.datetime):
        return forms(value.astimezone(JST).date())
    if isinstance(value, dt.date):
        west = (f"{value:%Y%m%d}", f"{value.year}/{value.month}/{value.day}", f"{value:%Y/%m/%d}",
                f"{value.year}年{value.month}月{value.day}日")  # fmt: skip
        ours = (format_wareki(value), format_wareki(value, "short"), format_ja(value))
        return tuple(dict.fromkeys((value.isoformat(), *west, *ours, f">{(value - EXCEL_ZERO).days}<")))
    if isinstance(value, dt.time):
        return tuple(dict.fromkeys((value.isoformat("minutes"), format_time(value))))
    if isinstance(value, int):
        return (str(value), f"{value:,}")
    if isinstance(value, list):
        return tuple(value)
    return (str(value),)


class Search(Generic[Thing]):
    """Finds which of many things stand in a text.

    A page is read once for its WORDs, for a few beginnings (2011, 平成23年, 38.), and for whole forms only where one of those stands.
    """

    def __init__(self, written: Iterable[tuple[Thing, Iterable[str]]]) -> None:
        self._behind: defaultdict[str, list[tuple[str, Thing]]] = defaultdict(list)
        self._words: defaultdict[str, list[Thing]] = defaultdict(list)
        for thing, ways in written:
            for form in ways:
                if WORD.fullmatch(form):
                    self._words[form].append(thing)
                    continue
                gate = _GATE.match(form)
                self._behind[gate[0] if gate else form].append((form, thing))

    def found(self, text: str) -> list[Thing]:
        """The things, each once."""
        words = [thing for word in dict.fromkeys(WORD.findall(text)) for thing in self._words.get(word, ())]
        near = [behind for gate, behind in self._behind.items() if gate in text]
        others = (thing for behind in near for form, thing in behind if stands(form, text))
        return list(dict.fromkeys((*words, *others)))


def stands(form: str, text: str) -> bool:
    """Whether the form stands in the text by itself: 38.7 is not in 138.7, and H23.7.1 not in H23.7.12; points are no part of a word
    (a fingerprint, a key) either."""
    at = text.find(form)
    while at >= 0:
        before, after = text[max(at - 1, 0) : at], text[at + len(form) : at + len(form) + 1]
        if NUMBER.fullmatch(form) and (_IN_KEYS.fullmatch(before) or _IN_KEYS.fullmatch(after)):
            at = text.find(form, at + 1)
            continue
        cut = form[0].isdigit() and (before.isdigit() or before == ".")
        if not cut and not (form[-1].isdigit() and after.isdigit()):
            return True
        at = text.find(form, at + 1)
    return False


def readable(response: Any) -> str:
    """What was answered, as text: pages, JSON, names of files, files packed in ZIP (XLSX too) and PDF; an endless stream
    is closed unread."""
    kind = response.headers.get("Content-Type", "")
    if response.streaming and kind.startswith("text/event-stream"):
        return ""
    body = b"".join(response.streaming_content) if response.streaming else response.content
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items() if name != "Content-Length")
    return unescaped(headers + _text_of(body))


def unescaped(text: str) -> str:
    r"""JSON writes 鮭 as \u9bad, a book of Excel as &#39853;, an address as %E9%AE%AD: the text with such letters as themselves."""
    if "\\u" in text:
        text = _IN_JSON.sub(lambda found: chr(int(found[1], 16)), text)
    if "&#" in text:
        text = _IN_XML.sub(lambda found: chr(int(found[1])), text)
    return f"{text}\n{unquote(text)}" if "%E" in text else text


def _text_of(body: bytes) -> str:
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            return "\n".join(_text_of(packed.read(name)) for name in packed.namelist())
    if body.startswith(b"%PDF"):
        import pypdfium2

        text = "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(body))
        return (
            f"{text}\n{''.join(text.split())}"  # a print sets 鮭 0001 鱒 apart, and breaks a word where the line ends
        )
    for encoding in ("utf-8", "cp932"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    return body.decode("utf-8", "replace")
