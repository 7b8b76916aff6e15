"""名簿の値 (roster values): what neighbours get to know of pupils and classes, as plain values read in one query each.

The caller has already been authorised for the class or school; row-level security keeps the municipality.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from minamo.access.api import Actor
from minamo.people.models import ClassStaff, GuardianLink, Pupil, Restriction, SchoolClass


@dataclass(frozen=True, slots=True)
class RosterPupil:
    """名簿の一人: a pupil's place in a class. `begins`/`ends` are the days of the place, both included."""

    pupil_id: UUID
    display_name: str
    kana: str
    number: int | None
    grade: str
    sex: str
    class_id: UUID
    class_title: str
    begins: dt.date
    ends: dt.date | None

    def belongs_on(self, day: dt.date) -> bool:
        """Whether the pupil is in the class on a day."""
        return self.begins <= day and (self.ends is None or day <= self.ends)


@dataclass(frozen=True, slots=True)
class ClassCard:
    """学級の要点. `combined` is 複式; `teachers` are labels of those who teach it on the asked day (担任 first)."""

    class_id: UUID
    municipality_id: UUID
    school_id: UUID
    school_name: str
    year: int
    kind: str
    title: str
    grades: tuple[str, ...]
    special_needs: bool
    combined: bool
    teachers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PupilCard:
    """児童生徒の要点: who and where now (or last); `left_on` is the last day at school of one who has left."""

    pupil_id: UUID
    municipality_id: UUID
    school_id: UUID
    school_name: str
    homeroom_id: UUID | None
    homeroom_title: str
    grade: str
    number: int | None
    display_name: str
    kana: str
    left_on: dt.date | None


Child = PupilCard


@dataclass(frozen=True, slots=True)
class GuardianToNotify:
    """知らせる相手: an active guardian of a pupil whom no restriction shuts out. No account: reach by telephone."""

    guardian_id: UUID
    account_id: UUID | None
    display_name: str
    relation: str
    contact_order: int


@dataclass(frozen=True, slots=True)
class Contact:
    """連絡先: one person to call for a pupil, in the order the family named. Never holds an address."""

    pupil_id: UUID
    guardian_id: UUID
    display_name: str
    kana: str
    relation: str
    contact_order: int
    phones: tuple[str, ...]


def holds_on(day: dt.date, begins: str = "begins", ends: str = "ends") -> Q:
    """Rows whose period (both days included; a missing end is open, a missing begin too) contains the day."""
    started = Q(**{f"{begins}__lte": day}) | Q(**{f"{begins}__isnull": True})
    return started & (Q(**{f"{ends}__gte": day}) | Q(**{f"{ends}__isnull": True}))


def joined(*parts: str) -> str:
    """Parts of a name with one space between; parts that do not exist are left out."""
    return " ".join(part for part in parts if part)


def homerooms_of(school_id: UUID, year: int, *, without: QuerySet[Any, Any] | None = None) -> list[ClassCard]:
    """学校の学級: homerooms of a school year in the school's order. One query (without teachers), also with `without`: ids
    of classes, as the caller's own query, that are left out."""
    rows = SchoolClass.objects.filter(school=school_id, year=year, kind=SchoolClass.Kind.HOMEROOM)
    if without is not None:
        rows = rows.exclude(pk__in=without)
    return [_class_card(row) for row in rows.select_related("school").order_by("position", "title")]


def class_card(class_id: UUID, on: dt.date | None = None) -> ClassCard:
    """学級の要点. Raises SchoolClass.DoesNotExist. One query; two with `on`, which also names the teachers."""
    row = SchoolClass.objects.select_related("school").get(pk=class_id)
    return _class_card(row, teachers_of([class_id], on).get(class_id, ()) if on else ())


def teachers_of(class_ids: Iterable[UUID], on: dt.date) -> Mapping[UUID, tuple[str, ...]]:
    """担任・教科担任: labels of who teaches each class on a day, 担任 first. One query."""
    rows = ClassStaff.objects.filter(holds_on(on), school_class__in=list(class_ids)).order_by(
        "-primary", "begins", "id"
    )
    found: dict[UUID, list[str]] = defaultdict(list)
    for class_id, label in rows.values_list("school_class_id", "account__label"):
        found[class_id].append(label)
    return {class_id: tuple(labels) for class_id, labels in found.items()}


def _class_card(row: SchoolClass, teachers: tuple[str, ...] = ()) -> ClassCard:
    return ClassCard(
        row.id, row.municipality_id, row.school_id, row.school.short_name, row.year, row.kind, row.title,
        tuple(row.grades), row.special_needs, row.combined, teachers,
    )  # fmt: skip


def children_of(actor: Actor) -> list[Child]:
    """自分の子ども: of a guardian, in all schools and municipalities, eldest first, present ones. One query."""
    here = Q(left_on__isnull=True) | Q(left_on__gte=actor.today)
    return cards_of(Pupil.objects.visible_to(actor, "pupil:family").filter(here).order_by("birth_date", "id"))


def pupil_card(pupil_id: UUID) -> PupilCard:
    """児童生徒の要点. Raises Pupil.DoesNotExist. One query."""
    found = cards_of(Pupil.objects.filter(pk=pupil_id))
    if not found:
        raise Pupil.DoesNotExist
    return found[0]


def pupil_cards(pupil_ids: Iterable[UUID]) -> Mapping[UUID, PupilCard]:
    """児童生徒の要点 of many, by id; unknown ids are missing. One query."""
    return {card.pupil_id: card for card in cards_of(Pupil.objects.filter(pk__in=list(pupil_ids)))}


def cards_of(pupils: "QuerySet[Pupil]") -> list[PupilCard]:
    """児童生徒の要点 of a queryset, in its order. One query."""
    rows = pupils.select_related("school", "homeroom")
    return [
        PupilCard(
            p.id, p.municipality_id, p.school_id, p.school.short_name, p.homeroom_id,
            p.homeroom.title if p.homeroom else "", p.grade, p.attendance_number, p.display_name, p.kana, p.left_on,
        )
        for p in rows
    ]  # fmt: skip


def active_links(on: dt.date) -> "QuerySet[GuardianLink]":
    """有効な続柄: links that hold on a day and that no CONTACT restriction of the day shuts out."""
    shut_out = Restriction.objects.filter(
        holds_on(on), kind=Restriction.Kind.CONTACT, pupil=OuterRef("pupil"), guardian=OuterRef("guardian")
    )
    return GuardianLink.objects.filter(holds_on(on)).filter(~Exists(shut_out))


def guardians_to_notify(pupil_id: UUID, on: dt.date) -> list[GuardianToNotify]:
    """知らせる保護者, in the order of contact. One query."""
    links = active_links(on).filter(pupil=pupil_id).order_by("contact_order", "id")
    rows = links.values_list(
        "guardian_id", "guardian__account_id", "guardian__family", "guardian__middle", "guardian__given", "relation",
        "contact_order",
    )  # fmt: skip
    return [GuardianToNotify(r[0], r[1], joined(*r[2:5]), r[5], r[6]) for r in rows]


def contacts_of(actor: Actor, pupil_ids: Iterable[UUID], on: dt.date) -> Mapping[UUID, list[Contact]]:
    """電話する相手: per pupil, for those whose contacts `actor` may see (`pupil:contacts`). One query."""
    allowed: Any = Pupil.objects.visible_to(actor, "pupil:contacts").filter(pk__in=list(pupil_ids))
    links = active_links(on).filter(pupil__in=allowed.values("pk")).select_related("guardian__household")
    found: dict[UUID, list[Contact]] = defaultdict(list)
    for link in links.order_by("contact_order", "id"):
        found[link.pupil_id].append(_contact(link))
    return dict(found)


def _contact(link: GuardianLink) -> Contact:
    person = link.guardian
    home = person.household
    numbers = (person.phone, home.phone if home else "", home.emergency_phone if home else "")
    phones = tuple(dict.fromkeys(number for number in numbers if number))
    return Contact(
        link.pupil_id, person.id, person.display_name, person.kana, link.relation, link.contact_order, phones
    )


def homeroom_teachers(class_ids: Iterable[UUID], on: dt.date) -> Mapping[UUID, tuple[UUID, str]]:
    """担任の口座: account id and label of who leads each class on a day (the first one, where there are two). One query."""
    rows = ClassStaff.objects.filter(holds_on(on), school_class__in=list(class_ids)).order_by(
        "primary", "-begins", "id"
    )
    return {row[0]: (row[1], row[2]) for row in rows.values_list("school_class_id", "account_id", "account__label")}
