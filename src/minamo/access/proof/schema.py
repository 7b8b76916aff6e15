"""規則の型 (schema): entity types, attributes, actions and groups, parsed from the Cedar schema text.

Only what the schemas of this house use is read. Namespaces, tags, entity hierarchies, enumerated entities and unknown
types are refused (UnsupportedPolicy): a proof about a schema that was half understood would be worth nothing.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from minamo.access.compile import UnsupportedPolicy

_TOKEN = re.compile(r'\s+|//[^\n]*|(?P<text>"(?:[^"\\]|\\.)*")|(?P<word>[A-Za-z_]\w*)|(?P<mark>::|[\[\]{}<>?=,:;@()])')
Kind = Literal["string", "long", "bool", "entity", "set", "record"]


@dataclass(frozen=True)
class Type:
    """One type. `name` is the entity type of an entity, `of` the element of a set, `fields` the members of a record."""

    kind: Kind
    name: str = ""
    of: "Type | None" = None
    fields: Mapping[str, "Field"] | None = None


@dataclass(frozen=True)
class Field:
    """One attribute of an entity or a record."""

    type: Type
    required: bool


@dataclass(frozen=True)
class ActionType:
    """One action: its groups, who it applies to, on what, under which circumstances."""

    name: str
    groups: frozenset[str]
    principals: tuple[str, ...]
    resources: tuple[str, ...]
    context: Type


@dataclass(frozen=True)
class SchemaTypes:
    """All entity types and all actions that can be asked for (groups have no resource and are not here)."""

    entities: Mapping[str, Mapping[str, Field]]
    actions: Mapping[str, ActionType]


def parse(text: str) -> SchemaTypes:
    """Read a schema. Raises UnsupportedPolicy for what is not understood."""
    return _Reader(text).read()


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise UnsupportedPolicy(f"schema: {text[at : at + 30]!r}")
        at = found.end()
        if found.lastgroup:
            yield found.group()
    yield ""


class _Reader:
    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text))
        self.at = 0
        self.entities: dict[str, _Raw] = {}
        self.commons: dict[str, _Raw] = {}
        self.actions: list[tuple[list[str], frozenset[str], dict[str, list[str]], _Raw | None]] = []

    def read(self) -> SchemaTypes:
        while self.peek():
            self.statement()
        entities = {name: self.fields(raw) for name, raw in self.entities.items()}
        actions = {}
        for names, groups, lists, context in self.actions:
            if not lists:
                continue  # a group
            record = self.resolve(context) if context is not None else Type("record", fields={})
            for name in names:
                actions[name] = ActionType(name, groups, tuple(lists["principal"]), tuple(lists["resource"]), record)
        return SchemaTypes(entities, self._closed(actions))

    def _closed(self, actions: dict[str, ActionType]) -> dict[str, ActionType]:
        """Groups of groups are not used here; an action that is the group of another would need them."""
        for action in actions.values():
            if action.groups & actions.keys():
                raise UnsupportedPolicy(f"schema: {action.name} is in a group that is an action itself")
        return actions

    # tokens
    def peek(self) -> str:
        return self.tokens[self.at]

    def take(self, wanted: str | None = None) -> str:
        token = self.tokens[self.at]
        if wanted is not None and token != wanted:
            raise UnsupportedPolicy(f"schema: expected {wanted!r}, found {token!r}")
        self.at += 1
        return token

    def accept(self, token: str) -> bool:
        if self.peek() == token:
            self.at += 1
            return True
        return False

    # statements
    def statement(self) -> None:
        match self.take():
            case "entity":
                names = self.names()
                if self.peek() not in {"=", "{", ";"}:
                    raise UnsupportedPolicy(f"schema: entity {names[0]}: {self.peek()!r}")
                self.accept("=")
                raw = self.type() if self.peek() == "{" else _Raw("record", members=())
                self.entities |= dict.fromkeys(names, raw)
            case "type":
                name = self.take()
                self.take("=")
                self.commons[name] = self.type()
            case "action":
                self.action()
            case other:
                raise UnsupportedPolicy(f"schema: {other!r}")
        self.take(";")

    def action(self) -> None:
        names = self.names()
        groups: list[str] = self.references() if self.accept("in") else []
        lists: dict[str, list[str]] = {}
        context: _Raw | None = None
        if self.accept("appliesTo"):
            self.take("{")
            while not self.accept("}"):
                key = self.take()
                self.take(":")
                if key == "context":
                    context = self.type()
                else:
                    lists[key] = self.type_names()
                self.accept(",")
        self.actions.append((names, frozenset(groups), lists, context))

    def names(self) -> list[str]:
        found = [_plain(self.take())]
        while self.accept(","):
            found.append(_plain(self.take()))
        return found

    def references(self) -> list[str]:
        self.take("[")
        found = []
        while not self.accept("]"):
            if self.accept("Action"):
                self.take("::")
            found.append(_plain(self.take()))
            self.accept(",")
        return found

    def type_names(self) -> list[str]:
        if not self.accept("["):
            return [self.take()]
        found = []
        while not self.accept("]"):
            found.append(self.take())
            self.accept(",")
        return found

    def type(self) -> "_Raw":
        if self.accept("{"):
            members = []
            while not self.accept("}"):
                name = _plain(self.take())
                required = not self.accept("?")
                self.take(":")
                members.append((name, required, self.type()))
                self.accept(",")
            return _Raw("record", members=tuple(members))
        word = self.take()
        if word == "Set":
            self.take("<")
            inner = self.type()
            self.take(">")
            return _Raw("set", of=inner)
        return _Raw("name", name=word)

    # resolution
    def resolve(self, raw: "_Raw") -> Type:
        if raw.kind == "record":
            return Type("record", fields=self.fields(raw))
        if raw.kind == "set":
            assert raw.of is not None
            return Type("set", of=self.resolve(raw.of))
        plain: dict[str, Kind] = {"String": "string", "Long": "long", "Bool": "bool"}
        if raw.name in plain:
            return Type(plain[raw.name])
        if raw.name in self.commons:
            return self.resolve(self.commons[raw.name])
        if raw.name in self.entities:
            return Type("entity", name=raw.name)
        raise UnsupportedPolicy(f"schema: unknown type {raw.name}")

    def fields(self, raw: "_Raw") -> Mapping[str, Field]:
        if raw.kind == "name" and raw.name in self.commons:
            raw = self.commons[raw.name]
        return {name: Field(self.resolve(inner), required) for name, required, inner in raw.members}


@dataclass(frozen=True)
class _Raw:
    """A type as written, before names are looked up."""

    kind: Literal["record", "set", "name"]
    name: str = ""
    of: "_Raw | None" = None
    members: "tuple[tuple[str, bool, _Raw], ...]" = ()


def _plain(token: str) -> str:
    return token[1:-1] if token.startswith('"') else token
