"""minamo の中の情報: which information this installation keeps, how grave it is and who may read it, asked of the code.

A kind is a resource type of the policy with a table. Its class (重要性分類) is the heaviest class of the actions by which the
staff reads it (approving something is an act and says nothing about what leaks), its readers are the rules that open its
reading, and whether it can be taken out is whether a rule opens an export. Nothing of this is written down twice. Places (school, municipality) are no information of their own: what hangs on
them is listed as itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from django.apps import apps
from django.db.models import Model
from django.urls import get_resolver

from minamo.access.api import collected, policies, registered
from minamo.policy.links import RuleLink, number_of

GRADES: Mapping[str, str] = {"class1": "I", "class2": "II", "class3": "III", "class4": "IV"}
PLACES = frozenset({"School", "Municipality"})
READS = frozenset({"read", "contacts", "protected", "words", "export"})  # verbs of actions that show something
PERSONAL = "II"  # what is about one pupil and is read by families only, so that no class is named


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
    table: str
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
    """All kinds by their name in the policy, the gravest first."""
    get_resolver().url_patterns  # noqa: B018  loads every route, and with them the resource types declared beside routes
    found = [_own(model) for model in apps.get_models() if _kept(model)]
    order = list(GRADES.values())
    return {own.kind: own for own in sorted(found, key=lambda own: (order.index(own.grade), own.name))}


def own_kind(kind: str) -> OwnData:
    """One kind. Raises KeyError for one that minamo does not keep."""
    return own_data()[kind]


def _kept(model: type[Model]) -> bool:
    name = getattr(model, "resource_name", None)
    return name in registered() and name not in PLACES and hasattr(model, "read_action")


def _own(model: type[Model]) -> OwnData:
    kind: str = model.resource_name  # type: ignore[attr-defined]
    words, rules = collected()[1], policies()
    on_it = [action for action, kinds in rules.resource_names.items() if kind in kinds]
    actions = tuple(OwnAction(words.actions.get(a, a), _grade(a), _openers(a)) for a in on_it)
    read: str = model.read_action  # type: ignore[attr-defined]
    grades = [_grade(a) for a in on_it if _grade(a) and (a == read or a.partition(":")[2] in READS)]
    personal = "pupil" in registered()[kind].attributes
    return OwnData(
        kind, words.resources.get(kind, kind),
        min(grades, key=list(GRADES.values()).index, default=PERSONAL if personal else "III"), model._meta.db_table, actions, _openers(read), any(a.endswith(":export") for a in on_it),
    )  # fmt: skip


def _grade(action: str) -> str:
    return next((GRADES[group] for group in policies().groups(action) if group in GRADES), "")


def _openers(action: str) -> tuple[RuleLink, ...]:
    """The rules by which people (not the operator's commands) may do it."""
    piece = policies().for_action(action)
    permits = [rule for rule in piece.permits if rule.id not in {"access.system", "access.emergency"}]
    return tuple(RuleLink(rule.id, rule.room, True, rule.sentence) for rule in permits)
