"""minamo の中の情報: which information this installation keeps, how grave it is and who may read it, asked of the code.

A kind is a resource type of the policy with its tables, or information that is read by actions on something else (健康観察 by those on
the school). Its class (重要性分類) is the heaviest class of the actions by which it is read (approving something is an act and says
nothing about what leaks), its readers are the rules that open its reading, and whether it can be taken out is whether a rule opens an
export. Nothing of this is written down twice. Which table belongs to which kind stands in `own_data.toml`; that no table of the database
is forgotten there is a test of the room.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.urls import get_resolver

from minamo.access.api import collected, policies, registered
from minamo.policy.links import RuleLink, number_of

GRADES: Mapping[str, str] = {"class1": "I", "class2": "II", "class3": "III", "class4": "IV"}
PLACES = frozenset({"School", "Municipality"})  # no information of their own: what hangs on them is listed as itself
READS = frozenset({"read", "contacts", "protected", "words", "export"})  # verbs of actions that show something
PERSONAL = "II"  # what is about one pupil and is read by families only, so that no class is named
_FILE = Path(__file__).parent.parent / "own_data.toml"


@dataclass(frozen=True)
class OwnAction:
    """One action on a kind: its name in words, its class, and the rules that open it."""

    title: str
    grade: str
    rules: tuple[RuleLink, ...]


@dataclass(frozen=True)
class OwnData:
    """One kind of information in minamo."""

    kind: str
    name: str
    grade: str
    tables: tuple[str, ...]
    actions: tuple[OwnAction, ...]
    readers: tuple[RuleLink, ...]
    exported: bool
    place: str = "minamo（校務支援システム）"
    encrypted: str = "通信は暗号化（TLS）。保存はサーバーの定めによる"

    @property
    def clauses(self) -> tuple[str, ...]:
        """Numbers of the clauses by which it is read."""
        return tuple(dict.fromkeys(number_of(clause) for clause in self._named()))

    @property
    def readers_in_words(self) -> str:
        """Who may read it, by clause."""
        return f"規程 {'・'.join(self.clauses)} のとおり" if self.clauses else "だれも見られません"

    def _named(self) -> list[str]:
        return [policies().rule(rule.id).clause for rule in self.readers]


@lru_cache(maxsize=1)
def own_data() -> Mapping[str, OwnData]:
    """All kinds by their name in the policy, the gravest first. Raises ValueError for a kind that is neither a resource type nor named,
    and for a table on two lines."""
    get_resolver().url_patterns  # noqa: B018  loads every route, and with them the resource types declared beside routes
    written = {row["kind"]: row for row in _written()["line"]}
    models = {str(model.resource_name): model for model in apps.get_models() if _kept(model)}  # type: ignore[attr-defined]
    found = [_own(model, written.get(kind, {})) for kind, model in models.items()]
    found += [_further(row) for kind, row in written.items() if kind not in models]
    tables = [table for own in found for table in own.tables]
    if len(set(tables)) != len(tables):
        raise ValueError(f"on two lines: {sorted(table for table in set(tables) if tables.count(table) > 1)}")
    order = list(GRADES.values())
    return {own.kind: own for own in sorted(found, key=lambda own: (order.index(own.grade), own.name))}


def tables_outside() -> Mapping[str, str]:
    """Tables that hold no information of the town, each with the reason."""
    found: Mapping[str, str] = _written()["outside"]
    return found


@lru_cache(maxsize=1)
def _written() -> Mapping[str, Any]:
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


def own_kind(kind: str) -> OwnData:
    """One kind. Raises KeyError for one that minamo does not keep."""
    return own_data()[kind]


def _kept(model: type[Model]) -> bool:
    name = getattr(model, "resource_name", None)
    return name in registered() and name not in PLACES and hasattr(model, "read_action")


def _own(model: type[Model], written: Mapping[str, Any]) -> OwnData:
    kind: str = model.resource_name  # type: ignore[attr-defined]
    words, rules = collected()[1], policies()
    on_it = [action for action, kinds in rules.resource_names.items() if kind in kinds]
    read: str = model.read_action  # type: ignore[attr-defined]
    reads = [a for a in on_it if a == read or a.partition(":")[2] in READS]
    personal = "pupil" in registered()[kind].attributes
    return OwnData(
        kind, words.resources.get(kind, kind), _gravest(reads, PERSONAL if personal else "III"),
        (model._meta.db_table, *written.get("tables", ())), _actions(on_it), _openers(read),
        any(a.endswith(":export") for a in on_it),
    )  # fmt: skip


def _further(row: Mapping[str, Any]) -> OwnData:
    """A line of its own. Raises ValueError without a name or an action by which it is read."""
    if not row.get("name") or not row.get("readings"):
        raise ValueError(f"{row['kind']} is no resource type with a table, and has no name or readings")
    readings = row["readings"]
    readers = tuple(dict.fromkeys(rule for action in readings for rule in _openers(action)))
    own = OwnData(
        row["kind"], row["name"], row.get("grade") or _gravest(readings, "III"), tuple(row["tables"]), _actions(readings),
        readers, exported=False,
    )  # fmt: skip
    return replace(own, encrypted=row["encrypted"]) if "encrypted" in row else own


def _actions(names: Iterable[str]) -> tuple[OwnAction, ...]:
    words = collected()[1].actions
    return tuple(OwnAction(words.get(a, a), _grade(a), _openers(a)) for a in names)


def _gravest(actions: Iterable[str], otherwise: str) -> str:
    grades = [grade for action in actions if (grade := _grade(action))]
    return min(grades, key=list(GRADES.values()).index, default=otherwise)


def _grade(action: str) -> str:
    return next((GRADES[group] for group in policies().groups(action) if group in GRADES), "")


def _openers(action: str) -> tuple[RuleLink, ...]:
    """The rules by which people (not the operator's commands) may do it."""
    piece = policies().for_action(action)
    permits = [rule for rule in piece.permits if rule.id not in {"access.system", "access.emergency"}]
    return tuple(RuleLink(rule.id, rule.room, True, rule.sentence) for rule in permits)
