"""なぜ見える／なぜ見えない (why): for one person and one record, per action, what the engine says and by which clause.

About oneself it is answered under the circumstances of this very request; about somebody else with all they hold now (posts,
relations, exceptions, open emergencies; `explain.people`), at their best (own side, fresh second factor, trusted device): that answers
who could see, not who is looking. Where the answer rests on device or proof, it says so (`Answer.depends`); where it was or will be another
one because a post has ended, is to come, or the account is stopped, the same engine is asked under that too (`Answer.otherwise`).
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Model, UUIDField
from django.urls import reverse
from django.utils.http import urlencode

from minamo.access.actor import Actor
from minamo.access.enforce import as_resource
from minamo.access.explain import opening_rule, until
from minamo.access.pdp import Decision, decide
from minamo.access.policyset import Rule, policies
from minamo.access.proof.invariant import collected
from minamo.access.remedies import Refusal, at_worst, explain
from minamo.access.resources import Attribute, Resource, ResourceType, register
from minamo.access.whom import Term
from minamo.kernel.ids import id_of

GROUP_OF_KIND = {"staff": "staff", "guardian": "family", "pupil": "learner"}
CLASS_NAMES = {"class1": "Ⅰ", "class2": "Ⅱ", "class3": "Ⅲ", "class4": "Ⅳ"}
QUESTION = register(
    ResourceType(
        "Question",
        {"municipality": Attribute("municipality_id", "Municipality"), "school": Attribute("school_id", "School")},
    )
)


@dataclass(frozen=True)
class Otherwise:
    """見られない理由になっていること: with this post (ended, or to come), or with the account not stopped (no term), the rule opens."""

    term: Term | None
    rule: Rule


@dataclass(frozen=True)
class Answer:
    """一つの操作の答え: allowed by these rules (and until when, for an exception); or refused, with the refusal (which says what would
    open it). `depends`: an allowed one that device or proof could still close. `otherwise`: what the refusal rests on, where that is time
    or a stopped account."""

    action: str
    title: str
    importance: str
    allowed: bool
    rules: tuple[tuple[Rule, dt.date | None], ...]
    refusal: Refusal | None
    depends: bool = False
    otherwise: tuple[Otherwise, ...] = ()


@lru_cache(maxsize=1)
def kinds() -> Mapping[str, str]:
    """What can be asked about, and what it is called: every resource type whose rows have an id of their own."""
    called = collected()[1].resources
    return {name: called[name] for name, model in _models().items() if isinstance(model._meta.pk, UUIDField)}


@lru_cache(maxsize=1)
def _models() -> Mapping[str, type[Model]]:
    return {model.resource_name: model for model in apps.get_models() if hasattr(model, "resource_name")}


def record_of(kind: str, key: UUID) -> Model | None:
    """The row of a kind, if it is in scope; None for an unknown kind or row."""
    return _models()[kind]._default_manager.filter(pk=key).first() if kind in kinds() else None


def page_about(kind: str, key: object, action: str = "") -> str:
    """The address of the page that explains a record, with what was tried first; empty for what is no row."""
    number = id_of(key)
    if kind not in kinds() or number is None:
        return ""
    asked = f"?{urlencode({'action': action})}" if action else ""
    return reverse("access-why", kwargs={"kind": kind, "key": number}) + asked


def page_of(resource: Resource, action: str) -> str:
    """The same for a resource that may stand for a place or for what does not exist yet. One query at most."""
    address = page_about(resource.name, resource.id, action)
    return address if address and record_of(resource.name, UUID(resource.id)) is not None else ""


def neighbours(resource: Resource) -> list[tuple[str, str]]:
    """What the record belongs to, as (word, address): the child, the class, the school. What was said beside the marks of a
    class is decided at the school (出欠に添えられた言葉、健康観察)."""
    found = []
    for name, attribute in resource.type.attributes.items():
        kind, value = attribute.entity or "", resource.values[name]
        if kind in kinds() and value is not None and str(value) != resource.id:
            found.append((kinds()[kind], page_about(kind, value)))
    return list(dict.fromkeys(found))


def question_about(resource: Resource) -> Resource:
    """Asking about somebody else is a question to the place of the record; a record that names but a child is kept where the
    child goes to school. One query at most."""
    place: dict[str, Any] = {
        "municipality": resource.values.get("municipality"),
        "school": resource.id if resource.name == "School" else resource.values.get("school"),
    }
    if place["school"] is None and (child := resource.values.get("pupil")) is not None:
        row = record_of("Pupil", child)
        place["school"] = as_resource(row).values["school"] if row is not None else None
    return Resource("Question", resource.id, place, QUESTION)


def answers(
    person: Actor, resource: Resource, first: str = "", elsewhen: Sequence[tuple[Term, Actor]] = ()
) -> Iterator[Answer]:
    """What the person may do with the record, action by action, in the order of the schema; `first` before the others. `elsewhen`: the
    same person at other times (`Whom.elsewhen`)."""
    others = [*elsewhen, *([] if person.active else [(None, replace(person, active=True))])]
    group = GROUP_OF_KIND.get(person.kind, "staff")
    for action, types in sorted(policies().resource_names.items(), key=lambda item: item[0] != first):
        if resource.name in types and group in policies().groups(action):
            yield _answer(person, action, resource, decide(person, action, resource), others)


@lru_cache(maxsize=1)
def words() -> Mapping[str, str]:
    """What each action is called, from the rooms' own words (invariants.py)."""
    return collected()[1].actions


def _answer(
    person: Actor, action: str, resource: Resource, decision: Decision, others: Sequence[tuple[Term | None, Actor]]
) -> Answer:
    under = [] if decision.allowed else [(term, one, decide(one, action, resource)) for term, one in others]
    return Answer(
        action, words().get(action, action),
        next((CLASS_NAMES[g] for g in policies().groups(action) if g in CLASS_NAMES), ""), decision.allowed,
        tuple((rule, until(person, rule, resource)) for rule in map(policies().rule, decision.rules)) if decision.allowed else (),
        None if decision.allowed else explain(person, action, resource, decision),
        decision.allowed and not decide(at_worst(person), action, resource).allowed,
        tuple(Otherwise(term, opening_rule(one, found, resource)[0]) for term, one, found in under if found.allowed),
    )  # fmt: skip
