"""名簿の値: what interop hands over to be written, with every id already decided."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from minamo.access.api import Actor, Decision, Resource, authorise, resource_type
from minamo.audit.api import append
from minamo.kernel.names import PersonName
from minamo.people.models import (
    Enrolment,
    Pupil,
)

BATCH = 2000
ACTION = "roster:import"
NAME_FIELDS = (
    "official_family", "official_given", "official_middle", "family", "given", "middle", "family_kana", "given_kana",
    "middle_kana",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RosterPerson:
    """名簿の人: one pupil or staff member with the account. `id` is the person's row, `account_id` the login."""

    id: UUID
    account_id: UUID
    login_id: str
    email: str
    enabled: bool
    name: PersonName
    search_key: str
    master_id: UUID | None
    number: str
    birth_date: dt.date | None = None
    sex: str | None = None

    @property
    def label(self) -> str:
        """What the account is called on screens."""
        return (self.name.display or self.name.official)[:120]


@dataclass(frozen=True, slots=True)
class RosterPlace:
    """名簿での所属: where a pupil is now."""

    school_id: UUID
    grade: str
    homeroom_id: UUID | None
    number: int | None


@dataclass(frozen=True, slots=True)
class RosterStay:
    """在籍の変わり目: `begins` at a school, or the same school in another grade (`carried`)."""

    pupil_id: UUID
    school_id: UUID
    grade: str
    year: int
    begins: dt.date
    begin_kind: str
    end_kind: str = Enrolment.End.TRANSFER_OUT.value
    previous_school: str = ""
    next_school: str = ""


@dataclass(frozen=True, slots=True)
class RosterLeaving:
    """離れる: the last day at school and how."""

    pupil_id: UUID
    last_day: dt.date
    end_kind: str


@dataclass(frozen=True, slots=True)
class RosterSeat:
    """学級への所属の一行."""

    id: UUID
    class_id: UUID
    pupil_id: UUID
    kind: str
    number: int | None
    begins: dt.date
    ends: dt.date | None


@dataclass(frozen=True, slots=True)
class RosterTeaching:
    """担任・教科担任の一行."""

    id: UUID
    class_id: UUID
    account_id: UUID
    primary: bool
    begins: dt.date
    ends: dt.date | None


@dataclass(frozen=True, slots=True)
class RosterClass:
    """学級の一行; `values` are the model's own fields."""

    id: UUID
    school_id: UUID
    values: Mapping[str, Any] = field(default_factory=dict)


def may_import(actor: Actor, municipality_id: UUID) -> Decision:
    """名簿を取り込めるか. Raises Denied."""
    kind = resource_type("Municipality")
    return authorise(actor, ACTION, Resource(kind.name, str(municipality_id), {"municipality": municipality_id}, kind))


def note(actor: Actor, row: Pupil, decision: Decision, verb: str, **detail: Any) -> None:
    """One row in the trail for one child."""
    append(
        actor=actor, action=ACTION, resource_type="Pupil", resource_id=str(row.id), municipality=row.municipality_id,
        school=row.school_id, pupil=row.id, rules=decision.rules, detail={"verb": verb, **detail},
    )  # fmt: skip


def name_columns(name: PersonName) -> dict[str, str]:
    return {field_name: getattr(name, field_name) for field_name in NAME_FIELDS}
