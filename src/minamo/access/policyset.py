"""規則集 (policy set): every room's `policy.cedar` and `schema.cedarschema`, read once, validated, sliced by action.

The same parsed tree serves the decision (pdp.py), the SQL (compile.py) and the explanations; there is no second
text. A policy that does not validate against the schema, or that the SQL compiler could not honour, stops the start.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import cedarpy
from cedarpy import pst
from django.apps import apps

from minamo.access.narrow import schema_for

CLASSES = ("class1", "class2", "class3", "class4")
GROUPS = ("staff", "family", "learner", "emergency", "lifeline", *CLASSES)
OVERLAY = "overlay"  # the room of the rules a municipality lays over the base
_ACTION = re.compile(
    r"action (?P<names>.+?)(?: in (?P<groups>\[.*?\]))? appliesTo \{.*?resource: \[(?P<resources>.*?)\].*\}", re.DOTALL
)


class PolicyError(Exception):
    """The policy text of this installation cannot be used."""


@dataclass(frozen=True)
class Rule:
    """規則: one policy with its annotations: stable id, clause number and a sentence in Japanese."""

    id: str
    room: str
    clause: str
    sentence: str
    template: pst.Template

    @property
    def permits(self) -> bool:
        """Whether it opens (permit) or closes (forbid)."""
        return self.template.effect == "permit"

    @cached_property
    def written(self) -> str:
        """The parsed tree as text: what digests are made of."""
        return repr(self.template)


@dataclass(frozen=True)
class Slice:
    """The rules that can matter for one action, and the schema of this action."""

    rules: tuple[Rule, ...]
    schema: cedarpy.Schema

    @cached_property
    def handle(self) -> cedarpy.PolicySet:
        """The rules as the engine wants them, made when it is first asked: proofs only read them."""
        # The engine reports the ids of the policies it used: give it ours.
        tree = pst.PolicySet(
            templates=pst.FrozenMap(),
            static_policies=pst.FrozenMap({rule.id: _renamed(rule) for rule in self.rules}),
            template_links=(),
        )
        return cedarpy.PolicySet.from_pst(tree)

    @cached_property
    def forbids(self) -> tuple[Rule, ...]:
        """Rules that close."""
        return tuple(rule for rule in self.rules if not rule.permits)

    @cached_property
    def permits(self) -> tuple[Rule, ...]:
        """Rules that open."""
        return tuple(rule for rule in self.rules if rule.permits)


class Policies:
    """All rules in force."""

    def __init__(self, texts: Mapping[str, str], schema_text: str) -> None:
        self.texts = dict(texts)
        self.schema_text = schema_text
        self.digest = hashlib.sha256("\0".join([schema_text, *texts.values()]).encode()).hexdigest()
        try:
            self.schema = cedarpy.Schema.from_str(schema_text)
        except ValueError as error:
            raise PolicyError(f"schema: {error}") from error
        result = cedarpy.validate_policies("\n".join(texts.values()), schema_text)
        if not result.validation_passed:
            raise PolicyError("; ".join(str(e) for e in result.errors))
        self.rules = tuple(self._read())
        ids = [rule.id for rule in self.rules]
        if len(ids) != len(set(ids)):
            raise PolicyError("two policies share an @id")
        self.actions, self.resource_names = self._actions()
        self._slices: dict[str, Slice] = {}

    def _read(self) -> Iterator[Rule]:
        for room, text in self.texts.items():
            try:
                tree = cedarpy.PolicySet.from_str(text).to_pst()
            except ValueError as error:
                raise PolicyError(f"{room}/policy.cedar: {error}") from error
            for template in tree.static_policies.values():
                notes = template.annotations
                missing = [name for name in ("id", "clause", "ja") if not notes.get(name)]
                if missing:
                    raise PolicyError(f"{room}/policy.cedar: {template.id} lacks @{', @'.join(missing)}")
                if not notes["id"].startswith(f"{room}."):
                    raise PolicyError(f"{room}/policy.cedar: @id {notes['id']} must begin with {room}.")
                yield Rule(notes["id"], room, notes["clause"], notes["ja"], template)

    def _actions(self) -> tuple[Mapping[str, frozenset[str]], Mapping[str, frozenset[str]]]:
        """Action → its groups (see GROUPS), and action → resource types, from the schema text itself."""
        groups: dict[str, frozenset[str]] = {}
        resources: dict[str, frozenset[str]] = {}
        for statement in self.schema_text.split(";"):
            match = _ACTION.match(" ".join(statement.split()))
            if match is None:
                continue
            members = frozenset(g for g in GROUPS if f'Action::"{g}"' in (match["groups"] or ""))
            types = frozenset(name.strip() for name in match["resources"].split(","))
            for name in match["names"].split(","):
                groups[name.strip().strip('"')] = members
                resources[name.strip().strip('"')] = types
        return groups, resources

    def groups(self, action: str) -> frozenset[str]:
        """Groups of an action. Raises KeyError for an undeclared action."""
        return self.actions[action]

    def for_action(self, action: str) -> Slice:
        """The rules whose scope can match the action; an overlay never matches one of the group `lifeline`, so that a town can
        always take it back. Raises KeyError for an undeclared action."""
        if action not in self._slices:
            names = {action, *self.groups(action)}
            bare = "lifeline" in names
            rules = tuple(
                rule
                for rule in self.rules
                if _mentions(rule.template.action, names) and not (bare and rule.room == OVERLAY)
            )
            self._slices[action] = Slice(rules, schema_for(self.schema_text, action))
        return self._slices[action]

    def replaced(self, rules: tuple[Rule, ...]) -> "Policies":
        """The same schema with other rules (for proofs: one rule taken away or changed). Not validated again."""
        import copy

        other = copy.copy(self)
        other.rules = rules
        other._slices = {}
        other.__dict__.pop("_by_id", None)
        other.digest = hashlib.sha256("\n".join([self.digest, *(rule.written for rule in rules)]).encode()).hexdigest()
        return other

    def rule(self, rule_id: str) -> Rule:
        """One rule by its @id (KeyError when there is none)."""
        return self._by_id[rule_id]

    @cached_property
    def _by_id(self) -> Mapping[str, Rule]:
        return {rule.id: rule for rule in self.rules}


def _renamed(rule: Rule) -> pst.Template:
    import dataclasses

    return dataclasses.replace(rule.template, id=rule.id)


def _mentions(scope: pst.ActionConstraint, names: set[str]) -> bool:
    match scope:
        case pst.ScopeAny():
            return True
        case pst.ActionEq(entity=entity):
            return entity.id in names
        case pst.ActionIn(entities=entities):
            return any(entity.id in names for entity in entities)
    raise PolicyError(f"unknown action scope {scope!r}")


@lru_cache(maxsize=1)
def policies() -> Policies:
    """The rules of all installed rooms, in the order of INSTALLED_APPS."""
    from pathlib import Path

    texts: dict[str, str] = {}
    schema: list[str] = []
    for config in apps.get_app_configs():
        if not config.name.startswith("minamo."):
            continue
        folder = Path(config.path)
        if (folder / "policy.cedar").exists():
            texts[config.label] = (folder / "policy.cedar").read_text()
        if (folder / "schema.cedarschema").exists():
            schema.append(_without_comments((folder / "schema.cedarschema").read_text()))
    return Policies(texts, "\n".join(schema))


def _without_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("//"))
