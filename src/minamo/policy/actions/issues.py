"""版にする: approve and publish, put in force at a date or at once, roll back."""

import datetime as dt

from minamo.access.api import Actor, Decision, NewEdition, authorise
from minamo.access.api import activate as activate_edition
from minamo.audit.api import append
from minamo.kernel import jobs
from minamo.policy.actions.impact import require_proof
from minamo.policy.actions.revisions import require_difference, take, verify
from minamo.policy.models import Issue, Revision
from minamo.policy.queries.texts import (
    issue_in_force,
    layers_of,
    limits_of,
    model_text,
    newest_issue,
    text_below,
    text_in,
)
from minamo.policy.refusals import Refused
from minamo.policy.rules.archive import replaced_by
from minamo.policy.rules.layers import resolve
from minamo.policy.rules.reading import READING_DAYS
from minamo.policy.rules.text import differing
from minamo.policy.rules.whence import whence
from minamo.tenancy.api import Municipality


def approve(*, actor: Actor, revision: Revision, effective_on: dt.date, note: str = "") -> Issue:
    """承認して公表する: the revision becomes an issue, in force from a day on (today: by the button, see activate_issue).

    Raises Denied (a draft one had a hand in, another municipality), Refused (day gone by, state, what cannot stand, no finished proof
    of exactly this text against the newest issue, a broken wall).
    """
    Municipality.objects.select_for_update().get(pk=revision.municipality_id)  # one approval after the other
    row = Revision.objects.select_for_update().get(pk=revision.pk)
    decision = authorise(actor, "policy:approve", row)
    if effective_on < actor.today:
        raise Refused("施行日は、きょうか、きょうより後にしてください。")
    verify(row)
    require_proof(row)
    former = newest_issue(row.municipality_id)
    require_difference(row, former)
    if former is not None and former.activated_at is None and effective_on < former.effective_on:
        raise Refused(
            f"第{former.number}版が {former.effective_on:%-m月%-d日} に施行されます。施行日は、その日か、それより後にしてください。"
        )
    take(actor, row, "approved", decision, note, effective_on)
    issue = _issue_from(row, former, actor, effective_on)
    take(actor, row, "issued", decision, f"第{issue.number}版")
    jobs.defer("policy.activate_due", municipality=str(row.municipality_id))
    return issue


def _issue_from(row: Revision, former: Issue | None, actor: Actor, effective_on: dt.date) -> Issue:
    below, _ = text_below(row.county)
    issue = Issue(
        municipality_id=row.municipality_id, number=_next_number(row.municipality), revision=row, title=row.title,
        clauses=resolve(below, (row.clauses,)), own=row.clauses, county=row.county, limits=row.limits, overlay=row.overlay,
        published_at=actor.now, effective_on=effective_on, note=row.reason,
    )  # fmt: skip
    _follows(issue, former)
    issue.save()
    return issue


def _follows(issue: Issue, former: Issue | None) -> None:
    """What it replaces, what reads differently and whose words these are, are kept with it; of a first issue everything is to be
    read."""
    new = text_in(issue)
    old = text_in(former) if former is not None else model_text()
    origin = whence(old, new, layers_of(former), layers_of(issue))
    issue.replaced = {**replaced_by(old, new), "whence": origin}
    issue.changed = differing(old, new) if former is not None else list(issue.clauses)


def _next_number(town: Municipality) -> int:
    Municipality.objects.select_for_update().get(pk=town.pk)
    newest = Issue.objects.filter(municipality=town).order_by("-number").values_list("number", flat=True).first()
    return (newest or 0) + 1


def activate_issue(*, actor: Actor, issue: Issue) -> Issue:
    """施行する: from the next request on it holds. Raises Denied, Refused when it is or was in force already."""
    decision = authorise(actor, "policy:activate", issue.municipality)
    Municipality.objects.select_for_update().get(pk=issue.municipality_id)
    row = Issue.objects.select_for_update().get(pk=issue.pk)
    if row.activated_at or row.ended_at:
        raise Refused("この版は、もう施行したか、取りやめています。")
    held = issue_in_force(row.municipality_id)
    if row.replaced["number"] != (held.number if held else 0):  # the one it was to follow never held
        _follows(row, held)
    Issue.objects.filter(municipality=row.municipality_id, activated_at__isnull=False, ended_at__isnull=True).update(
        ended_at=actor.now
    )
    overtaken = Issue.objects.filter(municipality=row.municipality_id, number__lt=row.number, activated_at=None)
    overtaken.filter(ended_at=None).update(ended_at=actor.now)
    edition = NewEdition(row.municipality_id, row.municipality.code, row.limits, row.overlay)
    row.edition_digest = activate_edition(actor=actor, edition=edition, at=actor.now)
    row.activated_at, row.activated_by = actor.now, actor.label
    row.acknowledge_by = actor.today + dt.timedelta(days=READING_DAYS)
    row.save()
    _record(actor, row, decision)
    return row


def roll_back(*, actor: Actor, town: Municipality, leaves: int, reason: str = "") -> Issue:
    """一つ前の版に戻す, at once: a new issue with the text, numbers and overlay of the one before; from the first issue back
    to the model policy, which held before it. `leaves` is the number of the issue whoever asks has seen in force, so that
    asking twice goes back once. Without a reason of its own it says what it does.

    Raises Denied, Refused when nothing is in force, another issue is, or the model holds already.
    """
    authorise(actor, "policy:activate", town)
    Municipality.objects.select_for_update().get(pk=town.pk)
    now = issue_in_force(town.pk)
    if now is not None and now.number != leaves:
        raise Refused(
            f"いま施行しているのは第{now.number}版です。第{leaves}版からは、もう変わっています。何もしていません。"
        )
    now, before = way_back(town)
    row = Issue(
        municipality=town, number=_next_number(town), restores=before if before.number else None,
        title=f"第{before.number}版に戻す" if before.number else "はじめの規程（型）に戻す",
        clauses=before.clauses, own=before.own, county_id=before.county_id, limits=before.limits, overlay=before.overlay, published_at=actor.now,
        effective_on=actor.today, note=reason.strip()[:200] or _of_itself(now, before),
    )  # fmt: skip
    _follows(row, now)
    row.save()
    return activate_issue(actor=actor, issue=row)


def _of_itself(now: Issue, before: Issue) -> str:
    """The reason of a rollback nobody has given one for: what it undoes."""
    to = f"第{before.number}版" if before.number else "はじめの規程（型）"
    return f"第{now.number}版「{now.title}」を取りやめ、{to}のとおりにしました。"


def way_back(town: Municipality) -> tuple[Issue, Issue]:
    """The issue in force and the one a rollback goes to (number 0: the model, not saved). Raises Refused without one."""
    now = issue_in_force(town.pk)
    if now is None:
        raise Refused("戻せる版がありません。")
    return now, _before(now) or _model(town, now)


def _model(town: Municipality, now: Issue) -> Issue:
    """What held before the first issue: the model policy alone. Not saved; number 0. Raises Refused when it holds."""
    if not now.own and not now.overlay and not now.county_id and limits_of(now.limits) == limits_of({}):
        raise Refused("戻せる版がありません。いまは、はじめの規程（型）のとおりです。")
    return Issue(municipality=town, number=0, clauses=text_below(None)[0], limits={})


def _before(now: Issue) -> Issue | None:
    """The issue that was in force before this one; what a rollback undid is not gone back to."""
    if now.revision_id is None and now.restores_id is None:  # the model was restored: nothing lies before it
        return None
    rows = Issue.objects.filter(municipality=now.municipality_id, activated_at__isnull=False, number__lt=now.number)
    if now.restores is not None:
        rows = rows.filter(number__lt=now.restores.number)
    return rows.order_by("-number").first()


def _record(actor: Actor, row: Issue, decision: Decision) -> None:
    append(
        actor=actor, action="policy:activate", resource_type="PolicyIssue", resource_id=str(row.pk),
        municipality=row.municipality_id, rules=decision.rules,
        detail={"number": row.number, "changed": row.changed[:200], "restores": row.restores_id},
    )  # fmt: skip
