"""年度と学期: the school year (1 April to 31 March) as a value, and its terms. Nothing here asks for the present time."""

import datetime as dt
import itertools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from minamo.kernel.wareki import ERAS, WEEKDAYS, era_of, format_ja, format_wareki
from minamo.kernel.wareki import JST as JST

_YEAR = re.compile(r"(明治|大正|昭和|平成|令和|[MTSHR])?\.?(元|[0-9]{1,4})", re.IGNORECASE)


class SchoolYearError(ValueError):
    """The text is not a school year; the message is for the person who typed it."""


def jst_date(moment: dt.datetime) -> dt.date:
    """業務日: the Japanese calendar day of an aware moment. Raises ValueError for a naive one."""
    if moment.utcoffset() is None:
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
        plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).removesuffix("年度").removesuffix("年")
        if match := _YEAR.fullmatch(plain):
            name, number = match.groups()
            value = 1 if number == "元" else int(number)
            if name is None and number != "元" and 1868 <= value <= 9998:
                return cls(value)
            era = next((e for e in ERAS if name is not None and name.upper() in {e.name, e.letter}), None)
            if era is not None and 1 <= value <= 199:
                return cls(era.base + value)
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
        """令和8年度. The year in which an era begins carries the new name from its first day (2019 = 令和元年度,
        although April 2019 was still 平成31年4月); so the era is that of 31 December."""
        era = era_of(dt.date(self.year, 12, 31))
        number = self.year - era.base
        return f"{era.name}{'元' if number == 1 else number}年度"


def format_day(day: dt.date, today: dt.date) -> str:
    """11月24日（火） within the school year of `today`, else with its year: 令和9年11月17日（水）. Without the year, next year's day reads
    as last week's."""
    if SchoolYear.of(today).contains(day):
        return format_ja(day)
    written = format_wareki(day) if day >= ERAS[0].begins else f"{day.year}年{day.month}月{day.day}日"
    return f"{written}（{WEEKDAYS[day.weekday()]}）"


@dataclass(frozen=True)
class TermPattern:
    """学期の区切り: names of the terms and the (month, day) each begins on, in school order. Data of each school."""

    names: tuple[str, ...]
    starts: tuple[tuple[int, int], ...]

    def __post_init__(self) -> None:
        if not self.starts or len(self.names) != len(self.starts) or self.starts[0] != (4, 1):
            raise ValueError("the first term begins on 1 April and every term has a name and a start")
        # 2027-28 has no leap day: a start on 29 February would not exist in most years.
        days = [dt.date(2027 + (month < 4), month, day) for month, day in self.starts if (month, day) != (2, 29)]
        if len(days) != len(self.starts) or any(one >= other for one, other in itertools.pairwise(days)):
            raise ValueError("terms begin one after the other, on days that every school year has")


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
