"""開いている画面の見張り: what an open stream rests on (account, device, posts, relations), as one fingerprint per sign-in.

A stream was authorised when it opened. Should anything that decision was made of change afterwards, by whatever way, the
fingerprint is another one, the stream ends, and the browser's next request is decided anew.
"""

from collections.abc import Mapping

from django.db import connection

from minamo.access.relations import registered_facts
from minamo.kernel import clock

_TOPIC = "device:"
# The moment of a report is left out: one that says the same again takes nothing away.
_DEVICE = (
    "SELECT f - 'reports' || jsonb_build_object('reports', (SELECT jsonb_agg(r - 2) FROM jsonb_array_elements(f->'reports') r))"
    " FROM access_device_facts(d.id) f"
)


def fingerprints(topics: frozenset[str]) -> Mapping[str, str]:
    """For each topic `device:<id>` of an open sign-in what it rests on, hashed. One query; closed sign-ins have none."""
    ids = [topic.removeprefix(_TOPIC) for topic in topics if topic.startswith(_TOPIC)]
    ids = [key for key in ids if key != "None"]
    if not ids:
        return {}
    facts = "".join(f" || coalesce({source.function}(a.id, %(on)s)::text, '')" for source in registered_facts())
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT d.id, md5(d.side || d.strength || coalesce(({_DEVICE})::text, '') || a.password"
            f" || access_emergencies(a.id, %(now)s)::text {facts}) FROM access_device d JOIN access_account a"
            " ON a.id = d.account_id WHERE d.id = ANY(%(ids)s::uuid[]) AND d.signed_out_at IS NULL AND a.is_active",
            {"ids": ids, "on": clock.today(), "now": clock.now()},
        )
        return {f"{_TOPIC}{key}": value for key, value in cursor.fetchall()}
