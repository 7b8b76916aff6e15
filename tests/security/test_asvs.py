"""The ASVS table has no gap, names only tests that exist, and is the page that is published."""

import re
from collections import Counter
from pathlib import Path

from tests.security.asvs import COUNTS, PAGE, STATES, exists, page, rows

GUIDE = Path(__file__).parents[2] / "docs" / "operations.md"


def test_every_requirement_has_its_row() -> None:
    table = rows()
    assert len({row.id for row in table}) == len(table) == sum(map(sum, COUNTS.values())) == 253
    assert (
        sum(row.level < 3 for row in table) == 246
    )  # levels 1 and 2 without V17; the other seven are V7 and V8 at level 3
    found = Counter((row.chapter, row.level) for row in table)
    wanted = {(c, level): n for c, counts in COUNTS.items() for level, n in enumerate(counts, 1) if n}
    assert dict(found) == wanted


def test_each_row_says_what_holds_and_what_is_built_has_a_test() -> None:
    assert [row.id for row in rows() if row.state not in STATES or len(row.how) < 5] == []
    documented = {"V6.2.10", "V6.4.2"}  # a thing that is not there cannot be tested by a page that lacks it
    assert {row.id for row in rows() if row.state == "built" and not row.tests} <= documented


def test_named_tests_exist() -> None:
    assert [(row.id, test) for row in rows() for test in row.tests if not exists(test)] == []


def test_a_row_that_points_to_the_operators_guide_names_a_part_that_is_there() -> None:
    parts = set(re.findall(r"^## (.+)$", GUIDE.read_text(), re.MULTILINE))
    pointing = [row for row in rows() if GUIDE.name in row.how]
    assert len(pointing) > 5
    named = {row.id: set(re.findall(r'"([^"]+)"', row.how)) for row in pointing}
    assert {key: found - parts or "no part named" for key, found in named.items() if not found or found - parts} == {}


def test_the_page_is_the_table() -> None:
    assert PAGE.read_text() == page(), "run: python -m tests.security.asvs"
