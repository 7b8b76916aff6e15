"""学校と教委の入口: what needs a teacher, a head, a nurse, an office worker, the board this morning."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from minamo.access.api import Actor, authorise, may, offers, waiting_for_review
from minamo.attendance.api import (
    HealthMorning,
    Morning,
    Row,
    counts_of_class,
    health_of_school,
    months_open,
    morning_of,
    read_register,
    rows_of,
    town_numbers,
)
from minamo.audit.api import append, last_checks
from minamo.home.family import greeting
from minamo.interop.api import rosters_ready, rows_waiting
from minamo.kernel.schoolyear import SchoolYear
from minamo.marking.api import reviews_waiting
from minamo.people.api import ClassCard, SchoolClass
from minamo.tenancy.api import School, schools_of, town_card

START = "attendance:board"  # what the start pages of school and board show, seen from the policy
_SHOWN = 12  # children listed per heading; the rest is one click away


@dataclass(frozen=True)
class OwnClass:
    """自分の学級のけさ."""

    school_class: SchoolClass
    numbers: list[tuple[str, int, str]]
    unmarked: int
    conflicts: list[Row]
    silent: list[Row]
    heard: list[Row]

    @property
    def calm(self) -> bool:
        """Whether nothing needs the teacher."""
        return not (self.unmarked or self.conflicts or self.silent)


def school_page(actor: Actor, chosen: str) -> dict[str, Any]:
    """学校の入口 of one school; several posts make one page, own work first."""
    school = _school(actor, chosen)
    decision = authorise(actor, "attendance:board", school)
    own_id = str(school.pk)
    head, nurse = own_id in actor.ids("heads"), own_id in actor.ids("nurses")
    office = head or own_id in actor.ids("clerks") or own_id in actor.ids("coordinators")
    classes = _own_classes(actor, school)
    morning = None if classes and not (head or nurse or office) else _morning(school, actor.today)
    if morning is None:
        _record_classes(actor, classes)
    else:
        append(actor=actor, action="attendance:board", resource_type="School", resource_id=str(school.pk),
               municipality=school.municipality_id, school=school.pk, rules=decision.rules)  # fmt: skip
    return {
        "greeting": greeting(actor.now), "school": school, "schools": _schools(actor), "today": actor.today,
        "classes": classes, "morning": morning, "shown": _SHOWN, "leads": head, "nurses": nurse, "office": office,
        "emergencies": waiting_for_review(actor, school.pk) if head else [], "health": _health(school, actor.today) if nurse or head else None,
        "open_months": _open_months(school, actor.today) if head else [], "last_month": _last_month(actor.today),
        "may_call": offers(actor, "notice:take-call", school), "may_invite": offers(actor, "people:invite", school),
        "may_close": offers(actor, "attendance:closure", school), "boards": actor.uuids["boards"],
        "reviews": reviews_waiting(actor, school.pk) if classes or not head else [],  # a head may answer, but begins with other things
        "waiting": rows_waiting(actor, [school.pk]).get(school.pk, 0) if may(actor, "roster:guardians", school) else 0,
        "rosters": rosters_ready(actor, actor.uuids["boards"]) if actor.uuids["boards"] else [],
    }  # fmt: skip


def _record_classes(actor: Actor, classes: Sequence[OwnClass]) -> None:
    """Who has but the own classes before him has seen their registers, not the whole school."""
    for one in classes:
        row = one.school_class
        decision = authorise(actor, "register:read", row)
        append(actor=actor, action="register:read", resource_type="SchoolClass", resource_id=str(row.pk),
               municipality=row.municipality_id, school=row.school_id, rules=decision.rules)  # fmt: skip


def board_page(actor: Actor) -> dict[str, Any]:
    """教育委員会の入口: the schools of the municipality with today's numbers, no names."""
    towns = []
    schools = schools_of(actor, on=actor.today)
    waiting = rows_waiting(actor, [s.school_id for s in schools])
    for municipality_id in actor.uuids["boards"][:2]:
        numbers = town_numbers(municipality_id, actor.today)
        towns.append(
            (
                town_card(municipality_id),
                [(s, numbers.get(s.school_id)) for s in schools if s.municipality_id == municipality_id],
            )
        )
    return {
        "greeting": greeting(actor.now),
        "towns": towns,
        "emergencies": waiting_for_review(actor, None),
        "rosters": rosters_ready(actor, actor.uuids["boards"]),
        "lists": [(s.school_id, s.short_name, waiting[s.school_id]) for s in schools if s.school_id in waiting],
        "today": actor.today,
        "altered": [(key, one) for key, one in last_checks(actor.uuids["boards"]).items() if not one.ok],
    }


def _school(actor: Actor, chosen: str) -> School:
    """The school asked for, if one serves there; otherwise that of the main post."""
    served = [post["school"] for post in actor.posts if post.get("school")]
    wanted = chosen if chosen in served else served[0]
    school = School.objects.get(pk=wanted)
    authorise(actor, "school:read", school)
    return school


def _schools(actor: Actor) -> list[tuple[str, str]]:
    """(id, name) of all schools one serves, when there are several."""
    served = {str(post["school"]): str(post["school_name"]) for post in actor.posts if post.get("school")}
    return list(served.items()) if len(served) > 1 else []


def _own_classes(actor: Actor, school: School) -> list[OwnClass]:
    if not actor.uuids["homerooms"]:
        return []
    rows = SchoolClass.objects.visible_to(actor).filter(pk__in=actor.uuids["homerooms"], school=school)
    return [_own_class(row, actor) for row in rows.order_by("position", "title")[:2]]


def _own_class(school_class: SchoolClass, actor: Actor) -> OwnClass:
    register = read_register(school_class, actor.today)
    rows = rows_of(register, actor.now)
    counts = counts_of_class(register)
    return OwnClass(
        school_class, [(count.label, count.number, count.kind) for count in counts],
        register.unentered,
        [row for row in rows if row.conflict],
        [row for row in rows if any(text == "連絡なし" for _, text in row.tags)],
        [row for row in rows if row.from_notice and not row.conflict],
    )  # fmt: skip


def _morning(school: School, today: dt.date) -> Morning:
    return morning_of(school.municipality_id, school.pk, today, words=True)


def _health(school: School, today: dt.date) -> HealthMorning:
    return health_of_school(school.municipality_id, school.pk, today)


def _last_month(today: dt.date) -> dt.date:
    """The first day of the month before: the one that can be closed now."""
    return (today.replace(day=1) - dt.timedelta(days=1)).replace(day=1)


def _open_months(school: School, today: dt.date) -> list[ClassCard]:
    first = _last_month(today)
    year = SchoolYear.of(first)
    if year != SchoolYear.of(today):
        return []
    return months_open(school.pk, year.year, first)
