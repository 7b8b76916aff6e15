"""Routes of the trail. What is asked about is the trail of a school or of a municipality, not a row."""

from typing import Any

from django.http import Http404, HttpRequest
from django.urls import URLPattern

from minamo.access.api import Loaded, Resource, resource_type, route
from minamo.audit import seal_views, views
from minamo.audit.queries import row_with_words
from minamo.audit.schools import municipality_of


def of_school(request: HttpRequest, **kwargs: Any) -> Loaded:
    """The trail of a school, if it is within the scope."""
    municipality = municipality_of(kwargs["school_id"])
    if municipality is None:
        raise Http404
    values = {"municipality": municipality, "school": kwargs["school_id"]}
    return Loaded(None, Resource("Trail", str(kwargs["school_id"]), values, resource_type("Trail")))


def of_row(request: HttpRequest, **kwargs: Any) -> Loaded:
    """A row of the trail of a school that holds private words; the trail names it when somebody reads them."""
    row = row_with_words(kwargs["school_id"], kwargs["entry_number"])
    if row is None:
        raise Http404
    values = {"municipality": row.municipality_id, "school": row.school_id}
    return Loaded(row, Resource("Trail", str(row.id), values, resource_type("Trail")))


def of_municipality(request: HttpRequest, **kwargs: Any) -> Loaded:
    """The trail of a municipality."""
    values = {"municipality": kwargs["municipality_id"], "school": None}
    return Loaded(None, Resource("Trail", str(kwargs["municipality_id"]), values, resource_type("Trail")))


_SCHOOL, _TOWN = "schools/<uuid:school_id>/trail/", "municipalities/<uuid:municipality_id>/trail/"
urlpatterns: list[URLPattern] = [
    route(_SCHOOL, views.school_trail, name="audit-school", get="audit:read", resource=of_school),
    route(
        f"{_SCHOOL}export.csv",
        views.school_export,
        name="audit-school-export",
        costs={"GET": "export"},
        get="audit:read",
        resource=of_school,
    ),
    route(
        f"{_SCHOOL}<int:entry_number>/words/",
        views.private_words,
        name="audit-words",
        get="audit:words",
        resource=of_row,
    ),
    route(_TOWN, views.municipality_trail, name="audit-municipality", get="audit:read", resource=of_municipality),
    route(
        f"{_TOWN}export.csv",
        views.municipality_export,
        name="audit-municipality-export",
        costs={"GET": "export"},
        get="audit:read",
        resource=of_municipality,
    ),
    route(f"{_TOWN}seal/", seal_views.seal_state, name="audit-seal", get="audit:read", resource=of_municipality),
    route(
        f"{_TOWN}seal/<int:year>/<int:month>/report.pdf",
        seal_views.seal_report,
        name="audit-seal-report",
        costs={"GET": "pdf"},
        get="audit:read",
        resource=of_municipality,
    ),
]
