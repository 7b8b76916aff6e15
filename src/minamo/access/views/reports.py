"""管理ツール（MDM）の報告を取り込む: a list is chosen, shown with what it would change, and taken; the register as a list to fill in."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.actions.reports import RegisterChanged, Taken, newest_reports, take_reports
from minamo.access.actions.signin import this_device
from minamo.access.actor import Actor
from minamo.access.mdm import Known, Line, Problem, Reports, read_reports
from minamo.access.models import Device, Terminal
from minamo.access.resources import Resource
from minamo.access.views.signin import actor_of
from minamo.kernel import uploads
from minamo.kernel.tables import TableError, read_table, write_csv
from minamo.kernel.wareki import JST

SALT = "minamo.access.mdm"
SHOWN_FOR = 15 * 60  # seconds a list that was shown can be taken
MOST = 5 * 2**20
MOST_PROBLEMS = 100
OLD = "見せてから15分を過ぎたか、ほかの画面の一覧です。何も取り込んでいません。ファイルをもう一度選んでください。"
HEADER = ("device", "good", "端末の名前", "届け出た日")


def reports(request: HttpRequest, **_: UUID) -> HttpResponse:
    """選ぶ → 確かめる → 取り込む."""
    if request.method != "POST":
        return _page(request, taken=_done(request))
    if "list" in request.POST:
        return _take(request)
    try:
        sent = uploads.accept(request.FILES.get("file"), (uploads.CSV, uploads.EXCEL), most=MOST)
        found = read_reports(
            read_table(sent.name, sent.content), [Known(row.pk, row.label) for row in _terminals(request)]
        )
    except (uploads.UploadRefused, TableError) as problem:
        found = Reports(problems=(Problem(0, "", str(problem)),))
        return _page(request, problems=found.problems, status=422)
    if found.problems:
        return _page(request, problems=found.problems, name=sent.name, status=422)
    return _page(request, shown=_preview(request, sent.name, found.lines))


def blank_list(request: HttpRequest, **_: UUID) -> HttpResponse:
    """台帳の一覧: every device with its number, to be filled in or compared with what the tool says."""
    rows = [(str(row.pk), "", row.label, row.registered_at.astimezone(JST).date()) for row in _terminals(request)]
    response = HttpResponse(write_csv(rows, HEADER).content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="devices.csv"'
    return response


def _register(request: HttpRequest) -> Resource:
    register: Resource = request.loaded.resource  # type: ignore[attr-defined]
    return register


def _terminals(request: HttpRequest) -> list[Terminal]:
    values = _register(request).values
    found = Terminal.objects.visible_to(actor_of(request)).filter(municipality_id=values["municipality"])
    return list(
        (found.filter(school_id=values["school"]) if values["school"] else found).order_by("label", "registered_at")
    )


def _take(request: HttpRequest) -> HttpResponse:
    actor, register = actor_of(request), _register(request)
    try:
        lines, since = _unpacked(request.POST["list"], actor, register)
        taken = take_reports(actor=actor, register=register, lines=lines, since=since)
    except signing.BadSignature:
        return _page(request, refused=OLD, status=409)
    except RegisterChanged as problem:
        return _page(request, refused=str(problem), status=409)
    return redirect(f"{request.path}?kept={taken.kept}&again={taken.again}")


def _packed(actor: Actor, register: Resource, lines: tuple[Line, ...]) -> str:
    """The list on its way between the two pages, signed for this person and this register: nothing is kept until it is taken."""
    plain = [[str(line.device), line.good, dict(line.facts)] for line in lines]
    return signing.dumps([str(actor.account_id), register.id, actor.now.isoformat(), plain], salt=SALT, compress=True)


def _unpacked(text: str, actor: Actor, register: Resource) -> tuple[list[Line], dt.datetime]:
    who, where, shown_at, plain = signing.loads(text, salt=SALT)
    since = dt.datetime.fromisoformat(shown_at)
    if (who, where) != (str(actor.account_id), register.id) or not 0 <= (
        actor.now - since
    ).total_seconds() <= SHOWN_FOR:
        raise signing.BadSignature
    return [Line(UUID(device), good, facts) for device, good, facts in plain], since


def _preview(request: HttpRequest, name: str, lines: tuple[Line, ...]) -> dict[str, Any]:
    """What taking it would change."""
    actor, rows = actor_of(request), {row.pk: row for row in _terminals(request)}
    before = newest_reports(list(rows))
    bad = [line for line in lines if not line.good]
    here = Device.objects.filter(pk=this_device(actor)).values_list("terminal_id", flat=True).first()
    return {
        "name": name, "list": _packed(actor, _register(request), lines), "count": len(lines), "good": len(lines) - len(bad),
        "bad": [(rows[line.device], before.get(line.device), dict(line.facts)) for line in bad],
        "missing": [row for key, row in rows.items() if key not in {line.device for line in lines}],
        "here": any(line.device == here for line in bad),
    }  # fmt: skip


def _done(request: HttpRequest) -> Taken | None:
    kept, again = request.GET.get("kept", ""), request.GET.get("again", "")
    return Taken(int(kept), int(again)) if kept.isdecimal() and again.isdecimal() else None


def _page(request: HttpRequest, *, status: int = 200, problems: tuple[Problem, ...] = (), **more: Any) -> HttpResponse:
    school = _register(request).values["school"]
    back = "access-register-school" if school else "access-register-municipality"
    context = {
        "problems": problems[:MOST_PROBLEMS], "more_problems": max(0, len(problems) - MOST_PROBLEMS), "shown": None, "taken": None,
        "refused": "", "name": "", "title": "この学校の端末" if school else "自治体の端末",
        "back": back, "place": {"school_id": school} if school else {"municipality_id": _register(request).values["municipality"]},
        "hours": actor_of(request).limits["posture_hours"], **more,
    }  # fmt: skip
    return render(request, "access/reports.html", context, status=status)
