"""児童生徒の一覧: one query for a whole school; a thousand rows as plain tuples, not as model instances."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When

from minamo.access.api import Actor
from minamo.kernel.age import Grade
from minamo.kernel.ids import id_of
from minamo.kernel.names import fold_search
from minamo.people.models import Enrolment, FormerPupil, Pupil
from minamo.people.roster import ClassCard, homerooms_of, joined

SORTS = ("number", "kana", "birth", "grade")
SORT_LABELS = {"number": "学級・番号", "kana": "ふりがな", "birth": "生年月日", "grade": "学年"}


@dataclass(frozen=True)
class PupilFilter:
    """絞り込み: what the person looks for. Unknown values of a request mean "no filter"."""

    text: str = ""
    grade: str = ""
    class_id: UUID | None = None
    special: bool = False
    with_left: bool = False
    sort: str = "number"
    reverse: bool = False

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> "PupilFilter":
        """From the parameters of a request."""
        sort = str(query.get("sort", "number"))
        grade = str(query.get("grade", ""))
        return cls(
            text=str(query.get("q", "")).strip()[:60], grade=grade if grade in set(Grade) else "",
            class_id=id_of(str(query.get("class", ""))), special=query.get("special") == "1",
            with_left=query.get("left") == "1", sort=sort.lstrip("-") if sort.lstrip("-") in SORTS else "number",
            reverse=sort.startswith("-"),
        )  # fmt: skip

    @property
    def narrowed(self) -> bool:
        """Whether anything is filtered away (for the words of an empty list)."""
        return bool(self.text or self.grade or self.class_id or self.special)

    def query(self, **changes: Any) -> str:
        """The same filter as a query string, with some parameters changed."""
        values = {
            "q": self.text, "grade": self.grade, "class": str(self.class_id or ""),
            "special": "1" if self.special else "", "left": "1" if self.with_left else "",
            "sort": ("-" if self.reverse else "") + self.sort, **changes,
        }  # fmt: skip
        return urlencode({name: value for name, value in values.items() if value and value != "number"})


class PupilRow(NamedTuple):
    """一覧の1行."""

    pupil_id: UUID
    display_name: str
    kana: str
    grade: str
    class_id: UUID | None
    class_title: str
    special: bool
    number: int | None
    sex: str
    birth_date: dt.date | None
    student_number: str
    left_on: dt.date | None
    official: tuple[str, str, str]

    @property
    def official_name(self) -> str:
        """正式の氏名 (only exports print it)."""
        return joined(*self.official)


@dataclass(frozen=True)
class PupilList:
    """一覧: rows, the school's classes for the filter, and counts per grade of the rows shown."""

    rows: Sequence[PupilRow]
    classes: Sequence[ClassCard]
    per_grade: Mapping[str, int]
    special: int
    unplaced: int


def pupils_of_school(
    actor: Actor, school_id: UUID, year: int, wanted: PupilFilter, *, action: str | None = None
) -> PupilList:
    """児童生徒の一覧 of a school, as far as the actor may read (or do `action`). Two queries."""
    rows = pupil_rows(actor, school_id, wanted, action=action)
    counts = Counter(row.grade for row in rows)
    return PupilList(
        rows=rows,
        classes=homerooms_of(school_id, year),
        per_grade={grade: counts[grade] for grade in sorted(counts, key=_ordinal)},
        special=sum(row.special for row in rows),
        unplaced=sum(row.class_id is None and row.left_on is None for row in rows),
    )


def pupil_rows(actor: Actor, school_id: UUID, wanted: PupilFilter, *, action: str | None = None) -> list[PupilRow]:
    """The rows alone (exports). One query."""
    found = _narrowed(Pupil.objects.visible_to(actor, action).filter(school=school_id), wanted, actor.today)
    values = found.order_by(*_order(wanted)).values_list(
        "id", "family", "middle", "given", "family_kana", "middle_kana", "given_kana", "grade", "homeroom_id",
        "homeroom__title", "homeroom__special_needs", "attendance_number", "sex", "birth_date", "student_number",
        "left_on", "official_family", "official_middle", "official_given",
    )  # fmt: skip
    return [
        PupilRow(
            v[0], joined(*v[1:4]), joined(*v[4:7]), v[7], v[8], v[9] or "", bool(v[10]), v[11], v[12], v[13], v[14],
            v[15], v[16:19],
        )
        for v in values
    ]  # fmt: skip


def former_of_school(actor: Actor, school_id: UUID, wanted: PupilFilter) -> list[FormerPupil]:
    """ほかの自治体へ転学した児童生徒 of a school, latest first, with the name of then; nobody unless those who have left are
    asked for. One query at most."""
    if not wanted.with_left:
        return []
    found = FormerPupil.objects.visible_to(actor).filter(school=school_id)
    if wanted.text:
        found = found.filter(search_q(wanted.text))
    return list(found.filter(grade=wanted.grade) if wanted.grade else found)


def search_q(text: str) -> Q:
    """氏名・ふりがな・学籍番号で探す: every word must be found; old and new kanji, widths and kana are the same.

    Marks that no name is searched by (', ・, ．) are passed over; a search of nothing else finds nobody.
    """
    words = [(word, folded) for word in text.split() if (folded := fold_search(word))]
    found = Q() if words else Q(pk__in=[])
    for word, folded in words:
        found &= Q(search_key__contains=folded) | Q(student_number__startswith=word)
    return found


def _narrowed(pupils: "QuerySet[Pupil]", wanted: PupilFilter, today: dt.date) -> "QuerySet[Pupil]":
    if wanted.with_left:  # whose only arrival was taken back was never here
        pupils = pupils.filter(Q(left_on__isnull=True) | Exists(Enrolment.objects.filter(pupil=OuterRef("pk"))))
    else:
        pupils = pupils.filter(Q(left_on__isnull=True) | Q(left_on__gte=today))
    if wanted.text:
        pupils = pupils.filter(search_q(wanted.text))
    if wanted.grade:
        pupils = pupils.filter(grade=wanted.grade)
    if wanted.class_id:
        pupils = pupils.filter(homeroom=wanted.class_id)
    return pupils.filter(homeroom__special_needs=True) if wanted.special else pupils


def _order(wanted: PupilFilter) -> list[Any]:
    stage = Case(When(grade__startswith="P", then=Value(0)), default=Value(1))
    number = [F("homeroom__position"), F("homeroom__title"), F("attendance_number"), F("family_kana"), F("id")]
    chosen: dict[str, list[Any]] = {
        "number": number,
        "kana": [F("family_kana"), F("given_kana"), F("id")],
        "birth": [F("birth_date"), F("id")],
        "grade": [stage, F("grade"), *number],
    }
    keys = chosen[wanted.sort]
    return [key.desc(nulls_last=True) if wanted.reverse else key.asc(nulls_last=True) for key in keys]


def _ordinal(grade: str) -> int:
    return Grade(grade).ordinal if grade in set(Grade) else len(Grade) + 1
