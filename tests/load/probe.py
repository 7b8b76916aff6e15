"""Two addresses for tests/load/enforcing.py: one declared and enforced, one with nothing around it. Never part of the program."""

from uuid import UUID

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path

from minamo.access.api import Account, route, row
from minamo.config.urls import urlpatterns as everything
from minamo.people.models import Pupil


def probe(request: HttpRequest, pupil_id: UUID) -> HttpResponse:
    """The pupil was loaded, decided about and recorded by the way here."""
    return HttpResponse("ok" if request.loaded.row.pk == pupil_id else "other")  # type: ignore[attr-defined]


def bare(request: HttpRequest, account_id: UUID) -> HttpResponse:
    """A plain page: who is signed in, and one row."""
    with transaction.atomic():
        found = Account.objects.get(pk=account_id)
        return HttpResponse("ok" if request.user.is_authenticated and found.is_active else "other")


urlpatterns: list[URLPattern | URLResolver] = [
    route("probe/<uuid:pupil_id>/", probe, name="bench-probe", get="pupil:contacts", resource=row(Pupil, "pupil_id")),
    path("bare/<uuid:account_id>/", bare),
    *everything,
]
