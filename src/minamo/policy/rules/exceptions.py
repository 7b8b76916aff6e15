"""例外のはたらき: what can be granted by the machine, for how long, and in which state a grant is on a day.

A template is a Cedar rule that opens something by a relation of the actor (`…_exceptions`); a grant is one link of it. What
no template opens, and no people keep, cannot be excepted: the walls of chapter 4 stay whole for everybody.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

LONGEST = dt.timedelta(days=366)
SOON = dt.timedelta(days=14)


@dataclass(frozen=True)
class Template:
    """型: the clause it excepts from, whether it is for one class (else for a school), and where it leads."""

    clause: str
    for_class: bool
    url: str
    argument: str


TEMPLATES: Mapping[str, Template] = {
    "roll": Template("6.1", False, "people-pupils", "school_id"),
    "contacts": Template("6.2", True, "people-class", "class_id"),
    "register": Template("7.4", True, "attendance-register", "class_id"),
}
RELATIONS = tuple(f"{key}_exceptions" for key in TEMPLATES)
REQUESTED, REFUSED, LAPSED = "requested", "refused", "lapsed"
COMING, IN_FORCE, EXPIRED, REVOKED = "coming", "in_force", "expired", "revoked"
LABELS = {
    REQUESTED: "認めを待っています", REFUSED: "認められませんでした", LAPSED: "認められないまま終わりの日を過ぎました",
    COMING: "これから", IN_FORCE: "効いています", EXPIRED: "期限が来て終わりました", REVOKED: "取り消しました",
}  # fmt: skip
OPEN = frozenset({REQUESTED, COMING, IN_FORCE})


@dataclass(frozen=True)
class Days:
    """What the state of a grant follows from."""

    begins: dt.date
    ends: dt.date
    granted: bool
    refused: bool
    revoked: bool


def state_of(grant: Days, today: dt.date) -> str:
    """The state on a day: nothing outlives its last day, and nobody has to end it."""
    if grant.refused:
        return REFUSED
    if grant.revoked:
        return REVOKED
    if today > grant.ends:
        return EXPIRED if grant.granted else LAPSED
    if not grant.granted:
        return REQUESTED
    return IN_FORCE if today >= grant.begins else COMING


def wrong_days(begins: dt.date, ends: dt.date, today: dt.date) -> tuple[str, str] | None:
    """(field, message) when a grant cannot have these days; None when it can."""
    if begins < today:
        return "begins", "始まりは、きょうか、きょうより後にしてください。"
    if ends < begins:
        return "ends", "終わりは、始まりの日か、それより後にしてください。"
    if ends - begins > LONGEST:
        return "ends", "一年を超える例外は認められません。一年以内にして、要るときは願い出直してください。"
    return None
