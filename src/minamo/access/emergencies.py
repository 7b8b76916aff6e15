"""Reads about 緊急の閲覧: what is open, what waits for a review, what is overdue."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db.models import Exists, Model, OuterRef, Q, QuerySet

from minamo.access.actor import Actor
from minamo.access.models import Emergency, EmergencyCorrection, EmergencyReview
from minamo.kernel.schoolyear import jst_date

HEADS = ("head", "vice_head")


@dataclass(frozen=True)
class EmergencyCard:
    """緊急の閲覧の1件 with the pupil's name as it is shown."""

    row: Emergency
    review: EmergencyReview | None
    pupil: str
    running: bool
    overdue: bool
    corrections: tuple[EmergencyCorrection, ...] = ()

    @property
    def days(self) -> tuple[str, str]:
        """From which day to which it was open, as the trail is asked."""
        return jst_date(self.row.opened_at).isoformat(), jst_date(self.row.expires_at).isoformat()

    @property
    def proper(self) -> bool:
        """The finding that counts: the newest."""
        return bool(self.corrections[-1].proper if self.corrections else self.review and self.review.proper)


def pupil_model() -> type[Model]:
    """The table of pupils: it lies above this room, so it is asked for by name."""
    return apps.get_model("people", "Pupil")


def emergencies_of(actor: Actor, *, school: UUID, days: int = 90) -> list[EmergencyCard]:
    """緊急の閲覧 of a school that the actor may review: without a finding first, then the newest. Three queries."""
    since = actor.now - dt.timedelta(days=days)
    rows = Emergency.objects.visible_to(actor).filter(school_id=school).select_related("review")
    found = [row for row in rows.order_by("-opened_at")[:300] if _review(row) is None or row.opened_at >= since]
    rows_of = EmergencyCorrection.objects.filter(review__in=[row.pk for row in found])
    later: dict[Any, list[EmergencyCorrection]] = {}
    for one in rows_of:
        later.setdefault(one.review_id, []).append(one)
    cards = [replace(card, corrections=tuple(later.get(card.row.pk, ()))) for card in _cards(found, actor)]
    return sorted(cards, key=lambda card: card.review is not None)


def waiting_for_review(actor: Actor, school: UUID | None) -> list[EmergencyCard]:
    """What a start page must not forget: of a school all without a finding (for the head), else of all schools the overdue ones and
    those no other head can review (for the board). One query without any, else two."""
    rows = Emergency.objects.visible_to(actor).filter(review=None).order_by("due", "opened_at")
    if school is not None:
        rows = rows.filter(school_id=school)
    else:
        others = other_heads(actor.today, OuterRef("school_id"), OuterRef("account_id"))
        rows = rows.filter(Q(due__lt=actor.today) | ~Exists(others))
    return _cards(list(rows[:20]), actor)


def other_heads(today: dt.date, school: object, opener: object) -> QuerySet[Any]:
    """校長・教頭 of the school of an emergency today who did not open it themselves: where there is none, the board reviews."""
    return _posts(today, opener).filter(school=school, post__in=HEADS)


def board(today: dt.date, municipality: UUID, opener: UUID) -> QuerySet[Any]:
    """教育委員会の人 today, whoever opened the emergency left out: nobody reviews himself."""
    return _posts(today, opener).filter(municipality=municipality, post="board")


def _posts(today: dt.date, opener: object) -> QuerySet[Any]:
    """Posts that are held today by somebody else. (tenancy lies above; its table is asked by name.)"""
    held = Q(ends=None) | Q(ends__gte=today)
    posts: QuerySet[Any] = apps.get_model("tenancy", "Membership")._default_manager.all()
    return posts.filter(held, begins__lte=today, account__is_active=True).exclude(account=opener)


def pupils_in_emergencies(rows: Collection[UUID], schools: Collection[UUID]) -> tuple[set[UUID], set[UUID]]:
    """Of these emergencies, and of all of these schools: their ids and their pupils. One query."""
    found = Emergency.objects.filter(Q(pk__in=list(rows)) | Q(school_id__in=list(schools))).values_list(
        "pk", "pupil_id"
    )
    return {row for row, _ in found}, {pupil for _, pupil in found}


def opened_by(actor: Actor, pupil: Model) -> Emergency | None:
    """The actor's own that runs for this pupil, for the page of the pupil. No query for whoever has none."""
    if str(pupil.pk) not in actor.ids("emergencies"):
        return None
    return Emergency.objects.filter(
        account_id=actor.account_id, pupil_id=pupil.pk, opened_at__lte=actor.now, expires_at__gt=actor.now
    ).first()


def own_emergencies(actor: Actor) -> list[EmergencyCard]:
    """The actor's own that still run."""
    return _cards(list(Emergency.objects.filter(account_id=actor.account_id, expires_at__gt=actor.now)), actor)


def _cards(rows: list[Emergency], actor: Actor) -> list[EmergencyCard]:
    pupils: dict[Any, Any] = pupil_model()._default_manager.in_bulk({row.pupil_id for row in rows}) if rows else {}
    return [
        EmergencyCard(
            row, _review(row), str(getattr(pupils.get(row.pupil_id), "display_name", "（学籍を離れた子）")),
            row.expires_at > actor.now, _review(row) is None and row.due < actor.today,
        )
        for row in rows
    ]  # fmt: skip


def _review(row: Emergency) -> EmergencyReview | None:
    return getattr(row, "review", None)
