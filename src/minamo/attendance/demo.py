"""出欠のデモ: months of attendance, a half-filled morning, a few notices and calls. Everything is fictional."""

import datetime as dt
import random
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID, uuid5

from django.db import connection

from minamo.attendance.codes import install_codes
from minamo.attendance.models import CallLog, Closure, HealthObservation, Notice
from minamo.curriculum.api import calendar_periods, days_of
from minamo.kernel.schoolyear import JST
from minamo.people.api import RosterPupil, guardians_to_notify, homeroom_teachers, roster_of_school_between

TODAY = dt.date(2026, 11, 24)
FIRST = dt.date(2026, 4, 7)
NAMESPACE = UUID("2f2f5a1e-5c57-4c1c-8f5c-a77e4da1ce00")
Teachers = Mapping[UUID, tuple[UUID, str]]

# Row-level security refuses COPY FROM, so the days are multiplied out inside the database.
_MARKS = """
INSERT INTO attendance_mark (id, municipality_id, school_id, pupil_id, day, code, note, marked_by_id, marked_by_label,
  marked_at)
SELECT gen_random_uuid(), %(municipality)s, %(school)s, p.pupil, d.day, coalesce(e.code, 'PRESENT'), '', p.teacher,
  p.label, (d.day + time '08:21') AT TIME ZONE 'Asia/Tokyo'
FROM unnest(%(pupils)s::uuid[], %(begins)s::date[], %(ends)s::date[], %(teachers)s::uuid[], %(labels)s::text[])
  AS p(pupil, begins, ends, teacher, label)
JOIN unnest(%(days)s::date[]) AS d(day) ON d.day BETWEEN p.begins AND p.ends
LEFT JOIN unnest(%(e_pupils)s::uuid[], %(e_days)s::date[], %(e_codes)s::text[]) AS e(pupil, day, code)
  ON e.pupil = p.pupil AND e.day = d.day
ON CONFLICT (pupil_id, day) DO NOTHING
"""
WORDS = (("absent", "sick"), ("late", "hospital"), ("absent", "infection"), ("early", "family"))
TEXTS = {
    "sick": ("朝から熱があります。", "おなかが痛いそうです。", "せきが続いています。"),
    "hospital": ("皮膚科に寄ってから行きます。", "歯医者の予約があります。"),
    "family": ("用事があるので、早めに迎えに行きます。", "昼すぎに迎えに行きます。"),
    "infection": ("インフルエンザと診断されました。",),
}


Known = Mapping[
    tuple[UUID, str, dt.date], frozenset[int]
]  # school, class, day → 出席番号 of those away, and nobody else


def load(municipality: UUID, schools: Iterable[UUID], today: dt.date = TODAY, known: Known | None = None) -> int:
    """出欠を作る for all schools of a municipality, from April to `today`; returns the number of marks. `known`: days of which
    other parts of the demo tell who was away.

    The same seed gives the same attendance. The caller has opened the municipality's scope.
    """
    install_codes(municipality)
    return sum(_school(municipality, school, today, number, known or {}) for number, school in enumerate(schools))


def _school(municipality: UUID, school: UUID, today: dt.date, number: int, known: Known) -> int:
    rng = random.Random(f"minamo-{number}")  # ids differ between instances, the order of schools does not
    roster = roster_of_school_between(school, FIRST, today)
    teachers = homeroom_teachers({pupil.class_id for pupil in roster}, today)
    roster = [pupil for pupil in roster if pupil.class_id in teachers]
    if not roster:
        return 0
    days = days_of(FIRST, today, calendar_periods(school, FIRST, today))
    past = [day for day in days if day < today]
    exceptions = _agreeing(_exceptions(roster, past, rng), school, roster, known)
    written = _marks(municipality, school, roster, teachers, past, exceptions)
    if today in days:
        written += _morning(municipality, school, [p for p in roster if p.belongs_on(today)], teachers, today, rng)
    _closure(municipality, school, roster, teachers)
    return written


def _exceptions(
    roster: Sequence[RosterPupil], days: Sequence[dt.date], rng: random.Random
) -> list[tuple[UUID, dt.date, str]]:
    """Absences come in runs, a few children are often away, a few have 忌引."""
    found: list[tuple[UUID, dt.date, str]] = []
    for pupil in roster:
        frail = rng.random() < 0.03
        position = 0
        while (position := position + int(rng.expovariate(0.12 if frail else 0.018)) + 1) < len(days):
            code, length = rng.choices(
                [("ABS_SICK", 1), ("ABS_SICK", 2), ("ABS_ACCIDENT", 1), ("LATE", 1), ("EARLY", 1), ("SUSP_INFECT", 5),
                 ("MOURNING", 2), ("LATE_EARLY", 1)], [34, 12, 9, 20, 12, 5, 2, 1])[0]  # fmt: skip
            code = "ABS_OTHER" if frail and code == "ABS_ACCIDENT" else code
            found += [(pupil.pupil_id, day, code) for day in days[position : position + length]]
            position += length
    return list({(pupil, day): (pupil, day, code) for pupil, day, code in found}.values())


def _agreeing(
    found: Sequence[tuple[UUID, dt.date, str]], school: UUID, roster: Sequence[RosterPupil], known: Known
) -> list[tuple[UUID, dt.date, str]]:
    """The same, but for the known days exactly those who were away."""
    told = {
        (pupil.pupil_id, day): pupil.number in numbers
        for (place, title, day), numbers in known.items()
        for pupil in roster
        if place == school and pupil.class_title == title
    }
    return [one for one in found if one[:2] not in told] + [(*key, "ABS_SICK") for key, away in told.items() if away]


def _marks(
    municipality: UUID,
    school: UUID,
    roster: Sequence[RosterPupil],
    teachers: Teachers,
    days: Sequence[dt.date],
    exceptions: Sequence[tuple[UUID, dt.date, str]],
) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            _MARKS,
            {
                "municipality": municipality, "school": school, "days": list(days),
                "pupils": [p.pupil_id for p in roster], "begins": [p.begins for p in roster],
                "ends": [p.ends or dt.date.max for p in roster],
                "teachers": [teachers[p.class_id][0] for p in roster],
                "labels": [teachers[p.class_id][1][:60] for p in roster],
                "e_pupils": [e[0] for e in exceptions], "e_days": [e[1] for e in exceptions],
                "e_codes": [e[2] for e in exceptions],
            },
        )  # fmt: skip
        return int(cursor.rowcount)


def _morning(
    municipality: UUID, school: UUID, roster: list[RosterPupil], teachers: Teachers, today: dt.date, rng: random.Random
) -> int:
    """This morning: every second class is recorded, notices have come, one disagrees, of one child nobody has heard."""
    classes = list(dict.fromkeys(pupil.class_id for pupil in roster))
    titles = {pupil.class_id: pupil.class_title for pupil in roster}
    shown = next((c for c in classes if titles[c] == "5年1組"), classes[0])
    notices, marked = [], []
    for index, class_id in enumerate(classes):
        members = [pupil for pupil in roster if pupil.class_id == class_id]
        away = members[1::11] if len(members) > 4 else []
        notices += [
            _notice(municipality, school, pupil, teachers, today, *WORDS[(index + number) % len(WORDS)], rng)
            for number, pupil in enumerate(away)
        ]
        if class_id == shown:  # just begun, so that a newcomer sees notices land on open rows; one disagrees
            marked += [members[0], *away[-1:]]
            continue
        if index % 2 or len(members) <= 2:
            continue
        told = {pupil.pupil_id for pupil in away}
        marked += [p for p in members if p.pupil_id not in told and (p is not members[-1] or index)]
        if index == 0:
            _call(municipality, school, members[-1], teachers, today)
        _health(municipality, school, members[:: max(1, len(members) // 3)], teachers, today, rng)
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    return _marks(municipality, school, marked, teachers, [today], []) if marked else 0


def _notice(
    municipality: UUID, school: UUID, pupil: RosterPupil, teachers: Teachers, today: dt.date, kind: str, reason: str,
    rng: random.Random,
) -> Notice:  # fmt: skip
    family = guardians_to_notify(pupil.pupil_id, today)
    by_app = next((guardian for guardian in family if guardian.account_id), None)
    long = reason == "infection"
    at = dt.datetime.combine(today - dt.timedelta(days=3 * long), dt.time(6 + rng.randrange(2), rng.randrange(60)), JST)
    return Notice(
        municipality_id=municipality, school_id=school, pupil_id=pupil.pupil_id, homeroom_id=pupil.class_id, kind=kind,
        reason=reason, text=rng.choice(TEXTS[reason]), begins=at.date(),
        ends=today + dt.timedelta(days=2 * long), returns_on=today + dt.timedelta(days=3) if long else None,
        arrives_at=dt.time(10, 0) if kind == "late" else None, leaves_at=dt.time(13, 30) if kind == "early" else None,
        channel=Notice.Channel.APP if by_app else Notice.Channel.PHONE,
        sender_id=(by_app.account_id if by_app else None) or teachers[pupil.class_id][0],
        sender_label=(by_app.relation if by_app else family[0].relation if family else "") or "保護者",
        entered_by_label="" if by_app else teachers[pupil.class_id][1][:60],
        key=uuid5(NAMESPACE, f"{pupil.pupil_id}{today}"), written_at=at, received_at=at,
    )  # fmt: skip


def _call(municipality: UUID, school: UUID, pupil: RosterPupil, teachers: Teachers, today: dt.date) -> None:
    account, label = teachers[pupil.class_id]
    CallLog.objects.create(
        municipality_id=municipality, school_id=school, pupil_id=pupil.pupil_id, day=today,
        called_at=dt.datetime.combine(today, dt.time(8, 15), JST), called_by_id=account, called_by_label=label[:60],
        to="自宅", outcome=CallLog.Outcome.NO_ANSWER, note="",
    )  # fmt: skip


def _health(
    municipality: UUID, school: UUID, pupils: Sequence[RosterPupil], teachers: Teachers, today: dt.date,
    rng: random.Random,
) -> None:  # fmt: skip
    at = dt.datetime.combine(today, dt.time(8, 21), JST)
    HealthObservation.objects.bulk_create(
        [
            HealthObservation(
                municipality_id=municipality, school_id=school, pupil_id=pupil.pupil_id, day=today,
                items=[rng.choice(["WELL", "COUGH", "NOSE", "STOMACH", "TIRED"])], observed_at=at,
                observed_by_id=teachers[pupil.class_id][0],
            )
            for pupil in pupils
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def _closure(municipality: UUID, school: UUID, roster: Sequence[RosterPupil], teachers: Teachers) -> None:
    """One 学級閉鎖 in October, for the month to show."""
    class_id = roster[0].class_id
    Closure.objects.create(
        municipality_id=municipality, school_id=school, scope=Closure.Scope.CLASS, school_class_id=class_id,
        begins=dt.date(2026, 10, 15), ends=dt.date(2026, 10, 16), reason="かぜによる学級閉鎖",
        entered_by_id=teachers[class_id][0], entered_at=dt.datetime.combine(dt.date(2026, 10, 14), dt.time(15, 0), JST),
    )  # fmt: skip
