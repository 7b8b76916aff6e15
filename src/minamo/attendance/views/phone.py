"""電話の連絡: a guardian called; what the office types goes the same way as a notice from the app."""

from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor
from minamo.attendance.actions.notices import take_call_notice
from minamo.attendance.family_form import read_content
from minamo.attendance.models import Notice
from minamo.attendance.notice_content import AlreadyTold, NoticeError
from minamo.kernel.ids import id_of
from minamo.people.api import Pupil, roster_of_school
from minamo.tenancy.api import School


def take_call(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """電話の連絡を書き込む. A mistake comes back with everything that was typed, marked at its field."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    school: School = request.loaded.row  # type: ignore[attr-defined]
    if request.method != "POST":
        return _page(request, actor, school, {"pupil": request.GET.get("pupil", ""), "key": str(uuid4())})
    try:
        _take(request, actor, school)
    except NoticeError as error:
        return _page(request, actor, school, request.POST.dict(), error)
    return redirect("attendance-morning", school_id=school.pk)


def _take(request: HttpRequest, actor: Actor, school: School) -> None:
    content = read_content(request.POST)
    content = {name: content[name] for name in ("kind", "reason", "begins", "ends", "text", "arrives_at", "leaves_at")}
    pupil = _pupil(actor, school, request.POST.get("pupil", ""))
    take_call_notice(
        actor=actor, pupil=pupil, caller_label=request.POST.get("caller", ""), key=_key(request), **content
    )


def _pupil(actor: Actor, school: School, text: str) -> Pupil:
    """The child chosen; only one of this school whom the actor may see."""
    if (chosen := id_of(text)) is None:
        raise NoticeError("児童・生徒を選んでください。", "pupil")
    found = Pupil.objects.visible_to(actor).select_related("school").filter(pk=chosen, school_id=school.pk)
    pupil: Pupil | None = found.first()
    if pupil is None:
        raise NoticeError("この学校の児童・生徒を選んでください。", "pupil")
    return pupil


def _key(request: HttpRequest) -> UUID:
    key = id_of(request.POST.get("key", ""))
    if key is None:
        raise NoticeError("画面が古くなっています。内容を確かめて、もう一度届けてください。")
    return key


def _page(
    request: HttpRequest, actor: Actor, school: School, values: dict[str, Any], error: NoticeError | None = None
) -> HttpResponse:
    roster = roster_of_school(school.pk, actor.today)
    context = {
        "school": school, "kinds": Notice.Kind.choices, "reasons": Notice.Reason.choices, "today": actor.today,
        "values": values if values.get("key") else {**values, "key": str(uuid4())}, "error": str(error or ""),
        "errors": {error.field: str(error)} if error else {},
        "told": error.notice if isinstance(error, AlreadyTold) else None,
        "pupils": [(str(p.pupil_id), f"{p.class_title}　{p.display_name}") for p in roster],
    }  # fmt: skip
    return render(request, "attendance/take_call.html", context, status=422 if error else 200)
