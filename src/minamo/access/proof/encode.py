"""規則から論理式へ (encoder): the parsed Cedar tree as a Z3 formula about one symbolic request.

One formula per environment (environment.py) says when a request is allowed. What is not read here is refused with
UnsupportedPolicy, as in compile.py: arithmetic (it can overflow), `like`, tags, extension types, attributes of entities
that the decision does not carry, entity hierarchies, optional attributes.
None of the constructs that remain can fail to evaluate, so "allow" is: some permit, no forbid.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import z3
from cedarpy import pst
from django.urls import get_resolver

from minamo.access.compile import UnsupportedPolicy
from minamo.access.policyset import Policies, Rule
from minamo.access.proof.environment import NUMBER, TEXT, TRUTH, Environment, Record, Value, entity_code, text_code
from minamo.access.proof.schema import ActionType, Type, parse


@dataclass(frozen=True)
class _Literals:
    """A set written out in the rule."""

    items: tuple[Value, ...]


class Encoder:
    """All environments of a rule set. `encode` gives the formula of one rule in one environment."""

    def __init__(self, schema_text: str) -> None:
        get_resolver().url_patterns  # noqa: B018  loads every route, and with them the resource types declared beside routes
        self.schema = parse(schema_text)
        self.environments = {
            (action.name, resource): Environment(action, resource, self.schema)
            for action in self.schema.actions.values()
            for resource in action.resources
        }
        self._read: dict[tuple[str, tuple[str, str]], Any] = {}
        for action in self.schema.actions.values():
            if action.principals != ("User",):
                raise UnsupportedPolicy(f"{action.name}: principals other than User")

    def allow(self, rules: Policies, env: Environment) -> Any:
        """When the rules allow a request of this environment."""
        piece = rules.for_action(env.action.name)
        return self.verdict(piece.rules, env)

    def verdict(self, rules: Iterable[Rule], env: Environment) -> Any:
        """When a list of rules (that may hold more than this environment needs) allows a request of it."""
        permits: list[Any] = []
        forbids: list[Any] = []
        for rule in rules:
            if not z3.is_false(term := self.rule(rule, env)):
                (permits if rule.permits else forbids).append(term)
        return z3.And(z3.Or(permits), z3.Not(z3.Or(forbids)))

    def rule(self, rule: Rule, env: Environment) -> Any:
        """When one rule applies; read once per environment, also where several versions have it."""
        key = (rule.written, env.key)
        if key not in self._read:
            self._read[key] = self._formula(rule, env)
        return self._read[key]

    def _formula(self, rule: Rule, env: Environment) -> Any:
        template = rule.template
        parts = [
            _scope(template.principal, "principal", env, rule.id),
            z3.BoolVal(applies(template.action, env.action)),
            _scope(template.resource, "resource", env, rule.id),
        ]
        if any(z3.is_false(part) for part in parts):
            return z3.BoolVal(False)  # what cannot apply is not read: its conditions may not fit this resource
        for clause in template.clauses:
            term = _Reading(env, rule.id).truth(clause.expr)
            parts.append(term if isinstance(clause, pst.When) else z3.Not(term))
        return z3.And(parts)


@lru_cache(maxsize=1)
def encoder_of(schema_text: str) -> Encoder:
    """One for all questions of this process: a revision asks four, about rules that are the same but for a few. What it has read of
    other rules says nothing about these: a formula belongs to the text of its rule."""
    return Encoder(schema_text)


def applies(scope: pst.ActionConstraint, action: ActionType) -> bool:
    """Whether an action scope covers the action."""
    names = {action.name, *action.groups}
    match scope:
        case pst.ScopeAny():
            return True
        case pst.ActionEq(entity=entity):
            return entity.id == action.name
        case pst.ActionIn(entities=entities):
            return any(entity.id in names for entity in entities)
    raise UnsupportedPolicy(f"action scope {scope!r}")


def _scope(scope: pst.PrincipalOrResourceConstraint, variable: str, env: Environment, rule: str) -> Any:
    record = env.variables[variable]
    match scope:
        case pst.ScopeAny():
            return z3.BoolVal(True)
        case pst.ScopeIs(entity_type=entity_type):
            return z3.BoolVal(str(entity_type) == record.type.name)
        case pst.ScopeEq(entity=pst.EntityUid() as uid):
            if str(uid.type) != record.type.name:
                return z3.BoolVal(False)
            return env.at(variable).term == env.name(str(uid.type), uid.id).term
    raise UnsupportedPolicy(f"{rule}: {variable} scope {scope!r}")


class _Reading:
    """Reads one condition in one environment."""

    def __init__(self, env: Environment, rule: str) -> None:
        self.env = env
        self.rule = rule

    def refuse(self, what: str) -> UnsupportedPolicy:
        return UnsupportedPolicy(f"{self.rule}: {what} (in {' on '.join(self.env.key)})")

    def truth(self, node: pst.Expr) -> Any:
        value = self.value(node)
        if isinstance(value, Value) and value.type.kind == "bool":
            return value.term
        raise self.refuse(f"not a truth value: {node!r:.100}")

    def value(self, node: pst.Expr) -> Any:
        match node:
            case pst.BoolLit(value=value):
                return Value(TRUTH, z3.BoolVal(value))
            case pst.LongLit(value=value):
                return Value(NUMBER, z3.IntVal(value))
            case pst.StringLit(value=value):
                return Value(TEXT, text_code(value))
            case pst.EntityLit(value=uid):
                return self.env.name(str(uid.type), uid.id)
            case pst.Var(name="action"):
                return self.env.action
            case pst.Var(name=name):
                return self.env.variables[name]
            case pst.GetAttr(base=base, attr=attr):
                return self._attribute(self.value(base), attr)
            case pst.HasAttr(base=base, attrs=attrs):
                return Value(TRUTH, self._has(self.value(base), attrs))
            case pst.UnaryOp(op="not", arg=arg):
                return Value(TRUTH, z3.Not(self.truth(arg)))
            case pst.BinaryOp():
                return Value(TRUTH, self._binary(node))
            case pst.IfThenElse(cond=cond, then_expr=then, else_expr=other):
                return Value(TRUTH, z3.If(self.truth(cond), self.truth(then), self.truth(other)))
            case pst.Set(elements=elements):
                return _Literals(tuple(self._plain(self.value(element)) for element in elements))
            case pst.Is(base=base, entity_type=entity_type, in_expr=None):
                return Value(TRUTH, z3.BoolVal(self._plain(self.value(base)).type.name == str(entity_type)))
        raise self.refuse(f"construct {node!r:.100}")

    def _plain(self, value: Any) -> Value:
        """A value that can be compared; the actor and the resource stand for their ids."""
        if isinstance(value, Record) and value.type.kind == "entity":
            return self.env.at(value.path)
        if isinstance(value, ActionType):
            return Value(Type("entity", name="Action"), entity_code("Action", value.name))
        if isinstance(value, Value):
            return value
        raise self.refuse(f"{value!r:.80} cannot be compared")

    def _attribute(self, base: Any, attr: str) -> Any:
        if isinstance(base, Record):
            return self.env.attribute(base, attr)
        raise self.refuse(f"attribute {attr} of something the decision does not carry")

    def _has(self, base: Any, attrs: tuple[str, ...]) -> Any:
        terms = []
        for number, attr in enumerate(attrs):
            if not isinstance(base, Record):
                raise self.refuse(f"has {attr}")
            known = attr in (base.type.fields or {})
            terms.append(self.env.has(base, attr))
            if not known:
                break
            if number + 1 < len(attrs):
                base = self.env.attribute(base, attr)
        return z3.And(terms)

    def _binary(self, node: pst.BinaryOp) -> Any:
        match node.op:
            case "and":
                left = self.truth(node.left)
                # Like Cedar, what stands behind a known False is not read (`resource has x && …` on another type).
                return left if z3.is_false(z3.simplify(left)) else z3.And(left, self.truth(node.right))
            case "or":
                left = self.truth(node.left)
                return left if z3.is_true(z3.simplify(left)) else z3.Or(left, self.truth(node.right))
            case "eq":
                return self._equal(node)
            case "not_eq":
                return z3.Not(self._equal(node))
            case "less" | "less_eq" | "greater" | "greater_eq":
                return self._order(node)
            case "in":
                return z3.BoolVal(self._in(self.value(node.left), self.value(node.right)))
            case "contains":
                return self._member(self.value(node.left), self._plain(self.value(node.right)))
            case "contains_all" | "contains_any":
                return self._members(node)
        raise self.refuse(f"operator {node.op}")

    def _equal(self, node: pst.BinaryOp) -> Any:
        left, right = self._plain(self.value(node.left)), self._plain(self.value(node.right))
        if left.type.kind == "set" or right.type.kind == "set":
            raise self.refuse("two sets compared")
        if (left.type.kind, left.type.name) != (right.type.kind, right.type.name):
            return z3.BoolVal(False)
        return left.term == right.term

    def _order(self, node: pst.BinaryOp) -> Any:
        left, right = self._plain(self.value(node.left)), self._plain(self.value(node.right))
        if left.type.kind != "long" or right.type.kind != "long":
            raise self.refuse("order of something else than numbers")
        a, b = left.term, right.term
        return {"less": a < b, "less_eq": a <= b, "greater": a > b, "greater_eq": a >= b}[node.op]

    def _in(self, left: Any, right: Any) -> bool:
        groups = right.items if isinstance(right, _Literals) else (right,)
        if not isinstance(left, ActionType) or not all(
            isinstance(g, Value) and g.type.name == "Action" for g in groups
        ):
            raise self.refuse("in, other than for an action group")
        codes = {entity_code("Action", name).as_long() for name in (left.name, *left.groups)}
        return any(group.term.as_long() in codes for group in groups)

    def _member(self, group: Any, item: Value) -> Any:
        if isinstance(group, _Literals):
            same = [i for i in group.items if (i.type.kind, i.type.name) == (item.type.kind, item.type.name)]
            return z3.Or([i.term == item.term for i in same])
        if isinstance(group, Value) and group.type.kind == "set" and group.type.of is not None:
            if (group.type.of.kind, group.type.of.name) != (item.type.kind, item.type.name):
                return z3.BoolVal(False)
            return group.term(item.term)
        raise self.refuse("contains on something else than a set")

    def _members(self, node: pst.BinaryOp) -> Any:
        items = self.value(node.right)
        if not isinstance(items, _Literals):
            raise self.refuse(f"{node.op} of a set that is not written out")
        group = self.value(node.left)
        join = z3.And if node.op == "contains_all" else z3.Or
        return join([self._member(group, item) for item in items.items])
