"""台帳に書く: what all registers share: reading a form by the fields of the model, saying what changed, one entry per deed."""

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import partial
from itertools import takewhile
from typing import Any

from django.db import models

from minamo.access.api import Actor, Decision
from minamo.audit.api import append
from minamo.policy.models import Asset, ExceptionGrant, OutsideService, RegisterEntry
from minamo.policy.refusals import Overtaken, Refused, gathered, overtaken, require_length
from minamo.policy.rules.together import together

Change = list[str]  # label, before, after
Line = Asset | ExceptionGrant | OutsideService
YEARS = range(1980, 2100)  # of which a contract can be
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
        day = dt.date.fromisoformat(text)
    except ValueError as problem:
        raise Refused(f"{label}を、年・月・日で入れてください。", name) from problem
    if day.year not in YEARS:  # a year of two digits typed by hand arrives as 0026
        raise Refused(f"{label}の年を、西暦の4けたで確かめてください。いまは{day.year}年です。", name)
    return day


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


def beside(row: Line, values: Mapping[str, Any], seen: str) -> dict[str, Any]:
    """What a form changes, beside what others have written since it was opened: fields its writer left as they were then keep what the
    others wrote. `seen` is the newest entry of then; a form that does not say so ("") has seen everything. The row is locked.

    Raises Overtaken where both changed the same field.
    """
    later = _since(row, seen)
    if not later:
        return dict(values)
    fields = {name: row._meta.get_field(name) for name in values}
    typed = {name: spoken(fields[name], value) for name, value in values.items()}
    now = {name: spoken(fields[name], getattr(row, name)) for name in values}
    found = together(typed, now, _base(later, fields, now))
    taken = {name: value if found.values[name] == typed[name] else getattr(row, name) for name, value in values.items()}
    if found.clashes:
        raise Overtaken({name: overtaken(_who(later, fields[name]), now[name]) for name in found.clashes}, taken)
    return taken


def refuse_unseen(row: Line, seen: str) -> None:
    """見ていない変更: somebody confirms what stands there, so nothing may have changed since the page was opened. Raises Refused."""
    unseen = next((entry for entry in _since(row, seen) if entry.changes), None)
    if unseen is not None:
        raise Refused(
            f"この画面を開いたあとに、{unseen.actor_label}が変えました。いまの扱い方を読んでから、もう一度押してください。"
        )


def _since(row: Line, seen: str) -> list[RegisterEntry]:
    """Entries after the one that was seen, newest first; all of them when it is none of this line."""
    if not seen:
        return []
    entries = RegisterEntry.objects.filter(**{SUBJECTS[type(row)]: row}).order_by("-at", "-id")
    return list(takewhile(lambda entry: str(entry.pk) != seen, entries))


def _base(later: Iterable[RegisterEntry], fields: Mapping[str, Any], now: Mapping[str, str]) -> dict[str, str]:
    """What the form showed when it was opened: the later changes undone. Nothing for one that was opened before there was a line."""
    names, base = {str(field.verbose_name): name for name, field in fields.items()}, dict(now)
    for entry in later:
        if entry.kind == RegisterEntry.Kind.ADDED:
            return {}
        base |= {names[label]: before for label, before, _ in entry.changes if label in names}
    return base


def _who(later: list[RegisterEntry], field: Any) -> str:
    """Who wrote what stands in the field now."""
    label = str(field.verbose_name)
    wrote = (entry for entry in later if any(change[0] == label for change in entry.changes))
    return next(wrote, later[-1]).actor_label


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
