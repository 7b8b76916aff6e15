"""和暦: dates as Japanese documents write them, out and in. Whatever a person reasonably types is understood."""

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

JST = ZoneInfo("Asia/Tokyo")
WEEKDAYS = "月火水木金土日"


@dataclass(frozen=True)
class Era:
    """元号: first and last day."""

    name: str
    letter: str
    begins: dt.date
    ends: dt.date

    @property
    def base(self) -> int:
        """The calendar year of its year 0."""
        return self.begins.year - 1


ERAS = (
    Era("明治", "M", dt.date(1868, 1, 25), dt.date(1912, 7, 29)),
    Era("大正", "T", dt.date(1912, 7, 30), dt.date(1926, 12, 24)),
    Era("昭和", "S", dt.date(1926, 12, 25), dt.date(1989, 1, 7)),
    Era("平成", "H", dt.date(1989, 1, 8), dt.date(2019, 4, 30)),
    Era("令和", "R", dt.date(2019, 5, 1), dt.date.max),
)


class DateTextError(ValueError):
    """The text is not a date; `code` for programs, the message for the person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message_ja = message


@dataclass(frozen=True)
class ParsedDate:
    """A date and what was noticed while reading: ERA_OVERRUN (平成32年), SERIAL (Excel number), ERA_ASSUMED."""

    date: dt.date
    notes: tuple[str, ...] = ()


def era_of(day: dt.date) -> Era:
    """The era of a day. Raises ValueError before 明治."""
    for era in ERAS:
        if era.begins <= day <= era.ends:
            return era
    raise ValueError("before 明治")


def format_wareki(day: dt.date, style: Literal["long", "short"] = "long", *, gannen: bool = True) -> str:
    """令和8年4月1日 (long) or R8.4.1 (short); the first year is 元年 unless `gannen` is False."""
    era = era_of(day)
    number = day.year - era.base
    if style == "short":
        return f"{era.letter}{number}.{day.month}.{day.day}"
    written = "元" if number == 1 and gannen else str(number)
    return f"{era.name}{written}年{day.month}月{day.day}日"


def format_ja(day: dt.date) -> str:
    """11月24日（火）."""
    return f"{day.month}月{day.day}日（{WEEKDAYS[day.weekday()]}）"


def format_time(moment: dt.time | dt.datetime) -> str:
    """8:20 (no leading zero). A moment is shown in Japanese time; one without a time zone raises ValueError."""
    if isinstance(moment, dt.datetime):
        if moment.utcoffset() is None:
            raise ValueError("a moment without a time zone has no time of day in Japan")
        moment = moment.astimezone(JST)
    return f"{moment.hour}:{moment.minute:02d}"


_ERA = re.compile(
    r"(明治|大正|昭和|平成|令和|M|T|S|H|R)\.?(元|\d{1,2})[年./-](\d{1,2})[月./-](\d{1,2})日?", re.IGNORECASE
)
_WEST = re.compile(r"(\d{4})[年./-](\d{1,2})[月./-](\d{1,2})日?")
_MIDNIGHT = re.compile(r"(?<=\d)[T\s]+0{1,2}:00(?::00(?:\.0+)?)?$")
_BARE = re.compile(r"(\d{1,2})[年./-](\d{1,2})[月./-](\d{1,2})日?")
_EIGHT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_SERIAL = re.compile(r"(\d{1,5})(?:\.0+)?")


def parse_date(text: str, *, default_era: str | None = None, allow_serial: bool = False) -> ParsedDate:
    """Read R8.4.1, 令和8年4月1日, H31.4.30, 2026-04-01, 2026/4/1, 2026年4月1日, 20260401, full-width forms.

    `default_era` (令和, 平成 …) is used for 8/4/1 or 28.4.7, which are refused without it. `allow_serial` also takes
    Excel's day numbers (1900 system). 平成32年 is read as the day it means, with the note ERA_OVERRUN. Raises
    DateTextError with code EMPTY, UNREADABLE, ERA_MISSING or INVALID_DATE.
    """
    # The midnight Excel appends goes first: without its space 2026/4/1 00:00 could be read as the 10th.
    plain = _MIDNIGHT.sub("", unicodedata.normalize("NFKC", text).strip())
    plain = re.sub(r"\s+", "", plain)
    if not plain:
        raise DateTextError("EMPTY", "日付が空です。")
    if match := _ERA.fullmatch(plain):
        return _in_era(match[1], match[2], match[3], match[4], text)
    if match := _WEST.fullmatch(plain) or _EIGHT.fullmatch(plain):
        return ParsedDate(_date(int(match[1]), int(match[2]), int(match[3]), text))
    if match := _BARE.fullmatch(plain):
        if default_era is None:
            raise DateTextError("ERA_MISSING", f"元号がないので年が決まりません：{text}（例：令和8年4月1日）")
        found = _in_era(default_era, match[1], match[2], match[3], text)
        return ParsedDate(found.date, ("ERA_ASSUMED", *found.notes))
    if allow_serial and (match := _SERIAL.fullmatch(plain)):
        return ParsedDate(excel_serial(int(match[1])), ("SERIAL",))
    raise DateTextError("UNREADABLE", f"日付として読めません：{text}（例：2026-04-01、令和8年4月1日）")


def excel_serial(number: int) -> dt.date:
    """A day number of Excel's 1900 system, which counts a 29 February 1900 that never was. Raises DateTextError."""
    if number < 1 or number > 2_958_465 or number == 60:
        raise DateTextError("INVALID_DATE", "日付の通し番号として正しくありません。")
    return dt.date(1899, 12, 31) + dt.timedelta(days=number - (1 if number > 60 else 0))


def _in_era(name: str, number: str, month: str, day: str, text: str) -> ParsedDate:
    era = next((e for e in ERAS if name.upper() in {e.name, e.letter}), None)
    if era is None:
        raise ValueError(f"no such era: {name}")
    value = 1 if number == "元" else int(number)
    if value < 1:
        raise DateTextError("INVALID_DATE", f"実在しない日付です：{text}")
    found = _date(era.base + value, int(month), int(day), text)
    if found < era.begins:
        raise DateTextError("INVALID_DATE", f"{era.name}が始まる前の日付です：{text}")
    return ParsedDate(found, ("ERA_OVERRUN",) if found > era.ends else ())


def _date(year: int, month: int, day: int, text: str) -> dt.date:
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise DateTextError("INVALID_DATE", f"実在しない日付です：{text}") from None
