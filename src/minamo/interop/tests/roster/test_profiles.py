"""The older profiles: read where they differ, and no stricter than they were."""

from collections.abc import Callable

import pytest

from minamo.interop.roster.command import import_roster
from minamo.interop.tests.roster.packages import Roster, roster

JP = "metadata.jp."


def without(r: Roster, file: str, *columns: str) -> None:
    for column in columns:
        at = r.column(file, column)
        r.tables[file] = [row[:at] + row[at + 1 :] for row in r.tables[file]]


def rename(r: Roster, file: str, old: str, new: str) -> None:
    r.tables[file][0][r.column(file, old)] = new


def version(r: Roster, text: str) -> None:
    r.put("manifest", r.find("manifest", {"propertyName": "oneroster.version"}), "value", text)


def resources(r: Roster) -> None:
    at = r.column("users", "userMasterIdentifier") + 1
    for number, row in enumerate(r.tables["users"]):
        row.insert(at, "" if number else "resourceSourcedIds")


def base(r: Roster) -> None:
    """OneRoster 1.2.0: the users' older shape, no Japanese columns at all."""
    version(r, "1.2")
    for file in ("users", "enrollments", "classes"):
        without(r, file, *[name for name in r.tables[file][0] if name.startswith(JP)])
    resources(r)


def base_1_2_1(r: Roster) -> None:
    version(r, "1.2.1")
    for file in ("users", "enrollments", "classes"):
        without(r, file, *[name for name in r.tables[file][0] if name.startswith(JP)])


def japan_1_1(r: Roster) -> None:
    """第2版: older users, four kana columns, ShussekiNo and PublicFlg with capitals."""
    version(r, "1.2")
    resources(r)
    without(r, "users", *[f"{JP}kanaPreferred{part}Name" for part in ("Family", "Given", "Middle")])
    rename(r, "enrollments", f"{JP}shussekiNo", f"{JP}ShussekiNo")
    rename(r, "enrollments", f"{JP}publicFlg", f"{JP}PublicFlg")


def japan_1_2_1(r: Roster) -> None:
    version(r, "1.2")
    rename(r, "enrollments", f"{JP}shussekiNo", f"{JP}ShussekiNo")
    without(r, "enrollments", f"{JP}publicFlg")


def portal_v3(r: Roster) -> None:
    japan_1_1(r)
    without(r, "enrollments", f"{JP}PublicFlg")


def portal_v4(r: Roster) -> None:
    japan_1_2_1(r)
    version(r, "1.2.1")


def nulls(r: Roster) -> None:
    """The literal NULL for an empty reference, as one checker demanded."""
    version(r, "1.2.1")
    r.put("academicSessions", 1, "parentSourcedId", "NULL")
    r.put("orgs", 1, "parentSourcedId", "NULL")


def extra_columns(r: Roster) -> None:
    for number, row in enumerate(r.tables["users"]):
        row.append("x" if number else "metadata.vendor.color")


@pytest.mark.parametrize(
    "change", [base_1_2_1, japan_1_1, japan_1_2_1, portal_v3, portal_v4, nulls, extra_columns, base]
)
def test_accepted(change: Callable[[Roster], None], db: None) -> None:
    made = roster()
    change(made)
    report = import_roster(made.zipped(), "x.zip", check_only=True)
    assert report["problems"] == []
    assert report["changes"]["pupils"]["create"] == 96
    assert report["changes"]["places"]["create"] == 853


def test_numbers_arrive_whatever_the_spelling(db: None) -> None:
    from minamo.access.api import set_scope
    from minamo.people.models import Pupil
    from minamo.tenancy.api import municipality_by_code

    made = roster()
    japan_1_1(made)
    assert import_roster(made.zipped(), "x.zip")["applied"]
    town = municipality_by_code("480444")
    assert town is not None
    set_scope(municipalities=[town], side="school")
    assert not Pupil.objects.filter(attendance_number__isnull=True).exists()


def test_the_japan_profile_is_strict_about_what_the_older_ones_leave_open(db: None) -> None:
    made = roster()
    made.put("courses", 1, "courseCode", "KOKUGO")
    assert not import_roster(made.zipped(), "x.zip", check_only=True)["accepted"]
    version(made, "1.2.1")
    assert import_roster(made.zipped(), "x.zip", check_only=True)["accepted"]
