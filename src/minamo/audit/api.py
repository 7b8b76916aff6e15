"""What other rooms use of the audit trail: append one row, in the business transaction."""

import json
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from minamo.access.api import Actor, policies

_INSERT = """
    INSERT INTO audit_entry (at, municipality_id, school_id, actor_id, actor_kind, actor_label, device_id, action,
        resource_type, resource_id, pupil_id, outcome, rules, policy_digest, detail)
    VALUES (clock_timestamp() + make_interval(secs => %s), %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""


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
) -> None:
    """証跡に1行: append in the current transaction. `detail` holds ids, codes and counts, never names or free text.

    Raises RuntimeError outside a transaction: an acknowledged change without its row must not be possible.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("the audit trail is written inside the business transaction")
    who, device = (actor.account_id, actor.device_id) if actor else (None, None)
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            [
                settings.CLOCK_OFFSET.total_seconds(), municipality, school, who, actor.kind if actor else "anonymous",
                actor.label if actor else "", device, action, resource_type, str(resource_id),
                pupil, outcome, list(rules), policies().digest, json.dumps(dict(detail or {}), default=str),
            ],
        )  # fmt: skip
