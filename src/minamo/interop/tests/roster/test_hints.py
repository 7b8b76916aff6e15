"""What may be so is taken in and said with its place; names from a Mac are joined where they are shown."""

from minamo.interop.roster.command import import_roster
from minamo.interop.tests.roster.packages import Roster, changed, roster
from minamo.interop.tests.roster.test_mutants import PUPIL_ROW
from minamo.people.models import Pupil


def doubtful(r: Roster) -> None:
    """What a person should look at, though it may be so."""
    r.put("users", PUPIL_ROW, "preferredFamilyName", "?田")
    r.put("users", PUPIL_ROW + 1, "familyName", "〓田")
    uid = r.cell("users", PUPIL_ROW, "sourcedId")
    r.put("demographics", r.find("demographics", {"sourcedId": uid}), "birthDate", "2024-05-05")
    first = r.find("classes", {"classType": "homeroom"})
    school = r.cell("classes", first, "schoolSourcedId")
    other = next(
        i for i, _ in enumerate(r.tables["classes"])
        if i > first and (r.cell("classes", i, "classType"), r.cell("classes", i, "schoolSourcedId")) == ("homeroom", school)
    )  # fmt: skip
    r.put("classes", other, "title", r.cell("classes", first, "title"))


def test_what_may_be_so_is_said_with_its_place_and_taken(db: None) -> None:
    report = import_roster(changed(doubtful), "x.zip", check_only=True)
    assert report["accepted"], report["problems"]
    found = {(w["code"], w["file"], w["column"]) for w in report["warnings"]}
    assert found == {
        ("maybe_lost", "users.csv", "preferredFamilyName"), ("maybe_lost", "users.csv", "familyName"),
        ("grade_by_age", "demographics.csv", "birthDate"), ("title_twice", "classes.csv", "title"),
    }  # fmt: skip
    assert all(
        w["line"] and "田" not in w["message"] and not (w["file"] == "users.csv" and w["value"])
        for w in report["warnings"]
    )


def test_kana_from_a_mac_are_joined_and_the_official_name_stays(village: object) -> None:
    def change(r: Roster) -> None:
        r.put("users", PUPIL_ROW, "metadata.jp.kanaPreferredFamilyName", "か\u3099くた\u3099")
        r.put("users", PUPIL_ROW, "preferredFamilyName", "か\u3099く田")
        r.put("users", PUPIL_ROW, "familyName", "か\u3099く田")

    assert import_roster(changed(change), "x.zip")["applied"]
    child = Pupil.objects.get(student_number=roster().cell("users", PUPIL_ROW, "identifier"))
    assert (child.family, child.family_kana, child.official_family) == ("がく田", "がくだ", "か\u3099く田")
