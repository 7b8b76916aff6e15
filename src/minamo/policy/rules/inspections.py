"""点検の中身: which clauses a place looks at, what is asked of people, how far it is, when it is due. Pure functions."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from minamo.kernel.names import fold_search
from minamo.kernel.schoolyear import SchoolYear

SCHOOL = frozenset({"全員", "校長", "教職員", "児童生徒", "保護者"})
REMIND_FROM = 1  # January: the last quarter of a school year
PEOPLE = "people"
REWORDED = "ことばが変わりました。読み直して、もう一度答えてください。"
ADDED = "点検を始めてから加わった条文です。答えてください。"


def concerns(who: Iterable[str], *, school: bool) -> bool:
    """Whether a place looks at a clause for these roles: a school at its own, the municipality at all."""
    return not school or bool(SCHOOL & set(who))


def asked(lines: Sequence[Mapping[str, Any]]) -> list[str]:
    """Numbers of the clauses that only people can say something about."""
    return [line["number"] for line in lines if line["kept"] == PEOPLE]


def missing(lines: Sequence[Mapping[str, Any]], answered: Iterable[str]) -> list[str]:
    """Numbers that still want an answer."""
    done = set(answered)
    return [number for number in asked(lines) if number not in done]


@dataclass(frozen=True)
class Renewed:
    """条文の変わり目: the lines of today beside those of a round. `added`, `reworded` and `gone` are numbers; `lines` carry since when a
    clause that changed in the middle has its words (`since`), and the last answer to its former ones (`void`)."""

    lines: list[dict[str, Any]]
    added: list[str]
    reworded: list[str]
    gone: list[str]

    @property
    def changed(self) -> bool:
        """Whether anybody is asked something else than before."""
        return bool(self.added or self.reworded or self.gone)

    @property
    def said(self) -> str:
        """What has changed, in words."""
        parts = (("新しい条文", self.added), ("ことばが変わった条文", self.reworded), ("なくなった条文", self.gone))
        return "、".join(f"{what} {'・'.join(numbers)}" for what, numbers in parts if numbers)


def renewed(
    old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]], last: Mapping[str, str], now: str
) -> Renewed:
    """今日の条文に合わせる: an answer holds for the sentence that was asked, so it is carried on only where the words are the same. `last`: the
    last answer given to each clause at all; `now`: the moment (ISO). Figures may differ freely."""
    before = {line["number"]: line for line in old}
    lines: list[dict[str, Any]] = []
    added: list[str] = []
    reworded: list[str] = []
    for line in new:
        number, former = line["number"], before.get(line["number"])
        if former is not None and former["text"] == line["text"]:
            lines.append(dict(line) | {name: former[name] for name in ("since", "void") if name in former})
            continue
        (added if former is None else reworded).append(number)
        lines.append(dict(line) | {"since": now} | ({"void": last[number]} if number in last else {}))
    return Renewed(
        lines, added, reworded, [number for number in before if number not in {line["number"] for line in new}]
    )


def counts(lines: Sequence[Mapping[str, Any]], verdicts: Mapping[str, str]) -> dict[str, int]:
    """How many clauses are kept by the machine, and how people answered the others."""
    found = {"machine": sum(line["kept"] != PEOPLE for line in lines), "done": 0, "partly": 0, "not": 0}
    for number in asked(lines):
        if number in verdicts:
            found[verdicts[number]] += 1
    return found


def named_in(text: str, people: Iterable[str]) -> str:
    """The first of these people whose name stands in a text, however it is spaced and written; "" for none."""
    there = _bare(text)
    return next((person for person in people if _bare(person) and _bare(person) in there), "")


def _bare(name: str) -> str:
    return "".join(fold_search(name).split())


class Standing(Enum):
    """年に一度のことの進みぐあい: nothing to say, never done yet, to be done by the end of March, or a whole year gone by without it."""

    CALM = "calm"
    NEVER = "never"
    DUE = "due"
    OVERDUE = "overdue"


def standing(today: dt.date, *, since: int | None, finished: Collection[int], audit: bool) -> Standing:
    """How something that is done once a school year stands. `since` is the year in which the policy came into force (None: it is not, so
    that no year can have gone by), `finished` the years in which it was done. From January on it is reminded of; an audit that has never
    been made is said from the beginning, because nobody inside would miss it."""
    year = SchoolYear.of(today).year
    if year in finished:
        return Standing.CALM
    if since is not None and since < year and year - 1 not in finished:
        return Standing.OVERDUE
    if REMIND_FROM <= today.month <= 3 and (since is not None or not audit):
        return Standing.DUE
    return Standing.NEVER if audit and since is not None and not finished else Standing.CALM
