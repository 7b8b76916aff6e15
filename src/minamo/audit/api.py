"""What other rooms use of the audit trail: append one row, in the business transaction; private words in it."""

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from minamo.access.api import Actor, circumstances_kept, policies
from minamo.audit.arrays import texts
from minamo.audit.checked import last_checks
from minamo.audit.groups import Group, Sought, decision_groups
from minamo.audit.keys import KeyTrouble
from minamo.audit.names import label as noun
from minamo.audit.names import offer_names
from minamo.audit.numbers import (
    decisions_by_rules,
    decisions_under,
    outcomes_of,
    private_rows,
    rows_since,
    times_by_action,
    times_done,
)
from minamo.audit.private import FIELD, LOST, Unreadable, open_private, seal_private
from minamo.audit.queries import spoken as spoken_action
from minamo.audit.shown import Shower, Shown, Within, ids_in, missing, offer_childless, offer_shown
from minamo.audit.touched import Touched, accounts_asked_about, pupils_in_words, touched_by, who_acted

__all__ = [
    "Group",
    "Shower",
    "Shown",
    "Sought",
    "Touched",
    "Within",
    "accounts_asked_about",
    "append",
    "decision_groups",
    "decisions_by_rules",
    "decisions_under",
    "ids_in",
    "last_checks",
    "missing",
    "noun",
    "offer_childless",
    "offer_names",
    "offer_shown",
    "open_private",
    "outcomes_of",
    "private_rows",
    "pupils_in_words",
    "rows_since",
    "spoken_action",
    "times_by_action",
    "times_done",
    "touched_by",
    "who_acted",
]

log = logging.getLogger(__name__)

_INSERT = """
    INSERT INTO audit_entry (at, municipality_id, school_id, actor_id, actor_kind, actor_label, device_id, action,
        resource_type, resource_id, pupil_id, outcome, rules, policy_digest, detail{id})
    {over} VALUES (clock_timestamp() + make_interval(secs => %s), %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::text[],
        %s, %s{value})
"""
_PLAIN = _INSERT.format(id="", over="", value="")
_NUMBERED = _INSERT.format(id=", id", over="OVERRIDING SYSTEM VALUE", value=", %s")
_LABELS = {"pupil": "児童生徒本人"}  # a pupil's name does not stand in rows that stay after erasure; the id does


def append(
    *,
    actor: Actor | None,
    action: str,
    resource_type: str,
    resource_id: str,
    municipality: UUID | None = None,
    school: UUID | None = None,
    pupil: UUID | None = None,
    outcome: str = "allow",
    rules: Sequence[str] = (),
    detail: Mapping[str, Any] | None = None,
    private: Mapping[UUID, Mapping[str, str]] | None = None,
) -> None:
    """証跡に1行: append in the current transaction. `detail` holds ids, codes and counts, never names or free text; what is said
    about a pupil (a reason, a remark, the value of a record) goes into `private` by pupil and is encrypted under her key.

    Raises RuntimeError outside a transaction: an acknowledged change without its row must not be possible; ValueError for
    private words without a municipality. Keys that cannot be had stop no work: the row says that its words are lost (LOST), the
    log and the page of the seal say why.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("the audit trail is written inside the business transaction")
    who, device = (actor.account_id, actor.device_id) if actor else (None, None)
    label = _LABELS.get(actor.kind, actor.label) if actor else ""
    content: dict[str, Any] = _kept(actor, detail)
    number: list[int] = []
    if private:
        if municipality is None:
            raise ValueError("private words belong to pupils of a municipality")
        number, kept = _sealed(municipality, private)
        content |= kept
    with connection.cursor() as cursor:
        cursor.execute(
            _NUMBERED if number else _PLAIN,
            [
                settings.CLOCK_OFFSET.total_seconds(), municipality, school, who, actor.kind if actor else "anonymous",
                label, device, action, resource_type, str(resource_id),
                pupil, outcome, texts(rules),
                actor.policy_digest if actor and actor.policy_digest else policies().digest, json.dumps(content, default=str), *number,
            ],
        )  # fmt: skip


def _sealed(municipality: UUID, words: Mapping[UUID, Mapping[str, str]]) -> tuple[list[int], dict[str, Any]]:
    """The number of the row and the words as they are stored. In an emergency nobody waits for a key: without one only the words are
    lost to the trail (their own room keeps them), never the act or its row."""
    try:
        number, sealed = seal_private(municipality=municipality, words=words)
    except (KeyTrouble, Unreadable, OSError) as error:
        log.error("private words for the trail could not be encrypted: %s", error)
        return [], {LOST: len(words)}
    return [number], {FIELD: sealed}


def _kept(actor: Actor | None, detail: Mapping[str, Any] | None) -> dict[str, Any]:
    """The detail with the circumstances of the decision, so that it can be asked again under another edition."""
    kept = dict(detail or {})
    if actor is not None and actor.kind != "system":
        kept["at"] = circumstances_kept(actor)
    return kept
