"""保護者一覧の画面: choose a file, name its columns, look, take in; and the tray of rows that wait for a person."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor
from minamo.interop.guardians import clean
from minamo.interop.guardians import columns as cols
from minamo.interop.guardians.flags import FLAGS
from minamo.interop.guardians.intake import Listing, note_check, open_list, preview, remember, take
from minamo.interop.guardians.report import Report
from minamo.interop.guardians.tray import decide
from minamo.interop.guardians.waiting import Sent, how_many_wait, waiting_rows
from minamo.interop.models import ImportRun
from minamo.kernel import clock, files, uploads
from minamo.kernel.tables import TableError, read_table
from minamo.tenancy.api import School


def guardians(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """The page of the list: choose (GET), then look and take in (POST)."""
    school: School = request.loaded.row  # type: ignore[attr-defined]
    if request.method == "GET":
        return _page(request, school)
    try:
        filename, content = _chosen(request)
    except uploads.UploadRefused as refused:
        return _page(request, school, problem=str(refused), status=422)
    choices = {request.POST.get(f"heading-{n}", ""): request.POST[f"field-{n}"] for n in _numbers(request)}
    remember(school.municipality_id, {heading: name for heading, name in choices.items() if name in cols.FIELDS})
    try:
        listing = open_list(filename, content)
    except TableError as error:
        return _page(request, school, Report(filename, problem=error.message_ja), status=422)
    if request.POST.get("step") == "take":
        return _taken(request, school, listing)
    report = preview(actor=_actor(request), school=school, listing=listing)
    note_check(actor=_actor(request), school=school, report=report)
    return _page(request, school, report, kept=files.keep(content), status=200 if report.accepted else 422)


def _taken(request: HttpRequest, school: School, listing: Listing) -> HttpResponse:
    report = take(actor=_actor(request), school=school, listing=listing)
    if not report.accepted:
        return _page(request, school, report, status=422)
    response = redirect("interop-guardians-tray", school_id=school.pk)
    response["Location"] += "?done=list"
    return response


def tray(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """確認待ちの行."""
    school: School = request.loaded.row  # type: ignore[attr-defined]
    context = {"school": school, "rows": waiting_rows(_actor(request), school), "done": request.GET.get("done", "")}
    return render(request, "interop/guardians_tray.html", context)


def decisions(request: HttpRequest, school_id: UUID, row_id: UUID) -> HttpResponse:
    """この内容で取り込む／取り込まない."""
    school: School = request.loaded.row  # type: ignore[attr-defined]
    typed = {name: request.POST[f"v-{name}"] for name in cols.FIELDS if f"v-{name}" in request.POST}
    values = {name: clean.visible(text).value for name, text in typed.items()}
    actor, confirmed, dismiss = _actor(request), request.POST.getlist("confirm"), "dismiss" in request.POST
    left = decide(
        actor=actor, school=school, row_id=row_id, values=values, confirmed=confirmed, dismiss=dismiss, now=clock.now()
    )  # fmt: skip
    if left is None:
        raise Http404
    if left:
        rows = waiting_rows(actor, school, Sent(row_id, values, confirmed, left))
        return render(request, "interop/guardians_tray.html", {"school": school, "rows": rows, "done": ""}, status=422)
    response = redirect("interop-guardians-tray", school_id=school.pk)
    response["Location"] += f"?done={'dismissed' if dismiss else 'applied'}"
    return response


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def _numbers(request: HttpRequest) -> list[str]:
    return [key.removeprefix("field-") for key in request.POST if key.startswith("field-")]


def _chosen(request: HttpRequest) -> tuple[str, bytes]:
    """The uploaded file, or the one kept from the step before. Raises UploadRefused."""
    upload = request.FILES.get("file")
    if upload is None and "kept" in request.POST:
        try:
            return uploads.shown_name(request.POST.get("filename", "list.csv")), files.read(request.POST["kept"])
        except (ValueError, OSError):
            raise uploads.UploadRefused("前の画面のファイルが見つかりません。もう一度選んでください。") from None
    sent = uploads.accept(upload, [uploads.EXCEL, uploads.CSV])
    return sent.name, sent.content


def _page(
    request: HttpRequest,
    school: School,
    report: Report | None = None,
    *,
    kept: str = "",
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    runs = ImportRun.objects.filter(kind="guardians", municipality=school.municipality_id)[:5]
    context: dict[str, Any] = {
        "school": school, "report": report, "kept": kept, "problem": problem, "runs": runs, "flags": FLAGS,
        "waiting": how_many_wait(school), "fields": [(name, label) for name, (label, _) in cols.FIELDS.items()],
        "sample": [], "header": [],
    }  # fmt: skip
    if report is not None and kept and report.unmapped and cols.missing(report.columns):
        context |= _sample(report, files.read(kept))
    return render(request, "interop/guardians.html", context, status=status)


def _sample(report: Report, content: bytes) -> dict[str, Any]:
    """Headings nobody knew, with five rows, for naming columns by hand. The list was readable: it has headings."""
    table = read_table(report.filename, content)
    unknown = [(n, heading) for n, heading in enumerate(table.header) if heading in report.unmapped]
    return {"header": unknown, "sample": [row.values for row in table.rows[:5]]}
