"""外部サービスと委託先の画面: the list with Excel and PDF, a new line, one line with its history."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from minamo.access.api import Actor, Loaded, as_resource, offers
from minamo.policy.actions import services as verbs
from minamo.policy.models import OutsideService
from minamo.policy.printing_registers import service_rows, services_book, services_pdf
from minamo.policy.queries.assets import entries_of
from minamo.policy.queries.services import ServiceFilter, ServiceLine, services_of
from minamo.policy.rules.services import MARKS
from minamo.policy.views.files import download, inline_pdf
from minamo.policy.views.frame import back, chosen, newest_of, page, stands, tried, typed
from minamo.policy.views.tabs import tabs
from minamo.tenancy.api import Municipality

FORM: dict[str, Any] = {
    "fields": {name: OutsideService._meta.get_field(name) for name in verbs.FIELDS},
    "marks": MARKS,
}
START = dict.fromkeys((*MARKS, "subcontracting"), "unknown")


def loaded_service(request: HttpRequest, **kwargs: Any) -> Loaded:
    """Loader: a line of the register; to the policy it is its municipality's."""
    row = OutsideService.objects.select_related("municipality").filter(pk=kwargs["service_id"]).first()
    if row is None:
        raise Http404
    return Loaded(row, as_resource(row.municipality))


def service_list(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """使ってよいサービスと委託先."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    town: Municipality = request.loaded.row  # type: ignore[attr-defined]
    wanted = ServiceFilter.of(request.GET.dict())
    lines, used, due = services_of(actor, municipality_id, wanted)
    context = {
        "town": town, "lines": lines, "used": used, "due": due, "wanted": wanted, "kinds": OutsideService.Kind.choices,
        "may_edit": offers(actor, "outside:edit", town), "tabs": tabs(actor, municipality_id, "services"),
    }  # fmt: skip
    return render(request, "policy/services.html", context)


def service_book(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """台帳のExcel, as filtered."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    lines, _, _ = services_of(actor, municipality_id, ServiceFilter.of(request.GET.dict()))
    return download(services_book(service_rows(lines)), f"{request.loaded.row.name}_外部サービス台帳.xlsx")  # type: ignore[attr-defined]


def service_print(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """台帳のPDF, as filtered."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    lines, _, _ = services_of(actor, municipality_id, ServiceFilter.of(request.GET.dict()))
    return inline_pdf(services_pdf(service_rows(lines), request.loaded.row.name, actor.today), "services.pdf")  # type: ignore[attr-defined]


def service_new(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """台帳に載せる."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    town: Municipality = request.loaded.row  # type: ignore[attr-defined]

    def deed() -> HttpResponse:
        row = verbs.add(actor=actor, town=town, sent=request.POST.dict())
        return back("policy-service", service_id=row.pk)

    done, refused = tried(request, deed)
    context = {"town": town, "values": START | request.POST.dict(), "refused": refused}
    return done or page(request, "policy/service_new.html", FORM | context)


def service(request: HttpRequest, service_id: UUID) -> HttpResponse:
    """一つのサービス; a POST changes, checks or ends."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row: OutsideService = request.loaded.row  # type: ignore[attr-defined]

    def deed() -> HttpResponse:
        _write(request, actor, row)
        return back("policy-service", service_id=row.pk)

    done, refused = tried(request, deed, row)
    entries = entries_of(service=row)
    context = {
        "row": row, "line": ServiceLine(row, actor.today), "may_edit": offers(actor, "outside:edit", row.municipality),
        "entries": entries, "seen": newest_of(entries), "verb": request.POST.get("verb", ""), "refused": refused,
        "values": stands(row, verbs.FIELDS) | typed(request, refused, "change"),
        "typed": request.POST.get("text", ""), "why": request.POST.get("why", ""),
    }  # fmt: skip
    return done or page(request, "policy/service.html", FORM | context)


def _write(request: HttpRequest, actor: Actor, row: OutsideService) -> None:
    sent = request.POST.dict()
    chosen(request, {
        "change": lambda: verbs.change(actor=actor, service=row, sent=sent),
        "check": lambda: verbs.check(actor=actor, service=row, text=sent.get("text", "")),
        "end": lambda: verbs.end(actor=actor, service=row, text=sent.get("why", "")),
    })  # fmt: skip
