"""新しい版に合わせる: a draft is approved only on the issue it was written and proved against; when that has moved, it is merged.

Where nothing was changed on both sides the merge is mechanical: it writes nothing of anybody's, and can be done in review.
Where somebody has to choose, choosing is writing: it needs a draft, and makes whoever chose one of its hands.
"""

from collections.abc import Mapping

from minamo.access.api import Actor, authorise
from minamo.policy.actions.revisions import lock, put_hand, record, state_now, verify
from minamo.policy.models import Revision
from minamo.policy.queries.behind import county_on, laid_on
from minamo.policy.queries.texts import newest_issue
from minamo.policy.refusals import Refused
from minamo.policy.rules.workflow import DRAFT, REVIEW


def merge(*, actor: Actor, revision: Revision, choices: Mapping[str, str]) -> Revision:
    """合わせる. `choices` says theirs or mine for each conflict. Raises Denied, Refused (nothing to merge, not chosen, state)."""
    decision = authorise(actor, "policy:revise", revision)
    row, issue = lock(revision), newest_issue(revision.municipality_id)
    state = state_now(row)
    if state not in {DRAFT, REVIEW} or issue is None or row.base_id == issue.pk:
        raise Refused("この案は、もういちばん新しい版に合わせてあります。画面を開き直してください。")
    result = laid_on(row, issue, choices)
    if result.conflicts and state == REVIEW:
        raise Refused("両方で変わったところがあります。差し戻すと、案の画面でどちらにするかを選べます。")
    if result.unsettled(choices):
        raise Refused("両方で変わったところを、どちらにするか選んでください。案は変えていません。")
    if result.conflicts:
        put_hand(actor, row)
    row.clauses, row.limits = dict(result.layer.clauses), dict(result.layer.limits)
    row.county = county_on(row, issue)
    row.overlay, row.base, row.changed_at = result.layer.overlay, issue, actor.now
    verify(row)
    row.save(update_fields=["clauses", "limits", "overlay", "base", "county", "changed_at", "hands"])
    record(actor, row, "policy:revise", decision, merged=issue.number, chosen=len(result.conflicts))
    return row
