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

from minamo.access.actions import open_device
from minamo.access.models import Account


@dataclass(frozen=True)
class DemoPerson:
    """Someone to be with one click."""

    account_id: UUID
    label: str
    role: str
    place: str
    group: str


def persons_file() -> Path:
    """Where the demo loader writes the persons it chose."""
    return Path(settings.VAR_DIR) / "demo_persons.json"


def demo_persons() -> list[DemoPerson]:
    """The persons offered on the sign-in page; empty outside demo mode."""
    if not settings.DEMO or not persons_file().exists():
        return []
    return [
        DemoPerson(UUID(p["account_id"]), p["label"], p["role"], p["place"], p["group"])
        for p in json.loads(persons_file().read_text())
    ]


def demo_sign_in(request: HttpRequest) -> HttpResponse:
    """Become one of the offered persons."""
    chosen = request.POST.get("account", "")
    if not settings.DEMO or chosen not in {str(person.account_id) for person in demo_persons()}:
        raise Http404
    account = Account.objects.get(pk=chosen)
    login(request, account, backend=settings.AUTHENTICATION_BACKENDS[-1])
    record_authentication(request, account, "demo")
    open_device(request=request, account=account, strength=1)
    target = request.POST.get("next", "/")
    safe = url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()})
    return redirect(target if safe else "/")
