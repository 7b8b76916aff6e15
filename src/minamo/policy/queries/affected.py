"""影響を受けた人: who was opened one by one, and who stood on pages that were opened, as the trail has it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from minamo.access.api import Actor
from minamo.audit.api import Within, touched_by
from minamo.kernel.names import fold_search
from minamo.people.api import (
    FamilyAccount,
    PupilCard,
    at_the_school,
    families_called,
    family_account,
    own_children,
    readable_among,
)
from minamo.policy.models import Incident, IncidentEntry

FAMILIES = 50  # as many as a search shows
MINUTE = dt.timedelta(minutes=1)
OPENED, SEEN = "一人ずつ開いた", "表示された可能性"


@dataclass(frozen=True)
class Affected:
    """`opened` are named by rows of the trail, `possible` adds who stood on pages about a class, a test, a place, and (`own`) the
    children a guardian's or pupil's account could see: their pages leave no row each. `uncounted`: how many rows of each kind
    there are of which nobody can say whom they showed."""

    label: str
    opened: frozenset[UUID]
    possible: frozenset[UUID]
    rows: int
    own: frozenset[UUID]
    uncounted: Mapping[str, int]


def within(incident: Incident, since: dt.datetime, until: dt.datetime) -> Within:
    """The place of an incident, and the days of a time."""
    return Within.between(incident.municipality_id, incident.school_id, since, until)


def affected_by(incident: Incident, account: UUID, since: dt.datetime, until: dt.datetime) -> Affected:
    """Callers are authorised. An incident of a school counts only its children."""
    found = touched_by(incident.municipality_id, account, since, until, school=incident.school_id)
    place = within(incident, since, until)
    opened = found.pupils | at_the_school(found.loose, place)
    own = own_children(account, place)
    return Affected(found.label or "この人", opened, opened | found.listed | own, found.rows, own, found.uncounted)


def counted_until(until: dt.datetime, now: dt.datetime) -> dt.datetime:
    """Up to where a count goes: the minute of `until` whole, as far as it had passed; a form knows no seconds."""
    return min(until.replace(second=0, microsecond=0) + MINUTE, now)


@dataclass(frozen=True)
class AffectedPerson:
    """影響を受けた人: who, and whether opened one by one or perhaps seen on a page."""

    card: PupilCard
    opened: bool

    @property
    def how(self) -> str:
        """どう見えたか."""
        return OPENED if self.opened else SEEN


@dataclass(frozen=True)
class AffectedList:
    """影響を受けた人の一覧 of one count: `people` are those with names the reader may see (as searched), of `named` such, first those opened
    one by one, each part by school, class and number; `elsewhere` and `gone` are counted without a name (people.api: Readable). `again`: the count had kept no names, they come from the trail as it is now."""

    people: list[AffectedPerson]
    opened: int
    possible: int
    named: int
    elsewhere: int
    gone: int
    again: bool


def affected_people(actor: Actor, entry: IncidentEntry, words: str = "", *, only_opened: bool = False) -> AffectedList:
    """だれか: whom a count has found. A count keeps them, so that the list stays what was counted and told to people; only one of an
    older version is made again from the trail. Callers are authorised. Three queries, for those old ones those of a count."""
    opened, possible, again = _whom(entry)
    found = readable_among(actor, possible)
    people = sorted(
        (AffectedPerson(card, card.pupil_id in opened) for card in found.cards), key=lambda one: not one.opened
    )
    folded = [part for word in words.split() if (part := fold_search(word))]
    shown = [one for one in people if (one.opened or not only_opened) and _matches(one.card, folded)]
    return AffectedList(shown, len(opened), len(possible), len(people), found.elsewhere, found.gone, again)


def _whom(entry: IncidentEntry) -> tuple[frozenset[UUID], frozenset[UUID], bool]:
    """(opened, possible, whether from the trail as it is now)."""
    detail = entry.detail
    if "listed" in detail:
        opened = frozenset(map(UUID, detail["opened"]))
        return opened, opened | frozenset(map(UUID, detail["listed"])), False
    since, until = (dt.datetime.fromisoformat(detail[name]) for name in ("since", "until"))
    found = affected_by(entry.incident, UUID(detail["account"]), since, counted_until(until, entry.at))
    return found.opened, found.possible, True


def _matches(card: PupilCard, folded: Sequence[str]) -> bool:
    text = fold_search(f"{card.display_name} {card.kana} {card.school_name} {card.homeroom_title}")
    return all(word in text for word in folded)


def families_named(incident: Incident, words: str) -> list[FamilyAccount]:
    """保護者と児童生徒 of the school (of an incident of the board: of the municipality) by name. Callers are authorised."""
    return families_called(words, within(incident, incident.known_at, incident.known_at), FAMILIES)


def family_of(incident: Incident, account: UUID) -> FamilyAccount | None:
    """The account of a family of the place, None for any other."""
    return family_account(account, within(incident, incident.known_at, incident.known_at))
