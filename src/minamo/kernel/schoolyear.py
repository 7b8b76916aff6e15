"""年度と学期: the school year (1 April to 31 March) as a value, and its terms. Nothing here asks for the present time."""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

JST = ZoneInfo("Asia/Tokyo")
REIWA_BEGINS = 2019


class SchoolYearError(ValueError):
    """The text is not a school year; the message is for the person who typed it."""


def jst_date(moment: dt.datetime) -> dt.date:
    """業務日: the Japanese calendar day of an aware moment. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone has no business date")
    return moment.astimezone(JST).date()


@dataclass(frozen=True, order=True)
class SchoolYear:
    """年度: named by the calendar year in which it begins (2026 = 令和8年度 = 2026-04-01 … 2027-03-31)."""

    year: int

    @classmethod
    def of(cls, day: dt.date) -> "SchoolYear":
        """The school year a day belongs to; January to March still belong to the year before."""
        return cls(day.year if day.month >= 4 else day.year - 1)

    @classmethod
    def parse(cls, text: str) -> "SchoolYear":
        """Read 2026年度, 令和8年度, R8, 平成31年度 or 2026. Raises SchoolYearError."""
        plain = unicodedata.normalize("NFKC", text).strip().removesuffix("年度").removesuffix("年")
        if match := re.fullmatch(r"(令和|R|平成|H|昭和|S)?\.?\s*(元|\d{1,4})", plain, re.IGNORECASE):
            era, number = match.groups()
            value = 1 if number == "元" else int(number)
            if era is None and value >= 1900:
                return cls(value)
            base = {"令": 2018, "R": 2018, "平": 1988, "H": 1988, "昭": 1925, "S": 1925}
            if era is not None and value >= 1:
                return cls(base[era[0].upper()] + value)
        raise SchoolYearError(f"年度として読めません：{text}（例：令和8年度、2026）")

    @property
    def begins(self) -> dt.date:
        """4月1日."""
        return dt.date(self.year, 4, 1)

    @property
    def ends(self) -> dt.date:
        """翌年3月31日."""
        return dt.date(self.year + 1, 3, 31)

    @property
    def next(self) -> "SchoolYear":
        """次年度."""
        return SchoolYear(self.year + 1)

    @property
    def previous(self) -> "SchoolYear":
        """前年度."""
        return SchoolYear(self.year - 1)

    def contains(self, day: dt.date) -> bool:
        """Whether the day lies in this year."""
        return self.begins <= day <= self.ends

    def months(self) -> Iterator[dt.date]:
        """First days of the twelve months, April first."""
        for offset in range(12):
            month = 4 + offset
            yield dt.date(self.year + (month > 12), month - 12 * (month > 12), 1)

    def label(self) -> str:
        """令和8年度; 2019 is 令和元年度, earlier years are 平成 or 昭和 by the era at their end (as documents have it)."""
        if self.year >= REIWA_BEGINS:
            number = self.year - 2018
            return f"令和{'元' if number == 1 else number}年度"
        if self.year >= 1989:
            number = self.year - 1988
            return f"平成{'元' if number == 1 else number}年度"
        return f"昭和{self.year - 1925}年度"


@dataclass(frozen=True)
class TermPattern:
    """学期の区切り: names of the terms and the (month, day) each begins on, in school order. Data of each school."""

    names: tuple[str, ...]
    starts: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        if len(self.names) != len(self.starts) or self.starts[0] != (4, 1):
            raise ValueError("terms begin on 1 April and every term has a start")


THREE_TERMS = TermPattern(("1学期", "2学期", "3学期"), ((4, 1), (8, 1), (1, 1)))
TWO_TERMS = TermPattern(("前期", "後期"), ((4, 1), (10, 1)))


@dataclass(frozen=True)
class Term:
    """学期: a named part of a school year, both days included."""

    name: str
    begins: dt.date
    ends: dt.date


def terms(year: SchoolYear, pattern: TermPattern = THREE_TERMS) -> tuple[Term, ...]:
    """The terms of a year; together they cover it without gap or overlap."""
    starts = [dt.date(year.year + (month < 4), month, day) for month, day in pattern.starts]
    ends = [start - dt.timedelta(days=1) for start in starts[1:]] + [year.ends]
    return tuple(Term(name, start, end) for name, start, end in zip(pattern.names, starts, ends, strict=True))


def term_of(day: dt.date, pattern: TermPattern = THREE_TERMS) -> Term:
    """The term a day lies in."""
    return next(term for term in terms(SchoolYear.of(day), pattern) if term.begins <= day <= term.ends)
