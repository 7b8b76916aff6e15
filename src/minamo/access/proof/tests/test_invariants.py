"""The rules in force keep every invariant; every rule matters; every slip would be noticed; and the tools can say no."""

import dataclasses

import pytest

from minamo.access.policyset import Policies, policies
from minamo.access.proof import kill, report
from minamo.access.proof.invariant import collected, duty, wall
from minamo.access.proof.kill import Hunt, Verdict, explanations, stale
from minamo.access.proof.mutants import mutants
from minamo.access.proof.prove import Prover, confirmed
from minamo.access.proof.witness import ProofBroken


@pytest.fixture(scope="module")
def prover() -> Prover:
    return Prover(policies())


def changed(room: str, before: str, after: str) -> Policies:
    """The rules of this installation with one text of a room's policy replaced."""
    rules = policies()
    assert rules.texts[room].count(before) >= 1
    return Policies({**rules.texts, room: rules.texts[room].replace(before, after, 1)}, rules.schema_text)


def test_every_invariant_holds_for_every_request(prover: Prover) -> None:
    found = report.prove(policies())
    assert [result.invariant.id for result in found.broken] == []
    assert [life.rule.id for life in found.dead] == []
    assert found.good
    assert len(found.results) >= 40
    assert sum(result.invariant.kind == "wall" for result in found.results) >= 40


def test_every_action_has_a_wall_a_duty_and_a_word_of_its_own() -> None:
    """A new action is noticed here: who may, and who must be able to, is to be written down."""
    invariants, words = collected()
    for action in policies().resource_names:
        own = {one.kind for one in invariants if action in one.actions}
        assert own == {"wall", "duty"}, f"{action}: only {own or 'nothing'}"
        assert action in words.actions
    for names in policies().resource_names.values():
        assert names <= words.resources.keys()


def test_every_slip_is_noticed_or_explained(prover: Prover) -> None:
    known = explanations()
    verdicts = list(Hunt(prover, collected()[0], known).verdicts())
    assert [verdict.mutant.id for verdict in verdicts if verdict.fate == "survived"] == []
    assert stale(verdicts, known) == []
    assert sum(verdict.fate in {"killed", "explained"} for verdict in verdicts) >= 200
    dropped = {v.mutant.original.id: v for v in verdicts if v.mutant.rule is None}
    assert {rule.id for rule in policies().rules} == set(dropped)
    assert {v.fate for v in dropped.values()} <= {"killed", "explained"}


def test_a_hole_is_found_with_the_plainest_witness() -> None:
    rules = changed("people", "when { principal.heads.contains(resource.school) };", "when { principal.serves.contains(resource.school) };")  # fmt: skip
    found = report.prove(rules)
    assert [result.invariant.id for result in found.broken] == ["people.protected", "people.protected-own"]
    lines = "\n".join(report.as_lines(found))
    assert "反例：教職員（その学校の教職員）が、「秘匿した住所を見る（児童生徒）」ができてしまいます。" in lines
    assert report.as_json(found)["good"] is False


def test_a_rule_that_never_decides_is_found() -> None:
    rules = policies()
    text = '@id("curriculum.dead") @clause("8.9") @ja("あ") permit (principal, action == Action::"calendar:read", resource) when { principal.kind == "guardian" };'  # fmt: skip
    dead = Policies({**rules.texts, "curriculum": rules.texts["curriculum"] + text}, rules.schema_text)
    assert "curriculum.dead" in [life.rule.id for life in report.prove(dead).dead]


def test_a_missing_wall_is_found() -> None:
    rules = policies()
    without = rules.replaced(tuple(rule for rule in rules.rules if rule.id != "access.wall-municipality"))
    one = next(one for one in collected()[0] if one.id == "access.same-municipality")
    result = Prover(without).check(one)
    assert result.witness is not None
    assert not result.witness.actor.ids("municipalities")


def test_an_invariant_about_nothing_is_an_error(prover: Prover) -> None:
    with pytest.raises(ValueError, match="speaks about no action"):
        prover.check(wall("x", "1", "あ", ("pupil:eat",), lambda r: r.side("school")))


def test_a_witness_that_cedar_denies_breaks_the_proof(prover: Prover) -> None:
    result = prover.check(duty("x", "1", "誰でも名簿を開ける", ("people:list",), lambda r: r.kind("staff")))
    assert result.witness is not None
    with pytest.raises(ProofBroken):
        confirmed(result.witness, policies(), True)


def test_a_survivor_is_reported_and_a_stale_explanation_too(prover: Prover, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = next(one for one in mutants(policies()) if one.id == "audit.head-own-school#drop-1")
    without = [one for one in collected()[0] if not one.id.startswith("audit.")]
    assert Hunt(prover, without, {}).verdict(chosen).fate == "survived"
    explained = Hunt(prover, without, {chosen.id: "理由"}).verdict(chosen)
    assert (explained.fate, explained.by) == ("explained", "理由")
    assert stale([explained], {chosen.id: "理由", "gone#drop-1": "理由"}) == ["gone#drop-1"]
    assert stale([dataclasses.replace(explained, fate="killed")], {chosen.id: "理由"}) == [chosen.id]


def test_a_mutant_without_effect_is_proved_to_have_none(prover: Prover) -> None:
    chosen = [one for one in mutants(policies()) if one.original.id == "people.staff-list"]
    fates = {one.change: Hunt(prover, collected()[0], {}).verdict(one).fate for one in chosen}
    assert "same" in fates.values()
    assert "killed" in fates.values()


def test_every_explanation_has_a_reason() -> None:
    assert all(len(reason) >= 20 for reason in explanations().values())
    assert kill.EXPLAINED.exists()


def test_ids_of_mutants_are_unique() -> None:
    ids = [one.id for one in mutants(policies())]
    assert len(ids) == len(set(ids)) >= 200


def test_verdicts_carry_their_witness(prover: Prover) -> None:
    chosen = next(one for one in mutants(policies()) if one.id == "people.protected-heads#relation-1")
    verdict: Verdict = Hunt(prover, collected()[0], {}).verdict(chosen)
    assert verdict.fate == "killed"
    assert verdict.witness is not None
    assert verdict.witness.replay(chosen.applied(policies())).allowed != verdict.witness.replay(policies()).allowed
