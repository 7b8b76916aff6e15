"""Verbs of the register of devices: 届け出る, 承認する, 隔離する, 紛失にする, 証明書を登録する; proof of the key; posture reports."""

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from minamo.access import news, ports, posture, proofs
from minamo.access.actions.signin import close_device, this_device
from minamo.access.actor import Actor
from minamo.access.enforce import authorise
from minamo.access.models import Account, Device, Posture, Terminal, TerminalState
from minamo.access.own import own, own_row
from minamo.access.scope import school_side
from minamo.kernel import live

State = TerminalState.State
# What may follow what; a lost or quarantined terminal comes back only by a new approval.
FOLLOWS: Mapping[str, frozenset[str]] = {
    State.REGISTERED: frozenset({State.APPROVED, State.QUARANTINED, State.LOST}),
    State.APPROVED: frozenset({State.QUARANTINED, State.LOST}),
    State.TRUSTED: frozenset({State.QUARANTINED, State.LOST}),
    State.QUARANTINED: frozenset({State.APPROVED, State.LOST}),
    State.LOST: frozenset({State.APPROVED}),
}
OTHER_KEY = "前とは別の鍵（ブラウザ）です。"
LENT = "学習用の端末からの届出です。承認すると、校務用になります。"
CLOSED = frozenset({State.QUARANTINED, State.LOST})


class NotPossible(Exception):
    """The wanted state cannot follow the present one, or the person serves nowhere; the text says what to do."""


def register_terminal(*, actor: Actor, label: str, kind: str, key: bytes) -> Terminal:
    """端末を届け出る: this browser becomes a line of the register, to be approved by the school or the board. A browser that has a
    line keeps it until then; whoever sits before it may have another key."""
    decision = authorise(actor, "own:register", own(actor.account_id))
    post = next((post for post in actor.posts if post.get("municipality")), None)
    if actor.kind != Account.Kind.STAFF or post is None:
        raise NotPossible("職のある教職員だけが端末を届け出られます。学校か教育委員会に相談してください。")
    municipality = UUID(str(post["municipality"]))
    lent = actor.side != Device.Side.SCHOOL
    # The line may come from a browser of the learning side too.
    with transaction.atomic(), school_side(actor, municipality):
        device = Device.objects.select_for_update(of=("self",)).select_related("terminal").get(pk=this_device(actor))
        before = device.terminal  # None as well where another municipality's wall hides it
        terminal = Terminal.objects.create(
            municipality_id=municipality, school_id=UUID(str(post["school"])) if post["school"] else None,
            label=label, kind=kind, registered_by_id=actor.account_id, registered_at=actor.now, key=key,
            asked_from=device, replaces_id=device.terminal_id,
        )  # fmt: skip
        if device.terminal_id is None:  # else it takes the place only when somebody has approved it
            device.terminal = terminal
            device.save(update_fields=["terminal"])
        other = terminal.replaces_id is not None and (before is None or bytes(before.key) != key)
        note = " ".join(filter(None, (LENT if lent else "", OTHER_KEY if other else "")))
        _state(terminal, State.REGISTERED, actor, actor.now, note)
        own_row(actor, "own:register-device", "Terminal", terminal.pk, decision.rules, label=label, other_key=other,
                replaces=str(terminal.replaces_id or ""))  # fmt: skip
        said = "前とは別の鍵（ブラウザ）で届け出直しました" if other else "届け出ました"
        news.tell(actor, actor.account_id, f"端末「{label}」を{said}")
    return terminal


def decide_terminal(*, actor: Actor, terminal: Terminal, state: str, note: str = "") -> TerminalState:
    """端末の状態を決める: approve, quarantine or report lost. A closed terminal's sign-ins end at once; those of the staff on an
    approved one are of the school side, whoever has used the browser before (ADR 0036).

    Raises Denied, or NotPossible when the state cannot follow the present one.
    """
    verb = "device:approve" if state == State.APPROVED else "device:manage"
    decision = authorise(actor, verb, terminal)
    with transaction.atomic():
        locked = Terminal.objects.select_for_update().get(pk=terminal.pk)
        if state not in FOLLOWS[state_of(locked)]:
            raise NotPossible("この端末の状態は、いま変えられません。画面を開き直して確かめてください。")
        row = _state(locked, state, actor, actor.now, note)
        _record(actor, verb, locked, decision.rules, state)
        _cut_off(actor, locked, state, decision.rules)
        if state == State.APPROVED:
            staff = Device.objects.filter(terminal=locked, account__kind=Account.Kind.STAFF)
            staff.update(side=Device.Side.SCHOOL)
            _take_the_place(actor, locked, decision.rules)
    return row


def _take_the_place(actor: Actor, terminal: Terminal, rules: tuple[str, ...]) -> None:
    """The approved line takes the place of the one it was handed in for. With another key the sign-in ends: a copied session does
    not pass on to the new key, whoever knows the person's factors signs in."""
    if terminal.replaces_id is None or terminal.asked_from_id is None:
        return
    before = Terminal.objects.filter(pk=terminal.replaces_id).first()
    device = Device.objects.select_for_update().get(pk=terminal.asked_from_id)
    if device.terminal_id != terminal.replaces_id:
        return
    device.terminal = terminal
    if device.account.kind == Account.Kind.STAFF:
        device.side = Device.Side.SCHOOL
    device.save(update_fields=["terminal", "side"])
    if before is None or bytes(before.key) != bytes(terminal.key):
        close_device(actor, device.pk, rules)
    news.tell(actor, device.account_id, f"届け出直した端末「{terminal.label}」が承認されました")


def set_certificate(*, actor: Actor, terminal: Terminal, fingerprint: str) -> bool:
    """証明書を登録する・外す: the client certificate the configured proxy vouches for this device with (`fingerprint` of it, in any usual
    writing; empty takes the present one off). Whoever may approve the device may give it one, whoever may close it may take it off; open
    screens that rest on the former one end. False when it stands like that already.

    Raises Denied, and NotPossible when it is no SHA-256, belongs to another device, or the device is closed.
    """
    decision = authorise(actor, "device:approve" if fingerprint else "device:manage", terminal)
    wanted = proofs.fingerprint_of(fingerprint)
    if wanted is None:
        raise NotPossible(
            "証明書の指紋（SHA-256）は、0〜9 と a〜f の64文字です。区切りの「:」はあってもかまいません。何も変えていません。"
        )
    try:
        with transaction.atomic():
            locked = Terminal.objects.select_for_update().get(pk=terminal.pk)
            if locked.certificate == wanted:
                return False
            if wanted and state_of(locked) in CLOSED:
                raise NotPossible(
                    "隔離・紛失の端末には、証明書を登録できません。先に承認し直してください。何も変えていません。"
                )
            before, locked.certificate = locked.certificate, wanted
            locked.save(update_fields=["certificate"])
            ports.trail()(
                actor=actor, action="device:approve" if wanted else "device:manage", resource_type="Terminal",
                resource_id=str(locked.pk), rules=decision.rules, municipality=locked.municipality_id,
                school=locked.school_id, detail={"certificate": wanted, "former": before},
            )  # fmt: skip
            for device in Device.objects.filter(terminal=locked, signed_out_at=None) if before else ():
                live.publish(f"device:{device.pk}", "revoked")
    except IntegrityError:
        raise NotPossible(
            "この証明書は、ほかの端末に登録されています。1枚の証明書は1台だけのものです。何も変えていません。"
        ) from None
    return True


def report_lost(*, actor: Actor, terminal: Terminal) -> None:
    """自分の端末を紛失にする: whoever uses it may close it; only the school or the board opens it again."""
    decision = authorise(actor, "own:close", own(actor.account_id))
    with transaction.atomic():
        locked = Terminal.objects.select_for_update().get(pk=terminal.pk)
        if not Device.objects.filter(terminal=locked, account_id=actor.account_id).exists():
            raise NotPossible("自分の使っている端末ではありません。")
        if state_of(locked) == State.LOST:
            return
        _state(locked, State.LOST, actor, actor.now, "本人の届出")
        _record(actor, "own:lost-device", locked, decision.rules, State.LOST)
        _cut_off(actor, locked, State.LOST, decision.rules)
        news.tell(actor, actor.account_id, f"端末「{locked.label}」を「なくした」にしました")


def prove_device(
    *, actor: Actor, challenge: str, signature: str, binding: str, key: str = "", facts: str = ""
) -> bytes:
    """端末の鍵を証明する: checks the answer and returns the public key; the first proof after an approval makes the terminal
    trusted. What the browser says about itself (`facts`) is signed with the answer and becomes a self-report.

    `key` is taken only by a terminal of the demo that has none yet. Raises proofs.ProofRefused.
    """
    authorise(actor, "own:manage", own(actor.account_id))
    asked = proofs.read(challenge, this_device(actor), binding, actor.now)
    device = Device.objects.select_for_update(of=("self",)).select_related("terminal").get(pk=this_device(actor))
    terminal = device.terminal
    if terminal is None:
        raise proofs.ProofRefused("no terminal")
    if device.challenged_at is not None and asked.at <= device.challenged_at:
        raise proofs.ProofRefused("used")
    known = bytes(terminal.key)
    if not known and terminal.demo and key:
        known = proofs.decode_key(key)
        Terminal.objects.filter(pk=terminal.pk).update(key=known)
    proofs.verify(known, f"{challenge}\n{facts}" if facts else challenge, signature)
    device.challenged_at = asked.at
    device.save(update_fields=["challenged_at"])
    if actor.device_state == State.APPROVED:
        _state(terminal, State.TRUSTED, None, actor.now, "端末の鍵で確かめました")
        own_row(actor, "own:device-trusted", "Terminal", terminal.pk, ("access.own",))
    if facts:
        _report_itself(actor, terminal, facts)
    return known


def _report_itself(actor: Actor, terminal: Terminal, facts: str) -> None:
    """端末の自己申告: kept when it says something new, and every few hours; only a changed verdict is a row in the trail."""
    said = posture.facts_of(facts)
    good = posture.judged(said, settings.BROWSER_OLDEST)
    if good is None:
        return
    before = Posture.objects.filter(terminal=terminal, source=Posture.Source.SELF).order_by("-id").first()
    if before and before.good == good and before.facts == said and actor.now - before.at < posture.REPORT_EVERY:
        return
    Posture.objects.create(terminal=terminal, municipality_id=terminal.municipality_id, source=Posture.Source.SELF,
                           at=actor.now, good=good, facts=dict(said))  # fmt: skip
    if before is None or before.good != good:
        _record(actor, "own:report-device", terminal, ("access.own",), "good" if good else "bad")


def state_of(terminal: Terminal) -> str:
    """The state that holds now."""
    newest = TerminalState.objects.filter(terminal=terminal).order_by("-id").first()
    return newest.state if newest else State.REGISTERED


def _state(terminal: Terminal, state: str, actor: Actor | None, at: dt.datetime, note: str) -> TerminalState:
    return TerminalState.objects.create(
        terminal=terminal, municipality_id=terminal.municipality_id, state=state, note=note,
        at=at, by_label=actor.label if actor else "端末の鍵",
        by_id=actor.account_id if actor and actor.kind != "system" else None,
    )  # fmt: skip


def _record(actor: Actor, verb: str, terminal: Terminal, rules: tuple[str, ...], state: str) -> None:
    ports.trail()(
        actor=actor, action=verb, resource_type="Terminal", resource_id=str(terminal.pk), rules=rules,
        municipality=terminal.municipality_id, school=terminal.school_id, detail={"state": state},
    )  # fmt: skip


def _cut_off(actor: Actor, terminal: Terminal, state: str, rules: tuple[str, ...]) -> None:
    """A lost terminal is signed out everywhere; a quarantined one keeps its sign-ins, but its screens end."""
    for device in Device.objects.filter(terminal=terminal, signed_out_at=None):
        if state == State.LOST:
            close_device(actor, device.pk, rules)
        elif state in CLOSED:
            live.publish(f"device:{device.pk}", "revoked")
