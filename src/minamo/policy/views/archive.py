"""過去の版の画面: the list, and each edition as it was; for the staff and for anybody."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from minamo.access.api import Actor
from minamo.policy.models import Issue
from minamo.policy.printing import policy_pdf
from minamo.policy.queries.archive import (
    Shelved,
    difference_made,
    editions_of,
    public_difference,
    public_editions,
)
from minamo.policy.queries.texts import document, limits_in_words, public_policy, public_text, text_in
from minamo.policy.rules.closings import closings
from minamo.policy.rules.text import Text
from minamo.policy.views.tabs import tabs


def editions(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """過去の版: all editions of the municipality, each with its time and what it changed."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    context = {
        "town": request.loaded.row, "editions": editions_of(municipality_id),  # type: ignore[attr-defined]
        "tabs": tabs(actor, municipality_id, "editions"),
    }  # fmt: skip
    return render(request, "policy/editions.html", context)


def edition(request: HttpRequest, municipality_id: UUID, edition: int) -> HttpResponse:
    """一つの版 as it was: its clauses, its numbers, and the difference it made."""
    row = get_object_or_404(Issue, municipality=municipality_id, number=edition)
    shelf = editions_of(municipality_id)
    context = {
        "town": request.loaded.row, "digest": row.edition_digest, "overlay": row.overlay, "closings": closings(row.overlay),  # type: ignore[attr-defined]
        "difference": difference_made(row), **_shown(text_in(row), shelf),
    }  # fmt: skip
    return render(request, "policy/edition.html", context)


def public_edition(request: HttpRequest, code: str, edition: int) -> HttpResponse:
    """The same for anybody."""
    found = _found(code, edition)
    context = {
        "code": code, "policy": found, "digest": found["digest"], "difference": public_difference(found),
        **_shown(public_text(found), public_editions(found)),
    }  # fmt: skip
    return render(request, "policy/public_edition.html", context)


def public_edition_pdf(request: HttpRequest, code: str, edition: int) -> HttpResponse:
    """The edition as a document; a former one says so on its first page."""
    found = _found(code, edition)
    shown = _shown(public_text(found), public_editions(found))
    content = policy_pdf(found, shown["document"], shown["limits"], shown["shelved"])
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="policy-{code}-{edition}.pdf"'
    return response


def _found(code: str, number: int) -> dict[str, Any]:
    found = public_policy(code, number) if number < 2**31 else None
    if found is None:
        raise Http404
    return found


def _shown(text: Text, shelf: list[Shelved]) -> dict[str, Any]:
    return {
        "shelved": next(one for one in shelf if one.number == text.number), "shelf_of": shelf,
        "now": next((one for one in shelf if one.in_force), None),
        "document": document(text), "limits": limits_in_words(text.limits),
    }  # fmt: skip
