"""改正の道すじ (workflow): draft → review → approved → issued; back to draft when returned; withdrawn ends it.

A state is the consequence of the last step; nothing stores it.
"""

from collections.abc import Iterable

DRAFT, REVIEW, ISSUED, WITHDRAWN = "draft", "review", "issued", "withdrawn"
LABELS = {DRAFT: "起案中", REVIEW: "審査中", ISSUED: "版になりました", WITHDRAWN: "取り下げ"}
AFTER = {"submitted": REVIEW, "returned": DRAFT, "approved": REVIEW, "issued": ISSUED, "withdrawn": WITHDRAWN}
POSSIBLE = {
    DRAFT: frozenset({"submitted", "withdrawn"}),
    REVIEW: frozenset({"returned", "approved", "issued", "withdrawn"}),
    ISSUED: frozenset(),
    WITHDRAWN: frozenset(),
}


def state_of(steps: Iterable[str]) -> str:
    """The state after these steps (kinds, in order)."""
    state = DRAFT
    for kind in steps:
        state = AFTER[kind]
    return state


def possible(state: str, kind: str) -> bool:
    """Whether the step can be taken in this state."""
    return kind in POSSIBLE[state]


def loosened(own: dict[str, int], below: dict[str, int], smaller_is_stricter: dict[str, bool]) -> list[str]:
    """Numbers of a town that are looser than the county's. Empty is as it must be."""
    return [
        name
        for name, value in own.items()
        if name in below and (value > below[name] if smaller_is_stricter[name] else value < below[name])
    ]
