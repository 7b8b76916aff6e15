"""規則からSQLへ: the Cedar text, with the actor known and the row unknown, as a Django `Q`.

Partial evaluation of the typed policy tree. Whatever does not depend on the row becomes True or False here; the rest
becomes conditions on the fields the resource type declares. A construct that is not understood is refused when the
policies are loaded (see checks.py): never widened, never narrowed in silence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cedarpy import pst
from django.db.models import Q

from minamo.access.actor import Actor
from minamo.access.editions import rules_for
from minamo.access.pdp import circumstances
from minamo.access.policyset import Policies, PolicyError, Rule
from minamo.access.relations import RELATION_TYPES
from minamo.access.resources import ResourceType

NEVER = Q(pk__in=[])


@dataclass(frozen=True)
class _Reference:
    """A known entity."""

    type: str
    id: str


@dataclass(frozen=True)
class _Column:
    """A value of the unknown row: its field path, the entity type it refers to, and whether it holds many of them."""

    path: str
    entity: str | None
    many: bool = False


@dataclass(frozen=True)
class _References:
    """A known set of entities of one type (a relation of the actor)."""

    type: str
    ids: frozenset[str]


@dataclass(frozen=True)
class _The:
    """One of the four variables of Cedar."""

    name: str


Condition = bool | Q


class UnsupportedPolicy(PolicyError):
    """A policy uses a construct the SQL compiler does not know."""


def visible_q(actor: Actor, action: str, resource_type: ResourceType, *, rules: Policies | None = None) -> Q:
    """Rows of `resource_type` on which `actor` may do `action`, as a `Q` (KeyError for an undeclared action)."""
    chosen = rules or rules_for(actor.overlays)
    compiler = _Compiler(actor, action, resource_type, chosen)
    piece = chosen.for_action(action)
    permitted = _any([compiler.rule(rule) for rule in piece.permits])
    forbidden = _any([compiler.rule(rule) for rule in piece.forbids])
    if not actor.active or permitted is False or forbidden is True:
        return NEVER
    refused = _not(forbidden)
    both = _and(permitted, refused)
    return Q() if both is True else NEVER if both is False else both


def rule_applies(actor: Actor, action: str, resource_type: ResourceType, rule: Rule, rules: Policies) -> bool | Q:
    """When one rule applies to the action: True, False, or for which rows (for asking about decisions already made)."""
    return _Compiler(actor, action, resource_type, rules).rule(rule)


class _Compiler:
    def __init__(self, actor: Actor, action: str, resource_type: ResourceType, rules: Policies) -> None:
        self.actor = actor
        self.action = action
        self.type = resource_type
        self.groups = rules.groups(action)
        self.context = circumstances(actor)

    def rule(self, rule: Rule) -> Condition:
        """When the rule applies, over the unknown row."""
        template = rule.template
        if not isinstance(template.principal, pst.ScopeAny):
            raise UnsupportedPolicy(f"{rule.id}: principal scope")
        if not self._scope_fits(template.resource, rule):
            return False
        result: Condition = True
        for clause in template.clauses:
            value = self.condition(clause.expr)
            result = _and(result, value if isinstance(clause, pst.When) else _not(value))
        return result

    def _scope_fits(self, scope: pst.PrincipalOrResourceConstraint, rule: Rule) -> bool:
        match scope:
            case pst.ScopeAny():
                return True
            case pst.ScopeIs(entity_type=entity_type):
                return str(entity_type) == self.type.name
        raise UnsupportedPolicy(f"{rule.id}: resource scope")

    def condition(self, node: pst.Expr) -> Condition:
        """A node that must be a truth value."""
        value = self.value(node)
        if isinstance(value, (bool, Q)):
            return value
        if isinstance(value, _Column) and value.entity is None:
            return Q(**{value.path: True})
        raise UnsupportedPolicy(f"not a truth value: {node!r:.120}")

    def value(self, node: pst.Expr) -> Any:
        """Evaluate one node as far as it is known."""
        match node:
            case pst.BoolLit(value=value) | pst.LongLit(value=value) | pst.StringLit(value=value):
                return value
            case pst.EntityLit(value=uid):
                return _Reference(str(uid.type), uid.id)
            case pst.Var(name=name):
                return self._variable(name)
            case pst.GetAttr(base=base, attr=attr):
                return self._attribute(self.value(base), attr)
            case pst.HasAttr(base=base, attrs=attrs):
                return self._has(self.value(base), attrs)
            case pst.UnaryOp(op="not", arg=arg):
                return _not(self.condition(arg))
            case pst.BinaryOp():
                return self._binary(node)
        raise UnsupportedPolicy(f"construct: {node!r:.120}")

    def _variable(self, name: str) -> Any:
        if name == "action":
            return _Reference("Action", self.action)
        if name == "principal":
            return _Reference("User", str(self.actor.account_id))
        return _The(name)

    def _attribute(self, base: Any, attr: str) -> Any:
        if base == _The("resource"):
            attribute = self.type.attributes.get(attr)
            if attribute is None:
                raise UnsupportedPolicy(f"{self.type.name} has no {attr}")
            return _Column(attribute.path, attribute.entity, attribute.many)
        if base == _The("context"):
            return self.context[attr]
        if isinstance(base, Mapping):  # a record of the context, such as the limits
            return base[attr]
        if base == _Reference("User", str(self.actor.account_id)):
            if attr == "kind":
                return self.actor.kind
            return _References(RELATION_TYPES[attr], self.actor.ids(attr))
        raise UnsupportedPolicy(f"attribute {attr} of {base!r}")

    def _has(self, base: Any, attrs: tuple[str, ...]) -> bool:
        if base == _The("resource") and len(attrs) == 1:
            return attrs[0] in self.type.attributes
        raise UnsupportedPolicy(f"has {attrs} of {base!r}")

    def _binary(self, node: pst.BinaryOp) -> Any:
        match node.op:
            case "and":
                left = self.condition(node.left)
                return False if left is False else _and(left, self.condition(node.right))
            case "or":
                left = self.condition(node.left)
                return True if left is True else _or(left, self.condition(node.right))
            case "eq":
                return self._equal(self.value(node.left), self.value(node.right))
            case "not_eq":
                return _not(self._equal(self.value(node.left), self.value(node.right)))
            case "contains":
                return self._contains(self.value(node.left), self.value(node.right))
            case "in":
                return self._in(self.value(node.left), self.value(node.right))
            case "less" | "less_eq" | "greater" | "greater_eq":
                return self._order(node.op, self.value(node.left), self.value(node.right))
        raise UnsupportedPolicy(f"operator {node.op}")

    def _equal(self, left: Any, right: Any) -> Condition:
        if isinstance(left, _Column) and isinstance(right, _Column):
            raise UnsupportedPolicy("two columns compared")
        if isinstance(right, (_Column, _The)):
            left, right = right, left
        if isinstance(left, _Column) and left.many:
            raise UnsupportedPolicy("a set of the row compared")
        if left == _The("resource") and isinstance(right, _Reference):
            left = _Column(self.type.key, self.type.name)
        if isinstance(left, _Column):
            if isinstance(right, _Reference):
                return _column_in(left, frozenset([right.id])) if right.type == left.entity else False
            return Q(**{left.path: right})
        return bool(left == right)

    def _contains(self, left: Any, right: Any) -> Condition:
        if isinstance(left, _Column) and left.many:
            return _column_holds(left, right)
        if not isinstance(left, _References):
            raise UnsupportedPolicy("contains on something else than a relation")
        if right == _The("resource"):
            right = _Column(self.type.key, self.type.name)
        if isinstance(right, _Reference):
            return right.type == left.type and right.id in left.ids
        if isinstance(right, _Column) and not right.many:
            return _column_in(right, left.ids) if right.entity == left.type else False
        raise UnsupportedPolicy("contains of a plain value")

    def _in(self, left: Any, right: Any) -> bool:
        if isinstance(left, _Reference) and left.type == "Action" and isinstance(right, _Reference):
            return right.id == left.id or right.id in self.groups
        raise UnsupportedPolicy("in, other than for an action group")

    def _order(self, op: str, left: Any, right: Any) -> Condition:
        lookups = {"less": "lt", "less_eq": "lte", "greater": "gt", "greater_eq": "gte"}
        mirrored = {"less": "gt", "less_eq": "gte", "greater": "lt", "greater_eq": "lte"}
        if isinstance(left, _Column) and isinstance(right, int):
            return Q(**{f"{left.path}__{lookups[op]}": right})
        if isinstance(right, _Column) and isinstance(left, int):
            return Q(**{f"{right.path}__{mirrored[op]}": left})
        if isinstance(left, int) and isinstance(right, int):
            return {"less": left < right, "less_eq": left <= right, "greater": left > right,
                    "greater_eq": left >= right}[op]  # fmt: skip
        raise UnsupportedPolicy("order of something else than numbers")


def _column_in(column: _Column, ids: frozenset[str]) -> Condition:
    return Q(**{f"{column.path}__in": sorted(ids)}) if ids else False


def _column_holds(column: _Column, item: Any) -> Condition:
    """Whether an array of the row holds a known entity."""
    if not isinstance(item, _Reference):
        raise UnsupportedPolicy("contains of something that is not known")
    return Q(**{f"{column.path}__contains": [item.id]}) if item.type == column.entity else False


def _and(left: Condition, right: Condition) -> Condition:
    if left is False or right is False:
        return False
    if left is True:
        return right
    return left if right is True else left & right


def _or(left: Condition, right: Condition) -> Condition:
    if left is True or right is True:
        return True
    if left is False:
        return right
    return left if right is False else left | right


def _not(value: Condition) -> Condition:
    return ~value if isinstance(value, Q) else not value


def _any(values: list[Condition]) -> Condition:
    result: Condition = False
    for value in values:
        result = _or(result, value)
    return result
