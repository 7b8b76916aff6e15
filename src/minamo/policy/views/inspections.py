"""自己点検と監査の画面: rounds of a place, one round with figures and answers, its record as PDF."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from minamo.access.api import Actor
from minamo.kernel.schoolyear import SchoolYear
from minamo.policy.actions import inspections as verbs
from minamo.policy.models import Inspection, InspectionAnswer
from minamo.policy.printing_registers import inspection_pdf
from minamo.policy.queries.inspections import (
    InspectionPage,
    dues_at,
    inspection_page,
    known_years,
    rounds_of,
    schools_this_year,
)
from minamo.policy.queries.waiting import TO_DO
from minamo.policy.rules.inspections import Standing
from minamo.policy.views.files import inline_pdf
from minamo.policy.views.frame import page, tried, typed
from minamo.policy.views.tabs import tabs
from minamo.tenancy.api import School


def school_rounds(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """自校の自己点検."""
    return _rounds(request)


def town_rounds(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """管内の自己点検と監査."""
    return _rounds(request)


def school_round(request: HttpRequest, school_id: UUID, inspection_id: UUID) -> HttpResponse:
    """自校の点検の一回."""
    return _round(request, inspection_id)


def town_round(request: HttpRequest, municipality_id: UUID, inspection_id: UUID) -> HttpResponse:
    """管内の点検の一回."""
    return _round(request, inspection_id)


def school_record(request: HttpRequest, school_id: UUID, inspection_id: UUID) -> HttpResponse:
    """自校の点検の記録 (PDF)."""
    return _record(request, inspection_id)


def town_record(request: HttpRequest, municipality_id: UUID, inspection_id: UUID) -> HttpResponse:
    """管内の点検の記録 (PDF)."""
    return _record(request, inspection_id)


class Place:
    """Where a request is about: the school or the municipality the route loaded."""

    def __init__(self, request: HttpRequest) -> None:
        self.row: Any = request.loaded.row  # type: ignore[attr-defined]
        self.is_school = isinstance(self.row, School)
        self.town: UUID = self.row.municipality_id if self.is_school else self.row.pk
        self.school: UUID | None = self.row.pk if self.is_school else None
        self.name: str = self.row.short_name if self.is_school else self.row.name

    def url(self, name: str, **more: Any) -> str:
        """A page of the same place."""
        own = {"school_id": self.school} if self.is_school else {"municipality_id": self.town}
        return reverse(f"policy-{name}-{'school' if self.is_school else 'town'}", kwargs=own | more)


def _rounds(request: HttpRequest) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    place = Place(request)

    def deed() -> HttpResponse:
        kind, auditor = request.POST.get("kind", ""), request.POST.get("auditor", "")
        row = verbs.begin(actor=actor, place=place.row, kind=kind, auditor=auditor)
        return redirect(place.url("inspection", inspection_id=row.pk))

    done, refused = tried(request, deed)
    rows = rounds_of(place.town, place.school)
    context = {
        "place": place, "refused": refused, "year": SchoolYear.of(actor.today).year, "values": request.POST.dict(),
        "rounds": [(row, place.url("inspection", inspection_id=row.pk)) for row in rows],
        "missing": _missing(actor, place),
        "schools": [] if place.is_school else _schools(actor, place.town), "tabs": tabs(actor, place.town, "inspections"),
    }  # fmt: skip
    return done or page(request, "policy/inspections.html", context)


def _missing(actor: Actor, place: Place) -> list[tuple[str, str, bool]]:
    """What the place should have made: in words, what is to be done, whether a whole year has gone by without it."""
    dues = dues_at(known_years(), actor.today, place.town, place.school, place.name)
    return [(one.said, TO_DO[one.standing], one.standing is Standing.OVERDUE) for one in dues]


def _schools(actor: Actor, town: UUID) -> list[tuple[Any, Inspection | None, str]]:
    return [
        (card, row, reverse("policy-inspections-school", kwargs={"school_id": card.school_id}))
        for card, row in schools_this_year(actor, town)
    ]


def _found(place: Place, key: UUID) -> Inspection:
    row = Inspection.objects.filter(pk=key, municipality=place.town, school=place.school).first()
    if row is None:
        raise Http404
    return row


def _round(request: HttpRequest, key: UUID) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    place = Place(request)
    row = _found(place, key)

    def deed() -> HttpResponse:
        _write(request, actor, place, row)
        return redirect(f"{place.url('inspection', inspection_id=row.pk)}?{urlencode({'done': _chapter(request)})}")

    done, refused = tried(request, deed)
    shown, at = inspection_page(row), refused.at if refused else {}
    wrong = {c.number for c in shown.chapters for line in c.lines if f"v-{line.data['number']}" in at}
    context = {
        "place": place, "row": row, "page": shown, "next": _next(shown, request.GET.get("done", "")), "refused": refused, "back": place.url("inspections"),
        "record": place.url("inspection-record", inspection_id=row.pk), "verdicts": InspectionAnswer.Verdict.choices,
        "sent": typed(request, refused, request.POST.get("verb", "")), "wrong": wrong, "tabs": tabs(actor, place.town, "inspections"),
    }  # fmt: skip
    return done or page(request, "policy/inspection.html", context)


def _write(request: HttpRequest, actor: Actor, place: Place, row: Inspection) -> None:
    """Answers are kept whatever button was pressed."""
    verbs.answer(actor=actor, place=place.row, row=row, sent=request.POST.dict())
    match request.POST.get("verb", ""):
        case "figures":
            verbs.take_figures(actor=actor, place=place.row, row=row)
        case "withdraw":
            verbs.withdraw(actor=actor, place=place.row, row=row)
        case "finish":
            verbs.finish(actor=actor, place=place.row, row=row, summary=request.POST.get("summary", ""))


def _chapter(request: HttpRequest) -> str:
    """Of which chapter the button was pressed; other buttons stand for the whole."""
    verb = request.POST.get("verb", "")
    return verb if verb[1:].replace(".", "").isdigit() else "all"


def _next(shown: InspectionPage, done: str) -> str:
    """The chapter to go on with: the first with something left after the one just kept, or else of all."""
    numbers = [chapter.number for chapter in shown.chapters]
    after = numbers.index(done[1:]) + 1 if done[1:] in numbers else 0
    ordered = [*shown.chapters[after:], *shown.chapters[:after]]
    return next((chapter.number for chapter in ordered if chapter.left), "")


def _record(request: HttpRequest, key: UUID) -> HttpResponse:
    place = Place(request)
    row = _found(place, key)
    if row.finished_at is None:
        raise Http404
    return inline_pdf(inspection_pdf(inspection_page(row), place.name), "inspection.pdf")
