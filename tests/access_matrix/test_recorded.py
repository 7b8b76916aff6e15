"""Every page that reads personal data leaves a row in the trail. Found out by watching SQL, not by reading the code.

And every page that shows a child leaves a row of which an incident counts that child (「影響を受けた人を数える」); of a family's own pages
it counts the own children. What is shown is read from the answer, what is counted is asked of the room policy.

Which tables are personal is asked of the database: pupils, guardians, households, and whatever refers to them. A page that
reads one without a row has to stand in UNRECORDED, and what is said there is checked against what the page shows.
"""

import datetime as dt
import re
import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from minamo.access.api import all_routes, set_scope
from minamo.attendance.models import Notice
from minamo.policy.models import Incident
from minamo.policy.queries.affected import Affected, affected_by
from tests.access_matrix.expected import EXPECTED
from tests.access_matrix.ground import Ground, fixtures
from tests.access_matrix.test_matrix import PROTECTED, path_of
from tests.access_matrix.written import readable
from tests.fixtures.assessments import an_assessment
from tests.fixtures.given import a_given_back
from tests.fixtures.governed import governed
from tests.fixtures.results import a_result
from tests.fixtures.world import (
    CLASSES,
    GUARDIANS,
    MUNICIPALITIES,
    PUPIL_ACCOUNTS,
    PUPILS,
    SCHOOLS,
    SUBJECTS,
    TODAY,
    World,
    uid,
)

ROOTS = ("people_pupil", "people_guardian", "people_household")
OWN = "shows nobody but the person's own children or oneself"
UNRECORDED = {
    "home": OWN,  # the school's home records itself as registers or as the morning's board; the board's has numbers only
    "access-why": OWN,  # decides about one record and shows the decision, not the record
    "attendance-children": OWN,
    "attendance-notices": OWN,
    "attendance-notice-new": OWN,
    "attendance-notice-queue": OWN,
    "attendance-notice-sent": OWN,
    "marking-results": OWN,
    "marking-state": "marks by the number of the paper, and which papers lie there; the page it belongs to has left its row",
    "marking-home": "how many papers and answers wait; no child's name, answer or point",
}
GETS = [name for name in PROTECTED if "GET" in all_routes()[name].actions]


def a_notice(world: World) -> uuid.UUID:
    """One notice about 花, written as the operator; names stay as they are (canaries would hide whose they are)."""
    set_scope(municipalities=[world.municipality("A")], side="school")
    now = timezone.now()
    governed(world, now)
    a_result(world, now)
    a_given_back(world, now)
    an_assessment(world, now)
    return Notice.objects.create(
        municipality_id=world.municipality("A"), school_id=world.school("a1"), pupil_id=world.pupil("hana"),
        homeroom_id=world.klass("a1-1"), kind="absent", reason="sick", text="高橋 花 発熱", begins=TODAY, ends=TODAY,
        channel="app", sender_id=world.account("takahashi-mother"), sender_label="母", key=uuid.uuid4(),
        written_at=now, received_at=now,
    ).pk  # fmt: skip


# Something of every kind about 花, and everybody signed in.
laid, ground = fixtures(a_notice)


def personal_tables() -> set[str]:
    """The roots and every table with a foreign key to one of them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"
                       " AND confrelid::regclass::text = ANY(%s)", [list(ROOTS)])  # fmt: skip
        return {row[0] for row in cursor.fetchall()} | set(ROOTS)


def reads(statements: Iterable[str], tables: set[str]) -> set[str]:
    """Personal tables that a query names."""
    queries = [text for text in statements if text.lstrip().upper().startswith(("SELECT", "WITH", "DECLARE"))]
    return {name for text in queries for name in re.findall(r"\b[a-z]+_[a-z_]+\b", text)} & tables


def recorded(statements: Iterable[str]) -> bool:
    """Whether a row was appended to the trail."""
    return any(text.lstrip().startswith("INSERT INTO audit_entry") for text in statements)


def now_of_the_trail() -> dt.datetime:
    """The moment as rows of the trail carry it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: dt.datetime = cursor.fetchone()[0]
    return moment


def names(pupils: Iterable[uuid.UUID]) -> list[str]:
    """The children as this world calls them."""
    return sorted(name for name in PUPILS if uid("pupil", name) in set(pupils))


def others(account: str) -> list[str]:
    """Names of the children that are not this person's own."""
    links = GUARDIANS[account][2].values() if account in GUARDIANS else ()
    own = {pupil for town in links for pupil, _, _ in town} | {PUPIL_ACCOUNTS.get(account)}
    return [f"{row[0]} {row[1]}" for name, row in PUPILS.items() if name not in own]


def children_in(answer: str) -> set[uuid.UUID]:
    """The children whose names stand in it."""
    return {uid("pupil", name) for name, row in PUPILS.items() if f"{row[0]} {row[1]}" in answer}


def counted(world: World, account: str, since: dt.datetime, school: str | None = None) -> Affected:
    """Whom incidents of both municipalities, or one of a school, count for an account since then."""
    set_scope(municipalities=[world.municipality("A"), world.municipality("B")], side="school")
    towns = [SCHOOLS[school][0]] if school else list(MUNICIPALITIES)
    found = [
        affected_by(
            Incident(municipality_id=world.municipality(town), school_id=world.school(school) if school else None),
            world.account(account), since, now_of_the_trail(),
        )
        for town in towns
    ]  # fmt: skip
    return replace(found[0], possible=frozenset().union(*(one.possible for one in found)))


def test_personal_tables_are_found(db: None) -> None:
    found = personal_tables()
    assert {"people_pupil", "people_guardianlink", "attendance_notice", "attendance_mark", "people_enrolment"} <= found
    assert not any(table.startswith(("audit_", "access_", "tenancy_")) for table in found)


def test_nothing_is_excused_that_does_not_exist() -> None:
    assert set(UNRECORDED) <= set(GETS)


@pytest.mark.parametrize("name", GETS)
def test_a_page_that_reads_personal_data_is_recorded(
    name: str, world: World, ground: Ground[uuid.UUID], count_queries: Callable[..., Any]
) -> None:
    """As everybody who may open it."""
    tables, path = personal_tables(), path_of(all_routes()[name], world, ground.planted)
    client = Client(raise_request_exception=False)
    for subject in sorted(EXPECTED[name]["GET"]):
        account, _ = SUBJECTS[subject]
        assert account is not None
        began = now_of_the_trail()
        with transaction.atomic():
            ground.seat(client, subject)
            set_scope(municipalities=[], side="learning")
            with count_queries() as asked:
                response = client.get(path)
            shown = children_in(readable(response)) if response.status_code < 300 else set()
            if shown:
                missed = shown - counted(world, account, began).possible
                assert not missed, f"{path} as {subject} shows children whom no incident counts: {names(missed)}"
                at_a1 = {uid("pupil", pupil) for pupil, row in PUPILS.items() if CLASSES[row[5]][0] == "a1"}
                missed = shown & at_a1 - counted(world, account, began, "a1").possible
                assert not missed, f"{path} as {subject}: an incident of the school does not count {names(missed)}"
            transaction.set_rollback(True)
        named = reads(asked.statements, tables)
        if response.status_code >= 300 or not named or recorded(asked.statements):
            continue
        assert name in UNRECORDED, f"{path} as {subject} reads {sorted(named)} and leaves no row"
        shown = [child for child in others(account) if child in readable(response)]
        assert not shown, f"{path} as {subject} shows {shown} and leaves no row"
