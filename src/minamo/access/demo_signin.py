"""デモのサインイン: one-click persons. The route exists only while MINAMO_DEMO is on; elsewhere there is no such URL."""

import json
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from minamo.access import proofs
from minamo.access.actions.signin import leave_device, open_device
from minamo.access.models import Account, Device, Terminal, TerminalState
from minamo.access.queries import home_of
from minamo.kernel import clock


@dataclass(frozen=True)
class DemoPerson:
    """Someone to be with one click; `kind` as an account has it."""

    account_id: UUID
    label: str
    role: str
    place: str
    group: str
    kind: str


def persons_file() -> Path:
    """Where the demo loader writes the persons it chose."""
    return Path(settings.VAR_DIR) / "demo_persons.json"


def demo_persons() -> list[DemoPerson]:
    """The persons offered on the sign-in page; empty outside demo mode."""
    if not settings.DEMO or not persons_file().exists():
        return []
    return [
        DemoPerson(UUID(p["account_id"]), p["label"], p["role"], p["place"], p["group"], p.get("kind", ""))
        for p in json.loads(persons_file().read_text())
    ]


def demo_person(account: Account) -> bool:
    """Whether this is one of the demo's one-click persons, who have nothing to prove themselves with."""
    return account.pk in {person.account_id for person in demo_persons()}


def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Become one of the offered persons."""
    chosen = request.POST.get("account", "")
    if not settings.DEMO or chosen not in {str(person.account_id) for person in demo_persons()}:
        raise Http404
    account, key = Account.objects.get(pk=chosen), sent_key(request)
    leave_device(request=request)
    login(request, account, backend=settings.AUTHENTICATION_BACKENDS[-1])
    record_authentication(request, account, "demo")
    device = open_device(request=request, account=account, strength=2)
    signs = account.kind == Account.Kind.STAFF and device.side == Device.Side.SCHOOL and trust(device, key)
    target = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()})
    response = redirect(target if safe else "/")
    proofs.give(request, response, device.pk, clock.now(), key if signs else b"")
    return response


def sent_key(request: HttpRequest) -> bytes:
    """The key of a browser that will sign every request (device.js, `data-becomes`); empty where none was sent."""
    try:
        return proofs.decode_key(request.POST.get("key", ""))
    except proofs.ProofRefused:
        return b""


def trust(device: Device, key: bytes) -> bool:
    """A device of the demo is trusted from the first click, and says so in the register. Its first proof is a present
    of the demo, which counts beside the signatures of the browser's key like every other; a later one needs that key.
    Whether `key` is the one its line has."""
    if device.terminal is not None:
        return bool(key) and bytes(device.terminal.key) == key
    home = home_of(device.account_id, clock.today())
    if home.municipality is None:
        return False
    now, owner = clock.now(), device.account
    number = Terminal.objects.filter(demo=True, registered_by=owner).count() + 1
    device.terminal = Terminal.objects.create(
        municipality_id=home.municipality, school_id=next(iter(home.schools), None), label=f"{owner.label}の{number}台目"[:60], kind=device.label, demo=True, key=key,
        registered_by_id=device.account_id, registered_at=now,
    )  # fmt: skip
    device.save(update_fields=["terminal"])
    TerminalState.objects.create(
        terminal=device.terminal, municipality_id=home.municipality, state=TerminalState.State.TRUSTED, at=now,
        by_label="デモ", note="デモ専用。本物の運用では、学校か教育委員会が承認します。",
    )  # fmt: skip
    return bool(key)
