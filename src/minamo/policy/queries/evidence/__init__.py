"""証拠 (evidence): what shows, from data already here, that a clause is kept. Each is one or two queries; none is typed in."""

from collections.abc import Callable, Mapping

from minamo.audit.api import decisions_by_rules
from minamo.policy.links import rule_ids
from minamo.policy.queries.evidence import house, registers, rows
from minamo.policy.queries.evidence.base import Asked, Evidence

__all__ = ["EVIDENCE", "Asked", "Evidence", "evidence_for", "evidence_of"]

DECISIONS = ("", "decisions")
EVIDENCE: Mapping[str, Callable[[Asked], Evidence]] = {
    found.__name__: found
    for found in (
        rows.decisions, rows.trail, rows.sealed, rows.refused, rows.exports, rows.sign_ins, rows.imports, rows.classes, rows.kept_words,
        registers.posts_ended, registers.assets_confirmed, registers.exceptions, registers.outside, registers.incidents,
        registers.acknowledged, registers.edition, registers.inspection, registers.audit,
        house.rules, house.layers, house.published, house.limits, house.sign_in_limits, house.overlays, house.walls,
    )
}  # fmt: skip


def evidence_of(asked: Asked, name: str) -> Evidence | None:
    """The evidence a clause names; for a clause with rules their decisions; otherwise None."""
    if name:
        return EVIDENCE[name](asked)
    return rows.decisions(asked) if rule_ids(asked.number) else None


def evidence_for(asked: Asked, names: Mapping[str, str]) -> dict[str, Evidence]:
    """The evidence of many clauses at once: `names` maps a clause's number to what it names. A few dozen queries for any number
    of clauses: the decisions of all rules are counted together, everything else once per name."""
    groups = decisions_by_rules(asked.municipality, asked.since, school=asked.school)
    known: dict[str, Evidence] = {}
    found = {}
    for number, name in names.items():
        rules = frozenset(rule_ids(number))
        if rules and name in DECISIONS:
            found[number] = rows.counted(rules, groups)
        elif name:
            if name not in known:
                known[name] = EVIDENCE[name](asked)
            found[number] = known[name]
    return found
