"""What the routes of the register of devices are about: the register of a school or of a municipality, not a row."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest

from minamo.access.models import TERMINAL
from minamo.access.queries import municipality_of
from minamo.access.resources import Resource
from minamo.access.routes import Loaded


def devices_of_school(request: HttpRequest, **kwargs: Any) -> Loaded:
    """The register of a school, if it is within the scope."""
    municipality = municipality_of(kwargs["school_id"])
    if municipality is None:
        raise Http404
    return _register(kwargs["school_id"], municipality, kwargs["school_id"])


def devices_of_municipality(request: HttpRequest, **kwargs: Any) -> Loaded:
    """The register of a municipality."""
    return _register(kwargs["municipality_id"], kwargs["municipality_id"], None)


def _register(key: UUID, municipality: UUID, school: UUID | None) -> Loaded:
    values = {"municipality": municipality, "school": school, "registrant": None}
    return Loaded(None, Resource("Terminal", str(key), values, TERMINAL))
