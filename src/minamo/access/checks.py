"""Checks that `bin/check` and every start run: routes declared, policies usable by the engine and by SQL."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from minamo.access import breached, pacing
from minamo.access.actor import Actor
from minamo.access.compile import visible_q
from minamo.access.limits import LIMITS
from minamo.access.policyset import CLASSES, Policies, PolicyError, policies
from minamo.access.relations import RELATIONS
from minamo.access.resources import registered
from minamo.access.routes import all_routes


@register()
def every_route_is_declared(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """No URL without an action; no action the policies do not know."""
    found: list[CheckMessage] = []
    known = policies().actions
    for pattern in url_patterns():
        declared = getattr(pattern.callback, "minamo_route", None)
        if declared is None:
            found.append(Error(f"route {pattern.pattern} is not declared to access control", id="access.E001"))
        elif not declared.public:
            unknown = [action for action in declared.actions.values() if action not in known]
            found += [Error(f"route {declared.name}: unknown action {action}", id="access.E002") for action in unknown]
    return found


@register()
def policies_compile(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """Every policy that can meet a table can be honoured in SQL."""
    try:
        compile_all(policies())
    except PolicyError as error:
        return [Error(str(error), id="access.E003")]
    return []


def compile_all(rules: Policies) -> None:
    """Turn every rule into SQL for every table it can meet. Raises PolicyError for one that cannot be."""
    for kind in ("staff", "guardian", "pupil"):
        for action, names in rules.resource_names.items():
            for name in names & registered().keys():
                visible_q(_somebody(kind), action, registered()[name], rules=rules)


@register()
def limits_are_in_the_schema(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """The schema names exactly the limits of limits.py, and every staff action is in one class."""
    record = re.search(r"type Limits = \{(.*?)\};", policies().schema_text, re.DOTALL)
    named = set(re.findall(r"(\w+): Long", record[1])) if record else set()
    found = [Error(f"limit {name} is in one of schema and limits.py only", id="access.E004")
             for name in sorted(named ^ set(LIMITS))]  # fmt: skip
    for action, groups in policies().actions.items():
        if "staff" in groups and len(groups & set(CLASSES)) != 1:
            found.append(Error(f"action {action} is not in exactly one class", id="access.E005"))
    return list(found)


@register()
def paces_are_known(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """The rates that are configured can be read, and every dear route names one of them."""
    try:
        known = pacing.rates()
    except ValueError as problem:
        return [Error(f"MINAMO_PACE：{problem}", id="access.E006")]
    return [Error(f"route {declared.name}: unknown rate or method {method}={name}", id="access.E007")
            for declared in all_routes().values() for method, name in declared.costs.items()
            if name not in known or method not in declared.actions]  # fmt: skip


@register()
def breached_list_is_usable(app_configs: Sequence[AppConfig] | None, **_: Any) -> list[CheckMessage]:
    """The list of leaked passwords, where one is configured, is there and in order."""
    try:
        if settings.BREACHED_PASSWORDS:
            breached.check(Path(settings.BREACHED_PASSWORDS))
    except breached.ListUnusable as problem:
        return [Error(f"MINAMO_BREACHED_PASSWORDS：{problem}", id="access.E008")]
    return []


def refuse_bad_settings() -> None:
    """For the web process, which runs no checks at start. Raises ImproperlyConfigured with what they would say."""
    found = [*breached_list_is_usable(None), *paces_are_known(None)]
    if found:
        raise ImproperlyConfigured("\n".join(message.msg for message in found))


def url_patterns() -> Iterator[URLPattern]:
    """Every leaf of the URL configuration."""
    stack: list[URLPattern | URLResolver] = list(get_resolver().url_patterns)
    while stack:
        item = stack.pop()
        if isinstance(item, URLResolver):
            stack.extend(item.url_patterns)
        else:
            yield item


def _somebody(kind: str) -> Actor:
    """An actor who holds every relation to something, so that no condition is skipped."""
    nothing, now = UUID(int=0), timezone.now()
    return Actor(
        account_id=nothing, kind=kind, label="", side="school", device_id=None, strength=1, authenticated_at=now,
        today=now.date(), now=now, relations={name: frozenset([str(nothing)]) for name in RELATIONS},
    )  # fmt: skip
