"""なぜ見える／なぜ見えない: the page."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from minamo.access.actor import Actor
from minamo.access.enforce import as_resource, authorise
from minamo.access.ports import trail
from minamo.access.reach import offers
from minamo.access.resources import Resource
from minamo.access.views.signin import actor_of
from minamo.access.whom import MOST, Whom, people_called, person_chosen
from minamo.access.why import Answer, answers, kinds, neighbours, question_about, record_of
from minamo.kernel.ids import id_of

WORDS = 60


def why(request: HttpRequest, kind: str, key: UUID) -> HttpResponse:
    """About oneself, or (head and board) about somebody named by name or login ID."""
    actor = actor_of(request)
    row = record_of(kind, key)
    if row is None:
        raise Http404
    resource = as_resource(row)
    words, chosen = request.GET.get("login", "").strip()[:WORDS], id_of(request.GET.get("person", ""))
    found = [Whom(actor, known=True)] if not (words or chosen) else _others(actor, words, chosen, resource)
    one = found[0] if len(found) == 1 else None
    given = list(answers(one.actor, resource, request.GET.get("action", ""), one.elsewhen())) if one else []
    context: dict[str, Any] = {
        "kind": kinds()[kind], "who": one.actor if one else None, "terms": one.terms if one else (), "login": words, "about_me": not (words or chosen), "asked": {"login": words} if words else {"person": chosen}, "answers": given, "found": found,
        "name": _name(one, words, any(answer.allowed for answer in given)), "too_many": len(found) > MOST,
        "may_ask": offers(actor, "explanation:read", question_about(resource)), "here": request.get_full_path(),
        "tried": request.GET.get("action", ""), "record": kind, "neighbours": neighbours(resource) if _reads(actor, resource, words or chosen, given) else [],
    }  # fmt: skip
    return render(request, "access/why.html", context)


def _reads(actor: Actor, resource: Resource, other: object, given: list[Answer]) -> bool:
    """Whether the person who asks may do anything with the record: only then may be told what it belongs to."""
    return any(answer.allowed for answer in (answers(actor, resource) if other else given))


def _others(actor: Actor, words: str, chosen: UUID | None, resource: Resource) -> list[Whom]:
    """Whom the question is about; that it was asked is a row in the trail, for it names people and says what they may see."""
    place = question_about(resource)
    decision = authorise(actor, "explanation:read", place)
    found = people_called(actor, words, resource) if chosen is None else person_chosen(actor, chosen, resource)
    trail()(
        actor=actor, action="explanation:read", resource_type=place.name, resource_id=place.id,
        municipality=id_of(place.values["municipality"]), school=id_of(place.values["school"]), rules=decision.rules,
        detail={"about": [str(one.actor.account_id) for one in found]},
    )  # fmt: skip
    return found


def _name(one: Whom | None, words: str, reaches: bool) -> str:
    """Who is not known to the one who asks is named only where the record is theirs: otherwise the login ID that was typed stands
    for them."""
    return words if one is None or not (one.known or reaches) else one.actor.label
