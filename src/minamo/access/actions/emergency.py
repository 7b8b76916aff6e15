"""Verbs of 緊急の閲覧 (break-glass): open for a while with a reason, end early, review."""

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Model

from minamo.access import ports
from minamo.access.actor import Actor
from minamo.access.enforce import as_resource, authorise
from minamo.access.models import Account, Emergency, EmergencyCorrection, EmergencyReview
from minamo.access.own import own
from minamo.access.reasons import problem_with, readable
from minamo.kernel import jobs, live
from minamo.kernel.businessdays import add_business_days


class NotAccepted(Exception):
    """What was written does not do; the text says what to write."""


def open_emergency(*, actor: Actor, pupil: Model, reason: str) -> Emergency:
    """緊急の閲覧を始める: the pupil's contacts are open to the actor for `break_glass_minutes`. The head is told at once. Whoever has
    opened this pupil already gets that one, with its reason and its end.

    Raises Denied, and NotAccepted when the reason is none (reasons.py).
    """
    decision = authorise(actor, "emergency:open", pupil)
    with transaction.atomic():
        Account.objects.select_for_update(no_key=True).get(pk=actor.account_id)  # one opening at a time
        running = Emergency.objects.filter(account_id=actor.account_id, pupil_id=pupil.pk, expires_at__gt=actor.now)
        if already := running.first():
            return already
        if problem := problem_with(reason):
            raise NotAccepted(problem)
        values, text = as_resource(pupil).values, readable(reason)
        row = Emergency.objects.create(
            account_id=actor.account_id, account_label=actor.label, municipality_id=values["municipality"],
            school_id=values["school"], pupil_id=pupil.pk, reason=text, opened_at=actor.now,
            expires_at=actor.now + dt.timedelta(minutes=actor.limits["break_glass_minutes"]),
            due=add_business_days(actor.today, actor.limits["break_glass_review_days"]),
        )  # fmt: skip
        _record(actor, "emergency:open", row, decision.rules, {"reason": text}, until=row.expires_at.isoformat())
        live.publish(f"school:{row.school_id}", "emergency", emergency=row.pk)
        jobs.defer("access.tell_heads", municipality=str(row.municipality_id), emergency=str(row.pk))
    return row


def end_emergency(*, actor: Actor, emergency: Emergency) -> None:
    """緊急の閲覧を終える: the person who opened it needs it no longer."""
    decision = authorise(actor, "own:manage", own(emergency.account_id))
    with transaction.atomic():
        row = Emergency.objects.select_for_update().get(pk=emergency.pk)
        if row.expires_at <= actor.now:
            return
        row.expires_at = max(actor.now, row.opened_at + dt.timedelta(microseconds=1))
        row.save(update_fields=["expires_at"])
        _record(actor, "emergency:end", row, decision.rules)
        live.publish(f"school:{row.school_id}", "emergency", emergency=row.pk)


def review_emergency(*, actor: Actor, emergency: Emergency, proper: bool, note: str) -> EmergencyReview:
    """緊急の閲覧を点検する: once it is over, by somebody else. Raises Denied, and NotAccepted while it is open, when there is a finding
    already, or an improper one without a note."""
    decision = authorise(actor, "emergency:review", emergency)
    if emergency.expires_at > actor.now:
        raise NotAccepted("まだ開いています。終わってから点検してください。点検は残していません。")
    if not proper and not note.strip():
        raise NotAccepted("「問題あり」のときは、どう対応するかを書いてください。")
    try:
        with transaction.atomic():
            review = EmergencyReview.objects.create(
                emergency=emergency, municipality_id=emergency.municipality_id, proper=proper, note=note.strip()[:200],
                by_id=actor.account_id, by_label=actor.label, at=actor.now,
            )  # fmt: skip
            _record(actor, "emergency:review", emergency, decision.rules, _noted(review.note), proper=proper)
    except IntegrityError:
        raise NotAccepted("この閲覧は、すでに点検されています。") from None
    live.publish(f"school:{emergency.school_id}", "emergency", emergency=emergency.pk)
    return review


def correct_review(*, actor: Actor, emergency: Emergency, proper: bool, note: str) -> EmergencyCorrection:
    """点検を正す: the other finding, with its reason; the former stays. Raises Denied, and NotAccepted without a finding to correct, with
    the same one, or without a reason."""
    decision = authorise(actor, "emergency:review", emergency)
    with transaction.atomic():
        review = EmergencyReview.objects.select_for_update().filter(pk=emergency.pk).first()
        if review is None:
            raise NotAccepted("まだ点検されていません。先に点検してください。")
        newest = review.corrections.order_by("-at", "-id").first() or review
        if newest.proper == proper:
            raise NotAccepted("点検の結果は、もうそのとおりです。何も変えていません。")
        if not note.strip():
            raise NotAccepted("どうして正すかを書いてください。点検の結果は変えていません。")
        row = EmergencyCorrection.objects.create(
            review=review, municipality_id=emergency.municipality_id, proper=proper, note=note.strip()[:200],
            by_id=actor.account_id, by_label=actor.label, at=actor.now,
        )  # fmt: skip
        _record(actor, "emergency:review", emergency, decision.rules, _noted(row.note), proper=proper, corrected=True)
    live.publish(f"school:{emergency.school_id}", "emergency", emergency=emergency.pk)
    return row


def _noted(note: str) -> dict[str, str] | None:
    return {"note": note} if note else None


def _record(
    actor: Actor,
    verb: str,
    row: Emergency,
    rules: tuple[str, ...],
    said: Mapping[str, str] | None = None,
    **detail: object,
) -> None:
    """One row; what is `said` of the pupil is encrypted under the pupil's key."""
    pupil = UUID(str(row.pupil_id))
    ports.trail()(
        actor=actor, action=verb, resource_type="Emergency", resource_id=str(row.pk), municipality=row.municipality_id,
        school=row.school_id, pupil=pupil, rules=rules, detail=detail, private={pupil: said} if said else None,
    )  # fmt: skip
