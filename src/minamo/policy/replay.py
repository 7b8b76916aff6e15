"""過去の操作にあてはめる (replay): decisions of the trail asked again under a revision.

Only closing rules can differ between two editions (the rooms' own rules are the base of both), so an allowed decision can
only be lost to a rule that reads a number or stands in the overlay, and a refused one can only be gained when such rules
alone refused it.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.apps import apps

from minamo.access.api import (
    LIMITS,
    Actor,
    Resource,
    actor_then,
    decide,
    movable,
    people_on,
    policies,
    registered,
    rule_applies,
    rules_with,
)
from minamo.audit.api import Group, Sought, decision_groups
from minamo.kernel.ids import id_of
from minamo.kernel.schoolyear import JST

BATCH = 5000
SLICE = dt.timedelta(days=7)


@dataclass(frozen=True)
class Terms:
    """One side of the comparison: numbers (complete) and overlay."""

    limits: Mapping[str, int]
    overlay: str = ""


@dataclass
class Outcome:
    """結果: decisions looked at, groups asked, decisions whose circumstances were not kept or whose object is gone."""

    decisions: int = 0
    groups: int = 0
    unknown: int = 0
    lost: list[dict[str, Any]] = field(default_factory=list)
    gained: list[dict[str, Any]] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """For the row of the impact: ids, codes and counts."""
        return {"decisions": self.decisions, "groups": self.groups, "unknown": self.unknown,
                "lost": _merged(self.lost), "gained": _merged(self.gained)}  # fmt: skip


def sought(municipality: UUID, since: dt.datetime, until: dt.datetime, old: Terms, new: Terms) -> Sought:
    """What must be told apart for these two editions: the steps of ages; hours, days, rows only if an overlay reads them."""
    read = _read_by(old.overlay) + _read_by(new.overlay)
    written = [int(number) for number in re.findall(r"LongLit\(value=(\d+)\)", read)] if "_age'" in read else []
    steps = {old.limits[n] for n in old.limits} | {new.limits[n] for n in new.limits} | set(written)
    steps |= {max(0, number - 1) for number in written}
    return Sought(
        municipality, since, until, sorted(steps), by_hour="attr='hour'" in read, by_day="attr='holiday'" in read,
        by_resource=sorted(_of_rows(old.overlay) | _of_rows(new.overlay)),
        reopened=sorted(rule.id for rule in movable(rules_with(old.overlay))) if _opens(old, new) else (),
    )  # fmt: skip


def _read_by(overlay: str) -> str:
    """The scopes and conditions of an overlay as the engine has parsed them."""
    return "".join(_parsed(rule.template) for rule in rules_with(overlay).rules if rule.room == "overlay")


def _of_rows(overlay: str) -> set[str]:
    """The actions about which a rule of an overlay looks at the row itself: only their rows need to be told apart."""
    rules = rules_with(overlay)
    looks = ("Var(name='resource')", "ScopeEq", "ScopeIn")
    looking = {
        rule.id
        for rule in rules.rules
        if rule.room == "overlay" and any(one in _parsed(rule.template) for one in looks)
    }
    return {one for one in rules.actions if looking & {rule.id for rule in rules.for_action(one).rules}}


def _parsed(template: Any) -> str:
    return repr((template.resource, template.clauses))


def _opens(old: Terms, new: Terms) -> bool:
    """Whether anything refused could now be allowed: a looser number, or an overlay that may have gone away."""
    stricter = (LIMITS[name].stricter((old.limits[name], new.limits[name])) == new.limits[name] for name in LIMITS)
    return bool(old.overlay) or not all(stricter)


class Replay:
    """Asks the decisions of one piece of time after the other. People are loaded once per day of their last decision."""

    def __init__(self, old: Terms, new: Terms, what: Sought) -> None:
        self.old, self.new, self.slices = old, new, what.slices(SLICE)
        self.rules = rules_with(new.overlay)
        self.closing = {rule.id: rule for rule in movable(self.rules)}
        self.outcome = Outcome()
        self.done = 0
        self._reopened = set(what.reopened)
        self._people: dict[tuple[UUID, dt.date], Actor] = {}
        self._rows: dict[tuple[str, str], Resource] = {}
        self._known: dict[Any, str] = {}
        self._models = {m.resource_name: m for m in apps.get_models() if hasattr(m, "resource_name")}

    @property
    def finished(self) -> bool:
        """Whether every piece has been asked."""
        return self.done >= len(self.slices)

    def step(self) -> int:
        """Ask the next piece; returns how many are done. The scope of the municipality must be open."""
        groups, unknown = decision_groups(self.slices[self.done])
        self.outcome.decisions += sum(group.times for group in groups) + unknown
        self.outcome.groups += len(groups)
        self.outcome.unknown += unknown
        for start in range(0, len(groups), BATCH):
            batch = groups[start : start + BATCH]
            self._load(batch)
            for group in batch:
                self._ask(group)
        self.done += 1
        return self.done

    def _load(self, batch: Sequence[Group]) -> None:
        by_day: dict[dt.date, set[UUID]] = {}
        by_type: dict[str, set[UUID]] = {}
        for group in batch:
            by_day.setdefault(_day(group), set()).add(group.actor_id)
            if (number := id_of(group.resource)) is not None:
                by_type.setdefault(group.resource_type, set()).add(number)
        for day, accounts in by_day.items():
            missing = [account for account in accounts if (account, day) not in self._people]
            for person in people_on(missing, day, _noon(day)) if missing else ():
                self._people[(person.account_id, day)] = person
        self._rows = {}
        for name, ids in by_type.items():
            if (model := self._models.get(name)) is not None:
                kind = registered()[name]
                found = kind.entities_in(model._default_manager.filter(**{f"{kind.key}__in": ids}))
                self._rows |= {(name, row.id): row for row in found}

    def _ask(self, group: Group) -> None:
        if group.action not in policies().actions:
            return
        person = self._people.get((group.actor_id, _day(group)))
        if person is None:
            self.outcome.unknown += group.times
        elif group.allowed:
            self._ask_allowed(group, person)
        elif set(group.rules) <= self._reopened:
            self._ask_refused(group, person)

    def _ask_allowed(self, group: Group, person: Actor) -> None:
        """Is it lost to a closing rule of the new edition?"""
        key = (person.account_id, _day(group), group.action, group.resource_type, group.resource,
               tuple(sorted(group.circumstances.items())), self._hour(group))  # fmt: skip
        if key not in self._known:
            self._known[key] = next(self._closed_by(group, person), "")
        if self._known[key]:
            self.outcome.lost.append(_line(group, self._known[key]))

    def _hour(self, group: Group) -> int:
        return group.last_at.astimezone(JST).hour if self.slices[0].by_hour else 0

    def _closed_by(self, group: Group, person: Actor) -> Iterator[str]:
        actor = self._then(person, group)
        kind = registered().get(group.resource_type)
        for rule in self.rules.for_action(group.action).forbids:
            if rule.id not in self.closing or kind is None:
                continue
            found = rule_applies(actor, group.action, kind, rule, self.rules)
            if found is True:
                yield rule.id
            elif found is not False:
                yield from self._closed_for_row(group, actor, rule.id)

    def _closed_for_row(self, group: Group, actor: Actor, rule_id: str) -> Iterator[str]:
        """The rule, when the row as it is now is one of those it closes."""
        row = self._rows.get((group.resource_type, str(group.resource)))
        if row is not None and rule_id in decide(actor, group.action, row, rules=self.rules).rules:
            yield rule_id

    def _ask_refused(self, group: Group, person: Actor) -> None:
        """Would it be allowed? Asked in full, about the object as it is now."""
        row = self._rows.get((group.resource_type, str(group.resource)))
        if row is None:
            self.outcome.unknown += group.times
        elif decide(self._then(person, group), group.action, row, rules=self.rules).allowed:
            self.outcome.gained.append(_line(group, group.rules[0]))

    def _then(self, person: Actor, group: Group) -> Actor:
        overlays = (self.new.overlay,) if self.new.overlay else ()
        return actor_then(person, group.circumstances, group.last_at, limits=self.new.limits, overlays=overlays)


def replay(old: Terms, new: Terms, what: Sought) -> Outcome:
    """All of them at once: the decisions of a municipality asked again under `new`. Callers are authorised and have opened
    the scope. Raises PolicyError for an overlay that cannot be used."""
    asked = Replay(old, new, what)
    while not asked.finished:
        asked.step()
    return asked.outcome


def _day(group: Group) -> dt.date:
    return group.last_at.astimezone(JST).date()


def _noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), JST)


def _line(group: Group, rule: str) -> dict[str, Any]:
    return {"account": str(group.actor_id), "action": group.action, "rule": rule, "times": group.times}


def _merged(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Lines of the same person, action and rule as one, the most first."""
    found: dict[tuple[str, str, str], int] = {}
    for line in lines:
        key = (line["account"], line["action"], line["rule"])
        found[key] = found.get(key, 0) + line["times"]
    return [
        {"account": account, "action": action, "rule": rule, "times": times}
        for (account, action, rule), times in sorted(found.items(), key=lambda item: (-item[1], item[0]))
    ]
