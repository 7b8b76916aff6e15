"""家庭の画面: a paper that came home, and asking for a review. Phone first, without JavaScript."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor
from minamo.design.jinja import url
from minamo.kernel.schoolyear import jst_date
from minamo.marking.actions.release import ReleaseRefused, ask_review
from minamo.marking.analysis.advice import advise
from minamo.marking.analysis.totals import total_of
from minamo.marking.analysis.values import Paper, Results
from minamo.marking.keeping import Released, refusal
from minamo.marking.models import ResultPaper
from minamo.marking.overlay import figures, window
from minamo.marking.queries.giving import sheet_of_paper
from minamo.marking.queries.results import answers_of, home_paper, items_of
from minamo.marking.reports.names import section_word
from minamo.marking.reports.sp_view import sign


def paper(request: HttpRequest, paper_id: UUID) -> HttpResponse:
    """返却された答案."""
    return _page(request, request.loaded.row)  # type: ignore[attr-defined]


def reviews(request: HttpRequest, paper_id: UUID) -> HttpResponse:
    """採点の見直しを頼む."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row: ResultPaper = request.loaded.row  # type: ignore[attr-defined]
    item, text = request.POST.get("item", ""), request.POST.get("text", "")
    try:
        ask_review(actor=actor, paper=row, item=item, text=text)
    except ReleaseRefused as refused:
        return _page(request, row, refused=refused, values={"item": item, "text": text})
    return redirect(f"{url('marking-paper', paper_id=row.pk)}?{urlencode({'asked': item})}")


def _page(
    request: HttpRequest,
    row: ResultPaper,
    *,
    refused: ReleaseRefused | None = None,
    values: dict[str, str] | None = None,
) -> HttpResponse:
    """Nothing of other children comes here: not their points and no figure of the class."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    home = home_paper(actor, row.pk)
    if home is None:
        raise Http404
    asked = answers_of(home.paper)
    state = Released(jst_date(home.release.released_at), home.release.review_until)
    context: dict[str, Any] = {
        "home": home, "result": home.paper.result, "refused": refused, "values": values or {"item": request.GET.get("item", ""), "text": ""},
        "asked": request.GET.get("asked"), "closed": refusal(state, actor.today, asked=False), **_content(home.paper, asked),
        **_sheet(home.paper),
    }  # fmt: skip
    return render(request, "marking/family_paper.html", context, status=422 if refused else 200)


def _content(row: ResultPaper, asked: dict[str, Any]) -> dict[str, Any]:
    items = items_of(row.result)
    if row.absent:
        return {"total": None, "lines": [], "open_items": [], "aspects": [], "sentences": ()}
    mine = Paper(str(row.pupil_id), tuple(row.points), tuple(row.texts))
    total = total_of(items, mine)
    lines = [
        {"item": item, "section": section_word(item.section), "points": points, "sign": sign(points or 0, item.full), "review": asked.get(item.id)}
        for item, points in zip(items, row.points, strict=True)
    ]  # fmt: skip
    return {
        "total": total, "lines": lines, "open_items": [(item.id, item.label) for item in items if item.id not in asked],
        "aspects": [(part.name, part.rate, None) for part in total.aspects],
        "sentences": advise(Results(items, (mine,)), mine).sentences,
    }  # fmt: skip


def _sheet(row: ResultPaper) -> dict[str, Any]:
    """答案の画像 with its marks, where the test was marked here; `gone` when it was removed by rule."""
    sheet = sheet_of_paper(row)
    if sheet is None or not sheet.picture:
        return {
            "sheet": None,
            "marks": (),
            "windows": {},
            "gone": sheet is not None,
            "drawing": sheet is None and row.page_id,
            "halved": False,
        }
    marks = figures(items_of(row.result), row.points, sheet.boxes, sheet.corners)
    size = (sheet.width, sheet.height)
    windows = {name: window(box, size) for name, box in sheet.boxes.items()}
    halved = any(item.id not in sheet.boxes for item in items_of(row.result))
    return {"sheet": sheet, "marks": marks, "windows": windows, "gone": False, "drawing": None, "halved": halved}
