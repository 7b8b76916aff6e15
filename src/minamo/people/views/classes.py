"""学級のページ: roster, teachers, subject classes and 交流."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from minamo.access.api import Actor, offers
from minamo.people import forms
from minamo.people.actions import classes as class_actions
from minamo.people.models import Pupil, SchoolClass
from minamo.people.queries.classes import class_view, staff_of_school
from minamo.people.rules import grade_label
from minamo.people.views.frame import UNREADABLE, actor_of, attempt, loaded, page, with_form


def school_class(request: HttpRequest, class_id: UUID) -> HttpResponse:
    """学級のページ."""
    row: SchoolClass = loaded(request)
    actor = actor_of(request)
    context = {
        "klass": row, "school": row.school, "view": class_view(row, actor.today), "today": actor.today,
        "grades": [grade_label(grade, row.school.kind) for grade in row.grades],
        "may_manage": offers(actor, "class:manage", row), "may_invite": offers(actor, "people:invite", row.school),
        "label": lambda grade: grade_label(grade, row.school.kind),
    }  # fmt: skip
    return page(request, "class", context)


def teachers(request: HttpRequest, class_id: UUID) -> HttpResponse:
    """担任・教科担任を決める."""
    row: SchoolClass = loaded(request)
    actor = actor_of(request)
    choices = [
        (str(line.staff.account_id), f"{line.staff.display_name}（{'・'.join(line.posts)}）")
        for line in staff_of_school(actor, row.school_id, actor.today)
    ]
    start = {"begins": actor.today, "primary": row.kind == "homeroom"}
    form = forms.TeacherForm(request.POST if request.method == "POST" else None, staff=choices, initial=start)
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        done = attempt(form, lambda: class_actions.assign_teacher(
            actor=actor, school_class=row, account_id=UUID(wanted["account"]), begins=wanted["begins"],
            primary=wanted["primary"]))  # fmt: skip
        if done is not None:
            return redirect("people-class", class_id=row.id)
    return with_form(request, "teachers", form, {"klass": row, "school": row.school})


def members(request: HttpRequest, class_id: UUID) -> HttpResponse:
    """教科の授業・交流学級の出入り: the pupils of the school who are not in it, and those who are."""
    row: SchoolClass = loaded(request)
    actor = actor_of(request)
    form = forms.MemberForm(request.POST if request.method == "POST" else None, initial={"on": actor.today})
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        if attempt(form, lambda: _member(actor, row, wanted)):
            return redirect("people-members", class_id=row.id)
    view = class_view(row, actor.today)
    inside = {member.pupil_id for member in view.roster}
    others = Pupil.objects.visible_to(actor).filter(school=row.school_id, grade__in=row.grades, left_on__isnull=True)
    outside = [pupil for pupil in others.select_related("homeroom") if pupil.id not in inside]
    context = {"klass": row, "school": row.school, "view": view, "outside": outside, "form": form, "today": actor.today}
    return page(request, "members", context, UNREADABLE if form.is_bound else 200)


def _member(actor: Actor, row: SchoolClass, wanted: dict[str, Any]) -> bool:
    if wanted["verb"] == "join":
        class_actions.join_class(actor=actor, pupil_id=wanted["pupil"], school_class=row, begins=wanted["on"])
    else:
        class_actions.leave_class(actor=actor, pupil_id=wanted["pupil"], school_class=row, last_day=wanted["on"])
    return True
