"""朝の出席簿の画面: shown whole, saved row by row, refreshed by itself."""

import datetime as dt
import json
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render

from minamo.access.api import Actor, Resource, may, offers, resource_type, waiting_keys
from minamo.attendance.actions.marks import HealthEntry, MonthClosed, RegisterError, RowChange, save_register
from minamo.attendance.actions.resolutions import ResolutionError, resolve
from minamo.attendance.codes import DERIVED
from minamo.attendance.newer import NewerRecord, Seen
from minamo.attendance.queries.classday import Register, place_of, read_register
from minamo.attendance.queries.newer import questions_of
from minamo.attendance.queries.register import BUTTONS, counts_of_class, rows_of
from minamo.attendance.queries.timeline import timeline_of
from minamo.attendance.row_html import seg_html
from minamo.kernel import live
from minamo.kernel.ids import id_of
from minamo.people.api import SchoolClass

BUTTON_NAMES = {name for name, _ in BUTTONS}


def parse_day(text: str) -> dt.date:
    """A day in a URL; 404 for anything else."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error


def register(request: HttpRequest, class_id: UUID, date: str | None = None) -> HttpResponseBase:
    """出欠・健康観察 of a class on a day (default: today); POST saves."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    school_class: SchoolClass = request.loaded.row  # type: ignore[attr-defined]
    day = parse_day(date) if date else actor.today
    if request.method == "POST":
        return _save(request, actor, school_class, day)
    content = read_register(school_class, day)
    if request.GET.get("part") == "table":
        return _parts(request, actor, school_class, content)
    return render(
        request, "attendance/register.html",
        _context(actor, school_class, content) | _frame(school_class, day) | {"locks": json.dumps(waiting_keys(actor.account_id))},
    )  # fmt: skip


def row(request: HttpRequest, class_id: UUID, date: str, pupil_id: UUID) -> HttpResponse:
    """One row, with strip and timeline, after a live event."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    school_class: SchoolClass = request.loaded.row  # type: ignore[attr-defined]
    return _parts(request, actor, school_class, read_register(school_class, parse_day(date)), pupil_id)


def stream(request: HttpRequest, class_id: UUID) -> HttpResponseBase:
    """Events of the class."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return live.response(f"class:{class_id}", ends_on=f"device:{actor.device_id}")


def _save(request: HttpRequest, actor: Actor, school_class: SchoolClass, day: dt.date) -> HttpResponse:
    try:
        if request.POST.get("holds"):
            saved = resolve(
                actor=actor, school_class=school_class, day=day, holds=request.POST["holds"],
                notice_id=_id(request.POST.get("notice", "")), reason=request.POST.get("reason", ""),
                seen=next(iter(_seen(request).values()), None),
            )  # fmt: skip
        else:
            saved = save_register(
                actor=actor, school_class=school_class, day=day, rows=_changes(request),
                rest_present="all" in request.POST, reason=request.POST.get("reason", ""),
            )  # fmt: skip
    except NewerRecord as error:
        now = read_register(school_class, day)
        questions = questions_of(actor, now, error.newer, hears=may_hear(actor, school_class))
        return render(request, "attendance/register_newer.html", {"questions": questions}, status=409)
    except (RegisterError, ResolutionError) as error:
        context = {
            "message": str(error),
            "closed": isinstance(error, MonthClosed),
            "field": getattr(error, "field", ""),
        }
        return render(request, "attendance/register_error.html", context, status=422)
    if request.headers.get("X-Requested-With") != "fetch":
        return redirect("attendance-register-day", class_id=school_class.pk, date=day.isoformat())
    return _parts(request, actor, school_class, saved, saved.changed[0] if len(saved.changed) == 1 else None)


def _changes(request: HttpRequest) -> list[RowChange]:
    """The rows of the form: `set` is "<pupil>:<button or code>" (several allowed; an empty code takes it back).
    `seen` is "<pupil>:<moment of the mark the row showed>", `health_seen` that of the 健康観察."""
    changes: dict[UUID, RowChange] = {}
    seen = _seen(request)
    for item in request.POST.getlist("set"):
        pupil, _, value = item.partition(":")
        pupil_id = _id(pupil)
        tapped = value in BUTTON_NAMES
        changes[pupil_id] = RowChange(
            pupil_id, code=None if tapped else value, button=value if tapped else None, seen=seen.get(pupil_id)
        )
    if "health" in request.POST:
        pupil_id = _id(request.POST["health"])
        entry = HealthEntry(
            tuple(request.POST.getlist("item")), _temperature(request.POST.get("temperature", "")),
            request.POST.get("health_note", "").strip(),
        )  # fmt: skip
        note = request.POST.get("note")
        changes[pupil_id] = RowChange(
            pupil_id, note=note.strip() if note else note, health=entry, seen=seen.get(pupil_id),
            health_seen=_moment(request.POST["health_seen"]) if "health_seen" in request.POST else None,
        )  # fmt: skip
    return list(changes.values())


def _seen(request: HttpRequest) -> dict[UUID, Seen]:
    parts = (item.partition(":") for item in request.POST.getlist("seen"))
    return {_id(pupil): _moment(moment) for pupil, _, moment in parts}


def _moment(text: str) -> Seen:
    try:
        at = dt.datetime.fromisoformat(text) if text else None
    except ValueError as error:
        raise RegisterError("画面が古くなっています。開き直してください。") from error
    if at is not None and at.tzinfo is None:
        raise RegisterError("画面が古くなっています。開き直してください。")
    return Seen(at)


def _id(text: str) -> UUID:
    found = id_of(text)
    if found is None:
        raise RegisterError("画面が古くなっています。開き直してください。")
    return found


def _temperature(text: str) -> float | None:
    plain = text.strip().replace("．", ".").replace("℃", "")
    if not plain:
        return None
    try:
        return round(float(plain), 1)
    except ValueError as error:
        raise RegisterError("体温は 37.5 のように入れてください。", field="temperature") from error


def _parts(
    request: HttpRequest, actor: Actor, school_class: SchoolClass, content: Register, only: UUID | None = None
) -> HttpResponse:
    """Rows, strip and timeline as one fragment that the page puts in its place."""
    return render(request, "attendance/register_parts.html", _context(actor, school_class, content, only))


def _context(actor: Actor, school_class: SchoolClass, content: Register, only: UUID | None = None) -> dict[str, Any]:
    content = content if may_hear(actor, school_class) else replace(content, facts=content.facts.without_words())
    why_not = content.unmarkable(actor.today)
    return {
        "klass": school_class,
        "why_not": why_not,
        "day": content.facts.day,
        "rows": rows_of(content, actor.now, only),
        "counts": counts_of_class(content),
        "timeline": timeline_of(content, actor),
        "seg": seg_html,
        "may_mark": not why_not and offers(actor, "register:mark", school_class),
        "closed": str(school_class.pk) in content.facts.closed_classes,
        "combined": len(school_class.grades) > 1,
        "codes": [content.facts.codes.codes[code] for code in content.facts.codes.active if code not in DERIVED],
        "health_items": [content.facts.codes.health[item] for item in content.facts.codes.active_health],
        "closures": [c for c in content.facts.closures if any(c.touches(place_of(pupil)) for pupil in content.roster)],
    }


def may_hear(actor: Actor, school_class: SchoolClass) -> bool:
    """Whether the actor may see what was said beside the marks (reasons, symptoms, 健康観察, notes)."""
    ids = {"municipality": school_class.municipality_id, "self": school_class.school_id}
    return may(actor, "attendance:words", Resource("School", str(school_class.school_id), ids, resource_type("School")))


def _frame(school_class: SchoolClass, day: dt.date) -> dict[str, Any]:
    one = dt.timedelta(days=1)
    return {"yesterday": day - one, "tomorrow": day + one}
