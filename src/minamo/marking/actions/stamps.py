"""スタンプのことばを変える: a person's own set, for every test."""

from collections.abc import Sequence

from minamo.access.api import Actor, authorise
from minamo.audit import api as audit
from minamo.marking.models import Sitting, StampSet
from minamo.marking.stamps import tidied


class StampsRefused(ValueError):
    """These words cannot be stamps; the message says which and why. The set is as it was."""


def keep_stamps(*, actor: Actor, sitting: Sitting, words: Sequence[str]) -> StampSet:
    """自分のスタンプにする: in the order of the keys; without a word the usual ones stand again. Stamps that are given stay."""
    decision = authorise(actor, "sitting:mark", sitting)
    try:
        found = tidied(words)
    except ValueError as problem:
        raise StampsRefused(str(problem)) from problem
    row, _ = StampSet.objects.update_or_create(
        municipality_id=sitting.municipality_id, account_id=actor.account_id,
        defaults={"words": list(found), "changed_at": actor.now},
    )  # fmt: skip
    audit.append(
        actor=actor, action="sitting:mark", resource_type="Sitting", resource_id=str(sitting.pk),
        municipality=sitting.municipality_id, school=sitting.school_id, rules=decision.rules, detail={"stamps": len(found)},
    )  # fmt: skip
    return row
