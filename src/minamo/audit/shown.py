"""だれが見えたか (whom a row may have shown): each room says which children the pages and acts about its things show.

A row of the trail names a thing, not the children on its page. For an incident the rooms are asked, once for each kind of thing: those
the page could show at most, and of which things nothing is left to ask. What no room answers for is counted as such, never passed over.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from minamo.kernel.ids import id_of
from minamo.kernel.schoolyear import JST


@dataclass(frozen=True)
class Within:
    """どこの、いつ: the place that is asked for (with a school nobody but its children) and the days, both included."""

    municipality: UUID
    school: UUID | None
    first: dt.date
    last: dt.date

    @classmethod
    def between(cls, municipality: UUID, school: UUID | None, since: dt.datetime, until: dt.datetime) -> "Within":
        """A place, and the days (of Japan) of a time."""
        return cls(municipality, school, since.astimezone(JST).date(), until.astimezone(JST).date())

    @property
    def moments(self) -> tuple[dt.datetime, dt.datetime]:
        """The days as a time: from the beginning of the first to the end of the last, which is left out."""
        behind = self.last + dt.timedelta(days=1)
        return dt.datetime.combine(self.first, dt.time(), JST), dt.datetime.combine(behind, dt.time(), JST)


@dataclass(frozen=True)
class Shown:
    """見えたかもしれない児童生徒, and the things (as the rows name them) that are gone: nobody can say whom they showed."""

    pupils: frozenset[UUID] = frozenset()
    gone: frozenset[str] = frozenset()


Shower = Callable[[Sequence[str], Within], Shown]
_showers: dict[tuple[str, str], Shower] = {}


def nobody(things: Sequence[str], within: Within) -> Shown:
    """No child stands on these pages."""
    return Shown()


def offer_shown(resource_type: str, shower: Shower, *actions: str) -> None:
    """Called at start by the room that owns the noun; with `actions` only for rows of these, which go before the rest."""
    for action in actions or ("",):
        _showers[resource_type, action] = shower


def offer_childless(resource_type: str, *actions: str) -> None:
    """Pages and acts of these actions (of all, where none is named) show no child."""
    offer_shown(resource_type, nobody, *actions)


def shower_of(resource_type: str, action: str) -> Shower | None:
    """Who says whom such a row may have shown; None where no room does."""
    return _showers.get((resource_type, action)) or _showers.get((resource_type, ""))


def ids_in(things: Sequence[str]) -> list[UUID]:
    """The things that are called by an id."""
    return [key for text in things if (key := id_of(text)) is not None]


def missing(things: Sequence[str], found: Sequence[UUID] | set[UUID]) -> frozenset[str]:
    """The things of which no row is left."""
    return frozenset(things) - {str(key) for key in found}
