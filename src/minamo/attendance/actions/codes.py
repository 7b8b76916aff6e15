"""出欠区分を変える: the board edits its municipality's codes and health items."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction

from minamo.access.api import Actor, authorise
from minamo.attendance.codes import DERIVED, install_codes
from minamo.attendance.models import AttendanceCode, HealthItem
from minamo.attendance.rules import SUSP_INFECT
from minamo.audit import api as audit
from minamo.tenancy.api import Municipality

NEEDED = DERIVED | {"PRESENT", "NOT_REQUIRED"}
DECIDED = frozenset({SUSP_INFECT})  # codes a municipality may leave to a teacher although a family's word names them


class CodeError(ValueError):
    """The code cannot be like this; the message is for the person at the board."""


@dataclass(frozen=True, slots=True)
class CodeEdit:
    """One row of the page. What the 指導要録 counts (`counts_as`) is not editable for the codes the rules rest on."""

    code: str
    label: str
    short_label: str
    mark: str
    active: bool
    by_notice: bool = True


def save_codes(
    *, actor: Actor, municipality: Municipality, codes: Sequence[CodeEdit], health: Mapping[str, tuple[str, bool]]
) -> int:
    """区分と健康観察の項目を直す (health: code → (label, active)); returns how many rows changed. Raises CodeError."""
    decision = authorise(actor, "attendance:codes", municipality)
    with transaction.atomic():
        install_codes(municipality.pk)
        changed = [*_codes(municipality, codes, actor.today), *_health(municipality, health)]
    audit.append(
        actor=actor, action="attendance:codes", resource_type="Municipality", resource_id=str(municipality.pk),
        municipality=municipality.pk, rules=decision.rules, detail={"changed": changed},
    )  # fmt: skip
    return len(changed)


def _codes(municipality: Municipality, edits: Sequence[CodeEdit], today: dt.date) -> list[str]:
    rows = {r.code: r for r in AttendanceCode.objects.select_for_update().filter(municipality=municipality)}
    changed = []
    for edit in edits:
        row = rows.get(edit.code)
        if row is None:
            raise CodeError(f"知らない区分です：{edit.code}")
        if not edit.label.strip() or not edit.short_label.strip():
            raise CodeError(f"{row.label}：名称と短い名称を入れてください。")
        if len(edit.label) > 40 or len(edit.short_label) > 6 or len(edit.mark) > 4:
            raise CodeError(f"{row.label}：名称は40字、短い名称は6字、記号は4字までです。")
        if edit.code in NEEDED and not edit.active:
            raise CodeError(f"{row.label}：この区分は、出席簿の計算に必要なので外せません。")
        turns = row.turns
        if edit.code in DECIDED and (len(turns) % 2 == 0) != edit.by_notice:
            turns = [*turns, today]  # from today on; what past days counted as stays
        new = (edit.label.strip(), edit.short_label.strip(), edit.mark.strip(), edit.active, turns)
        if new != (row.label, row.short_label, row.mark, row.active, row.turns):
            row.label, row.short_label, row.mark, row.active, row.turns = new
            row.save(update_fields=["label", "short_label", "mark", "active", "turns"])
            changed.append(row.code)
    return changed


def _health(municipality: Municipality, edits: Mapping[str, tuple[str, bool]]) -> list[str]:
    changed = []
    for row in HealthItem.objects.select_for_update().filter(municipality=municipality, code__in=list(edits)):
        label, active = edits[row.code][0].strip(), edits[row.code][1]
        if not label or len(label) > 40:
            raise CodeError("健康観察の項目には、40字までの名称を入れてください。")
        if (label, active) != (row.label, row.active):
            row.label, row.active = label, active
            row.save(update_fields=["label", "active"])
            changed.append(row.code)
    return changed
