"""OWASP ASVS 5.0, level 2 (sessions and authorisation at level 3) as a table: every row with a test or a reason.

`asvs.csv` is the source, in our own words; `python -m tests.security.asvs` writes docs/security/asvs.md from it, and
`test_asvs.py` fails on a gap, on a test that does not exist, and on a page that is not the one generated.
"""

import ast
import csv
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = Path(__file__).with_name("asvs.csv")
PAGE = ROOT / "docs" / "security" / "asvs.md"
CHAPTERS = {
    "V1": "Encoding and sanitization", "V2": "Validation and business logic", "V3": "Web frontend", "V4": "API and web service",
    "V5": "File handling", "V6": "Authentication", "V7": "Session management (level 3)", "V8": "Authorization (level 3)",
    "V9": "Self-contained tokens", "V10": "OAuth and OIDC", "V11": "Cryptography", "V12": "Secure communication",
    "V13": "Configuration", "V14": "Data protection", "V15": "Secure coding and architecture", "V16": "Logging and errors",
}  # fmt: skip
# How many requirements the standard has at levels 1 and 2 (counted from its 5.0.0 release), and at level 3 where we go there.
COUNTS = {
    "V1": (8, 19), "V2": (4, 7), "V3": (8, 11), "V4": (2, 8), "V5": (4, 5), "V6": (13, 22), "V7": (6, 12, 1), "V8": (4, 3, 6),
    "V9": (4, 3), "V10": (5, 24), "V11": (3, 11), "V12": (3, 6), "V13": (1, 12), "V14": (2, 7), "V15": (3, 10), "V16": (0, 16),
}  # fmt: skip
STATES = {
    "built": "built and tested",
    "operator": "for the municipality or its operator",
    "absent": "the feature does not exist",
    "open": "not there yet",
}


@dataclass(frozen=True)
class Row:
    """One requirement: its number and level in the standard, what holds here, in which words, and the tests that show it."""

    id: str
    level: int
    state: str
    how: str
    tests: tuple[str, ...]

    @property
    def chapter(self) -> str:
        """V1 … V16."""
        return self.id.split(".")[0]


def rows() -> list[Row]:
    """The table, in the order of the standard."""
    with SOURCE.open(newline="") as handle:
        return [
            Row(r["id"], int(r["level"]), r["state"], r["how"], tuple(t.strip() for t in r["evidence"].split(";") if t.strip()))
            for r in csv.DictReader(handle, delimiter="|")
        ]  # fmt: skip


@cache
def functions(path: Path) -> frozenset[str]:
    """Test functions of a file."""
    return frozenset(n.name for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef))


def exists(test: str) -> bool:
    """Whether `room/tests/file.py::function` (or `tests/…`) is there."""
    place, _, function = test.partition("::")
    path = ROOT / place if place.startswith("tests/") else ROOT / "src" / "minamo" / place
    return path.exists() and function in functions(path)


def page() -> str:
    """docs/security/asvs.md."""
    table = rows()
    states = Counter(row.state for row in table)
    lines = [
        "# OWASP ASVS 5.0, level 2",
        "",
        "Generated from `tests/security/asvs.csv` by `python -m tests.security.asvs`; do not edit. Sessions (V7) and authorisation (V8)",
        "are taken at level 3; V17 (WebRTC) does not apply. Words are ours, numbers are the standard's. This is a self-assessment,",
        "not a certificate.",
        "",
        "Levels 1 and 2 without V17 are 246 rows; the level-3 rows of V7 (1) and V8 (6) make 253.",
        "",
        "| state | rows |",
        "|---|---|",
        *(f"| {meaning} | {states[state]} |" for state, meaning in STATES.items()),
        f"| all | {len(table)} |",
    ]
    for chapter, title in CHAPTERS.items():
        lines += [
            "",
            f"## {chapter} {title}",
            "",
            "| no. | level | state | what holds here | shown by |",
            "|---|---|---|---|---|",
        ]
        for row in (r for r in table if r.chapter == chapter):
            shown = "<br>".join(f"`{test}`" for test in row.tests)
            lines.append(f"| {row.id} | {row.level} | {STATES[row.state]} | {row.how} | {shown} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page())
