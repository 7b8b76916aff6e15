"""外部サービスと委託先の台帳: add, change, check for the year, stop using. Only the board writes; everybody on the staff reads."""

from collections.abc import Mapping
from typing import Any

from minamo.access.api import Actor, Decision, authorise
from minamo.policy.actions.registers import beside, changes, read, write
from minamo.policy.models import OutsideService, RegisterEntry
from minamo.policy.refusals import Refused, refuse_all, require_length
from minamo.tenancy.api import Municipality

FIELDS = (
    "name", "provider", "kind", "purpose", "given", "grade", "place", "contract_begins", "contract_ends", "ismap", "iso27001",
    "iso27017", "privacy_mark", "subcontracting", "subcontract", "contact",
)  # fmt: skip
ACTION = "outside:edit"


def add(*, actor: Actor, town: Municipality, sent: Mapping[str, str]) -> OutsideService:
    """台帳に載せる; it is checked only when somebody says what he found. Raises Denied, Refused (a field, twice)."""
    decision = authorise(actor, ACTION, town)
    values = _values(sent)
    Municipality.objects.select_for_update().get(pk=town.pk)
    _not_twice(town, values["name"])
    row = OutsideService.objects.create(municipality=town, **values)
    write(actor, row, "added", decision, ACTION)
    return row


def change(*, actor: Actor, service: OutsideService, sent: Mapping[str, str]) -> OutsideService:
    """変える; what it read before stays, and what others wrote since the form was opened (`seen`) stands.

    Raises Denied, Refused (a field, nothing differs, ended), Overtaken."""
    decision, row = _taken(actor, service)
    values = beside(row, read(OutsideService, FIELDS, sent), sent.get("seen", ""))
    _check(values)
    if values["name"] != row.name:
        _not_twice(row.municipality, values["name"])
    changed = changes(row, values)
    if not changed:
        raise Refused("変わったところがありません。")
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=list(values))
    write(actor, row, "changed", decision, ACTION, changed=changed)
    return row


def check(*, actor: Actor, service: OutsideService, text: str) -> RegisterEntry:
    """守り方を確かめた, with what was found. Raises Denied, Refused (nothing written, ended)."""
    decision, row = _taken(actor, service)
    found = _word(text, "何を見て、どうだったかを書いてください。")
    row.checked_on, row.checked_by = actor.today, actor.label
    row.save(update_fields=["checked_on", "checked_by"])
    return write(actor, row, "checked", decision, ACTION, text=found)


def end(*, actor: Actor, service: OutsideService, text: str) -> RegisterEntry:
    """使うのをやめた, with how the information came back and was erased there. Raises Denied, Refused (ended)."""
    decision, row = _taken(actor, service)
    found = _word(text, "情報を受け取った日と、相手に残った情報を消した証明を書いてください。", "why")
    row.ended_on = actor.today
    row.save(update_fields=["ended_on"])
    return write(actor, row, "ended", decision, ACTION, text=found)


def _values(sent: Mapping[str, str]) -> dict[str, Any]:
    values = read(OutsideService, FIELDS, sent)
    _check(values)
    return values


def _check(values: Mapping[str, Any]) -> None:
    """What the fields say together. Raises Refused."""
    begins, ends = values["contract_begins"], values["contract_ends"]
    found = []
    if begins and ends and ends < begins:
        found.append(Refused("契約の終わりは、始まりより後にしてください。", "contract_ends"))
    if values["kind"] == "terms" and values["grade"] in {"I", "II", "III"}:
        found.append(Refused("約款で使うサービスには、Ⅲ以上の情報を置けません（規程 2.9.2）。", "grade"))
    if values["subcontracting"] in {"agreed", "open"} and not values["subcontract"]:
        found.append(Refused("再委託先と、任せる仕事を書いてください。", "subcontract"))
    refuse_all(found)


def _taken(actor: Actor, service: OutsideService) -> tuple[Decision, OutsideService]:
    decision = authorise(actor, ACTION, service.municipality)
    row = OutsideService.objects.select_for_update().get(pk=service.pk)
    if row.ended_on is not None:
        raise Refused("このサービスは、もう使うのをやめています。")
    return decision, row


def _word(text: str, asked: str, field: str = "text") -> str:
    if not text.strip():
        raise Refused(asked, field)
    require_length(text.strip(), field, 400)
    return text.strip()


def _not_twice(town: Municipality, name: str) -> None:
    if OutsideService.objects.filter(municipality=town, name=name, ended_on=None).exists():
        raise Refused("同じ名称のものが、もう台帳にあります。", "name")
