"""答案を送る画面: files, photographs, parts of them; and the door of a link, which is open to whoever holds its address."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from minamo.access.api import set_scope, slow_down, system_actor, system_scope
from minamo.design.jinja import url
from minamo.kernel import clock
from minamo.marking import incoming
from minamo.marking.actions.links import close_links, link_of, municipality_of, open_link
from minamo.marking.actions.piles import BROWSER, CAMERA, PileRefused, Sent, send_by_link, send_piles
from minamo.marking.models import UploadLink
from minamo.marking.upload_rules import CHUNK
from minamo.marking.views.scan import intake
from minamo.marking.views.scan.frame import actor_of, sitting_of

TOKEN = "X-Token"  # noqa: S105  the name of a header
CLOSED = "この送り先は使えません。期限が過ぎたか、閉じられています。学校の先生に、新しい送り先を聞いてください。"
SAFE = "何も送られていません。"


def upload(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """選ぶ画面 (GET) and the files themselves (POST: a form, or a list of parts)."""
    row, actor = sitting_of(request), actor_of(request)
    if request.method != "POST":
        return _choose(request)
    try:
        scans, wholes = intake.received(request, row.pk)
    except intake.REFUSED as problem:
        if request.content_type == "application/json":
            return JsonResponse({"problem": str(problem)}, status=422)
        return _choose(request, problem=str(problem), status=422)
    source = CAMERA if request.headers.get("X-Source") == CAMERA else BROWSER
    try:
        sent = send_piles(actor=actor, sitting=row, scans=scans, source=source)
    except PileRefused as refused:
        if request.content_type == "application/json":
            return JsonResponse({"problem": str(refused)}, status=422)
        return _choose(request, problem=str(refused), status=422)
    incoming.forget(row.pk, wholes)
    return _sent(request, url("marking-sitting", sitting_id=row.pk), sent)


def parts(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """部分."""
    return intake.part(request, sitting_of(request).pk)


def _sent(request: HttpRequest, to: str, sent: list[Sent]) -> HttpResponse:
    again, removed = (
        sum(one.again and (one.pile.removed_at is not None) is gone for one in sent) for gone in (False, True)
    )
    to = f"{to}?sent={len(sent) - again - removed}&again={again}" + (f"&removed={removed}" if removed else "")
    if request.content_type == "application/json":
        return JsonResponse({"to": to})
    return redirect(to)


def _choose(
    request: HttpRequest, *, problem: str = "", status: int = 200, link: str = "", until: object = None
) -> HttpResponse:
    row = sitting_of(request)
    now = UploadLink.objects.filter(sitting=row, closed_at__isnull=True, expires_at__gt=actor_of(request).now).first()
    context = {
        "row": row, "problem": problem, "chunk": CHUNK, "link": link, "now": now,
        "qr": segno.make(link, error="m", micro=False).svg_data_uri(border=4, omitsize=True, light="#fff") if link else "",
    }  # fmt: skip
    return render(request, "marking/scan_upload.html", context, status=status)


def links(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """複合機のための送り先を作る (its address is shown this once), or close it."""
    row, actor = sitting_of(request), actor_of(request)
    if request.POST.get("close"):
        close_links(actor=actor, sitting=row)
        return redirect("marking-upload", sitting_id=sitting_id)
    opened = open_link(actor=actor, sitting=row)
    return _choose(
        request, link=f"{settings.PUBLIC_URL}{url('marking-send')}#{opened.token}", until=opened.link.expires_at
    )


@contextmanager
def behind(token: str) -> Iterator[UploadLink | None]:
    """The open link of an address, within its wall. Afterwards nothing is open, whoever is signed in at this browser."""
    town = municipality_of(token)
    if town is None:
        yield None
        return
    with system_scope(town):
        yield link_of(token, clock.now())
        set_scope(municipalities=[], side="learning")


def send(request: HttpRequest) -> HttpResponse:
    """送り先: takes in files for whoever holds the address; says nothing of the test.

    Wrong addresses are counted for the place they come from (`token`), also those whose day is over. A right one is taken all
    the same: its secret has 144 bits, nobody finds it by trying, and a pupil who tries must not stop the copier beside him.
    """
    if request.method != "POST":
        return _door(request)
    words = CLOSED
    with behind(request.headers.get(TOKEN) or request.POST.get("token", "")) as link:
        if link is None:
            if (refused := slow_down(request, "token")) is not None:
                return refused
        else:
            try:
                return _taken(request, link)
            except (*intake.REFUSED, PileRefused) as problem:
                words = str(problem)
    if request.content_type == "application/json":
        return JsonResponse({"problem": f"{words}{SAFE}"}, status=422)
    return _door(request, words)


def _taken(request: HttpRequest, link: UploadLink) -> HttpResponse:
    town = link.municipality_id
    actor = system_actor(town, now=clock.now(), today=clock.today(), label="送り先のリンク")
    scans, wholes = intake.received(request, link.pk)
    sent = send_by_link(actor=actor, link=link, scans=scans)
    incoming.forget(link.pk, wholes)
    return _sent(request, url("marking-send"), sent)


def _door(request: HttpRequest, problem: str = "") -> HttpResponse:
    told = {name: "" if problem else request.GET.get(name, "") for name in ("sent", "again", "removed")}
    context = {
        "problem": problem,
        "chunk": CHUNK,
        "done": told["sent"],
        "again": told["again"],
        "removed": told["removed"],
    }
    return render(request, "marking/scan_send.html", context, status=422 if problem else 200)


def send_parts(request: HttpRequest) -> HttpResponse:
    """部分 by a link."""
    with behind(request.headers.get(TOKEN, "")) as link:
        if link is None:
            return slow_down(request, "token") or JsonResponse({"problem": CLOSED}, status=422)
        return intake.part(request, link.pk)
