"""The fixtures, imported: counts, names byte by byte, the delta's five events, and nothing twice."""

import datetime as dt
import json
from typing import Any

import pytest
from django.db import connection

from minamo.access.models import Account
from minamo.audit.models import Entry
from minamo.interop.api import confirm_likely_posts, posts_to_confirm
from minamo.interop.models import ImportRun, SourceLink
from minamo.interop.roster.command import import_roster
from minamo.interop.tests.roster.packages import DELTA, FOLDER, SMALL, TOWN, Roster, changed, content, roster
from minamo.people.models import ClassPupil, ClassStaff, Enrolment, Pupil, PupilRevision, SchoolClass, StaffMember
from minamo.tenancy.models import Membership, Municipality, School

BULK = {row["file"]: row for row in json.loads((FOLDER / "expected_bulk.json").read_text())}
EXPECTED_DELTA = json.loads((FOLDER / "expected_delta.json").read_text())
TABLES = ("people_pupil", "people_schoolclass", "people_classpupil", "people_classstaff", "people_enrolment",
          "people_staffmember", "access_account", "tenancy_membership", "tenancy_school", "interop_sourcelink",
          "people_pupilrevision", "audit_entry")  # fmt: skip


def pupil_of(sourced_id: str) -> Pupil:
    return Pupil.objects.get(pk=SourceLink.objects.get(file="users", sourced_id=sourced_id).target_id)


def check_school(expected: dict[str, Any]) -> None:
    school = School.objects.get(code=expected["identifier"])
    assert school.name == expected["name"]
    pupils = Pupil.objects.filter(school=school)
    assert pupils.count() == expected["pupils"]
    for grade, number in expected["by_grade"].items():
        assert pupils.filter(grade=grade).count() == number
    rooms = SchoolClass.objects.filter(school=school, kind="homeroom")
    assert rooms.count() == len(expected["homerooms"])
    for room in expected["homerooms"]:
        row = rooms.get(title=room["title"])
        numbers = sorted(ClassPupil.objects.filter(school_class=row).values_list("number", flat=True))
        assert (row.grades, row.special_needs, len(numbers)) == (room["grades"], room["specialNeeds"], room["pupils"])
        assert row.combined == room["fukushiki"]
        gaps = sorted(set(range(1, max(numbers, default=0))) - set(numbers))
        assert gaps == room["number_gaps"]


def check_bulk(name: str) -> None:
    expected = BULK[name]
    town = Municipality.objects.get(name=expected["municipality"])
    assert Pupil.objects.filter(municipality=town).count() == expected["pupils"]
    assert StaffMember.objects.filter(municipality=town).count() == expected["staff"]
    for school in expected["schools"]:
        check_school(school)
    for special in expected["special_names"] + expected["foreign_names"]:
        link = SourceLink.objects.get(file="users", sourced_id=special["sourcedId"])
        person: Any = Pupil.objects.filter(pk=link.target_id).first() or StaffMember.objects.get(pk=link.target_id)
        assert person.official_name == special["master"]
        assert f"{person.family} {person.given}" == special["preferred"]
        if "codepoints" in special:
            assert " ".join(f"{ord(c):04X}" for c in person.official_family) == special["codepoints"]
    for born in expected["edge_birthdays"].values():
        pupil = pupil_of(born["sourcedId"])
        assert (str(pupil.birth_date), pupil.grade, pupil.sex) == (born["birthDate"], born["grade"], born["sex"])


def test_village(village: Any) -> None:
    check_bulk(SMALL)


@pytest.mark.parametrize(("name", "code"), [("RO_20260401_480442.zip", "480442"), ("RO_20260401_480443.zip", "480443")])
def test_other_villages(name: str, code: str, db: None, opened: Any) -> None:
    assert import_roster(content(name), name)["applied"]
    opened(code)
    check_bulk(name)


def test_largest_town_then_its_delta(db: None, opened: Any, count_queries: Any) -> None:
    with count_queries() as asked:
        report = import_roster(content(TOWN), TOWN)
    assert report["applied"]
    assert len(asked) <= 60  # whatever the number of children
    opened("480441")
    check_bulk(TOWN)
    report = import_roster(content(DELTA), DELTA)
    assert report["events"] == {"transfer_in": 2, "transfer_out": 1, "class_change": 1, "name_corrected": 1}
    assert report["summary"] == "転入 2・転出 1・学級替え 1・氏名訂正 1"
    assert not report["warnings"]
    opened("480441")
    check_delta()
    before = snapshot()
    assert import_roster(content(DELTA), DELTA)["unchanged"]
    opened("480441")
    assert snapshot() == before
    check_taking_back()


def check_delta() -> None:
    events = {event["event"]: event for event in EXPECTED_DELTA["events"]}
    for event in EXPECTED_DELTA["events"]:
        if event["event"] == "transfer_in":
            check_arrival(event)
    check_departure(events["transfer_out"])
    check_class_change(events["class_change"])
    check_correction(events["name_corrected"])
    for file, number in EXPECTED_DELTA["active_after"].items():
        assert SourceLink.objects.filter(file=file, removed_at__isnull=True).count() == number


def check_arrival(event: dict[str, Any]) -> None:
    pupil = pupil_of(event["userSourcedId"])
    day = dt.date.fromisoformat(event["date"])
    assert pupil.official_name == event["name"]
    assert pupil.homeroom is not None
    assert (pupil.school.name, pupil.homeroom.title) == (event["school"], event["homeroom"])
    assert pupil.attendance_number == event["shussekiNo"]
    stay = Enrolment.objects.get(pupil=pupil)
    assert (stay.begins, stay.begin_kind, stay.ends) == (day, "transfer_in", None)
    assert ClassPupil.objects.filter(pupil=pupil, begins=day).count() == event["enrollments"]
    assert Entry.objects.filter(pupil_id=pupil.id, action="roster:import").count() == 1


def check_departure(event: dict[str, Any]) -> None:
    pupil = pupil_of(event["userSourcedId"])
    last_day = dt.date.fromisoformat(event["last_day"])
    assert pupil.official_name == event["name"]
    assert pupil.left_on == last_day
    assert pupil.birth_date is not None
    assert pupil.homeroom is not None
    assert pupil.homeroom.title == event["homeroom"]
    assert pupil.account is not None
    assert not pupil.account.is_active
    stay = Enrolment.objects.get(pupil=pupil)
    assert (stay.ends, stay.end_kind) == (last_day, "transfer_out")
    assert set(ClassPupil.objects.filter(pupil=pupil).values_list("ends", flat=True)) == {last_day}
    others = ClassPupil.objects.filter(school_class=pupil.homeroom, ends__gt=last_day).values_list("number", flat=True)
    assert pupil.attendance_number not in others
    assert min(n for n in others if n) > 1  # number 1 stays empty


def check_class_change(event: dict[str, Any]) -> None:
    pupil = pupil_of(event["userSourcedId"])
    day = dt.date.fromisoformat(event["date"])
    assert pupil.homeroom is not None
    assert (pupil.homeroom.title, pupil.attendance_number) == (event["to"], event["shussekiNo"])
    places = ClassPupil.objects.filter(pupil=pupil, kind="homeroom").order_by("begins")
    told = [(place.school_class.title, place.begins, place.ends) for place in places]
    assert told[0] == (event["frm"], dt.date(2026, 4, 1), day - dt.timedelta(days=1))
    assert told[1][:2] == (event["to"], day)
    assert Enrolment.objects.filter(pupil=pupil).count() == 1


def check_correction(event: dict[str, Any]) -> None:
    pupil = pupil_of(event["userSourcedId"])
    assert pupil.official_family == event["after"]["familyName"]
    assert pupil.family == event["after"]["preferredFamilyName"]
    revision = PupilRevision.objects.get(pupil=pupil)
    assert revision.before == {"official_family": event["before"]["familyName"]}
    assert revision.applies_from == dt.date(2026, 5, 7)
    entry = Entry.objects.get(pupil_id=pupil.id, action="roster:import")
    assert event["after"]["familyName"] not in str(entry.detail)


def check_taking_back() -> None:
    """An old whole roster after the difference: those who came later end, nobody is deleted, who left is back."""
    pupils = Pupil.objects.count()
    report = import_roster(content(TOWN), TOWN, check_only=True)
    assert report["events"] == {"registered": 1, "transfer_out": 2, "class_change": 1, "name_corrected": 1}
    assert report["ended_by_absence"]["users"] == 2
    assert not report["applied"]
    assert Pupil.objects.count() == pupils


def snapshot() -> dict[str, str]:
    """All rows of the tables an import writes, as one hash each."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') FROM {table} t")
            found[table] = cursor.fetchone()[0]
    return found


def test_a_second_import_changes_nothing(village: Any, opened: Any, count_queries: Any) -> None:
    before = snapshot()
    with count_queries() as asked:
        report = import_roster(content(SMALL), SMALL)
    assert report["unchanged"]
    assert report["summary"] == "変わることはありません"
    writes = [sql for sql in asked.statements if sql.startswith(("INSERT", "UPDATE", "DELETE"))]
    assert len(writes) == 1
    assert "interop_importrun" in writes[0]
    opened("480444")
    assert snapshot() == before
    assert ImportRun.objects.filter(state="applied").count() == 2


def test_check_changes_nothing(db: None) -> None:
    before = snapshot()
    report = import_roster(content(SMALL), SMALL, check_only=True)
    assert report["accepted"]
    assert not report["applied"]
    assert snapshot() == before
    assert not Municipality.objects.filter(code="480444").exists()


def test_the_order_of_rows_does_not_matter(village: Any, opened: Any) -> None:
    def reverse(r: Roster) -> None:
        for table in r.tables.values():
            table[1:] = reversed(table[1:])

    assert import_roster(changed(reverse), "reversed.zip")["unchanged"]


def test_accounts_posts_and_teaching(village: Any) -> None:
    pupil = pupil_of("582501c8-cef1-40f9-a456-6c190c2b0311")
    assert pupil.official_family == "\ufa10田"
    assert pupil.account is not None
    assert (pupil.account.kind, pupil.account.label) == ("pupil", pupil.display_name)
    assert not pupil.account.has_usable_password()
    assert pupil.student_number.startswith("0")
    assert "塚田" in pupil.search_key
    staff = Account.objects.get(login_id="t006@edu.hanagasumi.example.jp")
    assert [m.post for m in Membership.objects.filter(account=staff)] == ["head"]
    board = Account.objects.get(login_id="t001@edu.hanagasumi.example.jp")
    assert [(m.post, m.school) for m in Membership.objects.filter(account=board)] == [("board", None)]
    shared = Account.objects.get(login_id="t005@edu.hanagasumi.example.jp")
    assert sorted(Membership.objects.filter(account=shared).values_list("primary", "post")) == [
        (False, "teacher"), (True, "teacher")]  # fmt: skip
    assert not Membership.objects.filter(post="vice_head").exists()  # the roster cannot say; the lesser right stands
    homeroom = SchoolClass.objects.get(title="1年1組", school__code="B148204440010", kind="homeroom")
    assert ClassStaff.objects.get(school_class=homeroom).primary


def test_what_a_roster_cannot_say_is_confirmed(village: Any) -> None:
    from minamo.access.api import system_actor

    today = dt.date(2026, 11, 24)
    questions = posts_to_confirm(village, today)
    assert {q.likely for q in questions} == {"vice_head", "clerk", "nurse", "teacher"}
    actor = system_actor(village, now=dt.datetime(2026, 11, 24, tzinfo=dt.UTC), today=today)
    confirm_likely_posts(actor=actor, municipality_id=village, on=today)
    for post in ("vice_head", "nurse", "clerk"):
        assert Membership.objects.filter(post=post).count() == 2, post
    assert not [q for q in posts_to_confirm(village, today) if q.likely != q.post]
    assert import_roster(content(SMALL), SMALL)["unchanged"]  # and the next roster leaves it so
    assert Membership.objects.filter(post="vice_head").count() == 2


def test_a_person_who_is_no_longer_there_ends(village: Any, opened: Any) -> None:
    """Bulk: rows that vanished end yesterday; nothing is deleted; the numbers of the others stay."""
    made = roster()
    uid = "582501c8-cef1-40f9-a456-6c190c2b0311"
    for file, column in (("users", "sourcedId"), ("roles", "userSourcedId"), ("enrollments", "userSourcedId"),
                         ("demographics", "sourcedId")):  # fmt: skip
        at = made.column(file, column)
        made.tables[file] = [row for row in made.tables[file] if row[at] != uid]
    numbers = list(ClassPupil.objects.exclude(pupil=pupil_of(uid)).order_by("id").values_list("id", "number"))
    report = import_roster(made.zipped(), "less.zip")
    assert report["events"] == {"transfer_out": 1}
    opened("480444")
    pupil = pupil_of(uid)
    assert pupil.left_on == dt.date(2026, 11, 23)
    assert pupil.official_family == "\ufa10田"
    assert list(ClassPupil.objects.exclude(pupil=pupil).order_by("id").values_list("id", "number")) == numbers
    again = import_roster(content(SMALL), "back.zip")
    assert again["events"] == {"registered": 1}
    opened("480444")
    back = pupil_of(uid)
    assert back.id == pupil.id
    assert back.left_on is None
    assert back.account is not None
    assert back.account.is_active
    assert [stay.ends for stay in Enrolment.objects.filter(pupil=back)] == [None]
    assert list(ClassPupil.objects.filter(pupil=back, kind="homeroom").values_list("ends", flat=True)) == [
        dt.date(2027, 3, 31)]  # fmt: skip


def test_corrections_by_hand_outlive_a_roster(village: Any, opened: Any) -> None:
    uid = "582501c8-cef1-40f9-a456-6c190c2b0311"
    Pupil.objects.filter(pk=pupil_of(uid).id).update(given_kana="てなおし")
    made = roster()
    made.put("users", made.find("users", {"sourcedId": uid}), "familyName", "塚本")
    assert import_roster(made.zipped(), "x.zip")["events"] == {"name_corrected": 1}
    opened("480444")
    pupil = pupil_of(uid)
    assert (pupil.official_family, pupil.given_kana) == ("塚本", "てなおし")


def test_a_class_handed_over_on_one_day(village: Any, opened: Any) -> None:
    """Old place until the very day the new one begins: the day belongs to the new class."""
    made = roster()
    row = made.find("enrollments", {"role": "student", "metadata.jp.shussekiNo": "1"})
    first = made.tables["enrollments"][row]
    school = first[made.column("enrollments", "schoolSourcedId")]
    rooms = [r[0] for r in made.tables["classes"][1:] if r[7] == "homeroom" and r[9] == school and r[0] != first[3]]
    second = list(first)
    second[0], second[3], second[10] = "11111111-1111-4111-8111-111111111111", rooms[0], "40"
    second[8] = "2026-10-01"
    first[9] = "2026-10-01"
    made.tables["enrollments"].append(second)
    report = import_roster(made.zipped(), "x.zip")
    assert report["events"] == {"class_change": 1}
    opened("480444")
    places = ClassPupil.objects.filter(pupil=pupil_of(first[5]), kind="homeroom").order_by("begins")
    assert [place.ends for place in places] == [dt.date(2026, 9, 30), dt.date(2027, 3, 31)]
    assert [place.begins for place in places] == [dt.date(2026, 4, 1), dt.date(2026, 10, 1)]


def test_unknown_deletions_are_warnings(village: Any) -> None:
    made = roster()
    name = "users"
    row = list(made.tables[name][1])
    row[0], row[1], row[2] = "22222222-2222-4222-8222-222222222222", "tobedeleted", "2026-05-07T00:00:00.000Z"
    delta = roster(DELTA)
    delta.tables = {"manifest": delta.tables["manifest"], name: [made.tables[name][0], row]}
    for file in ("demographics", "enrollments", "roles"):
        delta.put("manifest", delta.find("manifest", {"propertyName": f"file.{file}"}), "value", "absent")
    report = import_roster(delta.zipped(), "d.zip")
    assert report["accepted"]
    assert report["unchanged"]
    assert [(w["code"], w["line"]) for w in report["warnings"]] == [("unknown_deleted", 2)]


def without(made: Roster, uid: str) -> bytes:
    for file, column in (("users", "sourcedId"), ("roles", "userSourcedId"), ("enrollments", "userSourcedId"),
                         ("demographics", "sourcedId")):  # fmt: skip
        at = made.column(file, column)
        made.tables[file] = [row for row in made.tables[file] if row[at] != uid]
    return made.zipped()


def test_a_teacher_who_leaves_and_comes_back(village: Any, opened: Any) -> None:
    uid = roster().cell("enrollments", 1, "userSourcedId")
    account = StaffMember.objects.get(pk=SourceLink.objects.get(file="users", sourced_id=uid).target_id).account
    lessons = ClassStaff.objects.filter(account=account).count()
    assert import_roster(without(roster(), uid), "less.zip")["events"] == {"staff_out": 1}
    opened("480444")
    account.refresh_from_db()
    assert not account.is_active
    assert not Membership.objects.filter(account=account, ends__isnull=True).exists()
    assert not ClassStaff.objects.filter(account=account, ends__gt=dt.date(2026, 11, 23)).exists()
    assert import_roster(content(SMALL), "back.zip")["applied"]
    opened("480444")
    account.refresh_from_db()
    assert account.is_active
    assert [m.ends for m in Membership.objects.filter(account=account)] == [None]
    assert ClassStaff.objects.filter(account=account).count() == lessons


def test_a_pupil_who_moves_within_the_town(village: Any, opened: Any) -> None:
    """Another school of the same village: the same row, 転学日 the day before, old places ended."""
    made = roster()
    user = next(i for i, row in enumerate(made.tables["users"]) if i and row[14] == "P6")
    uid, target = made.tables["users"][user][0], made.cell("orgs", 3, "sourcedId")
    room = made.find("classes", {"classType": "homeroom", "schoolSourcedId": target})
    pupil = pupil_of(uid)
    made.put("users", user, "grades", "J1")
    made.put("users", user, "metadata.jp.homeClass", made.cell("classes", room, "sourcedId"))
    role = made.find("roles", {"userSourcedId": uid})
    made.put("roles", role, "orgSourcedId", target)
    made.put("roles", role, "beginDate", "2026-09-01")
    at = made.column("enrollments", "userSourcedId")
    place = next(list(row) for row in made.tables["enrollments"] if row[at] == uid and row[10])
    made.tables["enrollments"] = [row for row in made.tables["enrollments"] if row[at] != uid]
    place[0], place[3], place[4] = (
        "11111111-1111-4111-8111-111111111111",
        made.cell("classes", room, "sourcedId"),
        target,
    )
    place[8], place[10] = "2026-09-01", "44"
    made.tables["enrollments"].append(place)
    assert import_roster(made.zipped(), "moved.zip")["events"] == {"moved": 1}
    opened("480444")
    stays = list(Enrolment.objects.filter(pupil=pupil).order_by("begins"))
    assert [(s.begins, s.ends) for s in stays] == [
        (dt.date(2026, 4, 1), dt.date(2026, 8, 31)), (dt.date(2026, 9, 1), None)]  # fmt: skip
    assert stays[0].end_kind == "transfer_out"
    assert stays[1].begin_kind == "transfer_in"
    assert stays[0].next_school == stays[1].school.name
    moved = pupil_of(uid)
    assert (moved.id, moved.school_id, moved.attendance_number) == (pupil.id, stays[1].school_id, 44)
    assert moved.left_on is None
