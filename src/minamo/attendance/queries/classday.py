"""学級のその日: a class's roster with the facts of a day."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from minamo.attendance.queries.day import DayFacts, Place, day_facts
from minamo.attendance.rules import Source
from minamo.people.api import RosterPupil, SchoolClass, roster_of_class


@dataclass(frozen=True)
class Register:
    """The class on the day as it now stands, for showing it again without another query."""

    roster: list[RosterPupil]
    facts: DayFacts
    changed: tuple[UUID, ...] = ()

    @property
    def unentered(self) -> int:
        """未入力の人数."""
        return self.facts.unentered([place_of(pupil) for pupil in self.roster])

    def unmarkable(self, today: dt.date) -> str:
        """Why nobody of the class can be marked on the day, for the teacher; empty when somebody can."""
        sources = {self.facts.state(place_of(pupil)).source for pupil in self.roster}
        if not sources or sources - {Source.CLOSURE, Source.CALENDAR}:
            coming = "先の日の出欠は、その日になってから記録します。休む連絡は、先の日の分も受け取れます。"
            return coming if self.facts.day > today else ""
        if Source.CLOSURE in sources:
            return "学級閉鎖・臨時休業の日なので、出欠は記録しません。閉鎖を取り消すと、記録できます。"
        return "授業日ではないので、出欠は記録しません。授業のある日にするときは、行事予定を直してください。"


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
