"""台帳に書く: what all registers share: reading a form by the fields of the model, saying what changed, one entry per deed."""

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

from django.db import models

from minamo.access.api import Actor, Decision
from minamo.audit.api import append
from minamo.policy.models import Asset, ExceptionGrant, OutsideService, RegisterEntry
from minamo.policy.refusals import Refused, gathered, require_length

Change = list[str]  # label, before, after
Line = Asset | ExceptionGrant | OutsideService
SUBJECTS: Mapping[type[models.Model], str] = {Asset: "asset", ExceptionGrant: "grant", OutsideService: "service"}


def read(model: type[models.Model], names: Iterable[str], sent: Mapping[str, str]) -> dict[str, Any]:
    """The named fields from a form, by what the model says of them. Raises Refused with every field that cannot be."""
    asked = list(names)
    values = gathered(*(partial(_value, model._meta.get_field(name), sent.get(name, "").strip()) for name in asked))
    return dict(zip(asked, values, strict=True))


def _value(field: Any, text: str) -> Any:
    label = str(field.verbose_name)
    if field.choices is not None:
        found = {str(value): value for value, _ in field.choices}
        if text not in found:
            raise Refused(f"{label}を選んでください。", field.name)
        return found[text]
    if not text and not field.blank and not field.null:
        raise Refused(f"{label}を入れてください。", field.name)
    if isinstance(field, models.DateField):
        return _day(field.name, label, text)
    require_length(text, field.name, field.max_length, label)
    return text


def _day(name: str, label: str, text: str) -> dt.date | None:
    if not text:
        return None
    try:
        return dt.date.fromisoformat(text)
    except ValueError as problem:
        raise Refused(f"{label}を、年・月・日で入れてください。", name) from problem


def spoken(field: Any, value: Any) -> str:
    """A value as it is shown."""
    if value in (None, ""):
        return "（なし）"
    return str(dict(field.choices or ()).get(value, value))


def changes(row: models.Model, values: Mapping[str, Any]) -> list[Change]:
    """What the values would change on the row: label, before, after."""
    found = []
    for name, value in values.items():
        field, before = row._meta.get_field(name), getattr(row, name)
        if before != value:
            found.append([str(getattr(field, "verbose_name", name)), spoken(field, before), spoken(field, value)])
    return found


def write(
    actor: Actor, row: Line, kind: str, decision: Decision, action: str, *, changed: list[Change] | None = None,
    text: str = "",
) -> RegisterEntry:  # fmt: skip
    """One entry in the register and one row in the trail (ids and codes only)."""
    entry = RegisterEntry.objects.create(
        municipality_id=row.municipality_id, kind=kind, text=text, changes=changed or [],
        actor_id=None if actor.kind == "system" else actor.account_id, actor_label=actor.label, at=actor.now,
        **{SUBJECTS[type(row)]: row},
    )  # fmt: skip
    append(
        actor=actor, action=action, resource_type=type(row).__name__, resource_id=str(row.pk),
        municipality=row.municipality_id, school=getattr(row, "school_id", None), rules=decision.rules, detail={"kind": kind},
    )  # fmt: skip
    return entry
