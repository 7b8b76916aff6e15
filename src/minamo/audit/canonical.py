"""正準形 (canonical encoding): the bytes of an audit entry that are hashed into the tree. Versioned; never changed.

Version 1 of an entry is one JSON object in RFC 8785 (JCS) form, UTF-8, without a line end. A stranger makes it so:

* keys, in this order (it is the JCS order): `action` text · `actor` UUID · `actor_kind` text · `actor_label` text ·
  `at` integer, microseconds since 1970-01-01T00:00:00Z · `detail` text · `device` UUID · `id` integer ·
  `municipality` UUID · `outcome` text · `policy` text · `pupil` UUID · `resource` text · `resource_type` text ·
  `rules` array of texts · `school` UUID · `v` integer, here 1 · `xid` integer, the writing transaction;
* a UUID is its lower-case text with hyphens; a missing value is `null`;
* `detail` is a JSON *text* that holds the text PostgreSQL writes for the `jsonb` value (keys by length, then by bytes; one
  space after each colon and comma);
* no spaces between tokens; in texts only `"`, `\\` and U+0000–U+001F are escaped (`\\b \\t \\n \\f \\r`, else `\\u00xx`).

The leaf of an entry is SHA-256(0x00 ‖ those bytes). Each batch of the tree names the version its leaves were made with, so
a later column becomes part of version 2 and no old leaf changes. The expression stands here and not in a database
function: who may change functions must not be able to change what is checked.
"""

import json
from collections.abc import Mapping
from typing import Any

CURRENT = 1


def finite(moment: str) -> str:
    """SQL: a moment that somebody has set to infinity is read as 1970: it would stop the reading, and with it the search for him."""
    return f"CASE WHEN isfinite({moment}) THEN {moment} ELSE to_timestamp(0) END"


def readable(moment: str) -> str:
    """SQL: a moment for Python's calendar (years 1–9999, whatever the time zone); what lies outside is read as 1970, for the same reason.
    Not part of the encoding, which keeps what `finite` keeps."""
    within = f"{moment} BETWEEN '0001-01-03 00:00:00+00' AND '9999-12-29 00:00:00+00'"
    return f"CASE WHEN {within} THEN {moment} ELSE to_timestamp(0) END"


def _text(column: str) -> str:
    return f"to_json(e.{column})::text"


def _uuid(column: str) -> str:
    return f"coalesce('\"' || e.{column}::text || '\"', 'null')"


_FIELDS_1 = (
    ("action", _text("action")),
    ("actor", _uuid("actor_id")),
    ("actor_kind", _text("actor_kind")),
    ("actor_label", _text("actor_label")),
    ("at", f"(extract(epoch FROM {finite('e.at')}) * 1000000)::bigint::text"),
    ("detail", "to_json(e.detail::text)::text"),
    ("device", _uuid("device_id")),
    ("id", "e.id::text"),
    ("municipality", _uuid("municipality_id")),
    ("outcome", _text("outcome")),
    ("policy", _text("policy_digest")),
    ("pupil", _uuid("pupil_id")),
    ("resource", _text("resource_id")),
    ("resource_type", _text("resource_type")),
    ("rules", "array_to_json(e.rules)::text"),
    ("school", _uuid("school_id")),
    ("v", "'1'"),
    ("xid", "e.xid::text"),
)


def _expression(fields: tuple[tuple[str, str], ...]) -> str:
    parts = [f"'{'{' if number == 0 else ','}\"{name}\":' || {value}" for number, (name, value) in enumerate(fields)]
    return f"({' || '.join(parts)} || '}}')"


# version → SQL expression over a row `e` of audit_entry, of type text
SQL: Mapping[int, str] = {1: _expression(_FIELDS_1)}


def encode(fields: Mapping[str, Any]) -> bytes:
    """The same bytes in Python, from the values named above (`detail` as PostgreSQL's text, `at` as an integer)."""
    return json.dumps(dict(fields), ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()
