"""Pages about devices: one's own, the proof of a device's key, and the register for school and board."""

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie

from minamo.access import proofs
from minamo.access.actions import devices as actions
from minamo.access.actions import signin
from minamo.access.actor import Actor
from minamo.access.cookies import binding_of, describe
from minamo.access.models import Device, Terminal, TerminalState
from minamo.access.posture import NoReport
from minamo.access.queries import (
    TerminalCard,
    cards_of,
    open_devices,
    own_names,
    register_of,
    terminal_of,
    waiting_for_approval,
)
from minamo.access.registrations import approvers_of
from minamo.access.views.proof import target_of
from minamo.access.views.signin import actor_of
from minamo.access.waiting_keys import waiting_keys
from minamo.kernel import live
from minamo.kernel.ids import id_of


@ensure_csrf_cookie
def devices(request: HttpRequest) -> HttpResponse:
    """使っている端末: one's sign-ins with their terminals; the way to register this one."""
    actor = actor_of(request)
    if request.method == "POST":
        count = signin.sign_out_others(actor=actor)
        return redirect(f"{request.path}?done={count}")
    return _devices(request, actor)


def _devices(request: HttpRequest, actor: Actor, problem: str = "") -> HttpResponse:
    """The page; with what is wrong with the name of a device that was handed in, which stays as it was typed."""
    rows = list(open_devices(actor.account_id, actor.now).select_related("terminal"))
    cards = {card.terminal.pk: card for card in cards_of([d.terminal for d in rows if d.terminal], actor)}
    here = _here(rows, cards, actor.device_id)
    context = {
        "devices": [(row, cards.get(row.terminal_id) if row.terminal_id else None) for row in rows], "done": request.GET.get("done"),
        "names": own_names(actor.account_id) if actor.kind == "staff" and actor.elsewhere else {},
        "here": here, "approvers": approvers_of(actor, here.terminal) if here and here.waits else [], "may_register": actor.kind == "staff", "lent": actor.kind == "staff" and actor.side == "learning",
        "guess": request.POST.get("label", "")[:60] if problem else describe(request.headers.get("User-Agent", "")), "problem": problem, "next": target_of(request),
        "waiting": waiting_for_approval(actor.device_id) if actor.kind == "staff" else None, "gone": _gone(request, actor),
    }  # fmt: skip
    return render(request, "access/devices.html", context, status=422 if problem else 200)


def _gone(request: HttpRequest, actor: Actor) -> str:
    """What was just done to a device, in words; nothing when the address names none of the own ones."""
    for name, words in (
        ("lost", "を「なくした」にしました。もうどこからも開けません"),
        ("out", "をサインアウトしました"),
    ):
        if (asked := id_of(request.GET.get(name, ""))) is None:
            continue
        row = Device.objects.filter(pk=asked, account_id=actor.account_id).select_related("terminal").first()
        if row is not None and row.signed_out_at is not None:
            return f"「{row.terminal.label if row.terminal else row.label}」{words}。"
    return ""


def _here(rows: list[Device], cards: dict[UUID, TerminalCard], device_id: UUID | None) -> TerminalCard | None:
    here = next((row for row in rows if row.pk == device_id), None)
    return cards.get(here.terminal_id) if here and here.terminal_id else None


def device_sign_out(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """Sign one device out."""
    device = _own_device(request, device_id)
    signin.sign_out_device(actor=actor_of(request), device=device)
    return redirect(f"{reverse('access-devices')}?out={device.pk}")


def device_lost(request: HttpRequest, device_id: UUID) -> HttpResponse:
    """なくした: what it does, one button, and what was done. A line of the register is closed for everybody, so the page asks once."""
    device = _own_device(request, device_id)
    if device.terminal is None:
        raise Http404
    if request.method != "POST":
        return render(request, "access/lost.html", {"device": device, "terminal": device.terminal})
    actor = actor_of(request)
    actions.report_lost(actor=actor, terminal=device.terminal)
    if device.pk == actor.device_id:
        return redirect("/")  # the sign-in has just ended
    return redirect(f"{reverse('access-devices')}?lost={device.pk}")


def _own_device(request: HttpRequest, device_id: UUID) -> Device:
    found = Device.objects.filter(pk=device_id, account_id=actor_of(request).account_id)
    device = found.select_related("terminal").first()
    if device is None:
        raise Http404
    return device


class RegistrationForm(forms.Form):
    """届出: what the school calls it, and the public half of the key this browser has just made."""

    label = forms.CharField(max_length=60)
    key = forms.CharField(max_length=400)


def registration(request: HttpRequest) -> HttpResponse:
    """この端末を届け出る."""
    form = RegistrationForm(request.POST)
    if "label" in form.errors:
        return _devices(
            request, actor_of(request), "台帳で見分けられる名前を、60字までで入れてください。まだ届け出ていません。"
        )
    try:
        if not form.is_valid():
            raise actions.NotPossible("この端末の鍵が作れませんでした。ブラウザを新しくしてください。")
        kind = describe(request.headers.get("User-Agent", ""))
        key = proofs.decode_key(form.cleaned_data["key"])
        actions.register_terminal(actor=actor_of(request), label=form.cleaned_data["label"], kind=kind, key=key)
    except actions.NotPossible as error:
        return render(request, "access/not_possible.html", {"text": str(error)}, status=422)
    except proofs.ProofRefused:
        return render(request, "access/not_possible.html", {"text": "端末の鍵が読めませんでした。もう一度お試しください。"}, status=422)  # fmt: skip
    return redirect("access-devices")


def challenge(request: HttpRequest) -> JsonResponse:
    """A question for this device's key."""
    actor = actor_of(request)
    challenge = proofs.ask(signin.this_device(actor), binding_of(request), actor.now)
    who = {
        "account": str(actor.account_id),
        "token": get_token(request),
    }  # for a page that was open before this sign-in
    return JsonResponse({"challenge": challenge, "now": int(actor.now.timestamp() * 1000), **who})


def waiting(request: HttpRequest) -> JsonResponse:
    """待っている記録を送る: what a device of the staff needs to open and send what it kept: whose account this is, its keys, a fresh token."""
    actor = actor_of(request)
    if actor.kind != "staff":
        raise Http404
    found = {"account": str(actor.account_id), "keys": waiting_keys(actor.account_id), "token": get_token(request)}
    return JsonResponse(found, headers={"Cache-Control": "private, no-store"})


def watch(request: HttpRequest) -> StreamingHttpResponse:
    """見張り: every page of a signed-in person listens here whether its sign-in still stands (ADR 0045)."""
    actor = actor_of(request)
    return live.watching(f"device:{signin.this_device(actor)}", account=actor.account_id)


def proof(request: HttpRequest) -> HttpResponse:
    """The answer: 204 and a cookie for a few minutes, or 403 with the reason in one word."""
    actor = actor_of(request)
    answer = {name: str(request.POST.get(name, "")) for name in ("challenge", "signature", "key", "facts")}
    try:
        proved = actions.prove_device(actor=actor, binding=binding_of(request), **answer)
    except proofs.ProofRefused as error:
        return JsonResponse({"error": str(error)}, status=403)
    except NoReport as error:
        return JsonResponse({"error": f"report: {error}"}, status=422)
    response = HttpResponse(status=204)
    # `signs`: the browser's service worker signs every request from now on; without that the cookie alone would do.
    proofs.give(request, response, signin.this_device(actor), actor.now, proved if request.POST.get("signs") else b"")
    return response


def school_register(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """端末の台帳 of one school."""
    return _register(request, "この学校の端末", school_id)


def municipality_register(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """端末の台帳 of a municipality."""
    return _register(request, "自治体の端末", None)


def _register(request: HttpRequest, title: str, school: UUID | None) -> HttpResponse:
    actor = actor_of(request)
    municipality: UUID = request.loaded.resource.values["municipality"]  # type: ignore[attr-defined]
    context: dict[str, Any] = {
        "title": title, "cards": register_of(actor, municipality=municipality, school=school),
        "problem": request.GET.get("problem"), "own": actor.account_id, "this": terminal_of(actor.device_id),
        "may_report": bool(actor.ids("boards")) or (school is not None and str(school) in actor.ids("technicians")),
        "certificates": bool(settings.DEVICE_PROXY_SECRET),
        "approver": bool(actor.ids("boards")) or (school is not None and str(school) in actor.ids("heads")),
    }  # fmt: skip
    return render(request, "access/register.html", context)


def approve(request: HttpRequest, terminal_id: UUID) -> HttpResponse:
    """承認する."""
    return _decide(request, TerminalState.State.APPROVED)


def certificate(request: HttpRequest, terminal_id: UUID) -> HttpResponse:
    """証明書を登録する: the fingerprint of the certificate the proxy has seen. Taking it off is `certificate_off`."""
    return _certify(request, request.POST.get("sha256", "").strip()[:200] or "?")


def certificate_off(request: HttpRequest, terminal_id: UUID) -> HttpResponse:
    """証明書を外す."""
    return _certify(request, "")


def _certify(request: HttpRequest, fingerprint: str) -> HttpResponse:
    terminal: Terminal = request.loaded.row  # type: ignore[attr-defined]
    try:
        actions.set_certificate(actor=actor_of(request), terminal=terminal, fingerprint=fingerprint)
    except actions.NotPossible as error:
        return render(request, "access/not_possible.html", {"text": str(error), "back": target_of(request)}, status=422)
    return redirect(f"{target_of(request)}#t-{terminal.pk}")


def close(request: HttpRequest, terminal_id: UUID) -> HttpResponse:
    """隔離・紛失を登録する."""
    state = request.POST.get("state", "")
    if state not in actions.CLOSED:
        raise Http404
    return _decide(request, state)


def _decide(request: HttpRequest, state: str) -> HttpResponse:
    terminal: Terminal = request.loaded.row  # type: ignore[attr-defined]
    note = request.POST.get("note", "")[:200]
    try:
        actions.decide_terminal(actor=actor_of(request), terminal=terminal, state=state, note=note)
    except actions.NotPossible as error:
        return render(request, "access/not_possible.html", {"text": str(error), "back": target_of(request)}, status=409)
    return redirect(f"{target_of(request)}#t-{terminal.pk}")
