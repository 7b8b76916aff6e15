"""Verbs of one's own account: sign in and out, prove again, change keys and password."""

import datetime as dt
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from allauth.mfa.models import Authenticator
from cryptography.fernet import InvalidToken
from django.contrib.auth import HASH_SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from minamo.access import news, ports, stash
from minamo.access.actor import Actor, load_actor
from minamo.access.cookies import (
    SESSION_BINDING,
    SESSION_DEVICE,
    SESSION_PUPIL,
    describe,
    known_devices,
    side_of,
)
from minamo.access.enforce import authorise
from minamo.access.mfa import written_anew
from minamo.access.models import TRIED_WHEN_LOST, Account, AccountNews, Device, Terminal, TerminalState
from minamo.access.own import own, own_row, sign_in_row
from minamo.access.queries import open_devices
from minamo.access.scope import school_side
from minamo.kernel import clock, live


@dataclass(frozen=True, slots=True)
class Resealed:
    """書き直しの結果: how many factors were written `anew`, how many lay under the newest `already` (or hold no secret), and the login
    ids of those that none of the server's secrets opens (`shut`)."""

    anew: int
    already: int
    shut: list[str]


def open_device(*, request: HttpRequest, account: Account, strength: int, label: str = "") -> Device:
    """サインインする: a browser that comes back keeps its row. A tablet marked as learning-side stays so for everybody; one a pupil
    signs in on becomes so for the staff."""
    now = clock.now()
    if not request.session.session_key:
        request.session.save()
    known = _been_here(request)
    former = next((row.session_key for row in known if row.account_id == account.pk), "")
    _end_session(former, but=request.session.session_key or "")
    stash.forget(row.pk for row in known if row.account_id != account.pk)
    device = _row_of(request, account, known, strength, label)
    request.session[SESSION_DEVICE] = str(device.pk)
    request.session[SESSION_BINDING] = secrets.token_urlsafe(24)
    request.session[SESSION_PUPIL] = account.kind == Account.Kind.PUPIL
    if account.kind == Account.Kind.PUPIL:
        _to_learning_side(row.pk for row in known)
    actor = _as_actor(device, now)
    if account.kind == Account.Kind.STAFF and _recognise(device, known):
        actor = _as_actor(device, now)
    if actor.device_state == TerminalState.State.LOST:
        _refuse_on_lost(request, actor, device)
        return device
    sign_in_row(actor, account.pk, now, strength=strength, side=device.side)
    return device


def refuse_before_second(*, request: HttpRequest, account: Account) -> bool:
    """なくした端末では、1つ目の確認の直後に断る: whether the sign-in is refused here. A page that asks for the second factor would tell whoever
    has the device that the password is right, and nobody would hear of it. On any other device nothing is left of the question."""
    known = _been_here(request)
    if account.kind != Account.Kind.STAFF or not any(row.terminal_id for row in known):
        return False
    with transaction.atomic():
        device = _row_of(request, account, known, strength=1)
        actor = _as_actor(device, device.seen_at)
        if _recognise(device, known):
            actor = _as_actor(device, device.seen_at)
        if actor.device_state == TerminalState.State.LOST:
            _refuse_on_lost(request, actor, device)
            return True
        transaction.set_rollback(True)  # the row, and the scope that was opened for the look
    return False


def _been_here(request: HttpRequest) -> list[Device]:
    """The sign-ins this browser has been, newest first, locked."""
    rows = Device.objects.select_for_update(of=("self",)).select_related("account")
    return list(rows.filter(pk__in=known_devices(request)).order_by("-seen_at"))


def _row_of(request: HttpRequest, account: Account, known: list[Device], strength: int, label: str = "") -> Device:
    """The row of this person in this browser, signed in now."""
    device = next((row for row in known if row.account_id == account.pk), None) or Device(account=account)
    device.side = side_of(request, account, known)
    device.label = label or describe(request.headers.get("User-Agent", ""))
    device.session_key = request.session.session_key or ""
    device.signed_in_at = device.seen_at = clock.now()
    device.signed_out_at = None
    device.strength = strength
    device.save()
    return device


def _as_actor(device: Device, now: dt.datetime) -> Actor:
    """Who has just signed in; also opens the scope of this transaction for the person."""
    found = load_actor(account_id=device.account_id, device_id=device.pk, now=now, today=timezone.localdate(now))
    if found is None:
        raise ValueError("the account that signs in is switched off")
    return found.actor


def _recognise(device: Device, known: list[Device]) -> bool:
    """The terminal this browser is, as far as it lies in the scope of the person who signs in; whether it was another one."""
    candidates = [row.terminal_id for row in known if row.terminal_id]
    terminal = Terminal.objects.filter(pk__in=candidates).order_by("-registered_at").first()
    if terminal is None or device.terminal_id == terminal.pk:
        return False
    device.terminal = terminal
    device.save(update_fields=["terminal"])
    return True


def _refuse_on_lost(request: HttpRequest, actor: Actor, device: Device) -> None:
    """なくした端末でのサインイン: whoever has the device knows what the person signs in with. It ends before it has begun; the register
    says so to school and board (their start pages as well), the person is told, and the trail of the town has the row."""
    device.signed_out_at = actor.now
    device.save(update_fields=["signed_out_at"])
    sign_in_row(
        actor, actor.account_id, actor.now, outcome="deny", step="lost-device", terminal=str(device.terminal_id)
    )
    with school_side(actor, *sorted(actor.ids("municipalities"))):
        if (line := Terminal.objects.filter(sign_ins=device.pk).first()) is not None:
            TerminalState.objects.create(
                terminal=line, municipality_id=line.municipality_id, state=TerminalState.State.LOST, at=actor.now,
                by_id=actor.account_id, by_label=actor.label, note=TRIED_WHEN_LOST,
            )  # fmt: skip
            said = f"「なくした」端末「{line.label}」でサインインしようとした人がいました。断りました"
            news.tell(actor, actor.account_id, said)
    request.refused_sign_in = "lost"  # type: ignore[attr-defined]  # the enforcement point ends the session and says so


def _to_learning_side(devices: Iterable[UUID]) -> None:
    """The sign-ins of the staff in this browser are of the learning side from now on."""
    Device.objects.filter(pk__in=list(devices), account__kind=Account.Kind.STAFF).update(side=Device.Side.LEARNING)


def refuse_sign_in(*, account: Account | None, step: str) -> None:
    """断られたサインイン: a row in the trail, without anything that was typed. `step` is password, code or passkey."""
    sign_in_row(None, account.pk if account else None, clock.now(), outcome="deny", step=step)


def leave_device(*, request: HttpRequest) -> None:
    """端末から離れる: the person signs out here, or somebody else signs in. Open streams of this device end."""
    actor: Actor | None = getattr(request, "actor", None)
    if actor is not None and actor.device_id is not None:
        close_device(actor, actor.device_id, ("access.own",))


def sign_out_device(*, actor: Actor, device: Device) -> None:
    """端末をサインアウトする: the next request of that device is refused and its open streams end."""
    decision = authorise(actor, "own:close", own(device.account_id))
    with transaction.atomic():
        close_device(actor, device.pk, decision.rules)
        news.tell(actor, device.account_id, f"端末「{device.label}」をサインアウトしました")


def close_device(actor: Actor, device_id: UUID, rules: tuple[str, ...]) -> None:
    """End a sign-in (authorised by the caller): its session, its row, its open streams."""
    device = Device.objects.select_for_update().get(pk=device_id)
    if device.signed_out_at is not None:
        return
    device.signed_out_at = actor.now
    device.save(update_fields=["signed_out_at"])
    _end_session(device.session_key)
    stash.forget([device_id])
    own_row(actor, "own:sign-out", "Device", device_id, rules)
    live.publish(f"device:{device_id}", "revoked")


def _end_session(key: str, *, but: str = "") -> None:
    if key and key != but:
        Session.objects.filter(session_key=key).delete()


def sign_out_others(*, actor: Actor) -> int:
    """ほかの端末をすべてサインアウトする; returns how many of those that are shown there were."""
    others = Device.objects.filter(account_id=actor.account_id, signed_out_at=None).exclude(pk=this_device(actor))
    shown = open_devices(actor.account_id, actor.now).exclude(pk=this_device(actor)).count()
    decision = authorise(actor, "own:close", own(actor.account_id))
    for device in others:
        close_device(actor, device.pk, decision.rules)
    if shown:
        news.tell(actor, actor.account_id, f"ほかの端末をすべてサインアウトしました（{shown}台）")
    return shown


def this_device(actor: Actor) -> UUID:
    """The device the actor is on. Raises ValueError for an operator, who is on none."""
    if actor.device_id is None:
        raise ValueError("an operator has no device")
    return actor.device_id


def mark_learning_side(*, actor: Actor, known: Iterable[UUID]) -> None:
    """この端末を学習用にする: from the next request on, no staff data is reachable from it, by whomever (`known`: the sign-ins this
    browser has been). Only after a fresh proof: with a copied session somebody else would shut the person out."""
    decision = authorise(actor, "own:mark-learning", own(actor.account_id))
    _to_learning_side({this_device(actor), *known})
    own_row(actor, "own:mark-learning", "Device", actor.device_id, decision.rules)
    live.publish(f"device:{actor.device_id}", "revoked")


def prove_again(*, actor: Actor, strength: int, request: HttpRequest) -> None:
    """もう一度の本人確認: the age of the authentication starts anew; a second factor makes the sign-in strong.

    The session goes on under a new token.
    """
    decision = authorise(actor, "own:manage", own(actor.account_id))
    request.session.cycle_key()
    Device.objects.filter(pk=this_device(actor)).update(
        signed_in_at=actor.now, strength=max(strength, actor.strength), session_key=request.session.session_key
    )
    own_row(actor, "own:prove", "Own", actor.account_id, decision.rules, strength=strength)


def refuse_proof(*, actor: Actor, step: str) -> None:
    """断られた本人確認: a row in the trail, without what was typed."""
    own_row(actor, "own:prove", "Own", actor.account_id, ("access.own",), step=step, refused=True)


Key = tuple[int, str, str]


def record_keys(*, actor: Actor, before: frozenset[Key], after: frozenset[Key]) -> None:
    """鍵の変更: allauth has added, removed or renamed second factors; the trail says which, by kind and label, and the person is
    told. Where one went (also codes that were made anew) every other sign-in ends: whoever takes a key away may have lost it. After an
    added one the page offers that (ASVS 7.4.3)."""
    decision = authorise(actor, "own:keys", own(actor.account_id))
    kept = {pk for pk, *_ in before} & {pk for pk, *_ in after}
    added = sorted(news.of_keys(kind, label) for pk, kind, label in after - before if pk not in kept)
    removed = sorted(news.of_keys(kind, label) for pk, kind, label in before - after if pk not in kept)
    renamed = sorted(news.of_keys(kind, label) for pk, kind, label in after - before if pk in kept)
    own_row(actor, "own:keys", "Own", actor.account_id, decision.rules, added=added, removed=removed, renamed=renamed)
    for names, done in ((added, "を加えました"), (removed, "を外しました"), (renamed, "の名前に変えました")):
        if names:
            news.tell(actor, actor.account_id, f"{'・'.join(names)}{done}")
    if removed:
        sign_out_others(actor=actor)


def record_shown(*, actor: Actor) -> None:
    """回復コードを見た: the codes stood on the screen or went into a file."""
    decision = authorise(actor, "own:keys", own(actor.account_id))
    own_row(actor, "own:codes-shown", "Own", actor.account_id, decision.rules)
    news.tell(actor, actor.account_id, "回復コードを表示しました")


def confirm_news(*, actor: Actor) -> None:
    """お知らせを確かめた: with the proof of an act, so that nobody hides what he did with a copied session."""
    decision = authorise(actor, "own:close", own(actor.account_id))
    AccountNews.objects.filter(account_id=actor.account_id, read_at=None).update(read_at=actor.now)
    own_row(actor, "own:news", "Own", actor.account_id, decision.rules)


def remove_keys(*, actor: Actor, account: Account, municipality: UUID) -> list[str]:
    """失くした二つめの要素を外す: for the operator, after the board has seen the person. All second factors go and every sign-in
    ends, so that whoever holds what was lost is out, too; the password stays. Returns the kinds that went.

    Raises Denied.
    """
    decision = authorise(actor, "own:manage", own(account.pk))
    with transaction.atomic():
        Account.objects.select_for_update().get(pk=account.pk)
        factors = Authenticator.objects.filter(user=account)
        removed = sorted(factors.values_list("type", flat=True))
        factors.delete()
        for device in Device.objects.filter(account=account, signed_out_at=None):
            close_device(actor, device.pk, decision.rules)
        ports.trail()(
            actor=actor, action="own:keys", resource_type="Own", resource_id=str(account.pk), municipality=municipality,
            rules=decision.rules, detail={"added": [], "removed": removed},
        )  # fmt: skip
    return removed


def reseal_factors() -> Resealed:
    """二つめの要素を新しい秘密で書き直す: everybody's, whatever municipality, under the server's newest secret (an operator's act on the
    host; nobody's factor changes). One by one, so that whoever signs in meanwhile waits for their own row at most."""
    written = already = 0
    shut = []
    for key in Authenticator.objects.order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            factor = Authenticator.objects.select_for_update().filter(pk=key).first()
            if factor is None:
                continue  # taken away meanwhile
            try:
                anew = written_anew(factor.data)
            except InvalidToken:
                shut.append(factor.user.login_id)
                continue
            if anew is None:
                already += 1
                continue
            factor.data = anew
            factor.save(update_fields=["data"])
            written += 1
    return Resealed(written, already, shut)


def change_password(*, actor: Actor, account: Account, password: str, request: HttpRequest) -> None:
    """パスワードを変える: every other device is signed out with it, this one goes on in a new session."""
    decision = authorise(actor, "own:keys", own(account.pk))
    account.set_password(password)
    account.save(update_fields=["password"])
    sign_out_others(actor=actor)
    news.tell(actor, account.pk, "パスワードを変えました")
    request.session.cycle_key()
    request.session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    Device.objects.filter(pk=this_device(actor)).update(session_key=request.session.session_key)
    own_row(actor, "own:password", "Own", account.pk, decision.rules)
