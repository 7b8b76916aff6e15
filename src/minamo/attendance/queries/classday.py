"""学級のその日: a class's roster with the facts of a day."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from minamo.attendance.queries.day import DayFacts, Place, day_facts
from minamo.people.api import RosterPupil, SchoolClass, roster_of_class


@dataclass(frozen=True)
class Register:
    """The class on the day as it now stands, for showing it again without another query."""

    roster: list[RosterPupil]
    facts: DayFacts
    changed: tuple[UUID, ...] = ()


def place_of(pupil: RosterPupil) -> Place:
    """A row of the roster as the rules of the day need it."""
    return Place(pupil.pupil_id, pupil.class_id, pupil.grade, pupil.begins, pupil.ends)


def read_register(school_class: SchoolClass, day: dt.date) -> Register:
    """学級のその日: roster and facts. Two queries."""
    roster = roster_of_class(school_class.pk, day)
    facts = day_facts(
        municipality_id=school_class.municipality_id, school_id=school_class.school_id,
        pupil_ids=[pupil.pupil_id for pupil in roster], day=day,
    )  # fmt: skip
    return Register(roster, facts)
