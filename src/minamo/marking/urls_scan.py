"""URLs of 読み取り (scans): piles, pages, whose each page is."""

from django.urls import URLPattern

from minamo.access.api import public_route, route, row
from minamo.marking.models import Sitting
from minamo.marking.views.scan import behind, check, overview, pages, removal, upload
from minamo.marking.views.scan.frame import page_row, pile_row

_S = "marking/sittings/<uuid:sitting_id>/"
_PILE = "marking/piles/<uuid:pile_id>/"
_PAGE = "marking/pages/<uuid:page_id>/"
_M = "sitting:manage"
_sitting = row(Sitting, "sitting_id", "assessment", "school_class", "school", "removal")

urlpatterns: list[URLPattern] = [
    route(_S, overview.sitting, name="marking-sitting", get="sitting:mark", resource=_sitting),
    route(f"{_S}stream/", overview.stream, name="marking-stream", get="sitting:mark", resource=_sitting, record=False),
    route(f"{_S}audience/", overview.audience, name="marking-audience", post=_M, resource=_sitting),
    route(f"{_S}upload/", upload.upload, name="marking-upload", get=_M, post=_M, resource=_sitting),
    route(f"{_S}upload/parts/", upload.parts, name="marking-parts", post=_M, resource=_sitting),
    route(f"{_S}links/", upload.links, name="marking-links", costs={"POST": "send"}, post=_M, resource=_sitting),
    route(f"{_S}pages/", pages.listing, name="marking-tray", get=_M, resource=_sitting),
    route(f"{_S}pages/aside/", pages.aside, name="marking-aside", get=_M, post=_M, resource=_sitting),
    route(f"{_S}pages/together/", pages.together, name="marking-together", get=_M, post=_M, resource=_sitting),
    route(f"{_S}pages/back/", pages.back_together, name="marking-back", post=_M, resource=_sitting),
    route(f"{_S}owners/", check.owners, name="marking-check", get=_M, post=_M, resource=_sitting),
    route(f"{_PILE}stops/", overview.stop, name="marking-pile-stop", post=_M, resource=pile_row),
    route(f"{_PILE}removal/", removal.removal, name="marking-pile-removal", get=_M, post=_M, resource=pile_row),
    route(f"{_PILE}backs/", behind.backs, name="marking-pile-backs", get=_M, post=_M, resource=pile_row),
    route(f"{_PILE}return/", removal.back, name="marking-pile-return", post=_M, resource=pile_row),
    route(f"{_PILE}readings/", overview.again, name="marking-pile-again", post=_M, resource=pile_row),
    route(f"{_PAGE}picture/", pages.picture, name="marking-picture", get=_M, resource=page_row, record=False),
    route(f"{_PAGE}corners/", pages.corners, name="marking-corners", get=_M, post=_M, resource=page_row),
    route(f"{_PAGE}back/", pages.back, name="marking-page-back", post=_M, resource=page_row),
    route(f"{_PAGE}readings/", pages.again, name="marking-page-again", post=_M, resource=page_row),
    route(f"{_PAGE}copy/", pages.copy, name="marking-page-copy", post=_M, resource=page_row),
    route(f"{_PAGE}behind/", behind.behind, name="marking-page-behind", get=_M, post=_M, resource=page_row),
    route(f"{_PAGE}moves/", pages.move, name="marking-page-move", get=_M, post=_M, resource=page_row),
    public_route("scans/", upload.send, name="marking-send"),
    public_route("scans/parts/", upload.send_parts, name="marking-send-parts", methods="POST"),
]
