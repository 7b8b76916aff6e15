"""一覧: pupils, classes and staff of a school."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from minamo.access.api import offers
from minamo.design.cells import escaped
from minamo.people.actions.looked import looked_back
from minamo.people.models import Pupil
from minamo.people.queries.classes import classes_of_school, staff_of_school
from minamo.people.queries.pupils import SORT_LABELS, PupilFilter, PupilRow, former_of_school, pupils_of_school
from minamo.people.rules import grade_label
from minamo.people.views.frame import actor_of, loaded, page, year_of

NOBODY = UUID(int=0)
SEXES: dict[str, str] = dict(Pupil.Sex.choices)


def pupils(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """児童生徒の一覧: search, filters, sort; the whole school on one page."""
    school, actor = loaded(request), actor_of(request)
    allowed = {
        "may_enrol": offers(actor, "people:enrol", school),
        "may_invite": offers(actor, "people:invite", school),
    }
    return page(request, "pupils", {**_listing(request, school), **allowed})


def pupil_rows(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """The table alone, for the search while typing."""
    return page(request, "_pupil_table", _listing(request, loaded(request)))


def _listing(request: HttpRequest, school: Any) -> dict[str, Any]:
    actor = actor_of(request)
    wanted = PupilFilter.of(request.GET)
    if wanted.with_left:
        looked_back(actor=actor, action="people:list", school=school)
    found = pupils_of_school(actor, school.id, year_of(request).year, wanted)
    # One reverse() for a thousand links: the pattern is the same but for the id.
    before, after = reverse("people-pupil", kwargs={"pupil_id": NOBODY}).split(str(NOBODY))
    grades = {grade: grade_label(grade, school.kind) for klass in found.classes for grade in klass.grades}
    grades |= {grade: grade_label(grade, school.kind) for grade in found.per_grade}
    return {
        "school": school, "listing": found, "wanted": wanted, "sorts": SORT_LABELS, "grades": grades, "today": actor.today,
        "former": former_of_school(actor, school.id, wanted), "link_before": before, "link_after": after,
        "cells": escaped([_cells(row, grades, actor.today) for row in found.rows]),
    }  # fmt: skip


def _cells(row: PupilRow, grades: Mapping[str, str], today: dt.date) -> tuple[str, ...]:
    tone, left = "", ""
    if row.left_on is not None:
        gone = row.left_on < today
        tone, left = ("line", f"{row.left_on}に離籍") if gone else ("warn", f"{row.left_on}に離籍の予定")
    return (
        row.class_title or "—", "" if row.number is None else str(row.number), str(row.pupil_id), row.display_name,
        row.kana, grades.get(row.grade, row.grade), SEXES.get(row.sex, ""),
        row.birth_date.isoformat() if row.birth_date else "", row.student_number, tone, left,
    )  # fmt: skip


def classes(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """学級一覧."""
    school, actor, year = loaded(request), actor_of(request), year_of(request)
    lines = classes_of_school(actor, school.id, year.year, actor.today)
    homerooms = [line for line in lines if line.school_class.kind == "homeroom"]
    subjects = [line for line in lines if line.school_class.kind != "homeroom"]
    context = {"school": school, "year": year, "homerooms": homerooms, "subjects": subjects}
    return page(request, "classes", {**context, "label": lambda grade: grade_label(grade, school.kind)})


def staff(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """教職員一覧."""
    school, actor = loaded(request), actor_of(request)
    return page(request, "staff", {"school": school, "lines": staff_of_school(actor, school.id, actor.today)})
