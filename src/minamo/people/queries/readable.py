"""名前を見られる人 (readable): of children somebody else has gathered those whose names the reader may see."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db.models import F

from minamo.access.api import Actor
from minamo.people.models import Pupil
from minamo.people.roster import PupilCard, cards_of


@dataclass(frozen=True)
class Readable:
    """`cards` by school, class and number; `elsewhere`: how many the register of the municipality has whose names this reader may not
    see; `gone`: how many it does not have (any more)."""

    cards: list[PupilCard]
    elsewhere: int
    gone: int


def readable_among(actor: Actor, pupil_ids: Collection[UUID]) -> Readable:
    """As far as `pupil:read` goes. Two queries."""
    asked = set(pupil_ids)
    order = ("school__short_name", F("homeroom__position").asc(nulls_last=True), F("homeroom__title").asc(nulls_last=True),
             F("attendance_number").asc(nulls_last=True), "family_kana", "id")  # fmt: skip
    cards = cards_of(Pupil.objects.visible_to(actor).filter(pk__in=asked).order_by(*order))
    known = Pupil.objects.filter(pk__in=asked).count()
    return Readable(cards, known - len(cards), len(asked) - known)
