"""誰が見られるか (who can): the policy engine asked for every candidate, so that the answer is the policy and no guess.

The candidates' posts and relations, exceptions and open emergencies come from the same SQL as the actor's own
(`actor.facts_sql`); the decisions from the same engine with the same text. Circumstances are taken at their best (own side, fresh
multi-factor sign-in, trusted device that a management tool vouches for): the panel says who could see, not who is looking.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Model

from minamo.access.actor import Actor, facts_sql, purpose_of, split_facts, terms_of
from minamo.access.editions import in_force
from minamo.access.enforce import as_resource
from minamo.access.pdp import Decision, decide
from minamo.access.policyset import Rule, policies
from minamo.access.relations import RELATIONS
from minamo.access.remedies import at_best
from minamo.access.resources import Resource

SIDES = {"staff": "school", "guardian": "home", "pupil": "learning"}


@dataclass(frozen=True)
class Grant:
    """許し: this person may do this action, by this rule. `posts` are the raw posts held today."""

    account_id: UUID
    label: str
    kind: str
    posts: tuple[Mapping[str, Any], ...]
    action: str
    rule_id: str
    clause: str
    sentence: str
    until: dt.date | None = None


def who_can(
    target: Model | Resource,
    actions: Sequence[str],
    *,
    candidates: Iterable[UUID],
    today: dt.date,
    now: dt.datetime,
) -> list[Grant]:
    """Who of the candidates may do which of the actions on the target, in the order of the actions. One query.

    An account that is switched off is never in the answer. Raises KeyError for an undeclared action.
    """
    return grants_of(people(candidates, today, now), target, actions)


def grants_of(found: Iterable[Actor], target: Model | Resource, actions: Sequence[str]) -> list[Grant]:
    """The same of people who were read already (`people`), so that several things are asked about with one reading."""
    resource = as_resource(target)
    decided: dict[Any, Decision] = {}
    found = sorted(found, key=lambda person: (person.kind != "staff", person.label))
    grants: list[Grant] = []
    for action in actions:
        policies().groups(action)
        for person in found:
            key = (action, person.kind, person.purpose, person.overlays, *(_touches(person, resource)))
            if key not in decided:
                decided[key] = decide(_relevant(person, resource), action, resource)
            if decided[key].allowed:
                grants.append(_grant(person, action, decided[key], resource))
    return grants


def people(candidates: Iterable[UUID], today: dt.date, now: dt.datetime, *, stopped: bool = False) -> list[Actor]:
    """The candidates whose accounts are on (with `stopped` those that are switched off too), with all they hold that day (posts,
    relations, exceptions) and now (open emergencies), at their best. One query."""
    lateral, facts = facts_sql()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id, a.kind, a.label, h.facts, access_editions_of(h.facts->'municipalities'), a.is_active"
            f" FROM access_account a {lateral} CROSS JOIN LATERAL (SELECT {facts} AS facts) AS h"
            " WHERE a.id = ANY(%(ids)s) AND (a.is_active OR %(stopped)s)",
            {"on": today, "now": now, "ids": list(candidates), "stopped": stopped},
        )
        return [_actor(row, today, now) for row in cursor.fetchall()]


def _actor(row: tuple[Any, ...], today: dt.date, now: dt.datetime) -> Actor:
    relations, posts = split_facts(row[3])
    edition = in_force(row[4])
    return at_best(Actor(
        account_id=row[0], kind=row[1], label=row[2], side=SIDES[row[1]], device_id=None, strength=1,
        authenticated_at=now, today=today, now=now, relations=relations, posts=posts,
        limits=edition.limits, overlays=edition.overlays, terms=terms_of(row[3]), purpose=purpose_of(relations),
        posture_source="mdm", active=row[5],
    ))  # fmt: skip


def _ids(resource: Resource) -> frozenset[str]:
    return frozenset([resource.id, *(str(one) for value in resource.values.values() for one in _each(value))])


def _each(value: Any) -> Iterable[Any]:
    return value if isinstance(value, (list, tuple)) else () if value is None else (value,)


def _touches(person: Actor, resource: Resource) -> tuple[tuple[str, ...], ...]:
    """The person's relations to this resource: policies speak of nothing else (see compile.py), so people with the
    same ones share one decision. Whoever the resource itself names (the account, who registered, who wrote) stays apart."""
    known = _ids(resource)
    own = (str(person.account_id),) if str(person.account_id) in known else ()
    return (own, *(tuple(sorted(person.ids(name) & known)) for name in RELATIONS))


def _relevant(person: Actor, resource: Resource) -> Actor:
    """The same person with only the relations that touch the resource (small entities decide faster)."""
    known = _ids(resource)
    return replace(person, relations={name: person.ids(name) & known for name in RELATIONS}, posts=())


def opening_rule(person: Actor, decision: Decision, resource: Resource) -> tuple[Rule, dt.date | None]:
    """The rule that opens, and until when: of several the one that does not end by itself, else the one that ends last."""
    permits = [rule for rule in map((decision.under or policies()).rule, decision.rules) if rule.permits]
    ends = [(until(person, rule, resource), rule) for rule in permits]
    lasting = [rule for day, rule in ends if day is None]
    if lasting:
        return lasting[0], None
    day, rule = max(((day, rule) for day, rule in ends if day is not None), key=lambda pair: pair[0])
    return rule, day


def until(person: Actor, rule: Rule, resource: Resource) -> dt.date | None:
    """The last day on which the rule opens this resource for the person; None when it does not end by itself."""
    if not person.terms:
        return None
    known, named = _ids(resource), _relations_of(rule)
    held = (key.partition(":") for key in person.terms)
    days = [person.terms[f"{relation}:{key}"] for relation, _, key in held if key in known and relation in named]
    return max(days, default=None)


def _relations_of(rule: Rule) -> frozenset[str]:
    """The relations of the actor a rule speaks of."""
    text = repr(rule.template)
    return frozenset(name for name in RELATIONS if f"'{name}'" in text)


def _grant(person: Actor, action: str, decision: Decision, resource: Resource) -> Grant:
    rule, ends = opening_rule(person, decision, resource)
    return Grant(
        person.account_id, person.label, person.kind, person.posts, action, rule.id, rule.clause, rule.sentence, ends
    )
