"""学齢と学年: when a child enters school, and the grades of compulsory education (OneRoster Japan codes)."""

import datetime as dt
from enum import StrEnum

from minamo.kernel.schoolyear import SchoolYear


class Grade(StrEnum):
    """学年: P1–P6 小1–小6, J1–J3 中1–中3 (in a 義務教育学校 the 7th to 9th year)."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"
    P5 = "P5"
    P6 = "P6"
    J1 = "J1"
    J2 = "J2"
    J3 = "J3"

    @property
    def ordinal(self) -> int:
        """1 to 9."""
        return int(self.value[1]) + (6 if self.value[0] == "J" else 0)

    @property
    def label(self) -> str:
        """小1 … 中3."""
        return f"{'小' if self.value[0] == 'P' else '中'}{self.value[1]}"

    def label_in(self, school_kind: str) -> str:
        """How the school itself speaks: 5年, and in a 義務教育学校 J1 is 7年."""
        number = self.ordinal if school_kind == "compulsory" else int(self.value[1])
        return f"{number}年"

    @classmethod
    def of_ordinal(cls, number: int) -> "Grade | None":
        """The grade with the ordinal 1 to 9; None outside compulsory education."""
        return next((grade for grade in cls if grade.ordinal == number), None)


def entry_year(birth: dt.date) -> SchoolYear:
    """就学の年度. An age is reached at the end of the day before the birthday (年齢計算ニ関スル法律), so a child born on
    1 April belongs with the year before."""
    return SchoolYear(SchoolYear.of(birth - dt.timedelta(days=1)).year + 7)


def expected_grade(birth: dt.date, year: SchoolYear) -> Grade | None:
    """The grade by age: a check only; 原級留置, 就学猶予 and 帰国編入 make the real one differ."""
    return Grade.of_ordinal(year.year - entry_year(birth).year + 1)


def age_on(birth: dt.date, day: dt.date) -> int:
    """満年齢 at the end of `day`: reached the day before the birthday (born 29 February: on 28 February).
    Raises ValueError for a day before the birth."""
    if day < birth:
        raise ValueError("no age before birth")
    following = day + dt.timedelta(days=1)
    reached = (following.month, following.day) >= (birth.month, birth.day)
    return following.year - birth.year - (0 if reached else 1)
