"""紙が言うこと: whose a paper is as it says itself, on whichever of its pages: the code it was printed with, a number filled in or read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from minamo.marking.check_rules import Child
from minamo.marking.models import ScanPage, Sitting
from minamo.marking.sheet_codes import whose


@dataclass(frozen=True)
class Signed:
    """一つの答案が言うこと: numbers, the pupil it was printed for; `torn`: its two pages say different ones, and nothing is believed."""

    numbers: tuple[tuple[str, float], ...] = ()
    pupil: UUID | None = None
    torn: bool = False


def signatures(
    sitting: Sitting, pages: Sequence[Any], seconds: Mapping[UUID, ScanPage], roster: Sequence[Child]
) -> dict[UUID, Signed]:
    """紙が言うこと, paper by paper."""
    known = [child.pupil for child in roster]
    coded = any(page.code for page in (*pages, *seconds.values()))
    words = {leaf: whose(sitting.pk, known, leaf) for leaf in (range(2) if seconds else range(1))} if coded else {}
    found = {}
    for page in pages:
        halves = [page, *([seconds[page.pk]] if page.pk in seconds else [])]
        said = [_numbers(half) for half in halves if half.numbers]
        named = {pupil for half in halves if (pupil := words.get(half.leaf, {}).get(half.code))}
        sure = {numbers[0] for numbers in said if len(numbers) == 1 and numbers[0][1] == 1.0}
        torn = len(named) > 1 or len(sure) > 1
        found[page.pk] = Signed(torn=True) if torn else Signed(said[0] if said else (), next(iter(named), None))
    return found


def _numbers(page: Any) -> tuple[tuple[str, float], ...]:
    return tuple((str(text), float(sure)) for text, sure in page.numbers)
