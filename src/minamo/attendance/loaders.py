"""What a URL of this room is about: homerooms, with their school."""

from typing import Any

from django.http import Http404, HttpRequest

from minamo.access.api import Loaded, as_resource
from minamo.people.api import SchoolClass


def homeroom(request: HttpRequest, **kwargs: Any) -> Loaded:
    """学級 of `class_id`; 404 for a subject class: 出席簿 is kept by homerooms."""
    found = (
        SchoolClass.objects.select_related("school")
        .filter(pk=kwargs["class_id"], kind=SchoolClass.Kind.HOMEROOM)
        .first()
    )
    if found is None:
        raise Http404
    return Loaded(found, as_resource(found))
