"""その日いたか: what the register says of pupils on a day, for rooms beside it (`people.ports`)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from uuid import UUID

from minamo.attendance.codes import CodeTable
from minamo.attendance.queries.day import Place, day_facts
from minamo.attendance.rules import Counts, DayState, Source
from minamo.people.api import AWAY, HERE, PARTLY, Presence, homeroom_places

SAID = {Source.MARK: "出席簿では{}", Source.NOTICE: "連絡では{}", Source.CLOSURE: "{}"}


def presence(municipality: UUID, school: UUID, pupils: Sequence[UUID], day: dt.date) -> Mapping[UUID, Presence]:
    """その日いたか. Whom nobody has spoken for, and days without school, are left out. Two queries."""
    places = [
        Place(one.pupil_id, one.class_id, one.grade, one.begins, one.ends) for one in homeroom_places(pupils, [], day)
    ]
    facts = day_facts(
        municipality_id=municipality, school_id=school, pupil_ids=[one.pupil_id for one in places], day=day
    )
    found = {place.pupil_id: said(facts.state(place), facts.codes) for place in places}
    return {pupil: one for pupil, one in found.items() if one is not None}


def said(state: DayState, codes: CodeTable) -> Presence | None:
    """One state in words: 欠席 whatever the ground, which a test does not ask for; 出席停止 and the like by their names."""
    code = codes.codes.get(state.code)
    if code is None or state.source not in SAID or code.counts not in {Counts.PRESENT, Counts.ABSENT, Counts.EXCUSED}:
        return None
    standing = AWAY if code.away else PARTLY if code.late or code.early else HERE
    words = "欠席" if code.counts is Counts.ABSENT else code.label.partition("（")[0]
    return Presence(standing, SAID[state.source].format(words))
