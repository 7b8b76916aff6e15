"""採点済みの答案の画面: marked sheets of a class for the teacher, pictures and PDFs of single papers."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor, as_resource, offers, question_about
from minamo.kernel import files
from minamo.marking.actions.giving import GONE, ask_book
from minamo.marking.check_rules import in_class_order
from minamo.marking.models import MarkedBook, PaperSheet, Result, ResultPaper
from minamo.marking.queries.giving import Drawing, book_of, drawing_of, released_until, sheet_of_paper, sheets_of
from minamo.marking.queries.keeping import kept_of
from minamo.marking.queries.results import home_paper
from minamo.marking.stamps import counted
from minamo.marking.views.files import download

PDF = "application/pdf"


def marked(request: HttpRequest, result_id: UUID) -> HttpResponse:
    """採点済みPDF: how far it is (asked again every second while it is drawn); POST makes it anew."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row: Result = request.loaded.row  # type: ignore[attr-defined]
    if request.method == "POST":
        ask_book(actor=actor, result=row)
        return redirect("marking-marked", result_id=row.pk)
    drawing = drawing_of(row)
    if drawing is None:
        raise Http404
    book = book_of(row)
    context = {
        "row": row, **_state(drawing, book), "lines": _lines(drawing, sheets_of(row)), "pages": drawing.pages,
        "away": [one.called for one in drawing.away],
        "backless": [f"{paper.paper.number or '—'}番 {paper.name}" for paper in drawing.papers if paper.backless],
    }  # fmt: skip
    if request.headers.get("HX-Request"):
        return render(request, "marking/_marked.html", context)
    return render(
        request,
        "marking/back_marked.html",
        context
        | {
            "kept": kept_of(row.settlement.sitting, released_until(row)),
            "asks": offers(actor, "explanation:read", question_about(as_resource(row))),
        },
    )


def _state(drawing: Drawing, book: MarkedBook | None) -> dict[str, Any]:
    """`fresh`: the book shows the points as they are now; `running`: it is being drawn."""
    fresh = book is not None and book.drawn == drawing.key
    return {
        "book": book, "fresh": fresh, "ready": bool(fresh and book and book.content),
        "running": bool(fresh and book and not book.content and not book.refusal),
        "gone": bool(book and book.refusal == GONE), "title": drawing.assessment.title,
    }  # fmt: skip


def _lines(drawing: Drawing, there: dict[UUID, PaperSheet]) -> list[dict[str, Any]]:
    """一人ずつ, in class order; who was absent has a line as well."""
    lines: list[dict[str, Any]] = [{"away": True, "number": one.number, "name": one.name} for one in drawing.away]
    for paper in drawing.papers:
        sheet = there.get(paper.paper.pk)
        whole = all(points is not None for points in paper.points.values())
        lines.append({
            "away": False, "number": paper.paper.number, "paper": paper.paper, "name": paper.name, "ready": sheet is not None and sheet.drawn == paper.key and bool(sheet.pdf),
            "total": sum(points or 0 for points in paper.points.values()) if whole else None,
            "waiting": sum(points is None for points in paper.points.values()), "said": counted(paper.comments.values()), "backless": paper.backless,
        })  # fmt: skip
    return sorted(lines, key=lambda line: in_class_order(line["number"]))


def marked_file(request: HttpRequest, result_id: UUID) -> HttpResponse:
    """学級分のPDF; back to the page while it is not ready or no longer shows the points as they are."""
    row: Result = request.loaded.row  # type: ignore[attr-defined]
    drawing, book = drawing_of(row), book_of(row)
    if drawing is None or book is None or book.drawn != drawing.key or not book.content:
        return redirect("marking-marked", result_id=row.pk)
    return download(files.read(book.content), PDF, f"{row.school_class.title}_{row.title}_採点済み.pdf")


def marked_paper(request: HttpRequest, result_id: UUID, paper_id: UUID) -> HttpResponse:
    """一人分のPDF for the teacher."""
    sheet = _sheet(result_id, paper_id)
    if not sheet.pdf:
        return redirect("marking-marked", result_id=result_id)
    number = sheet.paper.number or "—"
    return download(files.read(sheet.pdf), PDF, f"{number}番_{sheet.paper.result.title}_採点済み.pdf", inline=True)


def picture(request: HttpRequest, result_id: UUID, paper_id: UUID) -> HttpResponse:
    """答案の画像 for the teacher."""
    return _jpeg(_sheet(result_id, paper_id))


def _sheet(result_id: UUID, paper_id: UUID) -> PaperSheet:
    """A paper of this result only."""
    found = PaperSheet.objects.select_related("paper__result").filter(paper=paper_id, paper__result=result_id).first()
    if found is None:
        raise Http404
    return found


def home_picture(request: HttpRequest, paper_id: UUID) -> HttpResponse:
    """答案の画像 for the family, from the release on."""
    return _jpeg(_home_sheet(request))


def home_pdf(request: HttpRequest, paper_id: UUID) -> HttpResponse:
    """採点済みPDF for the family, from the release on."""
    sheet = _home_sheet(request)
    if not sheet.pdf:
        raise Http404
    row: ResultPaper = request.loaded.row  # type: ignore[attr-defined]
    return download(files.read(sheet.pdf), PDF, f"{row.result.title}_採点済み.pdf", inline=True)


def _home_sheet(request: HttpRequest) -> PaperSheet:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row: ResultPaper = request.loaded.row  # type: ignore[attr-defined]
    sheet = sheet_of_paper(row) if home_paper(actor, row.pk) is not None else None
    if sheet is None:
        raise Http404
    return sheet


def _jpeg(sheet: PaperSheet) -> HttpResponse:
    if not sheet.picture:
        raise Http404
    return HttpResponse(files.read(sheet.picture), content_type="image/jpeg")
