"""影響を見積もる: by proof for all possible requests, by replay for the real ones of the last 90 days, by shadow from now on.

The proof is also the gate of an approval: it is made by the worker (the solver does not live in the web processes), its
result names the terms it was made for, and only a finished proof of exactly these terms without a broken wall lets an
approval pass.
"""

import datetime as dt
import hashlib
from typing import Any
from uuid import UUID

from minamo.access.api import Actor, authorise, policies, system_scope
from minamo.kernel import jobs
from minamo.policy.actions.revisions import record, state_now
from minamo.policy.models import Impact, Revision
from minamo.policy.proving import apart, side_of
from minamo.policy.queries.revision import issue_of
from minamo.policy.queries.texts import base_digest, limits_of, newest_issue, text_replaced
from minamo.policy.refusals import Refused
from minamo.policy.replay import Replay, Terms, sought
from minamo.policy.rules.workflow import DRAFT, REVIEW

PERIOD = dt.timedelta(days=90)
FAILED = "見積もりの途中で止まりました。もう一度見積もってください。続くときは、運用の担当者に知らせてください。"


def estimate(*, actor: Actor, revision: Revision, kind: str) -> Impact:
    """見積もりを頼む: a job works it out. A shadow counts from now on. Raises Denied, Refused for a revision that is decided."""
    decision = authorise(actor, "policy:revise", revision)
    _require_open(revision)
    row = Impact.objects.create(
        municipality_id=revision.municipality_id, revision=revision, kind=kind, begun_at=actor.now
    )
    record(actor, revision, "policy:revise", decision, impact=kind)
    if kind != Impact.Kind.SHADOW:
        jobs.defer("policy.impact", municipality=str(revision.municipality_id), impact=str(row.pk))
    return row


def look_at_shadow(*, actor: Actor, impact: Impact) -> None:
    """影の運用をいままで数える: queue the counting up to now. Raises Denied, Refused for a revision that is decided."""
    authorise(actor, "policy:revise", impact.revision)
    _require_open(impact.revision)
    Impact.objects.filter(pk=impact.pk).update(finished_at=None)
    jobs.defer("policy.impact", municipality=str(impact.municipality_id), impact=str(impact.pk))


def _require_open(revision: Revision) -> None:
    """What was found out before a decision stays as the one who decided saw it."""
    if state_now(revision) not in {DRAFT, REVIEW}:
        raise Refused("この改正は、もう決まっています。決めたときに調べた結果を、そのまま残しています。")


def work_out(*, actor: Actor, impact_id: UUID) -> None:
    """Work an impact out, in transactions of its own, so that its progress can be seen. Called by the job.

    What goes wrong is written on the row in plain words and raised again.
    """
    (municipality,) = actor.uuids["municipalities"]
    try:
        result = _result(actor, municipality, impact_id)
    except Exception:
        with system_scope(municipality):
            Impact.objects.filter(pk=impact_id).update(failed=FAILED, finished_at=actor.now)
        raise
    with system_scope(municipality):
        Impact.objects.filter(pk=impact_id).update(result=result, failed="", finished_at=actor.now)


def _result(actor: Actor, municipality: UUID, impact_id: UUID) -> dict[str, Any]:
    with system_scope(municipality):
        impact = Impact.objects.select_related("revision").get(pk=impact_id)
        authorise(actor, "policy:revise", impact.revision)
        old, new = terms(impact.revision)
    if impact.kind == Impact.Kind.PROOF:
        return proof(old, new)
    since = impact.begun_at if impact.kind == Impact.Kind.SHADOW else actor.now - PERIOD
    return _asked_again(municipality, impact_id, old, new, since, actor.now)


def terms(revision: Revision) -> tuple[Terms, Terms]:
    """What the newest issue says (of a revision that is one by now: what that replaced), and what the revision puts in its place.
    Two queries."""
    new = Terms(limits_of(revision.limits), revision.overlay)
    if (made := issue_of(revision)) is not None:
        former = text_replaced(made)
        return Terms(former.limits, former.overlay), new
    issue = newest_issue(revision.municipality_id)
    return Terms(limits_of(issue.limits if issue else {}), issue.overlay if issue else ""), new


def proof(old: Terms, new: Terms) -> dict[str, Any]:
    """Who gains and who loses for all possible requests, which walls would not hold, which duties could no longer be done
    (proving.py); with the digests of the two editions it speaks of."""
    seen = apart(side_of(old.limits, old.overlay), side_of(new.limits, new.overlay))
    return {**seen, "base": fingerprint(old), "terms": fingerprint(new)}


def fingerprint(side: Terms) -> str:
    """The digest of rules, model policy, numbers and overlay together: what a proof was made for. With an update of the software that
    changed rules or words, what is in review is worked out again, and looked at again."""
    return hashlib.sha256(
        repr((policies().digest, base_digest(), sorted(side.limits.items()), side.overlay)).encode()
    ).hexdigest()


def require_proof(row: Revision) -> None:
    """証明がある: raises Refused unless the revision stands on the newest issue, and the newest proof is finished, speaks of exactly
    these two editions and no wall breaks."""
    issue, (old, new) = newest_issue(row.municipality_id), terms(row)
    if issue is not None and row.base_id != issue.pk:
        raise Refused(
            f"この案を起こしたあとで、第{issue.number}版が決まりました。このまま承認すると、第{issue.number}版で変えたことが"
            "消えます。「新しい版に合わせる」を押し、調べ終わってから承認してください。何も変わっていません。"
        )
    newest = row.impacts.filter(kind=Impact.Kind.PROOF).order_by("-begun_at", "-id").first()
    if newest is None or newest.finished_at is None:
        raise Refused("だれに何が起こるかの証明が、まだ終わっていません。結果が画面に出てから承認してください。")
    if newest.failed:
        raise Refused("証明ができていません。「すべての場合を調べる」を押してください。")
    if (newest.result.get("base"), newest.result.get("terms")) != (fingerprint(old), fingerprint(new)):
        raise Refused(
            "証明のあとで、規則か数値か手本の規程が変わりました。言葉の違いを見直し、「すべての場合を調べる」を押してから承認してください。"
        )
    if closed := newest.result.get("closed"):
        raise Refused(
            f"この上乗せでは、どうしても要る操作まで閉じるため、承認できません。{closed[0]['clause']}「{closed[0]['sentence']}」。例：{closed[0]['example']}"
        )
    if walls := newest.result["walls"]:
        raise Refused(f"守るべき壁が破れるため、承認できません。{walls[0]['clause']}「{walls[0]['sentence']}」")


def _asked_again(
    municipality: UUID, impact_id: UUID, old: Terms, new: Terms, since: dt.datetime, until: dt.datetime
) -> dict[str, Any]:
    """The replay, batch by batch, each in a transaction of its own that also tells how far it is."""
    with system_scope(municipality):
        asked = Replay(old, new, sought(municipality, since, until, old, new))
    while not asked.finished:
        with system_scope(municipality):
            done = asked.step()
            Impact.objects.filter(pk=impact_id).update(done=done, total=len(asked.slices))
    return asked.outcome.as_json()
