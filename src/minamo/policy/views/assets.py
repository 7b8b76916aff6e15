"""情報資産の台帳の画面: the list with Excel and PDF, a new line, one line with its history, minamo's own data."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from minamo.access.api import Actor, Loaded, may
from minamo.policy.actions import assets as verbs
from minamo.policy.actions.registers import RegisterRefused
from minamo.policy.models import Asset
from minamo.policy.printing_registers import asset_rows, assets_book, assets_pdf
from minamo.policy.queries.assets import AssetFilter, assets_of, entries_of, line_of, own_asset, own_line
from minamo.policy.queries.own_data import own_data
from minamo.policy.views.files import download, inline_pdf
from minamo.policy.views.tabs import tabs
from minamo.tenancy.api import Municipality, School, schools_of

LEVELS = ("confidentiality", "integrity", "availability")


def new_for_school(request: HttpRequest, **kwargs: Any) -> Loaded:
    """Loader: a line of a school that does not exist yet."""
    school = School.objects.select_related("municipality").filter(pk=kwargs["school_id"]).first()
    if school is None:
        raise Http404
    return Loaded(school, verbs.place_of(school.municipality_id, school.pk))


def new_for_board(request: HttpRequest, **kwargs: Any) -> Loaded:
    """Loader: a line of the board that does not exist yet."""
    town = Municipality.objects.filter(pk=kwargs["municipality_id"]).first()
    if town is None:
        raise Http404
    return Loaded(town, verbs.place_of(town.pk, None))


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
    refused: RegisterRefused | None = None
    if request.method == "POST":
        try:
            row = verbs.add(actor=actor, town=town, school=school, sent=request.POST.dict())
            return redirect("policy-asset", asset_id=row.pk)
        except RegisterRefused as problem:
            refused = problem
    values = {"confidentiality": "2", "integrity": "2", "availability": "2", "take_out": "no", "send_out": "no"}
    context = {"values": values | request.POST.dict(), "refused": refused, "whose": whose, "town_id": town}
    return _form(request, "policy/asset_new.html", context, town)


def asset(request: HttpRequest, asset_id: UUID) -> HttpResponse:
    """一つの情報資産: how it is handled and what has been done to its line. A POST changes, confirms or retires."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row: Asset = request.loaded.row  # type: ignore[attr-defined]
    if row.table:
        return redirect("policy-asset-own", municipality_id=row.municipality_id, kind=row.table)
    refused: RegisterRefused | None = None
    if request.method == "POST":
        try:
            _write(request, actor, row)
            return redirect("policy-asset", asset_id=row.pk)
        except RegisterRefused as problem:
            refused = problem
            row.refresh_from_db()
    stands = {name: str(getattr(row, name)) for name in verbs.FIELDS}
    context = {
        "row": row, "line": line_of(row, actor.today), "may_edit": may(actor, "asset:edit", row), "refused": refused,
        "entries": entries_of(asset=row), "verb": request.POST.get("verb", ""),
        "values": stands | (request.POST.dict() if refused and request.POST.get("verb") == "change" else {}),
    }  # fmt: skip
    return _form(request, "policy/asset.html", context, row.municipality_id)


def _write(request: HttpRequest, actor: Actor, row: Asset) -> None:
    match request.POST.get("verb", ""):
        case "change":
            verbs.change(actor=actor, asset=row, sent=request.POST.dict())
        case "confirm":
            verbs.confirm(actor=actor, asset=row)
        case "retire":
            verbs.retire(actor=actor, asset=row, text=request.POST.get("text", ""))
        case _:
            raise RegisterRefused("することを選んでください。")


def asset_own(request: HttpRequest, municipality_id: UUID, kind: str) -> HttpResponse:
    """minamo の中の情報: what the code says of it, and what the board decides. A POST decides and confirms."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    town: Municipality = request.loaded.row  # type: ignore[attr-defined]
    own = own_data().get(kind)
    if own is None:
        raise Http404
    refused: RegisterRefused | None = None
    if request.method == "POST":
        try:
            verbs.complete_own(actor=actor, town=town, kind=kind, sent=request.POST.dict())
            return redirect("policy-asset-own", municipality_id=municipality_id, kind=kind)
        except RegisterRefused as problem:
            refused = problem
    row = own_asset(municipality_id, kind)
    stands = {name: str(getattr(row, name)) for name in verbs.DECIDED} if row else {
        "confidentiality": "3" if own.grade in {"I", "II"} else "2", "integrity": "3", "availability": "2",
        "owner": "校長", "take_out": "ask" if own.exported else "no", "send_out": "no",
    }  # fmt: skip
    context = {
        "town": town, "own": own, "row": row, "line": own_line(own, row, actor.today), "refused": refused,
        "values": stands | (request.POST.dict() if refused else {}), "may_edit": may(actor, "asset:refresh", town),
        "entries": entries_of(asset=row) if row else [],
    }  # fmt: skip
    return _form(request, "policy/asset_own.html", context, municipality_id)


def _form(request: HttpRequest, template: str, context: dict[str, Any], town: UUID) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    fields = {name: Asset._meta.get_field(name) for name in verbs.FIELDS}
    context |= {
        "fields": fields, "levels": LEVELS, "tabs": tabs(actor, town, "assets"), "town_id": town, "today": actor.today,
        "longest": {name: getattr(field, "max_length", None) for name, field in fields.items()},
    }  # fmt: skip
    return render(request, template, context, status=422 if context.get("refused") else 200)
