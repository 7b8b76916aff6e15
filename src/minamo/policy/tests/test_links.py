"""つながり: every clause that is kept without people names what keeps it, and what it names belongs to it; or says why not."""

import dataclasses

import pytest

from minamo.access.api import collected, policies
from minamo.access.proof.invariant import Invariant, duty
from minamo.access.proof.prove import Prover
from minamo.policy import links
from minamo.policy.clauses import Clause, model
from minamo.policy.links import invariants_by_clause, links_of, number_of, rule_ids, rules_by_clause
from minamo.policy.queries.evidence import EVIDENCE

CLAUSES = model().clauses.values()
MACHINE = [clause for clause in CLAUSES if links_of(clause.number).kept != "people"]


def lacking(clause: Clause) -> list[str]:
    """What a clause that is kept without people should name and does not, and reasons it gives for nothing."""
    found, rules = links_of(clause.number), rule_ids(clause.number)
    return [
        what
        for what, wrong in {
            "tests": not found.tests,
            "invariants, or why none": not found.invariants and not found.unproved,
            "a reason although proved": bool(found.invariants and clause.unproved),
            "rules under its invariants": bool(found.invariants) != bool(rules),
            "evidence, or why none": not (clause.evidence or rules) and not clause.unmeasured,
            "a reason although measured": bool((clause.evidence or rules) and clause.unmeasured),
            "evidence that can be asked": bool(clause.evidence) and clause.evidence not in EVIDENCE,
            "sentences": not all(text == "" or text.endswith("。") for text in (clause.unproved, clause.unmeasured)),
        }.items()
        if wrong
    ]


@pytest.mark.parametrize("clause", MACHINE, ids=lambda clause: clause.number)
def test_a_clause_names_what_keeps_it(clause):
    assert lacking(clause) == []


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.number)
def test_how_a_clause_is_kept_is_said_as_it_is(clause):
    """「人が守る条文」 is what no rule and no test keeps; a clause with rules says so."""
    assert links_of(clause.number).kept == clause.by
    if clause.by == "people":
        assert not clause.unproved and not clause.unmeasured and not clause.tests


def test_what_a_clause_lacks_is_noticed(monkeypatch):
    whole = model().clauses["4.1"]
    assert lacking(whole) == []
    for change, wanted in (
        ({"tests": ()}, "tests"),
        ({"evidence": "nothing"}, "evidence that can be asked"),
        ({"unproved": "わけ。"}, "a reason although proved"),
        ({"unmeasured": "わけ。"}, "a reason although measured"),
    ):
        altered = dataclasses.replace(whole, **change)
        monkeypatch.setattr(links, "model", lambda altered=altered: _model_with(altered))
        assert wanted in lacking(altered)
    bare = dataclasses.replace(model().clauses["2.6.5"], unproved="", unmeasured="")
    monkeypatch.setattr(links, "model", lambda: _model_with(bare))
    assert lacking(bare) == ["invariants, or why none", "evidence, or why none"]


def _model_with(clause):
    return dataclasses.replace(model(), clauses={**model().clauses, clause.number: clause})


def test_every_invariant_stands_under_a_clause_whose_rules_hold_it_up():
    found = {link.id: link for some in invariants_by_clause().values() for link in some}
    assert found.keys() == {one.id for one in collected()[0]}
    assert [link.id for link in found.values() if not link.rules] == [], "speaks of nothing its clause's rules decide"
    assert {link.clause for link in found.values()} <= model().clauses.keys()


def unnoticed(invariants: tuple[Invariant, ...]) -> list[str]:
    """Rules that could be taken away without breaking an invariant of their own clause (a proof for every request)."""
    house = policies()
    found = []
    for rule in house.rules:
        without = Prover(house.replaced(tuple(r for r in house.rules if r.id != rule.id)))
        own = [one for one in invariants if one.clause == number_of(rule.clause)]
        if not any(without.broken(one, env) for one in own for env in without.where(one) if _about(rule, env, house)):
            found.append(rule.id)
    return found


def _about(rule, env, house):
    return rule in house.for_action(env.action.name).rules


def test_every_rule_holds_up_an_invariant_of_its_own_clause():
    """What the page says of a clause is proved: take the rule away, and the sentence beside it is no longer true."""
    assert unnoticed(collected()[0]) == []


def test_a_rule_nobody_speaks_of_under_its_clause_is_noticed():
    moved = tuple(
        duty(one.id, "8.1", one.sentence, one.actions, one.claim) if one.id == "curriculum.edit-own" else one
        for one in collected()[0]
    )
    assert unnoticed(moved) == ["curriculum.calendar-edit"]


def test_ids_of_rules_go_through():
    assert set(rule_ids("2.12.1")) == {rule.id for n in ("4.2", "4.5") for rule in rules_by_clause()[n]}
    assert [one.clause for one in links_of("2.12.1").invariants] == ["4.2", "4.2", "4.5"]
    assert set(model().clauses["4.2"].tests) <= set(links_of("2.12.1").tests)
    assert links_of("2.13.6").unproved == model().clauses["10.12"].unproved
