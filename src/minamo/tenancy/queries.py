"""Reads of 自治体・学校・職, as plain values."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Q

from minamo.access.api import Actor
from minamo.tenancy.models import Membership, Municipality, Post, School, Suspension


@dataclass(frozen=True, slots=True)
class SchoolCard:
    """学校の要点. `notice_deadline` is until when a guardian's notice for today may be changed."""

    school_id: UUID
    municipality_id: UUID
    code: str
    name: str
    short_name: str
    kind: str
    terms: int
    notice_deadline: dt.time
    phone: str


@dataclass(frozen=True, slots=True)
class TownCard:
    """自治体の要点."""

    municipality_id: UUID
    code: str
    name: str
    board_name: str


@dataclass(frozen=True, slots=True)
class PostCard:
    """職の要点: who is what where. `school_id` is None for the board."""

    membership_id: UUID
    account_id: UUID
    login_id: str
    label: str
    school_id: UUID | None
    post: str
    post_label: str
    primary: bool
    begins: dt.date
    ends: dt.date | None


def holds_on(day: dt.date) -> Q:
    """Periods (both days included, a missing end is open) that contain the day."""
    return Q(begins__lte=day) & (Q(ends__isnull=True) | Q(ends__gte=day))


def schools_of(actor: Actor, *, on: dt.date | None = None) -> list[SchoolCard]:
    """見られる学校, in their order. With `on`, without those that are 休校 that day. One query."""
    rows = School.objects.visible_to(actor)
    if on is not None:
        rows = rows.exclude(pk__in=Suspension.objects.filter(holds_on(on)).values("school"))
    return [_school(row) for row in rows.order_by("municipality_id", "position", "code")]


def school_card(school_id: UUID) -> SchoolCard:
    """学校の要点. Raises School.DoesNotExist (also for a school behind another wall). One query."""
    return _school(School.objects.get(pk=school_id))


def schools_by_code(municipality_id: UUID) -> Mapping[str, UUID]:
    """学校コード → id, of one municipality. One query."""
    return dict(School.objects.filter(municipality=municipality_id).values_list("code", "id"))


def _school(row: School) -> SchoolCard:
    return SchoolCard(
        row.id, row.municipality_id, row.code, row.name, row.short_name, row.kind, row.terms, row.notice_deadline,
        row.phone,
    )  # fmt: skip


def municipality_by_code(code: str) -> UUID | None:
    """教育委員会コードの自治体の id. Works before any scope is open; the id alone opens nothing. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tenancy_municipality_of(%s)", [code])
        row = cursor.fetchone()
    return row[0] if row else None


def town_card(municipality_id: UUID) -> TownCard | None:
    """自治体の要点, or None behind another wall. One query."""
    row = Municipality.objects.filter(pk=municipality_id).first()
    return TownCard(row.id, row.code, row.name, row.board_name) if row else None


def current_posts(
    on: dt.date, *, municipality_id: UUID | None = None, school_id: UUID | None = None,
    account_ids: Iterable[UUID] | None = None, posts: Iterable[str] | None = None,
) -> list[PostCard]:  # fmt: skip
    """その日の職, of a municipality, a school or some people; 校長 first. One query. Callers are authorised."""
    rows = Membership.objects.filter(holds_on(on)).select_related("account")
    if municipality_id is not None:
        rows = rows.filter(municipality=municipality_id)
    if school_id is not None:
        rows = rows.filter(school=school_id)
    if account_ids is not None:
        rows = rows.filter(account__in=list(account_ids))
    if posts is not None:
        rows = rows.filter(post__in=list(posts))
    order = {value: place for place, value in enumerate(Post.values)}
    cards = [_post(row) for row in rows]
    return sorted(cards, key=lambda card: (str(card.school_id), order[card.post], not card.primary, card.label))


def former_posts(before: dt.date, *, municipality_id: UUID, account_ids: Iterable[UUID]) -> list[PostCard]:
    """前の職: posts of some people in a municipality that ended before a day, the oldest first. One query. Callers are authorised."""
    rows = Membership.objects.filter(municipality=municipality_id, account__in=list(account_ids), ends__lt=before)
    return [_post(row) for row in rows.select_related("account").order_by("begins", "id")]


def _post(row: Membership) -> PostCard:
    return PostCard(
        row.id, row.account_id, row.account.login_id, row.account.label, row.school_id, row.post, Post(row.post).label,
        row.primary, row.begins, row.ends,
    )  # fmt: skip


@dataclass(frozen=True)
class Keepers:
    """情報担当の一覧: who holds the post today, the schools without one, and who could be given it."""

    held: tuple[PostCard, ...]
    others: tuple[PostCard, ...]
    schools: Mapping[UUID, str]

    @property
    def without(self) -> list[str]:
        """Schools nobody keeps the devices of."""
        kept = {card.school_id for card in self.held}
        return [name for key, name in self.schools.items() if key not in kept]

    @property
    def choices(self) -> list[tuple[str, str]]:
        """The staff of the schools for a select: 「中央小　原澤 美咲（教諭）」, each person once per school."""
        held = {(card.account_id, card.school_id) for card in self.held}
        seen: dict[tuple[UUID, UUID | None], PostCard] = {}
        for card in self.others:
            seen.setdefault((card.account_id, card.school_id), card)
        lines = [
            (card, self.schools.get(card.school_id, ""))
            for key, card in seen.items()
            if card.school_id and key not in held
        ]
        order = {name: place for place, name in enumerate(self.schools.values())}
        lines.sort(key=lambda line: (order.get(line[1], 0), line[0].label))
        return [(str(card.membership_id), f"{school}　{card.label}（{card.post_label}）") for card, school in lines]


def keepers(municipality_id: UUID, on: dt.date) -> Keepers:
    """情報担当, school by school. Callers are authorised. Two queries."""
    cards = [card for card in current_posts(on, municipality_id=municipality_id) if card.school_id is not None]
    names = School.objects.filter(municipality=municipality_id).order_by("position", "code")
    return Keepers(
        tuple(card for card in cards if card.post == Post.ICT), tuple(card for card in cards if card.post != Post.ICT),
        dict(names.values_list("pk", "short_name")),
    )  # fmt: skip


def suspended_on(school_id: UUID, day: dt.date) -> bool:
    """休校か: whether the school is without pupils that day. One query."""
    return Suspension.objects.filter(holds_on(day), school=school_id).exists()


def school_by_code(code: str) -> tuple[UUID, UUID] | None:
    """学校コードの学校と自治体の id. Works before any scope is open; the ids alone open nothing. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT school_id, municipality_id FROM tenancy_school_of(%s)", [code])
        row = cursor.fetchone()
    return (row[0], row[1]) if row else None


def every_school() -> list[tuple[str, UUID, UUID]]:
    """すべての学校: code, id, municipality's id. Works before any scope is open; the ids alone open nothing. One query."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT code, school_id, municipality_id FROM tenancy_school_list()")
        return [(row[0], row[1], row[2]) for row in cursor.fetchall()]
