"""Verbs of 自治体・学校・職. Each authorises, locks, changes and appends to the trail."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F, Q, Value
from django.db.models.functions import Greatest

from minamo.access.api import Account, Actor, Decision, Resource, authorise
from minamo.audit.api import append
from minamo.tenancy.models import MEMBERSHIP, MUNICIPALITY, Membership, Municipality, Post, School

ONE_DAY = dt.timedelta(days=1)
IMPORT = "roster:import"


class Refused(ValueError):
    """職の発令ができない: the message says in Japanese what is wrong."""


@dataclass(frozen=True, slots=True)
class RosterSchool:
    """名簿の学校."""

    id: UUID
    code: str
    name: str
    short_name: str
    kind: str
    position: int


@dataclass(frozen=True, slots=True)
class RosterPost:
    """名簿の職; `school_id` is None at the board."""

    id: UUID
    account_id: UUID
    school_id: UUID | None
    post: str
    primary: bool
    begins: dt.date
    ends: dt.date | None


def appoint(
    *, actor: Actor, municipality_id: UUID, account_id: UUID, school_id: UUID | None, post: str, begins: dt.date,
    instead_of: UUID | None = None, primary: bool = True,
) -> Membership:  # fmt: skip
    """発令: a person takes a post from a day. `instead_of` is a membership (same person) that ends the day before.

    Raises Denied (`membership:manage`), and Refused for an unknown post, a person who is no staff, a board post with
    a school (or the other way round), or a post already held.
    """
    values = {"municipality": municipality_id, "school": school_id}
    decision = authorise(actor, "membership:manage", Resource("Membership", str(account_id), values, MEMBERSHIP))
    if post not in Post.values or (post == Post.BOARD) != (school_id is None):
        raise Refused("職と学校の組み合わせを確かめてください。")
    account = Account.objects.select_for_update().filter(pk=account_id, kind=Account.Kind.STAFF).first()
    if account is None:
        raise Refused("教職員のアカウントを選んでください。")
    if school_id is not None and not School.objects.filter(pk=school_id, municipality=municipality_id).exists():
        raise Refused("この自治体の学校を選んでください。")
    if instead_of is not None:
        former = Membership.objects.select_for_update().get(
            pk=instead_of, account=account_id, municipality=municipality_id
        )
        _close(former, begins - ONE_DAY)
    held = Q(ends__isnull=True) | Q(ends__gte=begins)
    if Membership.objects.filter(
        held, account=account_id, school=school_id, municipality=municipality_id, post=post
    ).exists():
        raise Refused("すでにその職にあります。")
    row = Membership.objects.create(
        municipality_id=municipality_id, account_id=account_id, school_id=school_id, post=post, primary=primary,
        begins=begins,
    )  # fmt: skip
    _record(actor, row, decision, "appoint", begins=begins)
    return row


def end_post(*, actor: Actor, membership_id: UUID, last_day: dt.date) -> None:
    """解職・異動: the post ends on a day, which still belongs to it. Raises Denied, Membership.DoesNotExist."""
    row = Membership.objects.select_for_update().get(pk=membership_id)
    decision = authorise(actor, "membership:manage", row)
    _record(actor, row, decision, "end", last_day=last_day)
    _close(row, last_day)


def specify_post(*, actor: Actor, membership_id: UUID, post: str) -> Membership:
    """職を確かめる: say which post a membership really is (a roster cannot tell 教頭 from 事務職員, nor name a 養護教諭).

    The row and its period stay, so that the roster still ends it when the person leaves. Raises Denied,
    Membership.DoesNotExist, and Refused for the board's post or one the person already holds there.
    """
    row = Membership.objects.select_for_update().get(pk=membership_id)
    decision = authorise(actor, "membership:manage", row)
    if post not in Post.values or Post.BOARD in {post, row.post}:
        raise Refused("学校の職を選んでください。")
    if row.post == post:
        return row
    held = Q(ends__isnull=True) | Q(ends__gte=row.begins)
    same = Membership.objects.filter(held, account=row.account_id, school=row.school_id, post=post)
    if same.exclude(pk=row.pk).exists():
        raise Refused("すでにその職にあります。")
    former, row.post = row.post, post
    row.save(update_fields=["post"])
    _record(actor, row, decision, "specify", former=former)
    return row


def set_school(
    *, actor: Actor, school: School, notice_deadline: dt.time, first_time: dt.time, last_time: dt.time, phone: str,
    terms: int,
) -> School:  # fmt: skip
    """学校の設定を変える: until when notices for today come in time, between which times children come and go, telephone,
    terms. Raises Denied, Refused. The same values again change nothing."""
    decision = authorise(actor, "school:manage", school)
    if first_time >= last_time:
        raise Refused("「おわり」は「はじめ」より後の時刻にしてください。")
    if not first_time <= notice_deadline <= last_time:
        raise Refused("締切は、登校・下校の時刻の範囲の中にしてください。")
    if terms not in {2, 3}:
        raise Refused("学期の数は2か3です。")
    row = School.objects.select_for_update().get(pk=school.pk)
    values: dict[str, Any] = {
        "notice_deadline": notice_deadline, "first_time": first_time, "last_time": last_time, "phone": phone.strip(),
        "terms": terms,
    }  # fmt: skip
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    if not changed:
        return row
    for name in changed:
        setattr(row, name, values[name])
    row.save(update_fields=changed)
    append(
        actor=actor, action="school:manage", resource_type="School", resource_id=str(row.pk),
        municipality=row.municipality_id, school=row.pk, rules=decision.rules,
        detail={name: str(values[name]) for name in changed if name != "phone"} | {"changed": changed},
    )  # fmt: skip
    return row


def _close(row: Membership, last_day: dt.date) -> None:
    """End a post; one that would end before it began is taken back."""
    if row.begins > last_day:
        row.delete()
    else:
        Membership.objects.filter(pk=row.pk).update(ends=last_day)


def _record(actor: Actor, row: Membership, decision: Decision, verb: str, **detail: object) -> None:
    append(
        actor=actor, action="membership:manage", resource_type="Membership", resource_id=str(row.id),
        municipality=row.municipality_id, school=row.school_id, rules=decision.rules,
        detail={"verb": verb, "account": row.account_id, "post": row.post, **detail},
    )  # fmt: skip


def _may_import(actor: Actor, municipality_id: UUID) -> Decision:
    values = {"municipality": municipality_id}
    return authorise(actor, IMPORT, Resource("Municipality", str(municipality_id), values, MUNICIPALITY))


def import_municipality(*, actor: Actor, municipality_id: UUID, code: str, name: str, board_name: str) -> None:
    """名簿の自治体を登録・更新する. The scope of this id must be open. The import appends to the trail."""
    _may_import(actor, municipality_id)
    fields = {"code": code, "name": name, "board_name": board_name}
    if not Municipality.objects.filter(pk=municipality_id).update(**fields):
        Municipality.objects.create(id=municipality_id, **fields)


def import_schools(
    *, actor: Actor, municipality_id: UUID, new: Sequence[RosterSchool], changed: Sequence[RosterSchool]
) -> None:
    """名簿の学校を登録・更新する. What the school set itself (deadline, terms, phone) stays."""
    _may_import(actor, municipality_id)
    School.objects.bulk_create(
        School(
            id=s.id, municipality_id=municipality_id, code=s.code, name=s.name, short_name=s.short_name, kind=s.kind,
            position=s.position,
        )
        for s in new
    )  # fmt: skip
    for s in changed:
        School.objects.filter(pk=s.id).update(code=s.code, name=s.name, short_name=s.short_name, kind=s.kind)


def import_posts(
    *, actor: Actor, municipality_id: UUID, new: Sequence[RosterPost], changed: Sequence[RosterPost],
    again: Sequence[RosterPost], ended: Mapping[UUID, dt.date],
) -> None:  # fmt: skip
    """名簿の職を登録・更新・終了する. A post changed by hand since then (ended, replaced) is left as it is; `again` are
    posts that the roster had ended and now names once more: the same post goes on."""
    _may_import(actor, municipality_id)
    there = set(Membership.objects.filter(pk__in=[p.id for p in again]).values_list("id", flat=True))
    new = [*new, *(p for p in again if p.id not in there)]
    for key, day in ended.items():
        rows = Membership.objects.filter(pk=key)
        rows.filter(begins__gt=day).delete()
        rows.filter(Q(ends__isnull=True) | Q(ends__gt=day)).update(ends=Greatest(F("begins"), Value(day)))
    Membership.objects.bulk_create(
        [
            Membership(
                id=p.id, municipality_id=municipality_id, account_id=p.account_id, school_id=p.school_id, post=p.post,
                primary=p.primary, begins=p.begins, ends=p.ends,
            )
            for p in new
        ],
        batch_size=1000,
    )  # fmt: skip
    for p in (p for p in again if p.id in there):
        Membership.objects.filter(pk=p.id).update(primary=p.primary, ends=p.ends)
    for p in changed:
        Membership.objects.filter(pk=p.id, ends__isnull=True).update(primary=p.primary, begins=p.begins, ends=p.ends)
