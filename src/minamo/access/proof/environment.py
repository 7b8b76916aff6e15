"""環境 (environment): one action on one resource type, and the symbols of a request in it.

The id of an entity is an integer, a relation of the actor is an uninterpreted set, a text is an integer too (texts are
only ever compared for equality).
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import z3

from minamo.access.compile import UnsupportedPolicy
from minamo.access.proof.schema import ActionType, SchemaTypes, Type

LONG = 2**63


@dataclass(frozen=True)
class Value:
    """A term with its Cedar type. `term` is a Z3 expression; for sets a membership function; for records a path."""

    type: Type
    term: Any


@dataclass(frozen=True)
class Record:
    """A record or an entity whose attributes may be read; `path` names them in the solver."""

    path: str
    type: Type


TEXT, NUMBER, TRUTH = Type("string"), Type("long"), Type("bool")


def text_code(text: str) -> Any:
    """A text as a number: different texts get different numbers (checked), unknown texts any other."""
    code = zlib.crc32(text.encode())
    if _texts.setdefault(code, text) != text:
        raise UnsupportedPolicy(f"two texts share a number: {text!r} and {_texts[code]!r}")
    return z3.IntVal(code)


_texts: dict[int, str] = {}


def text_of(code: int) -> str:
    """The text behind a number of a model; a made-up one when the solver means "any other text"."""
    return _texts.get(code, f"other-{code}")


def entity_code(entity_type: str, entity_id: str) -> Any:
    """The number of an entity that a rule names. Negative, so that it never meets the ids of witnesses by chance."""
    code = -1 - zlib.crc32(f"{entity_type}::{entity_id}".encode())
    if _entities.setdefault(code, (entity_type, entity_id)) != (entity_type, entity_id):
        raise UnsupportedPolicy(f"two entities share a number: {entity_id!r} and {_entities[code]!r}")
    return z3.IntVal(code)


_entities: dict[int, tuple[str, str]] = {}


def entity_of(code: int) -> str | None:
    """The id of an entity that a rule names, None for the number of any other."""
    return _entities[code][1] if code in _entities else None


@dataclass
class Environment:
    """One action on one resource type, with the symbols of a request in it."""

    action: ActionType
    resource: str
    schema: SchemaTypes
    symbols: dict[str, Value] = field(default_factory=dict)
    named: dict[tuple[str, str], Value] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """Action and resource type."""
        return (self.action.name, self.resource)

    @cached_property
    def variables(self) -> Mapping[str, Record]:
        """What the four variables of Cedar stand for."""
        return {
            "principal": Record("principal", Type("entity", name="User", fields=self.schema.entities["User"])),
            "resource": Record(
                "resource", Type("entity", name=self.resource, fields=self.schema.entities[self.resource])
            ),
            "context": Record("context", self.action.context),
        }

    def symbol(self, path: str, kind: Type) -> Value:
        """The symbol of a path (`resource.school`), made on first use."""
        if path not in self.symbols:
            self.symbols[path] = Value(kind, _fresh(path, kind))
        return self.symbols[path]

    def at(self, path: str) -> Value:
        """The symbol of a dotted path such as `context.limits.reauth_minutes` or `principal` (its id)."""
        first, *rest = path.split(".")
        base: Record = self.variables[first]
        for name in rest[:-1]:
            inner = self.attribute(base, name)
            if not isinstance(inner, Record):
                raise UnsupportedPolicy(f"{path} in {self.key}")
            base = inner
        if not rest:
            return self.symbol(first, base.type)
        found = self.attribute(base, rest[-1])
        if isinstance(found, Record):
            raise UnsupportedPolicy(f"{path} is a record")
        return found

    def name(self, entity_type: str, entity_id: str) -> Value:
        """An entity that a rule names."""
        value = Value(Type("entity", name=entity_type), entity_code(entity_type, entity_id))
        return self.named.setdefault((entity_type, entity_id), value)

    def attribute(self, base: Record, name: str) -> "Value | Record":
        """An attribute of the actor, the resource, the context or a record in it."""
        if name not in (base.type.fields or {}):
            raise UnsupportedPolicy(f"{base.path} has no {name} in {self.key}")
        kind = (base.type.fields or {})[name].type
        if kind.kind == "record":
            return Record(f"{base.path}.{name}", kind)
        return self.symbol(f"{base.path}.{name}", kind)

    def has(self, base: Record, name: str) -> Any:
        """Whether an attribute is there. The decision carries every declared one (pdp.py), so an optional one is refused."""
        known = (base.type.fields or {}).get(name)
        if known is not None and not known.required:
            raise UnsupportedPolicy(f"{base.path}.{name} is optional in {self.key}")
        return z3.BoolVal(known is not None)


def _fresh(path: str, kind: Type) -> Any:
    match kind.kind:
        case "string" | "long" | "entity":
            return z3.Int(path)
        case "bool":
            return z3.Bool(path)
        case "set" if kind.of is not None and kind.of.kind in {"entity", "string", "long"}:
            return z3.Function(path, z3.IntSort(), z3.BoolSort())
    raise UnsupportedPolicy(f"type of {path}: {kind.kind}")
