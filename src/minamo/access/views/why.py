"""なぜ見える／なぜ見えない: the page."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from minamo.access.actor import Actor
from minamo.access.enforce import as_resource, authorise
from minamo.access.reach import offers
from minamo.access.resources import Resource
from minamo.access.views.signin import actor_of
from minamo.access.why import (
    MOST,
    Answer,
    answers,
    kinds,
    neighbours,
    people_called,
    people_here,
    question_about,
    record_of,
)
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
    found = [actor] if not (words or chosen) else _others(actor, words, chosen, resource)
    who = found[0] if len(found) == 1 else None
    given = list(answers(who, resource, request.GET.get("action", ""))) if who else []
    context: dict[str, Any] = {
        "kind": kinds()[kind], "who": who, "login": words, "about_me": not (words or chosen), "asked": {"login": words} if words else {"person": chosen}, "answers": given, "found": found,
        "name": _name(actor, who, words, any(answer.allowed for answer in given)), "too_many": len(found) > MOST,
        "may_ask": offers(actor, "explanation:read", question_about(resource)), "here": request.get_full_path(),
        "tried": request.GET.get("action", ""), "record": kind, "neighbours": neighbours(resource) if _reads(actor, resource, words or chosen, given) else [],
    }  # fmt: skip
    return render(request, "access/why.html", context)


def _reads(actor: Actor, resource: Resource, other: object, given: list[Answer]) -> bool:
    """Whether the person who asks may do anything with the record: only then may be told what it belongs to."""
    return any(answer.allowed for answer in (answers(actor, resource) if other else given))


def _others(actor: Actor, words: str, chosen: UUID | None, resource: Resource) -> list[Actor]:
    """Whom the question is about. A number stands for one of the staff that was offered."""
    authorise(actor, "explanation:read", question_about(resource))
    if chosen is None:
        return people_called(actor, words, resource)
    return [found for found in people_here(actor, [chosen], resource) if found.kind == "staff"]


def _name(actor: Actor, who: Actor | None, words: str, reaches: bool) -> str:
    """Families are named only where the record is theirs: otherwise the login ID that was typed stands for them."""
    if who is None:
        return words
    return who.label if who.kind == "staff" or who is actor or reaches else words
