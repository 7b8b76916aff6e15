"""影響を見積もる: by proof for all possible requests, by replay for the real ones of the last 90 days, by shadow from now on."""

import datetime as dt
from typing import Any
from uuid import UUID

from minamo.access.api import Actor, Version, authorise, diff, rules_with, system_scope
from minamo.kernel import jobs
from minamo.policy.actions.revisions import record
from minamo.policy.models import Impact, Revision
from minamo.policy.queries.texts import issue_in_force, limits_of
from minamo.policy.replay import Terms, gathered, sought

PERIOD = dt.timedelta(days=90)


def estimate(*, actor: Actor, revision: Revision, kind: str) -> Impact:
    """見積もりを頼む: a job works it out. A shadow counts from now on. Raises Denied."""
    decision = authorise(actor, "policy:revise", revision)
    row = Impact.objects.create(
        municipality_id=revision.municipality_id, revision=revision, kind=kind, begun_at=actor.now
    )
    record(actor, revision, "policy:revise", decision, impact=kind)
    if kind != Impact.Kind.SHADOW:
        jobs.defer("policy.impact", municipality=str(revision.municipality_id), impact=str(row.pk))
    return row


def look_at_shadow(*, actor: Actor, impact: Impact) -> None:
    """影の運用をいままで数える: queue the counting up to now. Raises Denied."""
    authorise(actor, "policy:revise", impact.revision)
    Impact.objects.filter(pk=impact.pk).update(finished_at=None)
    jobs.defer("policy.impact", municipality=str(impact.municipality_id), impact=str(impact.pk))


def work_out(*, actor: Actor, impact_id: UUID) -> None:
    """Work an impact out, in transactions of its own, so that its progress can be seen. Called by the job."""
    (municipality,) = actor.uuids["municipalities"]
    with system_scope(municipality):
        impact = Impact.objects.select_related("revision").get(pk=impact_id)
        authorise(actor, "policy:revise", impact.revision)
        old, new = terms(impact.revision)
    if impact.kind == Impact.Kind.PROOF:
        result = proof(old, new)
    else:
        since = impact.begun_at if impact.kind == Impact.Kind.SHADOW else actor.now - PERIOD
        result = _asked_again(municipality, impact_id, old, new, since, actor.now)
    with system_scope(municipality):
        Impact.objects.filter(pk=impact_id).update(result=result, finished_at=actor.now)


def terms(revision: Revision) -> tuple[Terms, Terms]:
    """What is in force, and what the revision would put in force. One query."""
    issue = issue_in_force(revision.municipality_id)
    old = Terms(limits_of(issue.limits if issue else {}), issue.overlay if issue else "")
    return old, Terms(limits_of(revision.limits), revision.overlay)


def proof(old: Terms, new: Terms) -> dict[str, Any]:
    """Who gains and who loses for all possible requests: one line for each action and opening rule."""
    before = Version(rules_with(old.overlay), old.limits)
    after = Version(rules_with(new.overlay), new.limits)
    return {
        "changes": [
            {
                "gained": change.gained, "action": change.action, "rule": change.rule.id, "who": change.who,
                "what": change.what, "when": change.when, "sentence": change.sentence,
                "by": [rule.sentence for rule in change.by],
            }
            for change in diff(before, after)
        ]
    }  # fmt: skip


def _asked_again(
    municipality: UUID, impact_id: UUID, old: Terms, new: Terms, since: dt.datetime, until: dt.datetime
) -> dict[str, Any]:
    """The replay, batch by batch, each in a transaction of its own that also tells how far it is."""
    with system_scope(municipality):
        asked = gathered(old, new, sought(municipality, since, until, old, new))
    while not asked.finished:
        with system_scope(municipality):
            done = asked.step()
            Impact.objects.filter(pk=impact_id).update(done=done, total=len(asked.groups))
    return asked.outcome.as_json()
