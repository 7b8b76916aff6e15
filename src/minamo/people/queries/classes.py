"""学級と教職員の一覧."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from minamo.access.api import Actor
from minamo.people.class_roster import roster_of_class
from minamo.people.models import ClassPupil, ClassStaff, SchoolClass, StaffMember
from minamo.people.roster import RosterPupil, holds_on, teachers_of
from minamo.people.schools import POST_LABELS


@dataclass(frozen=True)
class ClassLine:
    """学級一覧の1行."""

    school_class: SchoolClass
    teachers: Sequence[str]
    pupils: int


@dataclass(frozen=True)
class ClassView:
    """学級のページ: roster of the day, who teaches, and the other classes its pupils attend (教科・交流)."""

    school_class: SchoolClass
    roster: Sequence[RosterPupil]
    staff: Sequence[ClassStaff]
    others: Mapping[UUID, Sequence[str]]
    gaps: Sequence[int]


@dataclass(frozen=True)
class StaffLine:
    """教職員一覧の1行."""

    staff: StaffMember
    posts: Sequence[str]
    classes: Sequence[str]


def classes_of_school(actor: Actor, school_id: UUID, year: int, on: dt.date) -> list[ClassLine]:
    """学級一覧 of a school year: homerooms first, with teachers and number of pupils. Three queries."""
    rows = SchoolClass.objects.visible_to(actor).filter(school=school_id, year=year)
    classes = list(rows.order_by("kind", "position", "title"))
    ids = [row.id for row in classes]
    counts = Counter(
        ClassPupil.objects.filter(holds_on(on), school_class__in=ids).values_list("school_class", flat=True)
    )
    teachers = teachers_of(ids, on)
    return [ClassLine(row, teachers.get(row.id, ()), counts[row.id]) for row in classes]


def class_view(school_class: SchoolClass, on: dt.date) -> ClassView:
    """学級のページ. Three queries. The route has decided `class:read`."""
    roster = roster_of_class(school_class.id, on)
    elsewhere = (
        ClassPupil.objects.filter(holds_on(on), pupil__in=[row.pupil_id for row in roster])
        .exclude(school_class=school_class.id).order_by("school_class__position", "school_class__title")
    )  # fmt: skip
    others: dict[UUID, list[str]] = {}
    for pupil_id, title in elsewhere.values_list("pupil_id", "school_class__title"):
        others.setdefault(pupil_id, []).append(title)
    numbers = {row.number for row in roster if row.number is not None}
    gaps = [number for number in range(1, max(numbers, default=0)) if number not in numbers]
    staff = ClassStaff.objects.filter(holds_on(on), school_class=school_class).select_related("account")
    return ClassView(school_class, roster, list(staff.order_by("-primary", "begins", "id")), others, gaps)


def staff_of_school(actor: Actor, school_id: UUID, on: dt.date) -> list[StaffLine]:
    """教職員一覧 of a school: names, posts (兼務 marked), classes of the day. Three queries."""
    here: dict[str, Any] = {"account__memberships__school": school_id, "account__memberships__begins__lte": on}
    still = Q(account__memberships__ends__isnull=True) | Q(account__memberships__ends__gte=on)
    found = StaffMember.objects.visible_to(actor).filter(still, **here)
    posts: dict[UUID, list[str]] = {}
    for staff_id, post, primary in found.values_list(
        "id", "account__memberships__post", "account__memberships__primary"
    ):
        posts.setdefault(staff_id, []).append(POST_LABELS.get(post, post) + ("" if primary else "（兼務）"))
    teaching: dict[UUID, list[str]] = {}
    rows = ClassStaff.objects.filter(holds_on(on), school_class__school=school_id).order_by("-primary")
    columns = ("account_id", "school_class__title", "school_class__kind", "primary")
    for account_id, title, kind, primary in rows.values_list(*columns):
        # Who leads a subject's class is its teacher; 担任 is said of a homeroom only.
        leads = primary and kind == SchoolClass.Kind.HOMEROOM
        teaching.setdefault(account_id, []).append(f"{title}（担任）" if leads else title)
    members = StaffMember.objects.filter(pk__in=posts)
    lines = [StaffLine(row, posts[row.id], teaching.get(row.account_id, ())) for row in members]
    order = list(POST_LABELS.values())
    return sorted(lines, key=lambda line: min(order.index(post.removesuffix("（兼務）")) for post in line.posts))
