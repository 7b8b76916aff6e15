"""手本の規程: every clause is kept by something that exists, every rule of the house names a clause that exists."""

import re

import pytest

from minamo.access.api import LIMITS, policies
from minamo.policy.anchors import anchors, proved
from minamo.policy.clauses import PARTS, model
from minamo.policy.links import file_of, is_there, links_of, number_of
from minamo.policy.queries.evidence import EVIDENCE

CLAUSES = model().clauses.values()


def test_there_are_enough_of_them_in_the_three_parts():
    assert len(CLAUSES) >= 150
    assert {clause.part for clause in CLAUSES} == set(PARTS)
    assert {clause.part for clause in CLAUSES if clause.number.startswith("2.")} == {"対策基準"}


def test_every_rule_of_the_house_has_its_clause():
    wrong = []
    for rule in policies().rules:
        clause = model().clauses.get(number_of(rule.clause))
        if clause is None or rule.clause != f"{clause.number} {clause.title}":
            wrong.append((rule.id, rule.clause))
    assert wrong == []


def test_every_number_of_the_house_has_its_clause_and_stands_in_it():
    for name, limit in LIMITS.items():
        clause = model().clauses[number_of(limit.clause)]
        assert limit.clause == f"{clause.number} {clause.title}"
        assert any(f"{{{name}}}" in one.text for one in CLAUSES), f"no clause speaks of {name}"


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.number)
def test_a_clause_is_kept_by_what_it_says(clause):
    for number in clause.through:
        assert number in model().clauses
    if clause.by == "code" and not clause.tests:
        assert any(links_of(number).kept != "people" for number in clause.through), "goes through people only"
    assert clause.evidence in {"", *EVIDENCE}
    assert clause.text.endswith("。")


ANCHORS = [anchor for kind in anchors().values() for anchor in kind]
NAMED = {link for each in (*CLAUSES, *ANCHORS) for link in each.tests}


def test_the_table_is_whole():
    """Seven tenets, thirteen elements; what minamo does is shown by a test, what only people do is a clause for people."""
    assert [anchor.number for anchor in anchors()["tenet"]] == [str(n) for n in range(1, 8)]
    assert [anchor.number for anchor in anchors()["control"]] == [str(n) for n in range(1, 14)]
    for anchor in ANCHORS:
        assert anchor.clauses and anchor.minamo.endswith("。") and anchor.town.endswith("。")
        assert anchor.tests or anchor.who == "自治体が守る"
    assert proved().walls >= 40


@pytest.mark.parametrize("link", sorted(NAMED))
def test_every_test_a_clause_names_is_there(link):
    assert is_there(link), file_of(link)


def test_a_test_that_is_not_there_is_noticed():
    assert not is_there("policy/test_model::test_of_nothing")
    assert not is_there("policy/test_nothing::test_a_clause_is_kept_by_what_it_says")
    assert not is_there("policy/test_model::")


def test_numbers_in_the_text_are_numbers_of_the_house():
    written = {name for clause in CLAUSES for name in re.findall(r"\{(\w+)\}", clause.text)}
    assert written == set(LIMITS)
