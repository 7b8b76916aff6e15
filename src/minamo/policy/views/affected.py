"""影響を受けた人の画面: whom a count has found, by name, with Excel and CSV."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from minamo.access.api import Actor
from minamo.kernel.tables import Cell, Sheet, write_csv, write_xlsx
from minamo.policy.actions.affected import taken_out
from minamo.policy.models import Incident, IncidentEntry
from minamo.policy.queries.affected import AffectedList, affected_people
from minamo.policy.queries.incidents import incident_of
from minamo.policy.views.files import download
from minamo.policy.views.tabs import tabs

SHOWN, WORDS = 500, 80
HEADER = ("氏名", "ふりがな", "学校", "学級", "出席番号", "どう見えたか", "学籍を離れた日")
WIDTHS = (18, 20, 18, 14, 8, 18, 14)


def affected(request: HttpRequest, incident_id: UUID, entry_id: UUID) -> HttpResponse:
    """だれが影響を受けたか, of one count; searched by name, kana, school and class."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    entry = _entry(request, entry_id)
    words, only = _wanted(request)
    found = affected_people(actor, entry, words, only_opened=only)
    asked = {"q": words, "opened": "1" if only else ""}
    context: dict[str, Any] = {
        "row": entry.incident, "entry": entry, "found": found, "shown": found.people[:SHOWN], "words": words, "only": only,
        "query": urlencode({name: value for name, value in asked.items() if value}), "kind": incident_of(actor, entry.incident).kind_label,
        "board": entry.incident.municipality_id in actor.uuids["boards"], "tabs": tabs(actor, entry.incident.municipality_id, "incidents"),
    }  # fmt: skip
    return render(request, "policy/affected.html", context)


def affected_book(request: HttpRequest, incident_id: UUID, entry_id: UUID) -> HttpResponse:
    """Excelの一覧, as filtered."""
    rows = _rows(_taken(request, entry_id, "xlsx"))
    return download(write_xlsx([Sheet("影響を受けた人", HEADER, rows, WIDTHS)]), "影響を受けた人.xlsx")


def affected_csv(request: HttpRequest, incident_id: UUID, entry_id: UUID) -> HttpResponse:
    """CSVの一覧 (UTF-8), as filtered."""
    rows = _rows(_taken(request, entry_id, "csv"))
    return download(write_csv(rows, HEADER).content, "影響を受けた人.csv", "text/csv; charset=utf-8")


def _taken(request: HttpRequest, entry_id: UUID, form: str) -> AffectedList:
    words, only = _wanted(request)
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return taken_out(actor=actor, entry=_entry(request, entry_id), form=form, words=words, only_opened=only)


def _entry(request: HttpRequest, entry_id: UUID) -> IncidentEntry:
    """The count, of this incident and no other. Raises Http404."""
    row: Incident = request.loaded.row  # type: ignore[attr-defined]
    entry = row.entries.filter(pk=entry_id, kind=IncidentEntry.Kind.AFFECTED).first()
    if entry is None:
        raise Http404
    entry.incident = row
    return entry


def _wanted(request: HttpRequest) -> tuple[str, bool]:
    return request.GET.get("q", "").strip()[:WORDS], request.GET.get("opened") == "1"


def _rows(found: AffectedList) -> list[tuple[Cell, ...]]:
    """The lines of a file; what it does not name is said in its last line."""
    rows: list[tuple[Cell, ...]] = [
        (one.card.display_name, one.card.kana, one.card.school_name, one.card.homeroom_title, one.card.number, one.how, one.card.left_on)
        for one in found.people
    ]  # fmt: skip
    unnamed = found.elsewhere + found.gone
    return [*rows, (f"（ほかに、名前を出せない人が{unnamed}人います）", *[None] * 6)] if unnamed else rows
