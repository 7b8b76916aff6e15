"""返却と見直しの画面."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor
from minamo.kernel.wareki import format_ja
from minamo.marking.actions.release import ReleaseRefused, answer_review, release_result, withdraw_release
from minamo.marking.keeping import REVIEW_DAYS, review_until
from minamo.marking.models import Result, Review
from minamo.marking.overlay import window
from minamo.marking.points_table import whole_number
from minamo.marking.queries.giving import backless_of, sheet_of_paper
from minamo.marking.queries.results import figures_of
from minamo.people.api import pupil_cards


def releases(request: HttpRequest, result_id: UUID) -> HttpResponse:
    """返却する前の確かめ (GET) and the release itself (POST)."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row: Result = request.loaded.row  # type: ignore[attr-defined]
    values = {"days": str(REVIEW_DAYS), "comment": ""}
    refused: ReleaseRefused | None = None
    if request.method == "POST":
        values = {name: request.POST.get(name, "") for name in values}
        try:
            release_result(actor=actor, result=row, days=whole_number(values["days"]) or 0, comment=values["comment"])
        except ReleaseRefused as problem:
            refused = problem
        else:
            return redirect("marking-result", result_id=row.pk)
    figures = figures_of(row)
    context = {
        "row": row, "values": values, "refused": refused, "release": figures.release, "waiting": figures.results.waiting,
        "present": len(figures.results.whole), "absent": figures.results.absent,
        "backless": backless_of(row), "until": format_ja(review_until(actor.today, REVIEW_DAYS)),
    }  # fmt: skip
    return render(request, "marking/release.html", context, status=422 if refused else 200)


def withdrawals(request: HttpRequest, result_id: UUID) -> HttpResponse:
    """返却を取りやめる."""
    withdraw_release(actor=request.actor, result=request.loaded.row)  # type: ignore[attr-defined]
    return redirect("marking-result", result_id=result_id)


def review(request: HttpRequest, review_id: UUID) -> HttpResponse:
    """見直しに答える."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row: Review = request.loaded.row  # type: ignore[attr-defined]
    places = {one["id"]: at for at, one in enumerate(row.paper.result.items)}
    now = row.paper.points[places[row.item]]
    values = {"points": str(now), "text": ""}
    refused: ReleaseRefused | None = None
    if request.method == "POST":
        values = {name: request.POST.get(name, "") for name in values}
        points = whole_number(values["points"])
        try:
            answer_review(actor=actor, review=row, points=-1 if points is None else points, text=values["text"])
        except ReleaseRefused as problem:
            refused = problem
        else:
            return redirect("marking-result", result_id=row.paper.result_id)
    card = pupil_cards({row.paper.pupil_id})[row.paper.pupil_id]
    sheet = sheet_of_paper(row.paper)
    box = sheet.boxes.get(row.item) if sheet and sheet.picture else None
    context = {
        "review": row, "answer": getattr(row, "answer", None), "result": row.paper.result, "now": now,
        "item": row.paper.result.items[places[row.item]], "pupil": card, "values": values, "refused": refused,
        "sheet": sheet, "window": window(box, (sheet.width, sheet.height)) if sheet and box else None,
    }  # fmt: skip
    return render(request, "marking/review.html", context, status=422 if refused else 200)
