"""Every broken variant is refused, with the code, file, line and column of the fault; nothing is written."""

from collections.abc import Callable

import pytest

from minamo.interop.roster.command import import_roster
from minamo.interop.tests.roster.packages import Roster, changed, roster
from minamo.tenancy.models import Municipality

NOWHERE = "00000000-0000-4000-8000-000000000000"
Change = Callable[[Roster], None]
Place = tuple[str, str, int | None, str]


def put(file: str, row: int, column: str, value: str) -> Change:
    return lambda r: r.put(file, row, column, value)


def copy(file: str, source: int, row: int, column: str) -> Change:
    return lambda r: r.put(file, row, column, r.cell(file, source, column))


def raw(file: str, data: bytes | None) -> Change:
    def change(r: Roster) -> None:
        r.raw[file] = data

    return change


def edit_bytes(file: str, edit: Callable[[bytes], bytes]) -> Change:
    def change(r: Roster) -> None:
        r.raw[file] = edit(r.bytes_of(file))

    return change


def manifest(name: str, value: str) -> Change:
    def change(r: Roster) -> None:
        r.put("manifest", r.find("manifest", {"propertyName": name}), "value", value)

    return change


def manifest_line(name: str) -> int:
    return roster().find("manifest", {"propertyName": name}) + 1


def drop_column(file: str, column: str) -> Change:
    def change(r: Roster) -> None:
        at = r.column(file, column)
        r.tables[file] = [row[:at] + row[at + 1 :] for row in r.tables[file]]

    return change


def swap_columns(file: str, at: int) -> Change:
    def change(r: Roster) -> None:
        for row in r.tables[file]:
            row[at], row[at + 1] = row[at + 1], row[at]

    return change


def add_column(file: str, heading: str, at: int | None = None) -> Change:
    def change(r: Roster) -> None:
        for number, row in enumerate(r.tables[file]):
            row.insert(len(row) if at is None else at, "" if number else heading)

    return change


def header_only(file: str) -> Change:
    def change(r: Roster) -> None:
        r.tables[file] = r.tables[file][:1]

    return change


def drop_row(file: str, **wanted: str) -> Change:
    def change(r: Roster) -> None:
        del r.tables[file][r.find(file, wanted)]

    return change


def at(file: str, column: str, value: str, **wanted: str) -> tuple[Change, int]:
    """Change a cell of the first row with these cells; also its line."""
    number = roster().find(file, wanted)
    return put(file, number, column, value), number + 1


SCHOOL, SCHOOL_LINE = 2, 3
HOME, HOME_LINE = at("enrollments", "metadata.jp.shussekiNo", "0", **{"role": "student", "metadata.jp.shussekiNo": "1"})
PUPIL_ROW = next(i for i, row in enumerate(roster().tables["users"]) if i and row[14])
STUDENT_ROLE, STUDENT_ROLE_LINE = at("roles", "roleType", "secondary", role="student")
PRINCIPAL, PRINCIPAL_LINE = at("roles", "roleType", "primary", role="principal")
TEACHER_PLACE, TEACHER_PLACE_LINE = at("enrollments", "primary", "yes", role="teacher", primary="true")
PUPIL_PLACE, PUPIL_PLACE_LINE = at("enrollments", "primary", "true", role="student")
OFFICER_TEACHER = roster().find(
    "roles", {"userSourcedId": roster().cell("roles", PRINCIPAL_LINE - 1, "userSourcedId"), "role": "teacher"}
)


def second_primary(r: Roster) -> None:
    r.put("roles", r.find("roles", {"roleType": "secondary", "role": "aide"}), "roleType", "primary")


def second_homeroom(r: Roster) -> None:
    row = list(r.tables["enrollments"][HOME_LINE - 1])
    row[0] = "11111111-1111-4111-8111-111111111111"
    r.tables["enrollments"].append(row)


def same_number(r: Roster) -> None:
    first = HOME_LINE - 1
    other = next(
        i for i, row in enumerate(r.tables["enrollments"])
        if i > first and row[3] == r.tables["enrollments"][first][3] and row[10] == "2"
    )  # fmt: skip
    r.put("enrollments", other, "metadata.jp.shussekiNo", "1")


def last_line(file: str) -> int:
    return len(roster().tables[file])


MUTANTS: dict[str, tuple[Change, Place]] = {
    # the package and its manifest
    "no manifest": (raw("manifest", None), ("manifest_missing", "manifest.csv", None, "")),
    "manifest header": (put("manifest", 0, "value", "values"), ("manifest_header", "manifest.csv", 1, "")),
    "wrong version": (manifest("oneroster.version", "1.1"), ("wrong_version", "manifest.csv", 3, "oneroster.version")),
    "manifest version": (manifest("manifest.version", "2.0"), ("wrong_version", "manifest.csv", 2, "manifest.version")),
    "absent but present": (
        manifest("file.roles", "absent"),
        ("absent_but_present", "manifest.csv", manifest_line("file.roles"), "file.roles"),
    ),
    "declared but missing": (
        raw("demographics", None),
        ("declared_but_missing", "manifest.csv", manifest_line("file.demographics"), "file.demographics"),
    ),
    "strange mode": (
        manifest("file.users", "full"), ("bad_enum", "manifest.csv", manifest_line("file.users"), "file.users"),
    ),
    "manifest lacks a file": (
        drop_row("manifest", propertyName="file.results"), ("manifest_lacks", "manifest.csv", None, "file.results"),
    ),
    "manifest says twice": (
        lambda r: r.tables["manifest"].append(["file.users", "bulk"]),
        ("manifest_twice", "manifest.csv", last_line("manifest") + 1, "file.users"),
    ),
    "manifest unknown": (
        lambda r: r.tables["manifest"].append(["file.cats", "bulk"]),
        ("manifest_unknown", "manifest.csv", last_line("manifest") + 1, "file.cats"),
    ),
    "a stranger in the ZIP": (raw("notes.txt", b"hello"), ("unknown_file", "notes.txt", None, "")),
    # the text
    "BOM": (edit_bytes("users", lambda b: b"\xef\xbb\xbf" + b), ("bom", "users.csv", 1, "")),
    "Shift_JIS": (
        edit_bytes("orgs", lambda b: b.decode().encode("cp932")), ("not_utf8", "orgs.csv", 2, ""),
    ),
    "empty file": (raw("courses", b""), ("empty_file", "courses.csv", 1, "")),
    "open quote": (edit_bytes("orgs", lambda b: b[:-3] + b"\r\n"), ("csv_syntax", "orgs.csv", 4, "")),
    "control character": (put("classes", 3, "title", "1年\x00組"), ("control_character", "classes.csv", 4, "")),
    "a cell too many": (lambda r: r.tables["orgs"][2].append("x"), ("cell_count", "orgs.csv", 3, "")),
    "no rows": (header_only("courses"), ("no_rows", "courses.csv", 1, "")),
    "a cell without end": (put("users", PUPIL_ROW, "sms", "0" * 200_000), ("csv_syntax", "users.csv", PUPIL_ROW + 1, "")),
    "UTF-16": (edit_bytes("users", lambda b: b.decode().encode("utf-16")), ("not_utf8", "users.csv", 1, "")),
    "half of a pair": (edit_bytes("orgs", lambda b: b + b"\xed\xa0\x80"), ("not_utf8", "orgs.csv", 5, "")),
    "semicolons": (edit_bytes("orgs", lambda b: b.replace(b",", b";")), ("csv_syntax", "orgs.csv", 1, "")),
    "a comma at the end": (
        edit_bytes("orgs", lambda b: b.replace(b"\r\n", b",\r\n")), ("unknown_column", "orgs.csv", 1, ""),
    ),
    "manifest with a BOM": (edit_bytes("manifest", lambda b: b"\xef\xbb\xbf" + b), ("bom", "manifest.csv", 1, "")),
    "manifest empty": (raw("manifest", b""), ("empty_file", "manifest.csv", 1, "")),
    "manifest without rows": (raw("manifest", b"propertyName,value\r\n"), ("no_rows", "manifest.csv", 1, "")),
    "nothing in it": (
        lambda r: [(raw(f, None)(r), manifest(f"file.{f}", "absent")(r)) for f in list(r.tables) if f != "manifest"] and None,
        ("nothing_there", "manifest.csv", None, ""),
    ),
    "what a Mac adds": (raw(".DS_Store", b"x"), ("unknown_file", ".DS_Store", None, "")),
    # the header
    "missing column": (drop_column("users", "givenName"), ("missing_column", "users.csv", 1, "givenName")),
    "missing Japanese column": (
        drop_column("enrollments", "metadata.jp.publicFlg"),
        ("missing_column", "enrollments.csv", 1, "metadata.jp.publicFlg"),
    ),
    "scrambled header": (swap_columns("users", 6), ("scrambled_columns", "users.csv", 1, "familyName")),
    "unknown column": (add_column("orgs", "phone"), ("unknown_column", "orgs.csv", 1, "phone")),
    "extension among the standard": (
        add_column("orgs", "metadata.x.y", 3), ("unknown_column", "orgs.csv", 1, "metadata.x.y"),
    ),
    "column twice": (add_column("orgs", "name"), ("unknown_column", "orgs.csv", 1, "name")),
    # cells
    "required": (put("users", 3, "familyName", ""), ("required", "users.csv", 4, "familyName")),
    "blank name": (put("users", 3, "familyName", "\u3000"), ("required", "users.csv", 4, "familyName")),
    "bulk status": (put("users", 2, "status", "active"), ("bulk_not_empty", "users.csv", 3, "status")),
    "bulk date": (
        put("orgs", 1, "dateLastModified", "2026-04-01T00:00:00.000Z"),
        ("bulk_not_empty", "orgs.csv", 2, "dateLastModified"),
    ),
    "id no UUID": (put("courses", 1, "sourcedId", "course-1"), ("bad_uuid", "courses.csv", 2, "sourcedId")),
    "id of another version": (
        put("courses", 1, "sourcedId", "c5649b6b-4513-1b8c-a1a7-ef68c2205b52"),
        ("bad_uuid", "courses.csv", 2, "sourcedId"),
    ),
    "master id": (put("users", 1, "userMasterIdentifier", "1"), ("bad_uuid", "users.csv", 2, "userMasterIdentifier")),
    "enumeration": (put("classes", 1, "classType", "club"), ("bad_enum", "classes.csv", 2, "classType")),
    "ext: in the Japan profile": (
        put("classes", 1, "classType", "ext:club"), ("bad_enum", "classes.csv", 2, "classType"),
    ),
    "boolean": (put("users", 1, "enabledUser", "TRUE"), ("bad_boolean", "users.csv", 2, "enabledUser")),
    "boolean of primary": (TEACHER_PLACE, ("bad_boolean", "enrollments.csv", TEACHER_PLACE_LINE, "primary")),
    "date": (put("roles", 5, "beginDate", "2026-02-30"), ("bad_date", "roles.csv", 6, "beginDate")),
    "date with slashes": (put("roles", 5, "beginDate", "2026/04/01"), ("bad_date", "roles.csv", 6, "beginDate")),
    "a date of long ago": (put("roles", 5, "beginDate", "0001-01-01"), ("far_date", "roles.csv", 6, "beginDate")),
    "a date far ahead": (put("roles", 5, "beginDate", "2999-04-01"), ("far_date", "roles.csv", 6, "beginDate")),
    "birth date": (put("demographics", 1, "birthDate", "H30.4.1"), ("bad_date", "demographics.csv", 2, "birthDate")),
    "number": (HOME, ("bad_number", "enrollments.csv", HOME_LINE, "metadata.jp.shussekiNo")),
    "year": (put("academicSessions", 1, "schoolYear", "R8"), ("bad_year", "academicSessions.csv", 2, "schoolYear")),
    "half-width kana": (put("users", 4, "metadata.jp.kanaFamilyName", "ﾜﾀﾅﾍﾞ"),
                        ("halfwidth_kana", "users.csv", 5, "metadata.jp.kanaFamilyName")),
    "grade": (put("users", PUPIL_ROW, "grades", "P7"), ("bad_enum", "users.csv", PUPIL_ROW + 1, "grades")),
    "a line break in a name": (
        put("users", PUPIL_ROW, "familyName", "山\n田"), ("unseen_character", "users.csv", PUPIL_ROW + 1, "familyName"),
    ),
    "a tab in a title": (put("classes", 1, "title", "1年\t1組"), ("unseen_character", "classes.csv", 2, "title")),
    "a direction mark": (
        put("users", PUPIL_ROW, "givenName", "花\u202e"), ("unseen_character", "users.csv", PUPIL_ROW + 1, "givenName"),
    ),
    "a zero-width space": (
        put("users", PUPIL_ROW, "givenName", "花\u200b子"), ("unseen_character", "users.csv", PUPIL_ROW + 1, "givenName"),
    ),
    "a lost letter": (
        put("users", PUPIL_ROW, "familyName", "山\ufffd"), ("lost_character", "users.csv", PUPIL_ROW + 1, "familyName"),
    ),
    "a login with a space": (
        put("users", 1, "username", "a b@example.jp"), ("inner_space", "users.csv", 2, "username"),
    ),
    "a number with spaces": (
        put("users", PUPIL_ROW, "identifier", " 12"), ("outer_space", "users.csv", PUPIL_ROW + 1, "identifier"),
    ),
    "a mail that is none": (put("users", 1, "email", "not a mail"), ("bad_mail", "users.csv", 2, "email")),
    "too long": (put("orgs", SCHOOL, "name", "学" * 81), ("too_long", "orgs.csv", SCHOOL_LINE, "name")),
    "a grade in a list": (put("classes", 1, "grades", "P1,"), ("bad_enum", "classes.csv", 2, "grades")),
    # references
    "duplicate id": (copy("users", 1, 2, "sourcedId"), ("duplicate_id", "users.csv", 3, "sourcedId")),
    "dangling course": (
        put("classes", 1, "courseSourcedId", NOWHERE), ("dangling", "classes.csv", 2, "courseSourcedId"),
    ),
    "dangling term in a list": (
        lambda r: r.put("classes", 2, "termSourcedIds", f"{r.cell('classes', 1, 'termSourcedIds')},{NOWHERE}"),
        ("dangling", "classes.csv", 3, "termSourcedIds"),
    ),
    "dangling user": (put("enrollments", 9, "userSourcedId", NOWHERE), ("dangling", "enrollments.csv", 10, "userSourcedId")),
    "dangling class": (put("enrollments", 9, "classSourcedId", NOWHERE), ("dangling", "enrollments.csv", 10, "classSourcedId")),
    "dangling org": (put("roles", 9, "orgSourcedId", NOWHERE), ("dangling", "roles.csv", 10, "orgSourcedId")),
    "dangling home class": (
        put("users", PUPIL_ROW, "metadata.jp.homeClass", NOWHERE),
        ("dangling", "users.csv", PUPIL_ROW + 1, "metadata.jp.homeClass"),
    ),
    "demographics of nobody": (
        put("demographics", 3, "sourcedId", NOWHERE), ("dangling", "demographics.csv", 4, "sourcedId"),
    ),
    # rules
    "no primary role": (STUDENT_ROLE, ("student_not_primary", "roles.csv", STUDENT_ROLE_LINE, "roleType")),
    "two primary roles": (
        second_primary,
        ("two_primary_roles", "roles.csv", roster().find("roles", {"roleType": "secondary", "role": "aide"}) + 1, "roleType"),
    ),
    "principal as primary": (PRINCIPAL, ("officer_primary", "roles.csv", PRINCIPAL_LINE, "roleType")),
    "principal who is no teacher": (
        put("roles", OFFICER_TEACHER, "role", "aide"), ("officer_not_teacher", "roles.csv", PRINCIPAL_LINE, "role"),
    ),
    "primary of a pupil": (PUPIL_PLACE, ("primary_not_teacher", "enrollments.csv", PUPIL_PLACE_LINE, "primary")),
    "two homerooms": (second_homeroom, ("two_homerooms", "enrollments.csv", last_line("enrollments") + 1, "classSourcedId")),
    "number twice": (same_number, ("number_twice", "enrollments.csv", None, "metadata.jp.shussekiNo")),
    "school without a board": (
        put("orgs", SCHOOL, "parentSourcedId", ""), ("school_without_district", "orgs.csv", SCHOOL_LINE, "parentSourcedId"),
    ),
    "board with a parent": (
        lambda r: r.put("orgs", 1, "parentSourcedId", r.cell("orgs", 2, "sourcedId")),
        ("district_has_parent", "orgs.csv", 2, "parentSourcedId"),
    ),
    "school code": (put("orgs", SCHOOL, "identifier", "123"), ("bad_code", "orgs.csv", SCHOOL_LINE, "identifier")),
    "kind of school": (
        put("orgs", SCHOOL, "identifier", "D148204440010"), ("school_kind", "orgs.csv", SCHOOL_LINE, "identifier"),
    ),
    "session title": (put("academicSessions", 1, "title", "令和8年度"), ("session_title", "academicSessions.csv", 2, "title")),
    "session dates": (
        put("academicSessions", 1, "endDate", "2027-03-30"), ("session_dates", "academicSessions.csv", 2, "endDate"),
    ),
    "course title": (put("courses", 1, "title", "1年"), ("course_title", "courses.csv", 2, "title")),
    "course code": (put("courses", 1, "courseCode", "X"), ("course_code", "courses.csv", 2, "courseCode")),
    "subject count": (put("courses", 2, "subjects", "国語,書写"), ("subject_count", "courses.csv", 3, "subjectCodes")),
    "another school's class": (
        lambda r: r.put("enrollments", 1, "schoolSourcedId", r.cell("orgs", 3, "sourcedId")),
        ("other_school", "enrollments.csv", 2, "schoolSourcedId"),
    ),
    "dates reversed": (put("roles", 1, "endDate", "2026-03-31"), ("dates_reversed", "roles.csv", 2, "endDate")),
    "same login": (copy("users", 1, 2, "username"), ("not_unique", "users.csv", 3, "username")),
    "born tomorrow": (put("demographics", 1, "birthDate", "2030-01-01"), ("birth_date", "demographics.csv", 2, "birthDate")),
}  # fmt: skip


def test_there_are_enough_of_them() -> None:
    assert len(MUTANTS) >= 60


@pytest.mark.parametrize("name", MUTANTS)
def test_refused_with_its_place(name: str, db: None) -> None:
    change, (code, file, line, column) = MUTANTS[name]
    report = import_roster(changed(change), "mutant.zip")
    assert not report["accepted"]
    assert not report["applied"]
    found = [(p["code"], p["file"], p["line"], p["column"]) for p in report["problems"]]
    if line is None and code == "number_twice":
        assert [(f[0], f[1], f[3]) for f in found] == [(code, file, column)]
    else:
        assert (code, file, line, column) in found
    assert all(p["message"].endswith(("。", "）。")) for p in report["problems"])
    assert not Municipality.objects.filter(code="480444").exists()


def test_no_personal_value_is_repeated(db: None) -> None:
    made = roster()
    secrets = ("ﾔﾏﾀﾞﾋﾐﾂ", "H27.1.1ひみつ", "himitsu@example.jp" * 30)
    made.put("users", 3, "familyName", secrets[0])
    made.put("demographics", 1, "birthDate", secrets[1])
    made.put("users", 4, "email", secrets[2])
    report = import_roster(made.zipped(), "x.zip")
    assert {(p["file"], p["column"]) for p in report["problems"]} == {
        ("users.csv", "familyName"), ("demographics.csv", "birthDate"), ("users.csv", "email")}  # fmt: skip
    assert not any(secret in str(report) for secret in secrets)


def test_every_error_is_collected_up_to_the_limit(db: None) -> None:
    made = roster()
    for row in range(1, len(made.tables["enrollments"])):
        made.put("enrollments", row, "classSourcedId", NOWHERE)
    report = import_roster(made.zipped(), "x.zip")
    assert len(report["problems"]) == 500
    assert report["problems_left_out"] == len(made.tables["enrollments"]) - 1 - 500
