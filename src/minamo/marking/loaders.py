"""What a URL of this room is about."""

from typing import Any

from django.http import Http404, HttpRequest

from minamo.access.api import Loaded, as_resource
from minamo.marking.models import Review


def review(request: HttpRequest, **kwargs: Any) -> Loaded:
    """見直し; decided as its result is."""
    found = (
        Review.objects.select_related("paper__result__school_class", "paper__result__school")
        .filter(pk=kwargs["review_id"])
        .first()
    )
    if found is None:
        raise Http404
    return Loaded(found, as_resource(found.paper.result))
