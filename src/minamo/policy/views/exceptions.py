"""例外の画面: the register, asking for one (per school, or of the board), one with its history and what can be done."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from minamo.access.api import Actor, offers
from minamo.kernel.schoolyear import SchoolYear
from minamo.policy.actions import exceptions as verbs
from minamo.policy.models import ExceptionGrant
from minamo.policy.queries.assets import entries_of
from minamo.policy.queries.exceptions import (
    ExceptionCard,
    classes_of,
    clauses_kept_by_people,
    exceptions_of,
    people_of,
)
from minamo.policy.refusals import Refused
from minamo.policy.rules.exceptions import LONGEST
from minamo.policy.views.frame import back, chosen, new_line, page, tried
from minamo.policy.views.tabs import tabs
from minamo.tenancy.api import School, schools_of

new = new_line(verbs.place_of)


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

    def deed() -> HttpResponse:
        row = verbs.request(actor=actor, town=town, school=school, sent=request.POST.dict())
        return back("policy-exception", exception_id=row.pk)

    done, refused = tried(request, deed)
    fields = {name: ExceptionGrant._meta.get_field(name) for name in ("scope", *verbs.TYPED)}
    context = {
        "values": {"begins": actor.today.isoformat()} | request.POST.dict(), "refused": refused, "whose": whose,
        "town_id": town, "school": school, "fields": fields, "latest": actor.today + LONGEST, "today": actor.today,
        "templates": ExceptionGrant.Template.choices if school else [], "people": people_of(actor, town, first=school),
        "classes": classes_of(school, SchoolYear.of(actor.today).year) if school else [],
        "clauses": clauses_kept_by_people(),
    }  # fmt: skip
    return done or page(request, "policy/exception_new.html", context)


def exception(request: HttpRequest, exception_id: UUID) -> HttpResponse:
    """一つの例外: what, for whom, until when, why, what instead, and its history."""
    return _page(request, request.loaded.row, None)  # type: ignore[attr-defined]


def _page(request: HttpRequest, row: ExceptionGrant, refused: Refused | None) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    card = ExceptionCard(row, actor.today)
    context = {
        "row": row, "card": card, "refused": refused, "mine": row.person_id == actor.account_id,
        "may_grant": card.waits and offers(actor, "exception:grant", row), "typed": request.POST.get("text", ""),
        "may_revoke": not card.over and offers(actor, "exception:revoke", row), "entries": entries_of(grant=row),
        "own": actor.account_id in {row.requester_id, row.person_id},
    }  # fmt: skip
    return page(request, "policy/exception.html", context)


def decision(request: HttpRequest, exception_id: UUID) -> HttpResponse:
    """認める・認めない."""
    return _done(request, {"grant": verbs.grant, "refuse": verbs.refuse}, "text")


def revocation(request: HttpRequest, exception_id: UUID) -> HttpResponse:
    """取り消す."""
    return _done(request, {"": verbs.revoke}, "why")


def _done(request: HttpRequest, known: Mapping[str, Callable[..., object]], word: str) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row: ExceptionGrant = request.loaded.row  # type: ignore[attr-defined]
    about = {"actor": actor, "row": row, "text": request.POST.get(word, "")}

    def deed() -> HttpResponse:
        chosen(request, {name: partial(verb, **about) for name, verb in known.items()})
        return back("policy-exception", exception_id=row.pk)

    done, refused = tried(request, deed, row)
    return done or _page(request, row, refused)
