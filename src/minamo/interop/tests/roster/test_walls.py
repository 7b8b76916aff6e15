"""Walls: importing one town touches nothing of another, except a pupil who really comes from there."""

import datetime as dt
from typing import Any

from django.db import connection

from minamo.access.api import set_scope
from minamo.access.models import Account
from minamo.audit.models import Entry
from minamo.interop.models import SourceLink
from minamo.interop.roster.command import import_roster
from minamo.interop.tests.roster.packages import SMALL, Roster, changed, content, roster
from minamo.people.models import ClassPupil, Enrolment, GuardianLink, Pupil
from minamo.tenancy.api import municipality_by_code

TABLES = ("people_pupil", "people_schoolclass", "people_classpupil", "people_enrolment", "tenancy_school",
          "tenancy_membership", "interop_sourcelink", "people_staffmember")  # fmt: skip


def rows_of(town: Any) -> dict[str, str]:
    set_scope(municipalities=[town], side="school")
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {table} t")
            found[table] = cursor.fetchone()[0]
    return found


def test_an_import_touches_its_own_town_only(world: Any, db: None) -> None:
    before = {name: rows_of(world.municipality(name)) for name in "AB"}
    assert import_roster(content(SMALL), SMALL)["applied"]
    for name in "AB":
        assert rows_of(world.municipality(name)) == before[name]


def with_child(world: Any, name: str, born: str) -> bytes:
    """The village's roster, in which a child of town A has arrived on 1 October."""
    set_scope(municipalities=[world.municipality("A")], side="school")
    child = Pupil.objects.get(pk=world.pupil(name))

    def change(r: Roster) -> None:
        row = next(i for i, user in enumerate(r.tables["users"]) if i and user[14] == "P5")
        uid = r.cell("users", row, "sourcedId")
        r.put("users", row, "userMasterIdentifier", str(child.master_id))
        r.put("roles", r.find("roles", {"userSourcedId": uid}), "beginDate", "2026-10-01")
        r.put("demographics", r.find("demographics", {"sourcedId": uid}), "birthDate", born)
        at = r.column("enrollments", "userSourcedId")
        for place in r.tables["enrollments"][1:]:
            if place[at] == uid:
                place[8] = "2026-10-01"

    # A master id is a version 4 UUID; the small world's are derived from names.
    Pupil.objects.filter(pk=child.pk).update(master_id="c0ffee00-1111-4222-8333-444455556666")
    child.refresh_from_db()
    return changed(change)


def test_a_pupil_from_another_town_keeps_the_row(world: Any, db: None) -> None:
    data = with_child(world, "sora", "2015-08-12")
    report = import_roster(data, "in.zip")
    assert report["applied"], report["problems"]
    assert report["events"]["transfer_in"] == 1
    village = municipality_by_code("480444")
    assert village is not None
    set_scope(municipalities=[village], side="school")
    child = Pupil.objects.get(pk=world.pupil("sora"))
    assert (child.municipality_id, child.grade, child.left_on) == (village, "P5", None)
    assert child.account_id is not None
    stay = Enrolment.objects.get(pupil=child)
    assert (stay.begins, stay.begin_kind) == (dt.date(2026, 10, 1), "transfer_in")
    assert Entry.objects.filter(pupil_id=child.id, municipality_id=village).exists()
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert not Pupil.objects.filter(pk=child.pk).exists()  # behind the other wall by now
    old = Enrolment.objects.get(pupil_id=child.pk)
    assert (old.ends, old.end_kind) == (dt.date(2026, 9, 30), "transfer_out")
    assert old.next_school == ""  # 支援措置: where the child has gone is not written down
    assert set(ClassPupil.objects.filter(pupil_id=child.pk).values_list("ends", flat=True)) == {dt.date(2026, 9, 30)}
    assert not GuardianLink.objects.filter(pupil_id=child.pk, ends__isnull=True).exists()


def test_a_master_id_with_another_birth_date_is_refused(world: Any, db: None) -> None:
    report = import_roster(with_child(world, "sora", "2015-08-13"), "in.zip")
    assert [(p["code"], p["column"]) for p in report["problems"]] == [("other_person", "userMasterIdentifier")]
    assert "2015" not in str(report["problems"])


def test_a_login_of_another_town_is_refused(world: Any, db: None) -> None:
    Account.objects.create(login_id="Taken@example.jp", kind="staff", label="別の人")
    made = roster()
    made.put("users", 3, "username", "taken@example.jp")
    report = import_roster(made.zipped(), "x.zip")
    assert [(p["code"], p["line"], p["column"], p["value"]) for p in report["problems"]] == [
        ("in_use", 4, "username", "")
    ]
    assert municipality_by_code("480444") is None


def test_a_school_code_of_another_town_is_refused(world: Any, db: None) -> None:
    """Found by the database only: the import is taken back as a whole."""
    made = roster()
    made.put("orgs", 2, "identifier", "B199000000011")
    report = import_roster(made.zipped(), "x.zip")
    assert [p["code"] for p in report["problems"]] == ["conflict"]
    assert not report["applied"]
    assert municipality_by_code("480444") is None


def test_a_pupil_entered_by_hand_is_the_same_child(village: Any, db: None) -> None:
    """Somebody typed the child in before the roster came: found by the master id, given an account, not doubled."""
    row = next(user for user in roster().tables["users"] if user[14] == "P5")
    set_scope(municipalities=[village], side="school")
    first = Pupil.objects.get(master_id=row[16])
    SourceLink.objects.filter(target_id=first.id, file="users").delete()
    Account.objects.filter(pk=first.account_id).update(login_id="elsewhere")
    Pupil.objects.filter(pk=first.id).update(account=None)
    report = import_roster(content(SMALL), "x.zip")
    assert report["applied"], report["problems"]
    set_scope(municipalities=[village], side="school")
    again = Pupil.objects.get(master_id=row[16])
    assert again.id == first.id
    assert again.account is not None
    assert again.account.login_id == row[4]
