"""学級の名簿 (class rosters): who had a place in a class, with the name the school knows.

A child who has gone to another municipality is behind that wall; the school's own papers go on with the name of then
(FormerPupil). One statement each; the caller has been authorised for the class or school.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from minamo.people.models import SchoolClass
from minamo.people.roster import RosterPupil, joined

_ROSTER = """
    SELECT c.pupil_id, coalesce(p.family, n.family, ''), coalesce(p.middle, n.middle, ''), coalesce(p.given, n.given, ''),
           coalesce(p.family_kana, n.family_kana, ''), coalesce(p.middle_kana, n.middle_kana, ''),
           coalesce(p.given_kana, n.given_kana, ''), c.number, coalesce(p.grade, n.grade, ''),
           coalesce(p.sex, n.sex, ''), c.school_class_id, k.title, c.begins, c.ends
    FROM people_classpupil c
    JOIN people_schoolclass k ON k.id = c.school_class_id
    LEFT JOIN people_pupil p ON p.id = c.pupil_id
    LEFT JOIN LATERAL (
        SELECT f.* FROM people_formerpupil f
        WHERE p.id IS NULL AND f.pupil_id = c.pupil_id AND f.last_day >= c.begins ORDER BY f.last_day LIMIT 1
    ) AS n ON true
    WHERE {where} ORDER BY k.position, k.title, c.number ASC NULLS LAST, c.begins, c.id
"""
_TOUCHES = "c.begins <= %s AND (c.ends >= %s OR c.ends IS NULL)"
_OF_CLASS = _ROSTER.format(where=f"c.school_class_id = %s AND {_TOUCHES}")
_OF_SCHOOL = _ROSTER.format(where=f"k.school_id = %s AND c.kind = '{SchoolClass.Kind.HOMEROOM.value}' AND {_TOUCHES}")
_PLACES = f"""
    SELECT k.school_id, c.pupil_id, c.school_class_id, coalesce(p.grade, ''), c.begins, c.ends
    FROM people_classpupil c
    JOIN people_schoolclass k ON k.id = c.school_class_id
    LEFT JOIN people_pupil p ON p.id = c.pupil_id
    WHERE c.kind = '{SchoolClass.Kind.HOMEROOM.value}' AND (c.pupil_id = ANY(%s) OR k.school_id = ANY(%s)) AND {_TOUCHES}
"""
GONE = "（転出した児童生徒）"


@dataclass(frozen=True, slots=True)
class HomeroomPlace:
    """学級での席, without a name: where a pupil is counted. `begins`/`ends` are the days of the place, both included."""

    school_id: UUID
    pupil_id: UUID
    class_id: UUID
    grade: str
    begins: dt.date
    ends: dt.date | None


def roster_of_class(class_id: UUID, on: dt.date) -> list[RosterPupil]:
    """学級の名簿: who is in the class on a day, by 出席番号 (gaps stay). One query."""
    return roster_of_class_between(class_id, on, on)


def roster_of_class_between(class_id: UUID, first: dt.date, last: dt.date) -> list[RosterPupil]:
    """期間の名簿: every place that touches the period (who left in the middle of the month is there). One query."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_CLASS, [class_id, last, first])
        return [_pupil(row) for row in cursor.fetchall()]


def roster_of_school(school_id: UUID, on: dt.date) -> list[RosterPupil]:
    """学校の名簿: every pupil of the school's homerooms on a day, by class and 出席番号. One query."""
    return roster_of_school_between(school_id, on, on)


def roster_of_school_between(school_id: UUID, first: dt.date, last: dt.date) -> list[RosterPupil]:
    """学校の期間の名簿: every homeroom place that touches the period, by class and 出席番号. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_SCHOOL, [school_id, last, first])
        return [_pupil(row) for row in cursor.fetchall()]


def homeroom_places(pupils: Sequence[UUID], schools: Sequence[UUID], on: dt.date) -> list[HomeroomPlace]:
    """名前のない名簿: the homeroom places on a day of the named pupils and of all pupils of the named schools. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [list(pupils), list(schools), on, on])
        return [HomeroomPlace(*row) for row in cursor.fetchall()]


def _pupil(row: tuple[Any, ...]) -> RosterPupil:
    name, kana = joined(*row[1:4]), joined(*row[4:7])
    return RosterPupil(row[0], name or GONE, kana, *row[7:])
