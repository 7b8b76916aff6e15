"""The preview is truthful: what is counted before is what is there afterwards, row by row of the database."""

from collections.abc import Callable
from typing import Any

import pytest

from minamo.access.api import set_scope
from minamo.interop.roster.command import import_roster
from minamo.interop.tests.roster.packages import DELTA, SMALL, TOWN, Roster, changed, content, roster
from minamo.people.models import ClassPupil, ClassStaff, Pupil, SchoolClass, StaffMember
from minamo.tenancy.api import municipality_by_code
from minamo.tenancy.models import Membership, School

NOUNS: dict[str, Any] = {
    "schools": School, "classes": SchoolClass, "pupils": Pupil, "staff": StaffMember, "places": ClassPupil,
    "teaching": ClassStaff, "posts": Membership,
}  # fmt: skip


def rows(code: str) -> dict[str, dict[Any, dict[str, Any]]]:
    """Every row of the nouns of a town, by id."""
    town = municipality_by_code(code)
    if town is None:
        return {name: {} for name in NOUNS}
    set_scope(municipalities=[town], side="school")
    found = {name: {row["id"]: row for row in kind.objects.values()} for name, kind in NOUNS.items()}
    signs_in = dict(StaffMember.objects.values_list("id", "account__is_active"))  # all that ends of somebody who goes
    return found | {"staff": {key: row | {"signs_in": signs_in[key]} for key, row in found["staff"].items()}}


def foretold_and_done(code: str, data: bytes) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, int]]]:
    """Counts of the check, and of what the rows then show."""
    checked = import_roster(data, "x.zip", check_only=True)
    assert checked["accepted"], checked["problems"]
    before = rows(code)
    done = import_roster(data, "x.zip")
    assert done["applied"]
    assert (done["changes"], done["events"], done["schools"], done["event_rows"]) == (
        checked["changes"], checked["events"], checked["schools"], checked["event_rows"],
    )  # fmt: skip
    after = rows(code)
    found = {}
    for name in NOUNS:
        both = before[name].keys() & after[name].keys()
        found[name] = {
            "create": len(after[name].keys() - both),
            "touched": sum(before[name][key] != after[name][key] for key in both) + len(before[name].keys() - both),
        }
    return checked["changes"], found


@pytest.mark.parametrize(("code", "name"), [("480444", SMALL), ("480441", TOWN)])
def test_a_first_roster(code: str, name: str, db: None) -> None:
    foretold, found = foretold_and_done(code, content(name))
    assert {noun: counts["create"] for noun, counts in foretold.items()} == {
        noun: counts["create"] for noun, counts in found.items()
    }
    assert all(counts["touched"] == 0 for counts in found.values())


def test_a_difference(town: Any) -> None:
    foretold, found = foretold_and_done("480441", content(DELTA))
    for noun in NOUNS:
        assert found[noun]["create"] == foretold[noun]["create"], noun
        assert found[noun]["touched"] == foretold[noun]["update"] + foretold[noun]["end"], noun


PUPIL = next(i for i, row in enumerate(roster().tables["users"]) if i and row[14])


def drop_person(r: Roster, number: int) -> None:
    """A user and everything that speaks of him."""
    uid = r.cell("users", number, "sourcedId")
    for file, column in (("roles", "userSourcedId"), ("enrollments", "userSourcedId"), ("demographics", "sourcedId"),
                         ("userProfiles", "userSourcedId"), ("users", "sourcedId")):  # fmt: skip
        if file in r.tables:
            at = r.column(file, column)
            r.tables[file] = [r.tables[file][0], *(row for row in r.tables[file][1:] if row[at] != uid)]


def one_leaves(r: Roster) -> None:
    drop_person(r, PUPIL)


def a_teacher_leaves(r: Roster) -> None:
    user = r.cell("roles", r.find("roles", {"role": "aide"}), "userSourcedId")
    drop_person(r, r.find("users", {"sourcedId": user}))


def a_name(r: Roster) -> None:
    r.put("users", PUPIL, "familyName", "塚本")


def a_number(r: Roster) -> None:
    uid = r.cell("users", PUPIL, "sourcedId")
    for number, row in enumerate(r.tables["enrollments"]):
        if uid in row and r.cell("enrollments", number, "metadata.jp.shussekiNo"):
            r.put("enrollments", number, "metadata.jp.shussekiNo", "40")


def a_title(r: Roster) -> None:
    r.put("classes", r.find("classes", {"classType": "homeroom"}), "title", "1年9組")


@pytest.mark.parametrize("change", [one_leaves, a_teacher_leaves, a_name, a_number, a_title])
def test_a_whole_roster_with_one_change(change: Callable[[Roster], None], village: Any) -> None:
    foretold, found = foretold_and_done("480444", changed(change))
    for noun in NOUNS:
        assert found[noun]["create"] == foretold[noun]["create"], noun
        assert found[noun]["touched"] == foretold[noun]["update"] + foretold[noun]["end"], (noun, foretold[noun])


def test_the_same_file_again_foretells_nothing(village: Any) -> None:
    foretold, found = foretold_and_done("480444", content(SMALL))
    assert all(not any(counts.values()) for counts in (*foretold.values(), *found.values()))
