"""なぜ見える／なぜ見えない (why): for one person and one record, per action, what the engine says and by which clause.

About oneself it is answered under the circumstances of this very request; about somebody else at their best (own side,
fresh second factor, trusted device): that answers who could see, not who is looking.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Model

from minamo.access.actor import Actor
from minamo.access.explain import people, until
from minamo.access.pdp import Decision, decide
from minamo.access.policyset import Rule, policies
from minamo.access.proof.invariant import collected
from minamo.access.remedies import Refusal, explain
from minamo.access.resources import Attribute, Resource, ResourceType, register

GROUP_OF_KIND = {"staff": "staff", "guardian": "family", "pupil": "learner"}
CLASS_NAMES = {"class1": "Ⅰ", "class2": "Ⅱ", "class3": "Ⅲ", "class4": "Ⅳ"}
QUESTION = register(
    ResourceType(
        "Question",
        {"municipality": Attribute("municipality_id", "Municipality"), "school": Attribute("school_id", "School")},
    )
)


@dataclass(frozen=True)
class Answer:
    """一つの操作の答え: allowed by these rules (and until when, for an exception); or refused, with the refusal and what would open it."""

    action: str
    title: str
    importance: str
    allowed: bool
    rules: tuple[tuple[Rule, dt.date | None], ...]
    refusal: Refusal | None
    openers: tuple[Rule, ...]


def record_of(kind: str, key: UUID) -> Model | None:
    """The row of a declared resource type, if it is in scope; None for an unknown type or row."""
    for model in apps.get_models():
        if getattr(model, "resource_name", None) == kind:
            return model._default_manager.filter(pk=key).first()
    return None


def question_about(resource: Resource) -> Resource:
    """Asking about somebody else is a question to the place of the record."""
    place: dict[str, Any] = {
        "municipality": resource.values.get("municipality"),
        "school": resource.values.get("school"),
    }
    if resource.name == "School":
        place["school"] = resource.id
    return Resource("Question", resource.id, place, QUESTION)


def person(actor: Actor, account_id: UUID) -> Actor | None:
    """Somebody else at their best, or None when there is no such account or it is switched off."""
    return next(iter(people([account_id], actor.today, actor.now)), None)


def answers(person: Actor, resource: Resource) -> Iterator[Answer]:
    """What the person may do with the record, action by action, in the order of the schema."""
    group = GROUP_OF_KIND.get(person.kind, "staff")
    for action, types in policies().resource_names.items():
        if resource.name in types and group in policies().groups(action):
            yield _answer(person, action, resource, decide(person, action, resource))


@lru_cache(maxsize=1)
def words() -> Mapping[str, str]:
    """What each action is called, from the rooms' own words (invariants.py)."""
    return collected()[1].actions


def _answer(person: Actor, action: str, resource: Resource, decision: Decision) -> Answer:
    openers = policies().for_action(action).permits
    openers = tuple(rule for rule in openers if rule.id not in {"access.system", "access.emergency"})
    return Answer(
        action, words().get(action, action),
        next((CLASS_NAMES[g] for g in policies().groups(action) if g in CLASS_NAMES), ""), decision.allowed,
        tuple((rule, until(person, rule, resource)) for rule in map(policies().rule, decision.rules)) if decision.allowed else (),
        None if decision.allowed else explain(person, action, resource, decision), openers,
    )  # fmt: skip
