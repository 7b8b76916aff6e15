"""出欠の決まり (rules of attendance): what a day counts as, and what a month adds up to. Pure: no clock, no database.

Sources: 学校教育法施行規則 25条 (出席簿), 指導要録の記入要領 (授業日数・出席停止・忌引等の日数・欠席日数・出席日数),
学校保健安全法 19条・20条 (出席停止・臨時休業).
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

PRESENT, ABS_SICK, ABS_ACCIDENT = "PRESENT", "ABS_SICK", "ABS_ACCIDENT"
SUSP_INFECT, MOURNING, CLOSURE_CLASS = "SUSP_INFECT", "MOURNING", "CLOSURE_CLASS"
LATE, EARLY, LATE_EARLY = "LATE", "EARLY", "LATE_EARLY"
NOT_REQUIRED, BEFORE_IN, AFTER_OUT = "NOT_REQUIRED", "BEFORE_IN", "AFTER_OUT"


class Counts(StrEnum):
    """要録での数え方: how one day of one pupil enters the 指導要録. `UNMARKED` is a day nobody has recorded yet."""

    PRESENT = "present"
    ABSENT = "absent"
    EXCUSED = "excused"
    NOT_SCHOOL_DAY = "not_school_day"
    NOT_ENROLLED = "not_enrolled"
    UNMARKED = "unmarked"


class Source(StrEnum):
    """どこから来た値か."""

    NONE = "none"
    MARK = "mark"
    NOTICE = "notice"
    CLOSURE = "closure"
    ENROLMENT = "enrolment"
    CALENDAR = "calendar"


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """出欠区分の性質: one code of a municipality as the rules need it. `button` is its place on the morning screen.

    `turns` are the days from which it changed whether a family's word brings the code about (at first it does) or a
    teacher decides (出席停止は校長が指示する, 学校保健安全法 19条): what a past day counted as never changes.
    """

    code: str
    label: str
    short_label: str
    mark: str
    counts: Counts
    button: str
    turns: tuple[dt.date, ...] = ()

    def by_notice(self, day: dt.date) -> bool:
        """Whether a notice alone counts as this code on a day."""
        return sum(turn <= day for turn in self.turns) % 2 == 0

    @property
    def away(self) -> bool:
        """The child is not at school, whatever the ground."""
        return self.counts in {Counts.ABSENT, Counts.EXCUSED}

    @property
    def late(self) -> bool:
        """遅刻 (also as part of 遅刻・早退)."""
        return self.button == "late" or self.code == LATE_EARLY

    @property
    def early(self) -> bool:
        """早退 (also as part of 遅刻・早退)."""
        return self.button == "early" or self.code == LATE_EARLY


@dataclass(frozen=True, slots=True)
class NoticeFact:
    """連絡 as the rules need it. `changed_at` is when its content last changed (received, corrected)."""

    id: str
    kind: str
    reason: str
    begins: dt.date
    ends: dt.date
    received_at: dt.datetime
    changed_at: dt.datetime
    withdrawn: bool = False

    def speaks_of(self, day: dt.date) -> bool:
        """Whether it holds on a day: not withdrawn, and the day is within its period (both days included)."""
        return not self.withdrawn and self.begins <= day <= self.ends


@dataclass(frozen=True, slots=True)
class MarkFact:
    """先生の記録."""

    code: str
    marked_at: dt.datetime


@dataclass(frozen=True, slots=True)
class ClosureFact:
    """臨時休業 that touches this pupil: scope `class`, `grade` or `school`."""

    scope: str
    begins: dt.date
    ends: dt.date

    @property
    def name(self) -> str:
        """学級閉鎖 (part of a grade) or 臨時休業 (a grade, the school)."""
        return "学級閉鎖" if self.scope == "class" else "臨時休業"

    def covers(self, day: dt.date) -> bool:
        """Whether the day is within it (both days included)."""
        return self.begins <= day <= self.ends


@dataclass(frozen=True, slots=True)
class EnrolmentFact:
    """在籍の期間 in this class or school, both days included; an open end is None."""

    begins: dt.date
    ends: dt.date | None


@dataclass(frozen=True, slots=True)
class ResolutionFact:
    """食い違いの決着: which side holds (`mark` or `notice`), for one notice on the asked day."""

    notice_id: str
    holds: str
    decided_at: dt.datetime
    by: str = ""
    by_id: str = ""


@dataclass(frozen=True, slots=True)
class DayState:
    """ある日の扱い: the code that counts, where it comes from, and both sides when they disagree."""

    code: str
    source: Source
    conflict: bool = False
    notice_code: str = ""
    mark_code: str = ""
    notice_id: str = ""

    @property
    def settled(self) -> bool:
        """Whether the day needs nothing more from a teacher."""
        return self.code != "" and not self.conflict


_ABSENT_BY_REASON = {"infection": SUSP_INFECT, "mourning": MOURNING, "sick": ABS_SICK, "hospital": ABS_SICK}
_BY_KIND = {"late": LATE, "early": EARLY, "late_early": LATE_EARLY}


def implied_code(kind: str, reason: str) -> str:
    """連絡が意味する区分: an absence by its reason (感染症 → 出席停止, 忌引 → 忌引), otherwise by its kind."""
    if kind == "absent":
        return _ABSENT_BY_REASON.get(reason, ABS_ACCIDENT)
    return _BY_KIND[kind]


def speaking_notice(
    day: dt.date, notices: Iterable[NoticeFact], codes: Mapping[str, CodeFacts]
) -> tuple[NoticeFact, str] | None:
    """その日の連絡: the newest notice that holds on the day, with its code; None when nobody said anything.

    A late arrival and an early leave announced apart are one 遅刻・早退. Where the municipality leaves 出席停止 to a
    teacher, a notice of an infection is 病気による欠席 until the teacher has decided.
    """
    speaking = sorted((n for n in notices if n.speaks_of(day)), key=lambda n: (n.changed_at, n.received_at, n.id))
    if not speaking:
        return None
    newest = speaking[-1]
    code = implied_code(newest.kind, newest.reason)
    if code in codes and not codes[code].by_notice(day):
        code = ABS_SICK
    kinds = {n.kind for n in speaking}
    if newest.kind in {"late", "early"} and {"late", "early"} <= kinds:
        code = LATE_EARLY
    return newest, code


def agree(mark: str, notice: str, codes: Mapping[str, CodeFacts]) -> bool:
    """Whether mark and notice say the same. A teacher who only names another ground for staying away agrees."""
    if mark == notice:
        return True
    one, other = codes.get(mark), codes.get(notice)
    return one is not None and other is not None and one.away and other.away


def effective(
    day: dt.date,
    *,
    mark: MarkFact | None,
    notices: Sequence[NoticeFact],
    closures: Sequence[ClosureFact],
    enrolment: EnrolmentFact,
    is_school_day: bool,
    codes: Mapping[str, CodeFacts],
    resolutions: Sequence[ResolutionFact] = (),
) -> DayState:
    """その日の扱い: enrolment first, then calendar and closures, then the teacher's mark, then the family's notice.

    学級閉鎖 (part of a grade) is 出席停止・忌引等; a closure of a whole grade or school takes the day out of 授業日数.
    """
    outside = _outside(day, enrolment, is_school_day, closures)
    if outside is not None:
        return outside
    said = speaking_notice(day, notices, codes)
    if mark is None:
        if said is None:
            return DayState("", Source.NONE)
        return DayState(said[1], Source.NOTICE, notice_code=said[1], notice_id=said[0].id)
    if said is None:
        return DayState(mark.code, Source.MARK, mark_code=mark.code)
    return _both(mark, said[0], said[1], codes, resolutions)


def _outside(
    day: dt.date, enrolment: EnrolmentFact, is_school_day: bool, closures: Sequence[ClosureFact]
) -> DayState | None:
    if day < enrolment.begins:
        return DayState(BEFORE_IN, Source.ENROLMENT)
    if enrolment.ends is not None and day > enrolment.ends:
        return DayState(AFTER_OUT, Source.ENROLMENT)
    if not is_school_day:
        return DayState(NOT_REQUIRED, Source.CALENDAR)
    scopes = {closure.scope for closure in closures if closure.covers(day)}
    if scopes & {"grade", "school"}:
        return DayState(NOT_REQUIRED, Source.CLOSURE)
    if "class" in scopes:
        return DayState(CLOSURE_CLASS, Source.CLOSURE)
    return None


def _both(
    mark: MarkFact, notice: NoticeFact, code: str, codes: Mapping[str, CodeFacts], resolutions: Sequence[ResolutionFact]
) -> DayState:
    """Mark and notice side by side. A resolution counts only while neither side has changed since."""
    since = max(mark.marked_at, notice.changed_at)
    fresh = [r for r in resolutions if r.notice_id == notice.id and r.decided_at >= since]
    last = max(fresh, key=lambda r: r.decided_at, default=None)
    if last is not None and last.holds == "notice":
        return DayState(code, Source.NOTICE, False, code, mark.code, notice.id)
    heard_later = mark.code == ABS_ACCIDENT and notice.changed_at > mark.marked_at
    if last is None and heard_later and agree(mark.code, code, codes):
        # 届けなし was all the teacher knew; the family has since given the ground.
        return DayState(code, Source.NOTICE, False, code, mark.code, notice.id)
    conflict = last is None and not agree(mark.code, code, codes)
    return DayState(mark.code, Source.MARK, conflict, code, mark.code, notice.id)


def counts_of(state: DayState, codes: Mapping[str, CodeFacts]) -> Counts:
    """How a day enters the sums. A code the municipality does not (any longer) know raises KeyError: never a guess."""
    if unentered(state):
        return Counts.UNMARKED
    if state.source is Source.ENROLMENT:
        return Counts.NOT_ENROLLED
    if state.source in {Source.CALENDAR, Source.CLOSURE} and state.code == NOT_REQUIRED:
        return Counts.NOT_SCHOOL_DAY
    return codes[state.code].counts


def unentered(state: DayState) -> bool:
    """未入力: a school day of which nobody has said anything yet: no mark of a teacher and no notice of the family.

    A notice takes effect on the register by itself, so a child with a notice is entered. Days without lessons, closures
    and days outside the enrolment are never 未入力. Every screen that counts 未入力 counts this.
    """
    return state.code == ""


def without_word(state: DayState, *, started: bool, codes: Mapping[str, CodeFacts]) -> bool:
    """連絡なし: away without a word. Absent with no notice, or still unmarked in a register mostly filled (`started`)."""
    if state.notice_code or state.source in {Source.CLOSURE, Source.CALENDAR, Source.ENROLMENT}:
        return False
    if unentered(state):
        return started
    return counts_of(state, codes) is Counts.ABSENT
