"""取り入れる: what is new below a town's text comes into a revision, which then goes the usual way. Taking a county's layer in is
writing: whoever does it is one of the hands. Clauses the town has words of its own for stay as they are."""

from minamo.access.api import DEFAULTS, Actor, authorise
from minamo.policy.actions.revisions import lock, put_hand, record, start_revision, state_now
from minamo.policy.models import CountyLayer, Revision
from minamo.policy.queries.grounds import looser, new_ground
from minamo.policy.queries.texts import county_layer
from minamo.policy.refusals import Refused
from minamo.policy.rules.workflow import DRAFT
from minamo.tenancy.api import Municipality


def begin(*, actor: Actor, town: Municipality) -> Revision:
    """取り入れる案を起こす: a draft from the newest issue on the county's newest layer and the model policy as it reads now.

    Raises Denied, Refused when nothing waits or a draft takes it in already.
    """
    authorise(actor, "policy:draft", town)
    Municipality.objects.select_for_update().get(pk=town.pk)  # two officers begin it once
    found = new_ground(town.pk)
    if found is None:
        raise Refused("取り入れるものは、もうありません。画面を開き直してください。")
    if found.draft is not None:
        raise Refused(f"「{found.draft.title}」の案が、もうあります。その案をすすめるか、取り下げてください。")
    row = start_revision(actor=actor, town=town, title=found.proposal, reason=found.reason)
    return adopt(actor=actor, revision=row) if found.county else row


def adopt(*, actor: Actor, revision: Revision) -> Revision:
    """案を郡の新しい定めの上に移す; numbers that are looser become the county's. Raises Denied, Refused (state, nothing newer)."""
    decision = authorise(actor, "policy:revise", revision)
    row, county = lock(revision), county_layer(revision.municipality_id)
    if state_now(row) != DRAFT:
        raise Refused("審査に出したあとは変えられません。差し戻してもらうと、郡の定めを取り入れられます。")
    if county is None or row.county_id == county.pk:
        raise Refused("この案は、もう新しい郡の定めの上にあります。画面を開き直してください。")
    row.county, row.changed_at = county, actor.now
    row.limits = _tightened(row.limits, county)
    put_hand(actor, row)
    row.save(update_fields=["county", "limits", "changed_at", "hands"])
    record(actor, row, "policy:revise", decision, county=str(county.pk))
    return row


def _tightened(own: dict[str, int], county: CountyLayer) -> dict[str, int]:
    values = {**own, **looser(own, county)}
    return {name: value for name, value in values.items() if value != DEFAULTS[name]}
