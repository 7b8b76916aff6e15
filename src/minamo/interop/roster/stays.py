"""在籍の変わり目 (pure): which stays begin and which pupils leave, from the plan."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from minamo.interop.roster.merge import ONE_DAY, Cells
from minamo.interop.roster.plan import graduates
from minamo.interop.roster.values import PupilValue
from minamo.kernel.age import Grade
from minamo.kernel.schoolyear import SchoolYear


@dataclass(frozen=True, slots=True)
class Stay:
    """在籍が始まる; `end_kind` is how the former one ends. `school` is a sourcedId."""

    user: str
    school: str
    grade: str
    begins: dt.date
    begin_kind: str
    end_kind: str
    former_school: str | None = None


def first_stay(uid: str, value: PupilValue, school_code: str, *, former: bool = False) -> Stay:
    """新しく載る児童生徒: 入学 in the first grade on 1 April, 前年度から in others; on another day 転入学."""
    if (value.begins.month, value.begins.day) != (4, 1):
        kind = "transfer_in"
    elif not former and value.grade == {"B1": "P1", "C1": "J1", "C2": "P1"}.get(school_code[:2]):
        kind = "entrance"
    else:
        kind = "carried"
    return Stay(uid, value.school, value.grade, value.begins, kind, "transfer_out")


def next_stay(uid: str, was: PupilValue, now: PupilValue, day: dt.date, code: Callable[[str], str]) -> Stay | None:
    """続く在籍: another school, another grade or another year; None when the stay goes on as it was."""
    begins = now.begins if now.begins > was.begins else day
    moved = was.school != now.school
    if not moved and was.grade == now.grade and SchoolYear.of(now.begins) <= SchoolYear.of(was.begins):
        return None
    if not moved and now.begins == was.begins:
        begins = now.begins  # the grade was wrong from the start: corrected in place
    last_day = begins - ONE_DAY
    if moved and graduates(was.grade, code(was.school), last_day) and now.grade == following(was.grade):
        return Stay(uid, now.school, now.grade, begins, "entrance", "graduation", was.school)
    if moved:
        return Stay(uid, now.school, now.grade, begins, "transfer_in", "transfer_out", was.school)
    return Stay(uid, now.school, now.grade, begins, "carried", "carried")


def following(grade: str) -> str:
    """The next grade; empty after the last."""
    if grade not in set(Grade):
        return ""
    after = Grade.of_ordinal(Grade(grade).ordinal + 1)
    return after.value if after else ""


def leaving(value: PupilValue, last_day: dt.date, school_code: str) -> str:
    """離れ方."""
    return "graduation" if graduates(value.grade, school_code, last_day) else "transfer_out"


def codes(*pictures: dict[str, Cells]) -> Iterator[tuple[str, str]]:
    """学校コード by sourcedId, of several pictures."""
    for picture in pictures:
        yield from ((sid, cells.get("identifier", "")) for sid, cells in picture.items())
