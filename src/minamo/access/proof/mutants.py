"""変異 (mutants): every rule changed a little in every way a slip could change it, type by type, from the parsed tree.

A mutant that the invariants do not notice is a rule nobody would miss, or an invariant nobody has written.
"""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cedarpy import pst

from minamo.access.policyset import Policies, Rule
from minamo.access.relations import RELATION_TYPES, RELATIONS

# What a slip may write instead: another relation to the same kind of thing, another text of the same circumstance.
TEXTS: Mapping[str, tuple[str, ...]] = {
    "kind": ("staff", "guardian", "pupil", "system"), "side": ("school", "home", "learning"),
    "device": ("none", "registered", "approved", "trusted", "quarantined", "lost"),
    "posture": ("good", "bad", "unknown"), "posture_source": ("none", "self", "proxy", "mdm"), "purpose": ("everyday", "emergency"),
}  # fmt: skip
ORDERS: Mapping[str, tuple[pst.BinaryOpName, ...]] = {
    "less": ("less_eq", "greater"), "less_eq": ("less", "greater_eq"),
    "greater": ("greater_eq", "less"), "greater_eq": ("greater", "less_eq"),
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """One change of one rule. `rule` is None when the rule was dropped. `id` is stable as long as the rule is."""

    id: str
    change: str
    original: Rule
    rule: Rule | None

    def applied(self, rules: Policies) -> Policies:
        """The rules with the change."""
        return rules.replaced(tuple(self.among(rules.rules)))

    def among(self, rules: Iterable[Rule]) -> list[Rule]:
        """The list of rules with the change."""
        changed = [self.rule if one.id == self.original.id else one for one in rules]
        return [one for one in changed if one is not None]


def mutants(rules: Policies) -> Iterator[Mutant]:
    """All mutants of a rule set, in the order of the rules."""
    for rule in rules.rules:
        variants = [("drop", "規則を消す", None), *_changes(rule, rules)]
        seen: dict[str, int] = {}
        for operator, words, template in variants:
            seen[operator] = seen.get(operator, 0) + 1
            changed = dataclasses.replace(rule, template=template) if template is not None else None
            yield Mutant(f"{rule.id}#{operator}-{seen[operator]}", words, rule, changed)


Variant = tuple[str, str, pst.Template]


def _changes(rule: Rule, rules: Policies) -> Iterator[Variant]:
    template = rule.template
    other: pst.Effect = "forbid" if template.effect == "permit" else "permit"
    yield "effect", "許可と禁止を取り違える", dataclasses.replace(template, effect=other)
    for scope, words in _scopes(template.action, rules):
        yield "action", words, dataclasses.replace(template, action=scope)
    for number, clause in enumerate(template.clauses):
        yield "clause", "条件をひとつ消す", _with(template, number, None)
        opposite = pst.Unless(clause.expr) if isinstance(clause, pst.When) else pst.When(clause.expr)
        yield "negate", "条件をさかさにする", _with(template, number, opposite)
        for operator, words, expr in _expressions(clause.expr):
            yield operator, words, _with(template, number, dataclasses.replace(clause, expr=expr))


def _with(template: pst.Template, number: int, clause: pst.Clause | None) -> pst.Template:
    clauses = list(template.clauses)
    clauses[number : number + 1] = [clause] if clause is not None else []
    return dataclasses.replace(template, clauses=tuple(clauses))


def _scopes(scope: pst.ActionConstraint, rules: Policies) -> Iterator[tuple[pst.ActionConstraint, str]]:
    """An action more, one fewer, one instead of another (of the same resource types)."""
    match scope:
        case pst.ActionEq(entity=entity):
            for other in _neighbours(entity.id, rules):
                yield pst.ActionEq(_action(other)), f"操作を {other} に取り違える"
                yield pst.ActionIn((entity, _action(other))), f"操作に {other} も加える"
        case pst.ActionIn(entities=entities):
            for entity in entities:
                rest = tuple(one for one in entities if one != entity)
                if rest:
                    yield pst.ActionIn(rest), f"操作から {entity.id} を落とす"
        case pst.ScopeAny():
            for group in ("staff", "family", "learner"):
                yield pst.ActionIn((_action(group),)), f"すべての操作でなく {group} だけにする"


def _neighbours(action: str, rules: Policies) -> list[str]:
    types = rules.resource_names.get(action, frozenset())
    return [a for a, names in rules.resource_names.items() if a != action and names == types][:3]


def _action(name: str) -> pst.EntityUid:
    return pst.EntityUid(pst.EntityType("Action"), name)


Changed = tuple[str, str, pst.Expr]


def _expressions(node: pst.Expr) -> Iterator[Changed]:
    """The expression changed at one place."""
    yield from _here(node)
    for name in ("left", "right", "arg", "base", "cond", "then_expr", "else_expr"):
        child = getattr(node, name, None)
        if child is not None:
            for operator, words, changed in _expressions(child):
                yield operator, words, _replaced(node, name, changed)


def _replaced(node: Any, name: str, child: pst.Expr) -> pst.Expr:
    made: pst.Expr = dataclasses.replace(node, **{name: child})
    return made


def _here(node: pst.Expr) -> Iterable[Changed]:
    match node:
        case pst.BinaryOp(op="and" | "or" as op, left=left, right=right):
            yield "part", "条件の左だけにする", left
            yield "part", "条件の右だけにする", right
            swapped: pst.BinaryOpName = "or" if op == "and" else "and"
            yield "join", "「かつ」と「または」を取り違える", dataclasses.replace(node, op=swapped)
        case pst.BinaryOp(op="eq" | "not_eq" as op):
            yield (
                "equal",
                "等しいと等しくないを取り違える",
                dataclasses.replace(node, op="not_eq" if op == "eq" else "eq"),
            )
            yield from _other_texts(node)
        case pst.BinaryOp(op=op) if op in ORDERS:
            for instead in ORDERS[op]:
                yield "order", f"大小の比べ方を {instead} にする", dataclasses.replace(node, op=instead)
        case pst.UnaryOp(op="not", arg=arg):
            yield "not", "否定を落とす", arg
        case pst.LongLit(value=value):
            for changed in (value - 1, value + 1):
                yield "number", f"{value} を {changed} にする", pst.LongLit(changed)
        case pst.GetAttr(base=pst.Var(name="principal"), attr=attr) if attr in RELATIONS:
            for other in RELATIONS:
                if other != attr and RELATION_TYPES[other] == RELATION_TYPES[attr]:
                    yield "relation", f"{attr} を {other} に取り違える", dataclasses.replace(node, attr=other)


def _other_texts(node: pst.BinaryOp) -> Iterator[Changed]:
    match node:
        case pst.BinaryOp(left=pst.GetAttr(attr=attr), right=pst.StringLit(value=value)):
            for other in TEXTS.get(attr, ()):
                if other != value:
                    yield (
                        "text",
                        f"「{value}」を「{other}」にする",
                        dataclasses.replace(node, right=pst.StringLit(other)),
                    )
