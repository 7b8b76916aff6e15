"""まとめ (what days add up to): 授業日数, 出席停止・忌引等, 欠席, 出席 of a period. Pure.

Source: 指導要録の記入要領 (授業日数・出席停止・忌引等の日数・欠席日数・出席日数).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from minamo.attendance.rules import CodeFacts, Counts, DayState, counts_of, unentered


@dataclass(frozen=True, slots=True)
class Summary:
    """月・学期・年のまとめ (日数). `unmarked` days are school days not yet recorded; they are in no other number."""

    school_days: int
    excused: int
    absent: int
    late: int
    early: int
    unmarked: int = 0

    @property
    def required(self) -> int:
        """出席しなければならない日数 = 授業日数 − 出席停止・忌引等の日数."""
        return self.school_days - self.excused

    @property
    def attended(self) -> int:
        """出席日数 = 出席しなければならない日数 − 欠席日数."""
        return self.required - self.absent

    def __add__(self, other: "Summary") -> "Summary":
        return Summary(
            self.school_days + other.school_days, self.excused + other.excused, self.absent + other.absent,
            self.late + other.late, self.early + other.early, self.unmarked + other.unmarked,
        )  # fmt: skip


def month_summary(days: Iterable[DayState], codes: Mapping[str, CodeFacts]) -> Summary:
    """期間のまとめ of one pupil: 授業日数 are the recorded days that are neither holidays nor outside the enrolment."""
    school_days = excused = absent = late = early = unmarked = 0
    for state in days:
        counts = counts_of(state, codes)
        unmarked += unentered(state)
        if counts not in {Counts.PRESENT, Counts.ABSENT, Counts.EXCUSED}:
            continue
        school_days += 1
        excused += counts is Counts.EXCUSED
        absent += counts is Counts.ABSENT
        late += codes[state.code].late
        early += codes[state.code].early
    return Summary(school_days, excused, absent, late, early, unmarked)
