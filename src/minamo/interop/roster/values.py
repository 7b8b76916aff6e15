"""名簿の値 (pure): what rows of a picture say, as the nouns of this house. sourcedIds stay; nothing is looked up."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from minamo.kernel.names import PersonName


@dataclass(frozen=True, slots=True)
class Town:
    """自治体."""

    code: str
    name: str
    board_name: str


@dataclass(frozen=True, slots=True)
class SchoolValue:
    """学校."""

    code: str
    name: str
    short_name: str
    kind: str
    position: int


@dataclass(frozen=True, slots=True)
class ClassValue:
    """学級; `school` is a sourcedId."""

    school: str
    year: int
    kind: str
    title: str
    grades: tuple[str, ...]
    special_needs: bool
    subjects: tuple[str, ...]
    subject_codes: tuple[str, ...]
    position: int


@dataclass(frozen=True, slots=True)
class PersonValue:
    """人: account and name; birth date and sex are None when the file does not say."""

    login_id: str
    email: str
    enabled: bool
    name: PersonName
    search_key: str
    master_id: UUID | None
    number: str
    birth_date: dt.date | None = None
    sex: str | None = None


@dataclass(frozen=True, slots=True)
class PupilValue:
    """児童生徒: the person, and where he is; `leaves` only when the file ends the stay before the year does."""

    person: PersonValue
    school: str
    grade: str
    begins: dt.date
    leaves: dt.date | None
    homeroom: str | None
    number: int | None
    homeroom_begins: dt.date | None


@dataclass(frozen=True, slots=True)
class SeatValue:
    """学級への所属."""

    klass: str
    user: str
    kind: str
    number: int | None
    begins: dt.date
    ends: dt.date | None


@dataclass(frozen=True, slots=True)
class TeachingValue:
    """担任・教科担任."""

    klass: str
    user: str
    primary: bool
    begins: dt.date
    ends: dt.date | None


@dataclass(frozen=True, slots=True)
class PostValue:
    """職: `school` is None for the board."""

    user: str
    school: str | None
    post: str
    primary: bool
    begins: dt.date
    ends: dt.date | None
