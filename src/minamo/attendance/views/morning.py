"""けさの学校: overview for heads, nurse and office; the log of calls; the large screen."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from minamo.access.api import Actor, may, offers
from minamo.attendance.actions.calls import CallError, log_call
from minamo.attendance.models import CallLog
from minamo.attendance.queries.morning import Morning, morning_of
from minamo.kernel import live
from minamo.kernel.ids import id_of
from minamo.people.api import Contact, Pupil, contacts_of
from minamo.tenancy.api import School


def morning(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """けさの出欠 of the whole school."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    school: School = request.loaded.row  # type: ignore[attr-defined]
    content = morning_of(school.municipality_id, school.pk, actor.today, words=may(actor, "attendance:words", school))
    part = request.GET.get("part") == "lists"
    template = "attendance/morning_lists.html" if part else "attendance/morning.html"
    return render(request, template, _context(actor, school, content))


def _context(actor: Actor, school: School, content: Morning) -> dict[str, Any]:
    contacts: dict[UUID, list[Contact]] = {}
    if content.silent:
        contacts = dict(contacts_of(actor, [person.pupil_id for person in content.silent], actor.today))
    return {
        "school": school, "morning": content, "contacts": contacts, "outcomes": CallLog.Outcome.choices,
        "may_close": offers(actor, "attendance:closure", school), "may_call": offers(actor, "attendance:call", school),
    }  # fmt: skip


def calls(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """A call was made (POST): into the log of the day."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    school: School = request.loaded.row  # type: ignore[attr-defined]
    pupil = _pupil(actor, school, request.POST.get("pupil", ""))
    try:
        log_call(
            actor=actor, school=school, pupil=pupil, outcome=request.POST.get("outcome", ""),
            to=request.POST.get("to", ""), note=request.POST.get("note", ""),
        )  # fmt: skip
    except CallError as error:
        return render(request, "attendance/refused.html", {"message": str(error), "school": school}, status=422)
    return redirect("attendance-morning", school_id=school.pk)


def board(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """職員室の画面."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    school: School = request.loaded.row  # type: ignore[attr-defined]
    content = morning_of(school.municipality_id, school.pk, actor.today, words=may(actor, "attendance:words", school))
    part = request.GET.get("part") == "lists"
    template = "attendance/board_lists.html" if part else "attendance/board.html"
    return render(request, template, {"school": school, "morning": content, "now": actor.now})


def stream(request: HttpRequest, school_id: UUID) -> HttpResponseBase:
    """Events of the school."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return live.response(f"school:{school_id}", ends_on=f"device:{actor.device_id}")


def _pupil(actor: Actor, school: School, text: str) -> Pupil:
    wanted = id_of(text)
    found: Pupil | None = (
        Pupil.objects.visible_to(actor).filter(pk=wanted, school_id=school.pk).first() if wanted else None
    )
    if found is None:
        raise Http404
    return found
