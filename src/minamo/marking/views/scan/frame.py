"""画面の枠: who asks, which sitting, and the menu of the pages of one sitting."""

from typing import Any

from django.http import Http404, HttpRequest

from minamo.access.api import Actor, Loaded, as_resource
from minamo.kernel.ids import id_of
from minamo.marking.models import Pile, ScanPage, Sitting


def actor_of(request: HttpRequest) -> Actor:
    """Who asks."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def sitting_of(request: HttpRequest) -> Sitting:
    """The sitting the page is about."""
    found: Sitting = request.loaded.row  # type: ignore[attr-defined]
    return found


def page_row(request: HttpRequest, **kwargs: Any) -> Loaded:
    """ページ; decided as its sitting is."""
    related = ("sitting__assessment", "sitting__school_class", "sitting__school", "pile")
    found = ScanPage.objects.select_related(*related).defer("trace").filter(pk=kwargs["page_id"]).first()
    if found is None:
        raise Http404
    return Loaded(found, as_resource(found.sitting))


def pile_row(request: HttpRequest, **kwargs: Any) -> Loaded:
    """答案の山; decided as its sitting is."""
    found = (
        Pile.objects.select_related("sitting__school_class", "sitting__assessment").filter(pk=kwargs["pile_id"]).first()
    )
    if found is None:
        raise Http404
    return Loaded(found, as_resource(found.sitting))


def ids_in(values: "list[str]") -> "list[Any]":
    """Ids of a form; what is none is left out."""
    return [found for value in values if (found := id_of(value)) is not None]
