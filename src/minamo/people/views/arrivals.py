"""入学・編入学・転入学の登録: a child who was here before is found by name and birthday and keeps the same record."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from minamo.access.api import Actor
from minamo.people import forms
from minamo.people.actions import enrol
from minamo.people.models import Pupil, SchoolClass
from minamo.people.rules import grade_label, grades_of_kind
from minamo.people.views.frame import actor_of, attempt, loaded, with_form, year_of


def arrivals(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """入学・編入学・転入学."""
    school, actor = loaded(request), actor_of(request)
    rooms = list(
        SchoolClass.objects.visible_to(actor).filter(school=school.id, kind="homeroom", year=year_of(request).year)
    )
    choices = [(str(room.id), room.title) for room in rooms]
    form = forms.ArriveForm(
        request.POST if request.method == "POST" else None,
        homerooms=choices,
        initial={"on": actor.today},
        grades=[(grade.value, grade_label(grade, school.kind)) for grade in grades_of_kind(school.kind)],
    )
    former: list[Pupil] = []
    if form.is_bound and form.is_valid():
        former = _asked(actor, school, form, request)
        if not former:
            arrived = attempt(form, lambda: _arrive(actor, school, form, rooms))
            if arrived is not None:
                return redirect("people-pupil", pupil_id=arrived.id)
    return with_form(request, "arrive", form, {"school": school, "former": former})


def _asked(actor: Actor, school: Any, form: forms.ArriveForm, request: HttpRequest) -> list[Pupil]:
    """Children of the same name and birthday who left; nothing when the person has already answered."""
    wanted = form.cleaned_data
    if wanted["former"] or "as_new" in request.POST or wanted["birth_date"] is None:
        return []
    return enrol.former_pupils(actor=actor, school=school, name=form.person_name(), birth_date=wanted["birth_date"])


def _arrive(actor: Actor, school: Any, form: forms.ArriveForm, rooms: list[SchoolClass]) -> Pupil:
    wanted = form.cleaned_data
    who: enrol.NewPupil | UUID = wanted["former"] or enrol.NewPupil(
        form.person_name(), wanted["birth_date"], wanted["sex"], wanted["student_number"]
    )
    room = next((room for room in rooms if str(room.id) == wanted["homeroom"]), None)
    common: dict[str, Any] = {"actor": actor, "school": school, "who": who, "grade": wanted["grade"], "homeroom": room,
                              "grade_note": wanted["grade_note"]}  # fmt: skip
    if wanted["kind"] == "entrance":
        return enrol.enter(on=wanted["on"], **common)
    if wanted["kind"] == "admission":
        return enrol.admit(on=wanted["on"], previous_school=wanted["previous_school"], **common)
    return enrol.transfer_in(accepted_on=wanted["on"], previous_school=wanted["previous_school"], **common)
