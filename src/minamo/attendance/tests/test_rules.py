"""出欠の決まり: examples from the law and properties over random months."""

import datetime as dt
import uuid
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from minamo.attendance.codes import CODES, DERIVED, table_of
from minamo.attendance.queries.day import ClosureRow, Place
from minamo.attendance.queries.month_cells import COMING, COMING_CLOSED, OFF, SHUT, RowBuilder, cell_of
from minamo.attendance.rules import (
    ABS_ACCIDENT,
    ABS_SICK,
    AFTER_OUT,
    BEFORE_IN,
    CLOSURE_CLASS,
    EARLY,
    LATE,
    LATE_EARLY,
    PRESENT,
    SUSP_INFECT,
    ClosureFact,
    Counts,
    EnrolmentFact,
    MarkFact,
    NoticeFact,
    ResolutionFact,
    Source,
    counts_of,
    effective,
    implied_code,
    speaking_notice,
    without_word,
)
from minamo.attendance.sums import month_summary
from minamo.curriculum.rules import CalendarPeriod, is_school_day

UTC = dt.UTC
DAY = dt.date(2026, 11, 24)
NOW = dt.datetime(2026, 11, 23, 23, 0, tzinfo=UTC)
TABLE = table_of((), ())
CODE = TABLE.codes
ALWAYS = EnrolmentFact(dt.date(2026, 4, 1), None)


def notice(kind="absent", reason="sick", begins=DAY, ends=DAY, minutes=0, withdrawn=False, name="n"):
    at = NOW + dt.timedelta(minutes=minutes)
    return NoticeFact(name, kind, reason, begins, ends, at, at, withdrawn)


def state(day=DAY, mark=None, notices=(), closures=(), enrolment=ALWAYS, open_=True, resolutions=()):
    return effective(day, mark=mark, notices=notices, closures=closures, enrolment=enrolment, is_school_day=open_,
                     codes=CODE, resolutions=resolutions)  # fmt: skip


def mark(code, minutes=10):
    return MarkFact(code, NOW + dt.timedelta(minutes=minutes))


def test_a_notice_counts_by_itself():
    found = state(notices=[notice()])
    assert (found.code, found.source, found.conflict) == (ABS_SICK, Source.NOTICE, False)


def test_grounds_become_codes():
    assert implied_code("absent", "infection") == SUSP_INFECT
    assert implied_code("absent", "family") == ABS_ACCIDENT
    assert implied_code("late", "infection") == LATE
    assert implied_code("late_early", "sick") == LATE_EARLY


def test_late_and_early_told_apart_are_one_day():
    assert state(notices=[notice("late"), notice("early", minutes=5, name="m")]).code == LATE_EARLY
    assert state(notices=[notice("absent"), notice("early", minutes=5, name="m")]).code == EARLY


def test_the_teachers_mark_stands_first_and_both_are_kept():
    found = state(mark=mark(PRESENT), notices=[notice()])
    assert found.code == PRESENT and found.conflict
    assert (found.mark_code, found.notice_code) == (PRESENT, ABS_SICK)


def test_another_ground_for_staying_away_is_no_conflict():
    assert not state(mark=mark(SUSP_INFECT), notices=[notice()]).conflict


def test_a_ground_heard_after_an_absence_without_word_counts():
    later = state(mark=mark(ABS_ACCIDENT, 0), notices=[notice(minutes=30)])
    assert (later.code, later.conflict) == (ABS_SICK, False)
    chosen = state(mark=mark(ABS_ACCIDENT, 60), notices=[notice(minutes=30)])
    assert chosen.code == ABS_ACCIDENT


def test_a_resolution_holds_until_a_side_changes():
    decided = ResolutionFact("n", "notice", NOW + dt.timedelta(minutes=20))
    held = state(mark=mark(PRESENT), notices=[notice()], resolutions=[decided])
    assert (held.code, held.source, held.conflict) == (ABS_SICK, Source.NOTICE, False)
    again = state(mark=mark(PRESENT, 30), notices=[notice()], resolutions=[decided])
    assert (again.code, again.conflict) == (PRESENT, True)


def test_a_withdrawn_notice_says_nothing():
    assert state(notices=[notice(withdrawn=True)]).code == ""


def test_class_closure_is_excused_grade_closure_is_no_school_day():
    of_class = state(closures=[ClosureFact("class", DAY, DAY)], mark=mark(PRESENT))
    assert (of_class.code, counts_of(of_class, CODE)) == (CLOSURE_CLASS, Counts.EXCUSED)
    for scope in ("grade", "school"):
        whole = state(closures=[ClosureFact(scope, DAY, DAY)])
        assert counts_of(whole, CODE) is Counts.NOT_SCHOOL_DAY


def test_days_outside_the_enrolment_are_in_no_number():
    enrolment = EnrolmentFact(DAY, DAY)
    assert state(day=DAY - dt.timedelta(days=1), enrolment=enrolment, mark=mark(PRESENT)).code == BEFORE_IN
    assert state(day=DAY + dt.timedelta(days=1), enrolment=enrolment).code == AFTER_OUT


def test_a_period_is_spread_over_the_school_days_only():
    span = notice("absent", "infection", dt.date(2026, 11, 21), dt.date(2026, 11, 26))
    days = [dt.date(2026, 11, 21) + dt.timedelta(days=n) for n in range(7)]
    found = [state(day=d, notices=[span], open_=is_school_day(d, (), d == dt.date(2026, 11, 23))).code for d in days]
    assert [code == SUSP_INFECT for code in found] == [False, False, False, True, True, True, False]


def test_without_a_word():
    assert without_word(state(mark=mark(ABS_ACCIDENT)), started=True, codes=CODE)
    assert without_word(state(), started=True, codes=CODE)
    assert not without_word(state(), started=False, codes=CODE)
    assert not without_word(state(mark=mark(ABS_SICK), notices=[notice()]), started=True, codes=CODE)


def test_the_default_table_covers_every_way_of_counting():
    assert {row[4] for row in CODES} == {c.value for c in Counts} - {"unmarked"}
    assert CODE[LATE_EARLY].late and CODE[LATE_EARLY].early


# --- properties ------------------------------------------------------------------------------------------------------
MARKABLE = sorted(set(CODE) - DERIVED)
FIRST, LAST = dt.date(2026, 11, 1), dt.date(2026, 11, 30)
days_in_month = st.integers(0, 29).map(lambda n: FIRST + dt.timedelta(days=n))
spans = st.tuples(days_in_month, st.integers(0, 9)).map(lambda p: (p[0], min(LAST, p[0] + dt.timedelta(days=p[1]))))
moments = st.integers(0, 60 * 24 * 30).map(lambda n: dt.datetime(2026, 11, 1, tzinfo=UTC) + dt.timedelta(minutes=n))
marks = st.dictionaries(days_in_month, st.builds(MarkFact, st.sampled_from(MARKABLE), moments), max_size=30)
closures = st.lists(st.tuples(st.sampled_from(["class", "grade", "school"]), spans), max_size=2)
calendars = st.lists(
    st.tuples(spans, st.sampled_from(["school_day", "vacation", "no_school"]), st.integers(0, 3)), max_size=3
).map(lambda rows: [CalendarPeriod(b, e, kind, (), position) for (b, e), kind, position in rows])
enrolments = st.one_of(
    st.just(ALWAYS), spans.map(lambda s: EnrolmentFact(*s)), days_in_month.map(lambda d: EnrolmentFact(d, None))
)


@st.composite
def notices(draw):
    found = []
    for number, (begins, ends) in enumerate(draw(st.lists(spans, max_size=3))):
        kind = draw(st.sampled_from(["absent", "late", "early", "late_early"]))
        reason = draw(st.sampled_from(["sick", "infection", "hospital", "family", "mourning", "other"]))
        at = draw(moments)
        changed = max(at, draw(moments))
        found.append(NoticeFact(str(number), kind, reason, begins, ends, at, changed, draw(st.booleans())))
    return found


def month_states(marks, closures, calendar, enrolment, notices, resolutions=()):
    days = [FIRST + dt.timedelta(days=n) for n in range(30)]
    facts = [ClosureFact(scope, b, e) for scope, (b, e) in closures]
    return [
        state(
            day,
            marks.get(day),
            notices,
            facts,
            enrolment,
            is_school_day(day, calendar, day.day in {3, 23}),
            resolutions,
        )
        for day in days
    ]


@settings(max_examples=300, deadline=None)
@given(marks, closures, calendars, enrolments, notices())
def test_the_identities_hold_for_every_pupil(marks, closures, calendar, enrolment, notices):
    states = month_states(marks, closures, calendar, enrolment, notices)
    found = month_summary(states, CODE)
    counts = [counts_of(s, CODE) for s in states]
    assert found.school_days == sum(c in {Counts.PRESENT, Counts.ABSENT, Counts.EXCUSED} for c in counts)
    assert found.school_days - found.excused == found.required
    assert found.required - found.absent == found.attended == counts.count(Counts.PRESENT)
    assert min(found.school_days, found.excused, found.required, found.absent, found.attended) >= 0
    assert found.late <= found.attended and found.early <= found.attended
    assert len(states) == sum(counts.count(c) for c in Counts)
    halves = month_summary(states[:13], CODE) + month_summary(states[13:], CODE)
    assert halves == found, "a transfer in the middle of the month splits the sums without loss"


@settings(max_examples=300, deadline=None)
@given(marks, closures, calendars, enrolments, notices(), st.integers(1, 30))
def test_the_short_way_agrees_with_the_rules(marks, closures, calendar, enrolment, notices, until_day):
    until = dt.date(2026, 11, until_day)
    class_id = uuid.uuid4()
    rows = [ClosureRow(scope, str(class_id), "P5", b, e, "") for scope, (b, e) in closures]
    builder = RowBuilder(TABLE, calendar, rows, FIRST, LAST, until)
    place = Place(uuid.uuid4(), class_id, "P5", enrolment.begins, enrolment.ends)
    present = sum(1 << d.day for d, m in marks.items() if m.code == PRESENT)
    other = [(d.day, m.code) for d, m in marks.items() if m.code != PRESENT]
    short = builder.short_way(place, present, other)
    long, conflicts = builder.long_way(place, marks, [], {})
    assert short == long and not conflicts
    expected = month_states(marks, closures, [*calendar], enrolment, [])
    elapsed = [s for s, d in zip(expected, builder.days, strict=True) if d <= until]
    told = builder.summary(builder.long_way(place, marks, notices, {})[0])
    assert builder.summary(short) == month_summary(elapsed, CODE), "days to come are in no number, closed ones neither"
    if until == LAST:
        assert told == month_summary(month_states(marks, closures, calendar, enrolment, notices), CODE)
    assert set(short) <= set(CODE) | {OFF, SHUT, COMING, COMING_CLOSED, ""}


@settings(max_examples=150, deadline=None)
@given(
    marks,
    notices(),
    st.lists(st.tuples(st.sampled_from("012"), st.sampled_from(["mark", "notice"]), moments), max_size=3),
)
def test_a_conflict_always_shows_both_sides(marks, notices, decisions):
    resolutions = [ResolutionFact(*d) for d in decisions]
    for found in month_states(marks, [], [], ALWAYS, notices, resolutions):
        if found.conflict:
            assert found.mark_code and found.notice_code and found.mark_code != found.notice_code
            assert found.code == found.mark_code and not found.settled
        assert cell_of(found) == found.code or found.source is Source.CALENDAR


def test_a_town_may_leave_infections_to_a_teacher():
    turned = replace(TABLE.codes[SUSP_INFECT], turns=(DAY, DAY + dt.timedelta(days=2)))
    codes = {**TABLE.codes, SUSP_INFECT: turned}
    for offset, expected in ((-1, SUSP_INFECT), (0, ABS_SICK), (1, ABS_SICK), (2, SUSP_INFECT)):
        day = DAY + dt.timedelta(days=offset)
        told = replace(notice(reason="infection"), begins=day, ends=day)
        assert speaking_notice(day, [told], codes) == (told, expected)
    sick = state(notices=[notice(reason="infection")], mark=mark(SUSP_INFECT))
    assert (sick.code, sick.conflict) == (SUSP_INFECT, False)
