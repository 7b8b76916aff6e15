"""学籍の規則 (pure): enrolment periods, 出席番号, grade names. No database, no clock, no Django.

Source of the rule on transfers: 小学校児童指導要録の様式例の記入要領 (転学の日は、転学先の学校が受け入れた日の前日).
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from minamo.kernel.age import Grade, age_on, expected_grade
from minamo.kernel.schoolyear import SchoolYear

ONE_DAY = dt.timedelta(days=1)


class Refused(ValueError):
    """学籍の操作ができない: the message says in Japanese what is wrong and what to do, `field` where on the form."""

    def __init__(self, text: str, field: str = "") -> None:
        super().__init__(text)
        self.field = field


@dataclass(frozen=True)
class Stay:
    """在籍の期間: at one school from a day to a day, both included; a missing end is open."""

    school: str
    begins: dt.date
    ends: dt.date | None = None
    leaving: bool = False

    def contains(self, day: dt.date) -> bool:
        """Whether the pupil is enrolled there on a day."""
        return self.begins <= day and (self.ends is None or day <= self.ends)


FARTHEST = dt.timedelta(days=366)  # an arrival is entered within a year of its day
YOUNGEST, OLDEST = 5, 18  # ages at which somebody can be enrolled at a school of compulsory education
KIND_GRADES = {"elementary": "P", "lower_secondary": "J", "compulsory": "PJ"}


def grades_of_kind(school_kind: str) -> tuple[Grade, ...]:
    """学校種の学年: 小1–小6, 中1–中3, or all nine."""
    return tuple(grade for grade in Grade if grade.value[0] in KIND_GRADES[school_kind])


def check_arrival(
    *, birth: dt.date | None, grade: str, school_kind: str, on: dt.date, today: dt.date, note: str
) -> None:
    """受け入れの入力の確かめ. Raises Refused at the field that cannot be right.

    The grade follows from the birthday (学校教育法 17条; a child born on 1 April belongs with the year before); a different one
    (就学猶予, 原級留置, 帰国) needs its reason in `note`.
    """
    if abs(on - today) > FARTHEST:
        raise Refused("受け入れの日は、きょうの前後1年のうちで入れてください。", "on")
    if grade not in grades_of_kind(school_kind):
        raise Refused("この学校にない学年です。", "grade")
    if birth is None:
        return
    if birth > on or not YOUNGEST <= age_on(birth, on) <= OLDEST:
        raise Refused("この生年月日では在籍できません。年と元号を確かめてください。", "birth_date")
    expected = expected_grade(birth, SchoolYear.of(on))
    if expected != grade and not note.strip():
        by_age = (
            f"生年月日からは{expected.label}です。" if expected else "生年月日からは、小・中学校の学年にあたりません。"
        )
        raise Refused(f"{by_age}このままでよいときは「学年が違うわけ」を書いてください。", "grade")


def grade_label(code: str, school_kind: str | None = None) -> str:
    """学年の呼び名: P5 → 小5, or as the school says it (5年; in a 義務教育学校 J1 is 7年). Unknown codes stay."""
    if code not in set(Grade):
        return code
    return Grade(code).label_in(school_kind) if school_kind else Grade(code).label


def grade_order(code: str) -> int:
    """Position of a grade among the nine; unknown codes come last."""
    return Grade(code).ordinal if code in set(Grade) else len(Grade) + 1


def transfer_date(accepted_on: dt.date) -> dt.date:
    """転学日: the day before the new school accepts the pupil."""
    return accepted_on - ONE_DAY


def schools_on(stays: Iterable[Stay], day: dt.date) -> list[str]:
    """The schools a pupil is enrolled at on a day (one, or none before entry and after leaving)."""
    return [stay.school for stay in stays if stay.contains(day)]


def leave(stays: Sequence[Stay], *, accepted_on: dt.date, last_attended: dt.date | None = None) -> list[Stay]:
    """転学: close the open stay on the 転学日. Raises Refused when nothing is open or the dates cannot be."""
    last = _last_open(stays)
    ends = transfer_date(accepted_on)
    if ends < last.begins:
        raise Refused(f"受け入れの日は、在籍の始まり（{last.begins:%Y-%m-%d}）より後の日にしてください。")
    if last_attended is not None and last_attended > ends:
        raise Refused("最後に登校した日は、転学日（受け入れの日の前日）までの日にしてください。")
    return [*stays[:-1], replace(last, ends=ends, leaving=True)]


def finish(stays: Sequence[Stay], *, on: dt.date) -> list[Stay]:
    """退学・卒業: close the open stay on a day, which still belongs to it."""
    last = _last_open(stays)
    if on < last.begins:
        raise Refused(f"在籍の始まり（{last.begins:%Y-%m-%d}）より前の日にはできません。")
    return [*stays[:-1], replace(last, ends=on)]


def arrive(stays: Sequence[Stay], *, school: str, accepted_on: dt.date) -> list[Stay]:
    """入学・編入学・転入学: begin a stay. One on the way (転学) leaves no day without a school: the 転学日 of the
    former school follows the day of acceptance. Raises Refused when the pupil is still enrolled somewhere."""
    if not stays:
        return [Stay(school, accepted_on)]
    last = stays[-1]
    if last.ends is None:
        raise Refused("前の学校の転学の手続きがまだです。前の学校に手続きを頼んでください。")
    if last.leaving:
        last = replace(last, ends=transfer_date(accepted_on))
        if last.ends is not None and last.ends < last.begins:
            raise Refused(
                f"受け入れの日は、前の学校に入った日（{last.begins:%Y-%m-%d}）より後の日にしてください。", "on"
            )
    elif last.ends is not None and accepted_on <= last.ends:
        raise Refused(f"前の学校に{last.ends:%Y-%m-%d}まで在籍しています。その翌日からの日にしてください。", "on")
    return [*stays[:-1], last, Stay(school, accepted_on)]


def _last_open(stays: Sequence[Stay]) -> Stay:
    if not stays or stays[-1].ends is not None:
        raise Refused("在籍していない児童生徒です。")
    return stays[-1]


def next_number(taken: Iterable[int | None]) -> int:
    """次の出席番号: after the highest number ever given in the class this year; gaps are never filled."""
    return max((number for number in taken if number is not None), default=0) + 1


def lost_days(before: Sequence[Stay], after: Sequence[Stay]) -> list[Stay]:
    """在籍でなくなる期間: the days of `before` that `after` does not have at the same school."""
    lost = []
    for stay in before:
        pieces = [stay]
        for kept in (other for other in after if other.school == stay.school):
            pieces = [rest for piece in pieces for rest in _without(piece, kept)]
        lost += pieces
    return lost


def _without(stay: Stay, taken: Stay) -> list[Stay]:
    last, taken_last = stay.ends or dt.date.max, taken.ends or dt.date.max
    if taken_last < stay.begins or last < taken.begins:
        return [stay]
    rest = []
    if stay.begins < taken.begins:
        rest.append(Stay(stay.school, stay.begins, taken.begins - ONE_DAY))
    if taken_last < last:
        rest.append(Stay(stay.school, taken_last + ONE_DAY, stay.ends))
    return rest
