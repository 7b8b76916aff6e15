"""道 (ways): where a figure or a menu entry leads, for each person: the page of the town, or that of the school the person heads.

A page is for the whole staff, for those who lead (the board; a head at the own school), or for the board. Who it is not for is not
led there.
"""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from django.urls import reverse

from minamo.access.api import Actor
from minamo.policy.queries.headed import headed

Whose = Literal["staff", "leads", "board"]


@dataclass(frozen=True)
class Way:
    """One page: its words, its route (of the town; `of_school` that of a school a head leads), whom it is for, and what is asked
    of it."""

    label: str
    route: str
    whose: Whose = "staff"
    of_school: str = ""
    query: str = ""


def address(way: Way, actor: Actor, municipality: UUID) -> str:
    """Where the page is for the person: the board's for the board, else a head's of the school of the main post here; empty when
    it is not for the person."""
    place = _place(way, actor, municipality)
    return place + way.query if place else ""


def _place(way: Way, actor: Actor, municipality: UUID) -> str:
    if way.whose == "staff" or str(municipality) in actor.ids("boards"):
        return reverse(way.route, kwargs={"municipality_id": municipality})
    school = next(iter(headed(actor, municipality)), None)
    if way.whose == "board" or school is None:
        return ""
    if way.of_school:
        return reverse(way.of_school, kwargs={"school_id": school})
    return reverse(way.route, kwargs={"municipality_id": municipality})
