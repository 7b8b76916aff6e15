"""規程を読む画面: for the staff of a municipality, and the public page."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from minamo.access.api import Actor, offers, policies
from minamo.policy.anchors import anchors, proved
from minamo.policy.evidence import Asked, evidence_of
from minamo.policy.links import links_of
from minamo.policy.models import Issue
from minamo.policy.printing import policy_pdf
from minamo.policy.queries.acknowledged import mine
from minamo.policy.queries.archive import public_editions
from minamo.policy.queries.texts import document, issue_in_force, limits_in_words, limits_of, public_policy, text_below
from minamo.policy.rules.layers import filled, order
from minamo.policy.views.tabs import tabs


def text(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """いまの規程; before anything is in force the model policy."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    issue = issue_in_force(municipality_id)
    clauses, own = (issue.clauses, issue.limits) if issue else text_below(None)
    limits = limits_of(own)
    context: dict[str, Any] = {
        "town": request.loaded.row, "issue": issue, "document": document(clauses, limits),  # type: ignore[attr-defined]
        "limits": limits_in_words(limits), "tabs": tabs(actor, municipality_id, "text"),
        "unread": mine(actor, issue) if issue else [], "rule_count": len(policies().rules),
    }  # fmt: skip
    return render(request, "policy/text.html", context)


def clause(request: HttpRequest, municipality_id: UUID, number: str) -> HttpResponse:
    """条文: its rules, what it goes through, tests, evidence and how it read before."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    issue = issue_in_force(municipality_id)
    clauses, own = (issue.clauses, issue.limits) if issue else text_below(None)
    if number not in clauses:
        raise Http404
    numbers = sorted(clauses, key=order)
    place = numbers.index(number)
    links = links_of(number)
    name = _evidence_name(number)
    context: dict[str, Any] = {
        "town": request.loaded.row, "number": number, "clause": clauses[number], "links": links,  # type: ignore[attr-defined]
        "text": filled(str(clauses[number]["text"]), limits_of(own)),
        "evidence": evidence_of(Asked(municipality_id, number, actor.today, actor.now), name),
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


def _evidence_name(number: str) -> str:
    from minamo.policy.clauses import model

    known = model().clauses.get(number)
    return known.evidence if known else ""


def _history(municipality: UUID, number: str) -> list[tuple[Issue, str]]:
    """Issues in which the clause changed, newest first, with its text then."""
    rows = Issue.objects.filter(municipality=municipality, changed__contains=[number], activated_at__isnull=False)
    return [
        (row, filled(str(row.clauses.get(number, {}).get("text", "（なくなりました）")), limits_of(row.limits)))
        for row in rows.order_by("-number")[:20]
    ]


def public(request: HttpRequest, code: str) -> HttpResponse:
    """公開する規程, for anybody, without a sign-in."""
    found = public_policy(code)
    if found is None:
        raise Http404
    context = {"code": code, "editions": public_editions(found), **_of_public(found)}
    return render(request, "policy/public.html", context)


def public_pdf(request: HttpRequest, code: str) -> HttpResponse:
    """The same as a PDF."""
    found = public_policy(code)
    if found is None:
        raise Http404
    shown = _of_public(found)
    response = HttpResponse(policy_pdf(found, shown["document"], shown["limits"]), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="policy-{code}-{found["number"]}.pdf"'
    return response


def _of_public(found: dict[str, Any]) -> dict[str, Any]:
    limits = limits_of(found["limits"])
    return {"policy": found, "document": document(found["clauses"], limits), "limits": limits_in_words(limits)}
