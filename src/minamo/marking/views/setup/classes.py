"""学級で使う: classes that may write the test, their days, and the sheets printed for them."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor, offers
from minamo.kernel.ids import id_of
from minamo.kernel.schoolyear import SchoolYear
from minamo.marking.actions.sittings import SittingRefused, change_day, open_sitting
from minamo.marking.models import Assessment, Sitting
from minamo.marking.queries.assessments import classes_for, last_edition, sittings_of
from minamo.people.api import SchoolClass, teachers_of


def classes(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    """学級で使う."""
    row: Assessment = request.loaded.row  # type: ignore[attr-defined]
    return listing(request, row)


def listing(request: HttpRequest, row: Assessment, at: UUID | None = None, problem: str = "") -> HttpResponse:
    """The classes; a refusal stands at its class."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = classes_for(actor, row, SchoolYear.of(actor.today).year)
    opened = sittings_of(actor, row)
    managed = {one.pk for one in opened.values() if offers(actor, "sitting:manage", one)}
    first = next((at for at, one in enumerate(found) if one.pk in opened and opened[one.pk].pk in managed), None)
    teachers = teachers_of([one.pk for one in found], actor.today)
    context = {
        "row": row, "rows": [(one, opened.get(one.pk), _about(one, teachers.get(one.pk, ()))) for one in found], "managed": managed, "first": first, "today": actor.today,
        "at": at, "problem": problem, "edition": last_edition(row), "posted": request.POST.get("held_on", ""),
    }  # fmt: skip
    return render(request, "marking/setup_classes.html", context, status=422 if problem else 200)


def _about(klass: SchoolClass, teachers: Sequence[str]) -> str:
    """どの学級か: what tells classes of the same name apart: subject, and who teaches it."""
    subjects = (
        "・".join(one for one in klass.subjects if one not in klass.title)
        if klass.kind == SchoolClass.Kind.SUBJECT
        else "学級"
    )
    return "　".join(one for one in (subjects, "、".join(teachers)) if one)


def sittings(request: HttpRequest, class_id: UUID) -> HttpResponse:
    """始める: the sitting of this class; leads on to its scans. The same again is the same sitting."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    chosen = id_of(request.POST.get("assessment", ""))
    assessment = Assessment.objects.visible_to(actor).filter(pk=chosen).first() if chosen else None
    if assessment is None:
        raise Http404
    school_class: SchoolClass = request.loaded.row  # type: ignore[attr-defined]
    try:
        made = open_sitting(actor=actor, assessment=assessment, school_class=school_class, held_on=_day(request))
    except SittingRefused as refused:
        return listing(request, assessment, class_id, str(refused))
    return redirect("marking-sitting", sitting_id=made.pk)


def day(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """実施日を直す."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row: Sitting = request.loaded.row  # type: ignore[attr-defined]
    try:
        change_day(actor=actor, sitting=row, held_on=_day(request))
    except SittingRefused as refused:
        assessment = Assessment.objects.visible_to(actor).filter(pk=row.assessment_id).first()
        if assessment is None:
            return render(request, "marking/setup_refused.html", {"problem": str(refused), "row": row}, status=422)
        return listing(request, assessment, row.school_class_id, str(refused))
    return redirect("marking-sitting", sitting_id=row.pk)


def _day(request: HttpRequest) -> dt.date:
    try:
        return dt.date.fromisoformat(request.POST.get("held_on", ""))
    except ValueError as problem:
        raise SittingRefused("実施日を入れてください。") from problem
