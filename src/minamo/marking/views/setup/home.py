"""採点: the tests one may see and the sittings that need somebody; for families their own page."""

from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor, offers
from minamo.marking.queries.assessments import in_progress, listed
from minamo.tenancy.api import School


def home(request: HttpRequest) -> HttpResponse:
    """採点の入口."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.kind in {"guardian", "pupil"}:
        return redirect("marking-results")
    words, away = request.GET.get("q", "")[:60].strip(), request.GET.get("away") == "1"
    schools = schools_served(actor)
    rows = listed(actor, words, away=away)
    context = {
        "rows": rows, "waiting": [] if away or words else in_progress(actor), "words": words, "away": away,
        "schools": schools, "headed": actor.uuids["heads"], "editable": {row.pk for row in rows if offers(actor, "assessment:edit", row)}, "key": uuid4(),
    }  # fmt: skip
    return render(request, "marking/setup_home.html", context)


def schools_served(actor: Actor) -> list[School]:
    """勤める学校 where the person may make tests at this moment."""
    ids: set[UUID] = set(actor.uuids["serves"])
    if not ids or actor.side != "school":
        return []
    return [
        one for one in School.objects.filter(pk__in=ids).order_by("position") if offers(actor, "assessment:create", one)
    ]
