"""だれが見えたか (whom a page may have shown), for incidents: the most a page of this room, of a place or of the trail can show, and the
children an account of a family sees as its own. Callers are authorised; the children are those in scope.

Rosters turn pages back: a register of June shows who left in August. So a class shows everybody who ever had a place in it, a school
whoever belonged to it in the school year, or will before long; lists of those who have left are a row of their own (`looked_back`).
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db import connection

from minamo.access.api import pupils_in_emergencies
from minamo.audit.api import (
    Shown,
    Within,
    accounts_asked_about,
    ids_in,
    missing,
    offer_childless,
    offer_shown,
    pupils_in_words,
)
from minamo.kernel.schoolyear import SchoolYear

AHEAD = dt.timedelta(days=183)  # children are entered before they come
DAY = dt.timedelta(days=1)
_HERE = """
    SELECT e.pupil_id FROM people_enrolment e
    WHERE (e.school_id = ANY(%(schools)s) OR e.municipality_id = ANY(%(towns)s))
      AND e.begins <= %(last)s AND (e.ends IS NULL OR e.ends >= %(first)s)
    UNION
    SELECT c.pupil_id FROM people_classpupil c JOIN people_schoolclass k ON k.id = c.school_class_id
    WHERE (k.school_id = ANY(%(schools)s) OR k.municipality_id = ANY(%(towns)s))
      AND c.begins <= %(last)s AND (c.ends IS NULL OR c.ends >= %(first)s)
"""
_SIBLINGS = """
    SELECT theirs.pupil_id FROM people_guardianlink mine JOIN people_guardianlink theirs ON theirs.guardian_id = mine.guardian_id
    WHERE mine.pupil_id = ANY(%(pupils)s)
    UNION
    SELECT theirs.id FROM people_pupil mine JOIN people_pupil theirs ON theirs.household_id = mine.household_id
    WHERE mine.id = ANY(%(pupils)s)
"""
_OF_ACCOUNTS = """
    SELECT l.pupil_id FROM people_guardian g JOIN people_guardianlink l ON l.guardian_id = g.id WHERE g.account_id = ANY(%(accounts)s)
    UNION
    SELECT id FROM people_pupil WHERE account_id = ANY(%(accounts)s)
"""
# A restriction holds from the day after it was written: until then the child was seen. So it is with a link that was ended.
_OWN = """
    SELECT l.pupil_id FROM people_guardian g JOIN people_guardianlink l ON l.guardian_id = g.id
    CROSS JOIN LATERAL generate_series(greatest(l.begins, %(first)s::date)::timestamp,
                                       least(l.ends + 1, %(last)s::date)::timestamp, interval '1 day') AS day
    WHERE g.account_id = %(account)s AND NOT EXISTS (
        SELECT 1 FROM people_restriction r
        WHERE r.pupil_id = l.pupil_id AND r.guardian_id = g.id AND r.kind = 'contact' AND r.begins <= day::date
          AND (r.entered_at AT TIME ZONE 'Asia/Tokyo')::date < day::date AND (r.ends IS NULL OR r.ends >= day::date))
    UNION
    SELECT id FROM people_pupil WHERE account_id = %(account)s
"""


def pupils_here(schools: Iterable[UUID], towns: Iterable[UUID], within: Within, *, ever: bool = False) -> set[UUID]:
    """児童生徒 of these schools and municipalities in the school years of the days; with `ever` also all before. One query."""
    first = dt.date.min if ever else SchoolYear.of(within.first).begins
    return _pupils(_HERE, schools=list(schools), towns=list(towns), first=first, last=within.last + AHEAD)


def at_the_school(pupils: Iterable[UUID], within: Within) -> frozenset[UUID]:
    """Of these children those of the school that is asked for, in the school years of the days; all where none is. One query at most."""
    some = frozenset(pupils)
    return some & pupils_here([within.school], [], within) if within.school and some else some


def pupils_of_classes(classes: Iterable[UUID]) -> set[UUID]:
    """児童生徒 who ever had a place in these classes. One query."""
    asked = list(classes)
    return _pupils("SELECT pupil_id FROM people_classpupil WHERE school_class_id = ANY(%(classes)s)", classes=asked)


def own_children(account: UUID, within: Within) -> frozenset[UUID]:
    """自分の子ども (of a pupil's account the pupil) that an account of a family could see on one of the days. Two queries at most."""
    own = _pupils(_OWN, account=account, first=within.first, last=within.last)
    return at_the_school(own, within)


def _pupils(statement: str, **values: Any) -> set[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return {row[0] for row in cursor.fetchall()}


def _rows_of(table: str, column: str, things: Sequence[str]) -> dict[UUID, UUID]:
    """The things that are still there, each with what it belongs to. One query."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id, {column} FROM {table} WHERE id = ANY(%s)", [ids_in(things)])
        return dict(cursor.fetchall())


def of_places(things: Sequence[str], within: Within) -> Shown:
    """Schools and the municipality: their children."""
    return _of_places(things, within)


def of_places_ever(things: Sequence[str], within: Within) -> Shown:
    """What reaches back: the trail of a place, lists with those who have left. A row of the trail whose words were opened names its
    children itself."""
    rows = [int(text) for text in things if text.isdecimal()]
    named, lost = pupils_in_words(rows) if rows else (frozenset(), frozenset())
    found = _of_places([text for text in things if not text.isdecimal()], within, ever=True)
    return Shown(found.pupils | at_the_school(named, within), found.gone | {str(number) for number in lost})


def _of_places(things: Sequence[str], within: Within, *, ever: bool = False) -> Shown:
    asked = ids_in(things)
    town = within.municipality in asked
    schools = set(_rows_of("tenancy_school", "municipality_id", things))
    gone = missing(things, schools | {within.municipality})
    if within.school:  # pages of the whole municipality showed the children of the school, too
        schools, town = {within.school}, False
    return Shown(frozenset(pupils_here(schools, [within.municipality] if town else [], within, ever=ever)), gone)


def of_classes(things: Sequence[str], within: Within) -> Shown:
    """Classes: everybody who ever had a place in them."""
    found = set(_rows_of("people_schoolclass", "school_id", things))
    return Shown(frozenset(pupils_of_classes(found)), missing(things, found))


def of_classes_with_others(things: Sequence[str], within: Within) -> Shown:
    """名簿の編成: also the other children of the school, who could be put in."""
    found = _rows_of("people_schoolclass", "school_id", things)
    return Shown(
        frozenset(pupils_of_classes(found) | pupils_here(set(found.values()), [], within)), missing(things, set(found))
    )


def of_pupils(things: Sequence[str], within: Within) -> Shown:
    """The page of a child: brothers and sisters stand on it. (The child itself is named by the row.)"""
    return Shown(at_the_school(_pupils(_SIBLINGS, pupils=ids_in(things)), within))


def of_questions(things: Sequence[str], within: Within) -> Shown:
    """なぜ見える about somebody else: the children among the people that were found, and those of the guardians among them."""
    accounts = accounts_asked_about(things, within)
    return Shown(at_the_school(_pupils(_OF_ACCOUNTS, accounts=list(accounts)) if accounts else (), within))


def of_emergencies(things: Sequence[str], within: Within) -> Shown:
    """緊急の閲覧 of a school, or one of them."""
    schools = set(_rows_of("tenancy_school", "municipality_id", things))
    rows, pupils = pupils_in_emergencies(ids_in(things), schools)
    return Shown(at_the_school(pupils, within), missing(things, schools | rows))


def offer() -> None:
    """Say all this to the trail."""
    offer_shown("School", of_places)
    offer_shown("Municipality", of_places)
    offer_shown("Question", of_questions)
    offer_shown("Trail", of_places_ever)
    offer_shown("FormerPupil", of_places_ever, "people:list", "attendance:board")
    offer_shown("SchoolClass", of_classes)
    offer_shown("SchoolClass", of_classes_with_others, "class:manage")
    offer_shown("Pupil", of_pupils, "pupil:read")
    offer_shown("Emergency", of_emergencies)
    offer_childless("StaffMember")
