"""The two real-shaped lists of 中央小, row by row, against the recorded truth."""

import csv
import datetime as dt
import io
import json
import uuid
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from minamo.interop.guardians.columns import guess, missing, unknown
from minamo.interop.guardians.match import Known, Outcome, outcomes, values_of
from minamo.kernel.tables import read_table

FILES = Path(__file__).resolve().parents[5] / "tests" / "fixtures" / "roster"
EXPECTED = json.loads((FILES / "guardians" / "expected_guardians.json").read_text())
LOSSY = {row["record"] for row in EXPECTED["cp932_lossy_records"]}


@lru_cache(maxsize=1)
def roster() -> tuple[Known, ...]:
    """The pupils of 中央小 as the bulk roster has them."""
    with zipfile.ZipFile(FILES / "oneroster" / "RO_20260401_480441.zip") as archive:
        table = {
            name: list(csv.DictReader(io.StringIO(archive.read(f"{name}.csv").decode())))
            for name in ("users", "classes", "enrollments", "demographics", "orgs")
        }
    school = next(org["sourcedId"] for org in table["orgs"] if org["identifier"] == "B148204410010")
    homerooms = {
        c["sourcedId"]: c for c in table["classes"] if c["classType"] == "homeroom" and c["schoolSourcedId"] == school
    }
    births = {row["sourcedId"]: dt.date.fromisoformat(row["birthDate"]) for row in table["demographics"]}
    users = {user["sourcedId"]: user for user in table["users"]}
    found = []
    for place in table["enrollments"]:
        if place["role"] != "student" or place["classSourcedId"] not in homerooms:
            continue
        user = users[place["userSourcedId"]]
        found.append(
            Known(uuid.UUID(user["sourcedId"]), user["identifier"],
                  writings(user["preferredFamilyName"], user["preferredMiddleName"], user["preferredGivenName"]),
                  writings(user["familyName"], user["middleName"], user["givenName"]), user["preferredFamilyName"],
                  user["familyName"], user["grades"], homerooms[place["classSourcedId"]]["title"],
                  int(place["metadata.jp.shussekiNo"] or 0) or None, births.get(user["sourcedId"]))
        )  # fmt: skip
    return tuple(found)


def writings(family: str, middle: str, given: str) -> tuple[str, ...]:
    """The whole name with the middle name before and after the given name."""
    return (f"{family} {middle} {given}", f"{family} {given} {middle}")


def read(name: str) -> list[Outcome]:
    """A list through columns and matching."""
    table = read_table(name, (FILES / "guardians" / name).read_bytes())
    columns = guess(table.header, {})
    assert missing(columns) == []
    assert unknown(table.header, columns) == []
    return outcomes([(row.record, values_of(row, columns, len(table.header))) for row in table.rows], roster())


def test_counts() -> None:
    found = read("guardians_E1_utf8bom.csv")
    counts: dict[str, int] = {}
    for row in found:
        counts[row.outcome] = counts.get(row.outcome, 0) + 1
    assert counts == EXPECTED["counts"]


@pytest.mark.parametrize("name", EXPECTED["files"])
def test_every_row_comes_out_as_recorded(name: str) -> None:
    wrong: list[Any] = []
    rows = {row.record: row for row in read(name)}
    for truth in EXPECTED["rows"]:
        row = rows[truth["record"]]
        flags = {flag["code"] for flag in truth["flags"]}
        outcome = truth["outcome"]
        if "cp932" in name and truth["record"] in LOSSY:
            flags, outcome = flags | {"CHAR_LOST"}, "match_flag"
        if (row.outcome, set(row.flags)) != (outcome, flags):
            wrong.append((truth["record"], outcome, sorted(flags), row.outcome, row.flags))
        if truth.get("pupil_sourcedId") and row.outcome != "ignore" and str(row.pupil) != truth["pupil_sourcedId"]:
            wrong.append((truth["record"], "pupil", truth["name"]))
    assert wrong == []


def test_guardians_have_the_names_and_phones_recorded() -> None:
    rows = {row.record: row for row in read("guardians_E1_utf8bom.csv")}
    wrong: list[Any] = []
    for truth in EXPECTED["rows"]:
        row = rows[truth["record"]]
        if row.outcome == "ignore" or {"NO_CONTACT", "ADDRESS_PROTECTED", "RELATION_BLANK"} & set(row.flags):
            continue  # the truth names a phone the row does not have; the protected row names only one guardian
        for person, known in zip(row.people, truth.get("guardians", ()), strict=True):
            if (person.name, person.relation, person.phone) != (known["name"], known["relation"] or "", known["phone"]):
                wrong.append((truth["record"], person.name, known["name"], person.phone, known["phone"]))
    assert wrong == []
