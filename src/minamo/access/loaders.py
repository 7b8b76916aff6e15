"""What the routes of this room are about: the register of devices of a place, the emergencies of a school, a pupil."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest

from minamo.access.emergencies import pupil_model
from minamo.access.enforce import as_resource
from minamo.access.models import EMERGENCY, TERMINAL
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


def emergencies_of_school(request: HttpRequest, **kwargs: Any) -> Loaded:
    """The emergencies of a school, if it is within the scope."""
    municipality = municipality_of(kwargs["school_id"])
    if municipality is None:
        raise Http404
    values = {"municipality": municipality, "school": kwargs["school_id"], "account": None}
    return Loaded(None, Resource("Emergency", str(kwargs["school_id"]), values, EMERGENCY))


def pupil(request: HttpRequest, **kwargs: Any) -> Loaded:
    """A pupil in scope."""
    found = pupil_model()._default_manager.filter(pk=kwargs["pupil_id"]).first()
    if found is None:
        raise Http404
    return Loaded(found, as_resource(found))
