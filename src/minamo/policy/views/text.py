"""規程を読む画面: for the staff of a municipality, and the public page."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from minamo.access.api import Actor, offers, policies
from minamo.policy.anchors import anchors, proved
from minamo.policy.clauses import model
from minamo.policy.links import links_of
from minamo.policy.models import Issue
from minamo.policy.printing import policy_pdf
from minamo.policy.queries.acknowledged import mine
from minamo.policy.queries.archive import public_editions, shelved_in
from minamo.policy.queries.evidence import Asked, evidence_of
from minamo.policy.queries.texts import (
    document,
    issue_in_force,
    limits_in_words,
    model_text,
    public_policy,
    public_text,
    text_in,
)
from minamo.policy.queries.ways import address
from minamo.policy.rules.layers import order
from minamo.policy.views.tabs import tabs


def text(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """いまの規程; before anything is in force the model policy."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    issue = issue_in_force(municipality_id)
    now = text_in(issue) if issue else model_text()
    context: dict[str, Any] = {
        "town": request.loaded.row, "issue": issue, "document": document(now),  # type: ignore[attr-defined]
        "limits": limits_in_words(now.limits), "tabs": tabs(actor, municipality_id, "text"),
        "unread": mine(actor, issue) if issue else [], "rule_count": len(policies().rules),
    }  # fmt: skip
    return render(request, "policy/text.html", context)


def clause(request: HttpRequest, municipality_id: UUID, number: str) -> HttpResponse:
    """条文: its rules, what is proved of them, what it goes through, tests, evidence and how it read before."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    issue = issue_in_force(municipality_id)
    now = text_in(issue) if issue else model_text()
    if number not in now.clauses:
        raise Http404
    numbers = sorted(now.clauses, key=order)
    place = numbers.index(number)
    links, known = links_of(number), model().clauses.get(number)
    evidence = evidence_of(Asked(municipality_id, number, actor.today, actor.now), known.evidence if known else "")
    context: dict[str, Any] = {
        "town": request.loaded.row, "number": number, "clause": now.clauses[number], "links": links,  # type: ignore[attr-defined]
        "text": now.words[number][1], "notes": now.notes.get(number, ()),
        "evidence": evidence, "unmeasured": known.unmeasured if known else "",
        "ways": [(way.label, at) for way in (evidence.ways if evidence else ()) if (at := address(way, actor, municipality_id))],
        "before": numbers[place - 1] if place else "", "after": numbers[place + 1] if place + 1 < len(numbers) else "",
        "history": _history(municipality_id, number), "may_draft": offers(actor, "policy:draft", request.loaded.row),  # type: ignore[attr-defined]
    }  # fmt: skip
    return render(request, "policy/clause.html", context)


def zero_trust(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """ゼロトラストの対応表: what is asked for, who does it, and what shows it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    context = {
        "town": request.loaded.row, "anchors": anchors(), "proved": proved(), "rules": len(policies().rules),  # type: ignore[attr-defined]
        "tabs": tabs(actor, municipality_id, "zero-trust"),
    }  # fmt: skip
    return render(request, "policy/zero_trust.html", context)


def _history(municipality: UUID, number: str) -> list[tuple[Issue, str]]:
    """Issues in which the clause changed, newest first, with its text then."""
    rows = Issue.objects.filter(municipality=municipality, changed__contains=[number], activated_at__isnull=False)
    return [(row, text_in(row).said(number) or "（なくなりました）") for row in rows.order_by("-number")[:20]]


def public(request: HttpRequest, code: str) -> HttpResponse:
    """公開する規程, for anybody, without a sign-in."""
    found = public_policy(code)
    if found is None:
        raise Http404
    editions = public_editions(found)
    context = {"code": code, "editions": editions, "shelved": shelved_in(found, editions), **_of_public(found)}
    return render(request, "policy/public.html", context)


def public_pdf(request: HttpRequest, code: str) -> HttpResponse:
    """The same as a PDF."""
    found = public_policy(code)
    if found is None:
        raise Http404
    shown, shelved = _of_public(found), shelved_in(found, public_editions(found))
    response = HttpResponse(
        policy_pdf(found, shown["document"], shown["limits"], shelved), content_type="application/pdf"
    )
    response["Content-Disposition"] = f'inline; filename="policy-{code}-{found["number"]}.pdf"'
    return response


def _of_public(found: dict[str, Any]) -> dict[str, Any]:
    text = public_text(found)
    return {"policy": found, "document": document(text), "limits": limits_in_words(text.limits)}
