"""児童生徒のページ and its forms: edit, undo, change of class, leaving."""

from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from minamo.access.api import may, offers, opened_by
from minamo.access.explain import Grant, grants_of, people
from minamo.kernel.ids import id_of
from minamo.people import forms
from minamo.people.actions import classes as class_actions
from minamo.people.actions import edit as edit_actions
from minamo.people.actions import enrol, movement
from minamo.people.models import Pupil, PupilRevision, SchoolClass
from minamo.people.ports import seen_elsewhere
from minamo.people.queries.pupil import pupil_view
from minamo.people.queries.visibility import candidates_for
from minamo.people.rules import Refused, grade_label
from minamo.people.schools import POST_LABELS, School
from minamo.people.views.frame import actor_of, attempt, loaded, page, with_form, year_of

ASKED = {
    "pupil:read": "学籍を見る", "pupil:contacts": "保護者と連絡先を見る", "pupil:protected": "秘匿した住所を見る",
    "pupil:edit": "学籍を訂正する", "pupil:family": "家庭で見る", "pupil:self": "本人が見る",
}  # fmt: skip
FIELD_LABELS = {name: str(field.label) for name, field in forms.NameForm.base_fields.items()}


def pupil(request: HttpRequest, pupil_id: UUID) -> HttpResponse:
    """児童生徒のページ."""
    row: Pupil = loaded(request)
    actor = actor_of(request)
    context = {
        "view": pupil_view(actor, row), "pupil": row, "school": row.school, "today": actor.today,
        "grade": grade_label(row.grade, row.school.kind), "field_labels": FIELD_LABELS,
        "done": request.GET.get("done", ""), "may_invite": offers(actor, "people:invite", row.school), "may_open_emergency": offers(actor, "emergency:open", row),
        "opened": opened_by(actor, row),
    }  # fmt: skip
    return page(request, "pupil", context)


def visibility(request: HttpRequest, pupil_id: UUID) -> HttpResponse:
    """誰が見られるか: per action the people and the rule, answered by the engine. Guardians are named only to those
    who may see the contacts."""
    row: Pupil = loaded(request)
    actor = actor_of(request)
    named = may(actor, "pupil:contacts", row)
    ask = partial(grants_of, people(candidates_for(row, actor.today), actor.today, actor.now))
    grants = ask(row, list(ASKED))
    panels = [
        (label, _by_rule([g for g in grants if g.action == action], row, named)) for action, label in ASKED.items()
    ]
    panels += [(thing.label, _by_rule(ask(thing.about(row), [thing.action]), row, named)) for thing in seen_elsewhere()]
    used = {rule["id"]: rule["clause"] for _, rules in panels for rule in rules}
    return page(request, "_visibility", {"panels": panels, "on": actor.today, "rules_used": sorted(used.items())})


def _by_rule(grants: list[Grant], row: Pupil, named: bool) -> list[dict[str, Any]]:
    """Grants gathered by the rule that opens; people as `name（職）`, guardians as a number when they stay unnamed."""
    rules: dict[str, dict[str, Any]] = {}
    for grant in grants:
        entry = rules.setdefault(
            grant.rule_id,
            {"id": grant.rule_id, "clause": grant.clause, "sentence": grant.sentence, "people": [], "unnamed": 0},
        )
        if grant.kind == "guardian" and not named:
            entry["unnamed"] += 1
        else:
            entry["people"].append((grant.label, _posts(grant, row), grant.until))
    return list(rules.values())


def _posts(grant: Grant, row: Pupil) -> str:
    """The posts that matter here: at this school, or at the board of this municipality."""
    here = [
        POST_LABELS.get(post["post"], post["post"])
        for post in grant.posts
        if post.get("school") == str(row.school_id)
        or (post.get("school") is None and post.get("municipality") == str(row.municipality_id))
    ]
    return "・".join(dict.fromkeys(here)) or {"guardian": "保護者", "pupil": "本人"}.get(grant.kind, "")


def edit(request: HttpRequest, pupil_id: UUID) -> HttpResponse:
    """学籍の訂正."""
    row: Pupil = loaded(request)
    actor = actor_of(request)
    start = {name: getattr(row, name) for name in edit_actions.EDITABLE} | {"applies_from": actor.today}
    form = forms.EditForm(request.POST if request.method == "POST" else None, initial=start)
    if form.is_bound and form.is_valid():
        saved = attempt(form, lambda: (edit_actions.edit_pupil(
            actor=actor, pupil_id=row.id, changes=form.changes(), applies_from=form.cleaned_data["applies_from"],
            reason=form.cleaned_data["reason"]),))  # fmt: skip
        if saved is not None:
            return _back(row, "edit" if saved[0] else "same")
    return with_form(request, "edit", form, {"pupil": row, "school": row.school})


def undoings(request: HttpRequest, pupil_id: UUID) -> HttpResponse:
    """訂正を元に戻す, or a movement taken back: whichever the row of the history is."""
    row: Pupil = loaded(request)
    wanted = id_of(request.POST.get("revision", ""))
    revision = PupilRevision.objects.filter(pupil=row, pk=wanted).first() if wanted else None
    if revision is None:
        raise Http404
    undo = movement.take_back if revision.movement else edit_actions.undo_edit
    try:
        with transaction.atomic():
            undo(actor=actor_of(request), revision_id=revision.pk)
    except Refused as refusal:
        return page(request, "refused", {"pupil": row, "school": row.school, "reason": str(refusal)}, 409)
    moved = Pupil.objects.visible_to(actor_of(request)).filter(pk=row.pk).exists()
    return _back(row, "back" if revision.movement else "undo") if moved else _to_list(row)


def leave(request: HttpRequest, pupil_id: UUID) -> HttpResponse:
    """転学・退学・卒業."""
    row: Pupil = loaded(request)
    actor = actor_of(request)
    others = list(School.objects.visible_to(actor).filter(municipality=row.municipality_id).exclude(pk=row.school_id))
    choices = [(str(school.id), school.name) for school in others]
    form = forms.LeaveForm(request.POST if request.method == "POST" else None, schools=choices)
    if form.is_bound and form.is_valid():
        wanted = form.cleaned_data
        to_school = next((school for school in others if str(school.id) == wanted["to_school"]), None)
        if attempt(form, lambda: _leave(actor, row, wanted, to_school)) is not None:
            return redirect("people-pupils", school_id=row.school_id)
    return with_form(request, "leave", form, {"pupil": row, "school": row.school})


def _leave(actor: Any, row: Pupil, wanted: dict[str, Any], to_school: Any) -> Pupil:
    if wanted["kind"] == "withdrawal":
        return enrol.withdraw(actor=actor, pupil_id=row.id, on=wanted["on"], reason=wanted["next_school"])
    if wanted["kind"] == "graduation":
        return enrol.graduate(actor=actor, pupil_id=row.id, on=wanted["on"], next_school=wanted["next_school"])
    if to_school is None and not wanted["next_school"].strip():
        raise Refused("転学先を選ぶか、学校名を入れてください。")
    return enrol.transfer_out(
        actor=actor, pupil_id=row.id, accepted_on=wanted["on"], last_attended=wanted["last_attended"],
        next_school=wanted["next_school"], to_school=to_school,
    )  # fmt: skip


def place(request: HttpRequest, pupil_id: UUID) -> HttpResponse:
    """学級の変更."""
    row: Pupil = loaded(request)
    actor = actor_of(request)
    rooms = list(
        SchoolClass.objects.visible_to(actor).filter(school=row.school_id, kind="homeroom", year=year_of(request).year)
    )
    choices = [(str(room.id), room.title) for room in rooms if room.id != row.homeroom_id]
    form = forms.PlaceForm(
        request.POST if request.method == "POST" else None, classes=choices, initial={"begins": actor.today}
    )
    if form.is_bound and form.is_valid():
        to = next(room for room in rooms if str(room.id) == form.cleaned_data["to"])
        begins = form.cleaned_data["begins"]
        if attempt(form, lambda: class_actions.change_class(actor=actor, pupil_id=row.id, to=to, begins=begins)):
            return _back(row, "place")
    return with_form(request, "place", form, {"pupil": row, "school": row.school})


def _to_list(row: Pupil) -> HttpResponse:
    """The child belongs to its former school again, whose pages are not ours."""
    return redirect("people-pupils", school_id=row.school_id)


def _back(row: Pupil, done: str) -> HttpResponse:
    response = redirect("people-pupil", pupil_id=row.id)
    response["Location"] += f"?done={done}"
    return response
