"""例外の台帳: what is asked for, holds, is over; what waits for whom. All reads begin with `visible_to`."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.urls import reverse

from minamo.access.api import Actor
from minamo.people.api import SchoolClass, readings_of_staff
from minamo.policy.clauses import model
from minamo.policy.links import links_of
from minamo.policy.models import ExceptionGrant
from minamo.policy.rules.exceptions import IN_FORCE, LABELS, OPEN, REQUESTED, SOON, TEMPLATES, Days, state_of
from minamo.tenancy.api import current_posts

SHOWN = 200
LAST = ("\uffff", "")  # whose reading nobody has entered


def days_of(row: ExceptionGrant) -> Days:
    """What the state of a row follows from."""
    return Days(
        row.begins, row.ends, row.granted_at is not None, row.refused_at is not None, row.revoked_at is not None
    )


@dataclass(frozen=True)
class ExceptionCard:
    """例外の一件 as it stands today."""

    row: ExceptionGrant
    today: dt.date

    @property
    def state(self) -> str:
        """The state today."""
        return state_of(days_of(self.row), self.today)

    @property
    def label(self) -> str:
        """The state in words."""
        return LABELS[self.state]

    @property
    def in_force(self) -> bool:
        """Whether it opens something today."""
        return self.state == IN_FORCE

    @property
    def waits(self) -> bool:
        """Whether somebody has to grant or refuse it."""
        return self.state == REQUESTED

    @property
    def over(self) -> bool:
        """Whether nothing can be done with it any more."""
        return self.state not in OPEN

    @property
    def ends_soon(self) -> bool:
        """Whether it holds and ends within two weeks."""
        return self.in_force and self.row.ends - self.today <= SOON

    @property
    def days_left(self) -> int:
        """Days on which it still holds, today included."""
        return (self.row.ends - self.today).days + 1

    @property
    def what(self) -> str:
        """What it is about: the template, or the clause."""
        if self.row.template:
            return self.row.get_template_display()
        clause = model().clauses.get(self.row.clause)
        return f"{self.row.clause} {clause.title if clause else ''}".strip()

    @property
    def opens(self) -> str:
        """Where it leads; empty for a clause that people keep."""
        template = TEMPLATES.get(self.row.template)
        if template is None:
            return ""
        key = self.row.school_class_id if template.for_class else self.row.school_id
        return reverse(template.url, kwargs={template.argument: key})


def exceptions_of(actor: Actor, municipality: UUID) -> list[ExceptionCard]:
    """The register as far as the person sees it: what waits, what holds, what is to come, then what is over. One query."""
    rows = ExceptionGrant.objects.visible_to(actor).filter(municipality=municipality).select_related("school")
    cards = [ExceptionCard(row, actor.today) for row in rows.order_by("-ends", "-requested_at")[:SHOWN]]
    return sorted(cards, key=lambda card: list(LABELS).index(card.state) if not card.over else len(LABELS))


def exceptions_waiting(actor: Actor) -> list[ExceptionCard]:
    """For the start pages: what the board has to decide, and what holds for or concerns the person and ends soon. One query."""
    near = Q(ends__gte=actor.today, ends__lte=actor.today + SOON, granted_at__isnull=False)
    waiting = Q(granted_at=None, ends__gte=actor.today, municipality__in=actor.uuids["boards"])
    rows = ExceptionGrant.objects.visible_to(actor).filter(near | waiting, refused_at=None, revoked_at=None)
    return [ExceptionCard(row, actor.today) for row in rows.order_by("ends")[:20]]


def people_of(actor: Actor, municipality: UUID, *, first: UUID | None) -> list[tuple[str, str]]:
    """Who can be granted one: everybody with a post here today, those of the school first, then by how the names are read. Two queries."""
    cards = current_posts(actor.today, municipality_id=municipality)
    kana = readings_of_staff(municipality)
    ordered = sorted(cards, key=lambda card: (card.school_id != first, kana.get(card.account_id, LAST), card.label))
    return list({str(card.account_id): f"{card.label}（{card.post_label}）" for card in ordered}.items())


def classes_of(school: UUID, year: int) -> list[tuple[str, str]]:
    """Homerooms of a school. One query. Callers are authorised."""
    rows = SchoolClass.objects.filter(school=school, kind="homeroom", year=year).order_by("position", "title")
    return [(str(row.pk), row.title) for row in rows]


def clauses_kept_by_people() -> list[tuple[str, str]]:
    """(number, number and title) of the clauses of which the register alone can except."""
    found = model().clauses.items()
    return [(number, f"{number} {clause.title}") for number, clause in found if links_of(number).kept == "people"]
