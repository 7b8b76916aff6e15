"""型の切り出し (schema of one action): the schema text without the actions that are not asked about.

The engine copies every declared action with each question; with eighty of them that was half the time of a decision. The
entity types, the groups and the circumstances stay whole, so that entities and request are validated as before.
"""

import re
from functools import lru_cache

import cedarpy

_HEAD = re.compile(r"\s*action (?P<names>.+?)(?P<groups> in \[.*?\])?\s*$", re.DOTALL)


@lru_cache(maxsize=1024)
def schema_for(text: str, action: str) -> cedarpy.Schema:
    """The engine's schema for questions about one action. Raises ValueError for a text that is no schema."""
    return cedarpy.Schema.from_str(narrowed(text, action))


def narrowed(text: str, action: str) -> str:
    """The schema with this action only; groups (actions that apply to nothing) stay."""
    kept: list[str] = []
    for statement in text.split(";"):
        head, applies, rest = statement.partition("appliesTo")
        found = _HEAD.match(head) if applies else None
        if found is None:
            kept.append(statement)
        elif action in {name.strip().strip('"') for name in found["names"].split(",")}:
            kept.append(f'\naction "{action}"{found["groups"] or ""} appliesTo{rest}')
    return ";".join(kept)
