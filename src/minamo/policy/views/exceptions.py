"""例外の画面: the register, asking for one (per school, or of the board), one with its history and what can be done."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from minamo.access.api import Actor, Loaded, may
from minamo.kernel.schoolyear import SchoolYear
from minamo.policy.actions import exceptions as verbs
from minamo.policy.actions.registers import RegisterRefused
from minamo.policy.models import ExceptionGrant
from minamo.policy.queries.assets import entries_of
from minamo.policy.queries.exceptions import (
    ExceptionCard,
    classes_of,
    clauses_kept_by_people,
    exceptions_of,
    people_of,
)
from minamo.policy.rules.exceptions import LONGEST
from minamo.policy.views.tabs import tabs
from minamo.tenancy.api import Municipality, School, schools_of


def new_for_school(request: HttpRequest, **kwargs: Any) -> Loaded:
    """Loader: an exception about a school that nobody has asked for yet."""
    school = School.objects.select_related("municipality").filter(pk=kwargs["school_id"]).first()
    if school is None:
        raise Http404
    return Loaded(school, verbs.place_of(request.actor, school.municipality_id, school.pk))  # type: ignore[attr-defined]


def new_for_board(request: HttpRequest, **kwargs: Any) -> Loaded:
    """Loader: an exception of the board that nobody has asked for yet."""
    town = Municipality.objects.filter(pk=kwargs["municipality_id"]).first()
    if town is None:
        raise Http404
    return Loaded(town, verbs.place_of(request.actor, town.pk, None))  # type: ignore[attr-defined]


def exception_list(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """例外の台帳: what waits, what holds, what is over."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    cards = exceptions_of(actor, municipality_id)
    context: dict[str, Any] = {
        "town": request.loaded.row, "open": [c for c in cards if not c.over], "over": [c for c in cards if c.over],  # type: ignore[attr-defined]
        "places": _places(actor, municipality_id), "tabs": tabs(actor, municipality_id, "exceptions"), "today": actor.today,
        "reads_all": bool(actor.ids("heads")) or str(municipality_id) in actor.ids("boards"),
    }  # fmt: skip
    return render(request, "policy/exceptions.html", context)


def _places(actor: Actor, municipality: UUID) -> list[tuple[str, str]]:
    """(label, URL) of what the person may ask for: the own schools' head, all schools and its own for the board."""
    of_board = str(municipality) in actor.ids("boards")
    schools = [s for s in schools_of(actor, on=actor.today) if s.municipality_id == municipality]
    mine = [s for s in schools if of_board or str(s.school_id) in actor.ids("heads")]
    places = [(s.short_name, reverse("policy-exception-school-new", kwargs={"school_id": s.school_id})) for s in mine]
    board = ("教育委員会", reverse("policy-exception-board-new", kwargs={"municipality_id": municipality}))
    return [*places, board] if of_board else places


def exception_school_new(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """学校についての例外を願い出る."""
    school: School = request.loaded.row  # type: ignore[attr-defined]
    return _new(request, school.municipality_id, school.pk, school.short_name)


def exception_board_new(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """教育委員会の、人が守る条文の例外を願い出る."""
    return _new(request, municipality_id, None, "教育委員会")


def _new(request: HttpRequest, town: UUID, school: UUID | None, whose: str) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    refused: RegisterRefused | None = None
    if request.method == "POST":
        try:
            row = verbs.request(actor=actor, town=town, school=school, sent=request.POST.dict())
            return redirect("policy-exception", exception_id=row.pk)
        except RegisterRefused as problem:
            refused = problem
    fields = {name: ExceptionGrant._meta.get_field(name) for name in ("scope", *verbs.TYPED)}
    context = {
        "values": {"begins": actor.today.isoformat()} | request.POST.dict(), "refused": refused, "whose": whose,
        "town_id": town, "school": school, "fields": fields, "latest": actor.today + LONGEST, "today": actor.today,
        "templates": ExceptionGrant.Template.choices if school else [], "people": people_of(actor, town, first=school),
        "classes": classes_of(school, SchoolYear.of(actor.today).year) if school else [],
        "clauses": clauses_kept_by_people(),
    }  # fmt: skip
    return render(request, "policy/exception_new.html", context, status=422 if refused else 200)


def exception(request: HttpRequest, exception_id: UUID) -> HttpResponse:
    """一つの例外: what, for whom, until when, why, what instead, and its history."""
    return _page(request, request.loaded.row, None)  # type: ignore[attr-defined]


def _page(request: HttpRequest, row: ExceptionGrant, refused: RegisterRefused | None) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    card = ExceptionCard(row, actor.today)
    context = {
        "row": row, "card": card, "refused": refused, "mine": row.person_id == actor.account_id,
        "may_grant": card.waits and may(actor, "exception:grant", row), "typed": request.POST.get("text", ""),
        "may_revoke": not card.over and may(actor, "exception:revoke", row), "entries": entries_of(grant=row),
        "own": actor.account_id in {row.requester_id, row.person_id},
    }  # fmt: skip
    return render(request, "policy/exception.html", context, status=422 if refused else 200)


def decision(request: HttpRequest, exception_id: UUID) -> HttpResponse:
    """認める・認めない."""
    verb = {"grant": verbs.grant, "refuse": verbs.refuse}.get(request.POST.get("verb", ""))
    return _done(request, verb, "text")


def revocation(request: HttpRequest, exception_id: UUID) -> HttpResponse:
    """取り消す."""
    return _done(request, verbs.revoke, "why")


def _done(request: HttpRequest, verb: Any, word: str) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row: ExceptionGrant = request.loaded.row  # type: ignore[attr-defined]
    try:
        if verb is None:
            raise RegisterRefused("「認める」か「認めない」を選んでください。")
        verb(actor=actor, row=row, text=request.POST.get(word, ""))
    except RegisterRefused as problem:
        row.refresh_from_db()
        return _page(request, row, problem)
    return redirect("policy-exception", exception_id=row.pk)
