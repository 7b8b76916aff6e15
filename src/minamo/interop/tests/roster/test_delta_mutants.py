"""Every broken difference (delta) is refused with its place; nothing is written."""

from minamo.interop.models import ImportRun, SourceLink
from minamo.interop.roster.command import import_roster
from minamo.interop.tests.roster.packages import DELTA, Roster, changed, content, roster
from minamo.interop.tests.roster.test_mutants import NOWHERE, Change, Place, put


def delta(change: Change) -> bytes:
    return changed(change, DELTA)


OLD_PLACE = {"classSourcedId": "3912001c-0849-431f-bce7-7c493cc1f9e2", "status": "tobedeleted"}
NEW_PLACE = {"classSourcedId": "6f086a4d-9c20-4b2e-a39f-5dcccb0b955a", "status": "active"}
NEW_PLACE_LINE = roster(DELTA).find("enrollments", NEW_PLACE) + 1


def old_place_stays(r: Roster) -> None:
    row = r.find("enrollments", OLD_PLACE)
    r.put("enrollments", row, "status", "active")
    r.put("enrollments", row, "endDate", "2027-03-31")


DELTA_MUTANTS: dict[str, tuple[Change, Place]] = {
    "status missing": (put("users", 1, "status", ""), ("required", "users.csv", 2, "status")),
    "strange status": (put("users", 1, "status", "deleted"), ("bad_enum", "users.csv", 2, "status")),
    "time missing": (put("roles", 1, "dateLastModified", ""), ("required", "roles.csv", 2, "dateLastModified")),
    "a moment that never was": (
        put("roles", 1, "dateLastModified", "0001-01-01T00:00:00Z"),
        ("bad_datetime", "roles.csv", 2, "dateLastModified"),
    ),
    "a moment at the end of time": (
        put("users", 1, "dateLastModified", "9999-12-31T23:59:59Z"),
        ("bad_datetime", "users.csv", 2, "dateLastModified"),
    ),
    "a change that is still to come": (
        put("users", 1, "dateLastModified", "2150-01-01T00:00:00Z"),
        ("future_change", "users.csv", 2, "dateLastModified"),
    ),
    "local time": (
        put("roles", 1, "dateLastModified", "2026-05-07T09:30:00+09:00"),
        ("bad_datetime", "roles.csv", 2, "dateLastModified"),
    ),
    "class nobody knows": (
        put("enrollments", 1, "classSourcedId", NOWHERE), ("dangling", "enrollments.csv", 2, "classSourcedId"),
    ),
    "old place stays": (old_place_stays, ("two_homerooms", "enrollments.csv", NEW_PLACE_LINE, "classSourcedId")),
}  # fmt: skip


def test_broken_deltas_are_refused(town: object) -> None:
    before = SourceLink.objects.count()
    for name, (change, (code, file, line, column)) in DELTA_MUTANTS.items():
        report = import_roster(delta(change), "mutant.zip")
        assert not report["accepted"]
        found = [(p["code"], p["file"], p["line"], p["column"]) for p in report["problems"]]
        assert (code, file, line, column) in found, (name, found)
    assert SourceLink.objects.count() == before
    assert ImportRun.objects.filter(state="refused").count() == len(DELTA_MUTANTS)


def test_a_delta_for_nobody(db: None) -> None:
    report = import_roster(content(DELTA), "x.zip")
    assert {p["code"] for p in report["problems"]} == {"dangling"}
    assert {p["file"] for p in report["problems"]} >= {"users.csv", "roles.csv", "enrollments.csv"}
