"""URLs of 採点 (marks): the marking screen, its log, several markers."""

from django.urls import URLPattern

from minamo.access.api import route, row
from minamo.marking.models import Sitting
from minamo.marking.views.mark import progress, surface

_S = "marking/sittings/<uuid:sitting_id>/"
_Q = f"{_S}questions/<str:question>/"
_sitting = row(Sitting, "sitting_id", "assessment", "school_class")

urlpatterns: list[URLPattern] = [
    route(_Q, surface.question, name="marking-question", get="sitting:mark", resource=_sitting),
    route(f"{_Q}answers/", surface.answers, name="marking-answers", get="sitting:mark", resource=_sitting),
    route(f"{_Q}state/", surface.state, name="marking-state", get="sitting:mark", resource=_sitting, record=False),
    route(f"{_S}pages/<uuid:page_id>/", surface.context, name="marking-context", get="sitting:mark", resource=_sitting, record=False),
    route(f"{_S}strokes/", surface.strokes, name="marking-strokes", post="sitting:mark", resource=_sitting),
    route(f"{_S}marks/stream/", surface.stream, name="marking-marks-stream", get="sitting:mark", resource=_sitting, record=False),
    route(f"{_S}progress/", progress.progress, name="marking-progress", get="sitting:mark", resource=_sitting),
    route(f"{_S}claims/", progress.claims, name="marking-claims", post="sitting:mark", resource=_sitting),
    route(f"{_S}groupings/", progress.groupings, name="marking-groupings", post="sitting:mark", resource=_sitting),
    route(f"{_S}stamps/", surface.stamps, name="marking-stamps", post="sitting:mark", resource=_sitting),
    route(f"{_S}seconds/", progress.seconds, name="marking-seconds", post="sitting:manage", resource=_sitting),
    route(f"{_Q}differences/", progress.differences, name="marking-differences", get="sitting:manage", post="sitting:manage",
          resource=_sitting),
    route(f"{_S}changes/", progress.changes, name="marking-changes", get="sitting:manage", post="sitting:manage", resource=_sitting),
]  # fmt: skip
