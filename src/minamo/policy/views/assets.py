"""情報資産の台帳の画面: the list with Excel and PDF, a new line, one line with its history, minamo's own data."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from minamo.access.api import Actor, offers
from minamo.policy.actions import assets as verbs
from minamo.policy.models import Asset
from minamo.policy.printing_registers import asset_rows, assets_book, assets_pdf
from minamo.policy.queries.assets import AssetFilter, assets_of, entries_of, line_of, own_asset, own_line
from minamo.policy.queries.own_data import own_data
from minamo.policy.views.files import download, inline_pdf
from minamo.policy.views.frame import back, chosen, new_line, newest_of, page, stands, tried, typed
from minamo.policy.views.tabs import tabs
from minamo.tenancy.api import Municipality, School, schools_of

FORM: dict[str, Any] = {
    "fields": {name: Asset._meta.get_field(name) for name in verbs.FIELDS},
    "levels": ("confidentiality", "integrity", "availability"),
}


new = new_line(lambda _, town, school: verbs.place_of(town, school))


def asset_list(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """情報資産の台帳: search, filters, and where a new line can be put."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    wanted = AssetFilter.of(request.GET.dict())
    schools = [s for s in schools_of(actor) if s.municipality_id == municipality_id]
    context: dict[str, Any] = {
        "town": request.loaded.row, "found": assets_of(actor, municipality_id, wanted), "wanted": wanted,  # type: ignore[attr-defined]
        "schools": schools, "grades": Asset.Grade.choices, "places": _places(actor, municipality_id),
        "tabs": tabs(actor, municipality_id, "assets"), "today": actor.today,
    }  # fmt: skip
    return render(request, "policy/assets.html", context)


def _places(actor: Actor, municipality: UUID) -> list[tuple[str, str]]:
    """(label, URL) of the places the person may put a new line for."""
    board = [
        ("教育委員会の情報資産を載せる", reverse("policy-asset-board-new", kwargs={"municipality_id": municipality}))
    ]
    headed = {
        str(post["school"]): str(post["school_name"])
        for post in actor.posts
        if post.get("school") and str(post["school"]) in actor.ids("heads")
    }
    of_schools = [
        (f"{name}の情報資産を載せる", reverse("policy-asset-school-new", kwargs={"school_id": school}))
        for school, name in headed.items()
    ]
    return of_schools + (board if str(municipality) in actor.ids("boards") else [])


def asset_book(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """台帳のExcel, as filtered."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = assets_of(actor, municipality_id, AssetFilter.of(request.GET.dict()))
    return download(assets_book(asset_rows(found.lines)), f"{request.loaded.row.name}_情報資産台帳.xlsx")  # type: ignore[attr-defined]


def asset_print(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """台帳のPDF, as filtered."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = assets_of(actor, municipality_id, AssetFilter.of(request.GET.dict()))
    return inline_pdf(assets_pdf(asset_rows(found.lines), request.loaded.row.name, actor.today), "assets.pdf")  # type: ignore[attr-defined]


def asset_school_new(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """自校の情報資産を載せる."""
    school: School = request.loaded.row  # type: ignore[attr-defined]
    return _new(request, school.municipality_id, school.pk, school.short_name)


def asset_board_new(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """教育委員会の情報資産を載せる."""
    return _new(request, municipality_id, None, "教育委員会")


def _new(request: HttpRequest, town: UUID, school: UUID | None, whose: str) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]

    def deed() -> HttpResponse:
        row = verbs.add(actor=actor, town=town, school=school, sent=request.POST.dict())
        return back("policy-asset", asset_id=row.pk)

    done, refused = tried(request, deed)
    values = {"confidentiality": "2", "integrity": "2", "availability": "2", "take_out": "no", "send_out": "no"}
    context = {"values": values | request.POST.dict(), "refused": refused, "whose": whose, "town_id": town}
    return done or page(request, "policy/asset_new.html", FORM | context)


def asset(request: HttpRequest, asset_id: UUID) -> HttpResponse:
    """一つの情報資産: how it is handled and what has been done to its line. A POST changes, confirms or retires."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row: Asset = request.loaded.row  # type: ignore[attr-defined]
    if row.table:
        return redirect("policy-asset-own", municipality_id=row.municipality_id, kind=row.table)

    def deed() -> HttpResponse:
        _write(request, actor, row)
        return back("policy-asset", asset_id=row.pk)

    done, refused = tried(request, deed, row)
    entries = entries_of(asset=row)
    context = {
        "row": row, "line": line_of(row, actor.today), "may_edit": offers(actor, "asset:edit", row), "refused": refused,
        "entries": entries, "seen": newest_of(entries), "verb": request.POST.get("verb", ""),
        "text": typed(request, refused, "retire").get("text", ""),
        "values": stands(row, verbs.FIELDS) | typed(request, refused, "change"),
    }  # fmt: skip
    return done or page(request, "policy/asset.html", FORM | context)


def _write(request: HttpRequest, actor: Actor, row: Asset) -> None:
    sent = request.POST.dict()
    chosen(request, {
        "change": lambda: verbs.change(actor=actor, asset=row, sent=sent),
        "confirm": lambda: verbs.confirm(actor=actor, asset=row, seen=sent.get("seen", "")),
        "retire": lambda: verbs.retire(actor=actor, asset=row, text=sent.get("text", "")),
    })  # fmt: skip


def asset_own(request: HttpRequest, municipality_id: UUID, kind: str) -> HttpResponse:
    """minamo の中の情報: what the code says of it, and what the board decides. A POST decides and confirms."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    town: Municipality = request.loaded.row  # type: ignore[attr-defined]
    own = own_data().get(kind)
    if own is None:
        raise Http404

    def deed() -> HttpResponse:
        verbs.complete_own(actor=actor, town=town, kind=kind, sent=request.POST.dict())
        return back("policy-asset-own", municipality_id=municipality_id, kind=kind)

    done, refused = tried(request, deed)
    row = own_asset(municipality_id, kind)
    before = stands(row, verbs.DECIDED) if row else {
        "confidentiality": "3" if own.grade in {"I", "II"} else "2", "integrity": "3", "availability": "2",
        "owner": "校長", "take_out": "ask" if own.exported else "no", "send_out": "no",
    }  # fmt: skip
    entries = entries_of(asset=row) if row else []
    context = {
        "town": town, "own": own, "row": row, "line": own_line(own, row, actor.today), "refused": refused,
        "values": before | typed(request, refused), "may_edit": offers(actor, "asset:refresh", town),
        "entries": entries, "seen": newest_of(entries),
    }  # fmt: skip
    return done or page(request, "policy/asset_own.html", FORM | context)
