"""学級のテストの動詞が残すもの: the row of the trail and the word to open screens, for every verb about a sitting's scans."""

from collections.abc import Mapping, Sequence

from minamo.access.api import Actor
from minamo.audit import api as audit
from minamo.kernel.live import publish
from minamo.marking.models import Sitting


def note(actor: Actor, sitting: Sitting, rules: Sequence[str], detail: Mapping[str, object]) -> None:
    """証跡に残し、開いている画面に知らせる."""
    audit.append(
        actor=actor, action="sitting:manage", resource_type="Sitting", resource_id=str(sitting.pk),
        municipality=sitting.municipality_id, school=sitting.school_id, rules=rules, detail=detail,
    )  # fmt: skip
    publish(f"sitting:{sitting.pk}", "scan", sitting=sitting.pk)
