"""世帯 (the homes of a child): where it and its guardians live, and whether that is a secret."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from minamo.people.models import GuardianLink, Household, Pupil, Restriction
from minamo.people.roster import holds_on


@dataclass(frozen=True)
class Home:
    """世帯の備考 with the guardians of the child who live there, in the order of contact."""

    household: Household
    guardians: tuple[str, ...]


def homes_of(pupil: Pupil, on: dt.date) -> list[Home]:
    """子どもと保護者の世帯 on a day, the child's own first. Two queries."""
    found: dict[UUID, tuple[Household, list[str]]] = {}
    if pupil.household is not None:
        found[pupil.household.pk] = (pupil.household, [])
    links = GuardianLink.objects.filter(holds_on(on), pupil=pupil).select_related("guardian__household")
    for guardian in (link.guardian for link in links.order_by("contact_order", "id")):
        if guardian.household is not None:
            found.setdefault(guardian.household.pk, (guardian.household, []))[1].append(guardian.display_name)
    return [Home(household, tuple(names)) for household, names in found.values()]


def protects_address(pupil: Pupil, on: dt.date) -> bool:
    """住所を秘匿している (支援措置) on a day."""
    return Restriction.objects.filter(holds_on(on), pupil=pupil, kind=Restriction.Kind.ADDRESS).exists()
