"""配列 (arrays) as PostgreSQL writes them: one text. As a list each value would go through psycopg by itself."""

from collections.abc import Iterable


def bigints(numbers: Iterable[int]) -> str:
    """For a parameter `%s::bigint[]`."""
    return "{" + ",".join(map(str, numbers)) + "}"


def texts(values: Iterable[str]) -> str:
    """For a parameter `%s::text[]`; every value is quoted, so that none is read as NULL or as two."""
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"
