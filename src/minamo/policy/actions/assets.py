"""情報資産の台帳: add, change, confirm for the year, retire; minamo's own data are completed, never typed in."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from minamo.access.api import Actor, Decision, Resource, authorise
from minamo.policy.actions.registers import beside, changes, read, refuse_unseen, write
from minamo.policy.models import Asset, RegisterEntry
from minamo.policy.models.registers import ASSET
from minamo.policy.queries.own_data import OwnData, own_kind
from minamo.policy.refusals import Refused
from minamo.tenancy.api import Municipality

FIELDS = (
    "name", "grade", "confidentiality", "integrity", "availability", "owner", "place", "readers", "take_out", "send_out",
    "means", "encrypted", "printing", "watermark", "kept_for", "disposal", "note",
)  # fmt: skip
# What people decide about minamo's own data; the rest is said by the code.
DECIDED = (
    "confidentiality", "integrity", "availability", "owner", "take_out", "send_out", "means", "printing", "watermark",
    "kept_for", "disposal", "note",
)  # fmt: skip


def place_of(town: UUID, school: UUID | None, key: str = "new") -> Resource:
    """A line of the register as the policy sees it, before there is one."""
    return Resource("Asset", key, {"municipality": town, "school": school}, ASSET)


def add(*, actor: Actor, town: UUID, school: UUID | None, sent: Mapping[str, str]) -> Asset:
    """台帳に載せる. It counts as confirmed today. Raises Denied, Refused (a field, the name twice)."""
    decision = authorise(actor, "asset:edit", place_of(town, school))
    values = read(Asset, FIELDS, sent)
    Municipality.objects.select_for_update().get(pk=town)
    _not_twice(town, school, values["name"])
    row = Asset.objects.create(
        municipality_id=town, school_id=school, confirmed_on=actor.today, confirmed_by=actor.label, **values
    )
    write(actor, row, "added", decision, "asset:edit")
    return row


def change(*, actor: Actor, asset: Asset, sent: Mapping[str, str]) -> Asset:
    """扱い方を変える; what it read before stays in its entries, and what others wrote since the form was opened (`seen`) stands.

    Raises Denied, Refused (a field, nothing differs), Overtaken."""
    decision, row = _taken(actor, asset)
    values = beside(row, read(Asset, DECIDED if row.table else FIELDS, sent), sent.get("seen", ""))
    if values.get("name", row.name) != row.name:
        _not_twice(row.municipality_id, row.school_id, values["name"])
    _change(actor, row, values, decision, "asset:edit")
    return row


def confirm(*, actor: Actor, asset: Asset, seen: str = "") -> RegisterEntry:
    """年に一度の見直し: it still reads as it is. Raises Denied, Refused when it is retired, or was changed since the page (`seen`)."""
    decision, row = _taken(actor, asset)
    refuse_unseen(row, seen)
    return _confirm(actor, row, decision, "asset:edit")


def retire(*, actor: Actor, asset: Asset, text: str = "") -> RegisterEntry:
    """台帳から外す: it is no more, from today on; the line stays. Raises Denied, Refused (minamo's own, retired)."""
    decision, row = _taken(actor, asset)
    if row.table:
        raise Refused("minamo の中の情報は、台帳から外せません。")
    if not text.strip():
        raise Refused("なくした日と方法（裁断、返却など）を書いてください。", "text")
    if len(text.strip()) > 400:
        raise Refused("400字までにしてください。", "text")
    row.retired_on = actor.today
    row.save(update_fields=["retired_on"])
    return write(actor, row, "retired", decision, "asset:edit", text=text.strip())


def complete_own(*, actor: Actor, town: Municipality, kind: str, sent: Mapping[str, str]) -> Asset:
    """minamo の情報の扱い方を定めて見直す: the first time its line is made from the code.

    Raises Denied, KeyError for a kind that minamo does not keep, Refused (a field), Overtaken.
    """
    decision = authorise(actor, "asset:refresh", town)
    own = own_kind(kind)
    values = read(Asset, DECIDED, sent)
    Municipality.objects.select_for_update().get(pk=town.pk)
    row = Asset.objects.filter(municipality=town, table=own.kind).first()
    if row is None:
        row = Asset.objects.create(municipality=town, table=own.kind, **_from_code(own), **values)
        write(actor, row, "added", decision, "asset:refresh")
    else:
        values = beside(row, values, sent.get("seen", ""))
        _change(actor, row, {**_from_code(own), **values}, decision, "asset:refresh", must=False)
    _confirm(actor, row, decision, "asset:refresh")
    return row


def _from_code(own: OwnData) -> dict[str, Any]:
    return {"name": own.name, "grade": own.grade, "place": own.place, "readers": own.readers_in_words,
            "encrypted": own.encrypted}  # fmt: skip


def _change(
    actor: Actor, row: Asset, values: Mapping[str, Any], decision: Decision, action: str, *, must: bool = True
) -> None:
    changed = changes(row, values)
    if not changed:
        if must:
            raise Refused("変わったところがありません。見直しただけなら「いまのままでよい」を押してください。")
        return
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))
    write(actor, row, "changed", decision, action, changed=changed)


def _confirm(actor: Actor, row: Asset, decision: Decision, action: str) -> RegisterEntry:
    row.confirmed_on, row.confirmed_by = actor.today, actor.label
    row.save(update_fields=["confirmed_on", "confirmed_by"])
    return write(actor, row, "confirmed", decision, action)


def _taken(actor: Actor, asset: Asset) -> tuple[Decision, Asset]:
    """Authorise and lock. Raises Denied, Refused when it is retired."""
    decision = authorise(actor, "asset:edit", asset)
    row = Asset.objects.select_for_update().get(pk=asset.pk)
    if row.retired_on is not None:
        raise Refused("この情報資産は、もう台帳から外されています。")
    return decision, row


def _not_twice(town: UUID, school: UUID | None, name: str) -> None:
    rows = Asset.objects.filter(municipality=town, name=name, retired_on=None, table="")
    if rows.filter(school=school).exists() if school else rows.filter(school__isnull=True).exists():
        raise Refused("同じ名称のものが、もう台帳にあります。", "name")
