"""保護者一覧の画面: choose a file, name its columns, look, take in; and the tray of rows that wait for a person."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from minamo.access.api import Actor
from minamo.interop.guardians import columns as cols
from minamo.interop.guardians.flags import FLAGS
from minamo.interop.guardians.intake import Report, check, open_list, remember, take
from minamo.interop.guardians.tray import decide, waiting_rows
from minamo.interop.models import ImportRun
from minamo.kernel import files, uploads
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
    choices = {request.POST[f"heading-{n}"]: request.POST[f"field-{n}"] for n in _numbers(request)}
    remember(school.municipality_id, {heading: name for heading, name in choices.items() if name in cols.FIELDS})
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if request.POST.get("step") == "take":
        report = take(actor=actor, school=school, filename=filename, content=content)
        return (
            redirect("interop-guardians-tray", school_id=school.pk)
            if report.accepted
            else _page(request, school, report)
        )
    report = check(actor=actor, school=school, filename=filename, content=content)
    return _page(request, school, report, kept=files.keep(content), status=200 if report.accepted else 422)


def tray(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """確認待ちの行."""
    school: School = request.loaded.row  # type: ignore[attr-defined]
    context = {
        "school": school,
        "rows": waiting_rows(school),
        "fields": cols.FIELDS,
        "problem": request.GET.get("problem", ""),
    }
    return render(request, "interop/guardians_tray.html", context)


def decisions(request: HttpRequest, school_id: UUID, row_id: UUID) -> HttpResponse:
    """この内容で取り込む／取り込まない."""
    school: School = request.loaded.row  # type: ignore[attr-defined]
    values = {name: request.POST[f"v-{name}"] for name in cols.FIELDS if f"v-{name}" in request.POST}
    actor: Actor = request.actor  # type: ignore[attr-defined]
    left = decide(
        actor=actor,
        school=school,
        row_id=row_id,
        values=values,
        confirmed=request.POST.getlist("confirm"),
        dismiss="dismiss" in request.POST,
        now=timezone.now(),
    )
    if left is None:
        raise Http404
    if left:
        context = {
            "school": school,
            "rows": waiting_rows(school),
            "fields": cols.FIELDS,
            "refused": row_id,
            "left": [FLAGS[f] for f in left],
        }
        return render(request, "interop/guardians_tray.html", context, status=422)
    return redirect("interop-guardians-tray", school_id=school.pk)


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
        "waiting": len(waiting_rows(school)), "fields": [(name, label) for name, (label, _) in cols.FIELDS.items()],
        "sample": [], "header": [],
    }  # fmt: skip
    if report is not None and kept and not report.accepted and report.unmapped:
        context |= _sample(school, report.filename, files.read(kept))
    return render(request, "interop/guardians.html", context, status=status)


def _sample(school: School, filename: str, content: bytes) -> dict[str, Any]:
    """Headings with five rows, for naming columns by hand."""
    from minamo.kernel.tables import TableError, read_table

    try:
        table = read_table(filename, content)
    except TableError:
        return {}
    report, _ = open_list(school, filename, content)
    unknown = [(n, heading) for n, heading in enumerate(table.header) if heading in report.unmapped]
    return {"header": unknown, "sample": [row.values for row in table.rows[:5]]}
