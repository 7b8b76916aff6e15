"""名簿の取り込みのページ: upload → check → preview → apply. Thin: everything happens in interop.roster."""

import csv
import datetime as dt
import io
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor
from minamo.interop.models import ImportRun, SourceLink
from minamo.interop.roster import previews
from minamo.interop.roster import run as roster
from minamo.interop.roster.package import LIMITS
from minamo.interop.roster.posts import CHOICES, posts_to_confirm
from minamo.interop.roster.report import FILES
from minamo.kernel import uploads
from minamo.kernel.names import PersonName, display_full
from minamo.kernel.tables import csv_safe
from minamo.people import api as people
from minamo.tenancy import api as tenancy

HISTORY = 20
NOUNS = {
    "schools": "学校", "classes": "学級", "pupils": "児童生徒", "staff": "教職員", "places": "学級への所属",
    "teaching": "担任・教科担任", "posts": "職",
}  # fmt: skip


def upload(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """名簿のファイルを選ぶ、これまでの取り込み. POST checks a file and shows what it would change."""
    town, actor = _town(request), _actor(request)
    error = ""
    if request.method == "POST":
        try:
            sent = uploads.accept(request.FILES.get("file"), [uploads.ZIP], most=LIMITS.packed)
        except uploads.UploadRefused as refused:
            error = str(refused)
        else:
            run = previews.check_file(actor=actor, town=town, content=sent.content, filename=sent.name)
            return redirect("interop-roster-run", municipality_id=town.id, run_id=run.id)
    runs = ImportRun.objects.filter(municipality=town.id, kind=roster.KIND).order_by("-started_at", "-id")[:HISTORY]
    return _page(request, "roster", {"town": town, "runs": runs, "error": error}, status=400 if error else 200)


def show(request: HttpRequest, municipality_id: UUID, run_id: UUID) -> HttpResponse:
    """確認または結果: refusals with their places, or what changes."""
    town, run = _town(request), _run(municipality_id, run_id)
    context = {
        "town": town, "run": run, "report": run.report, "files": FILES, "events": _named(town.id, run),
        "counts": [(NOUNS[name], run.report["changes"][name]) for name in NOUNS if name in run.report.get("changes", {})],
        "questions": len(posts_to_confirm(town.id, _actor(request).today)) if run.state == "applied" else 0,
        "stale": request.GET.get("stale") == "1", "newer": previews.newer_applied(run),
    }  # fmt: skip
    return _page(request, "roster_run", context)


def apply(request: HttpRequest, municipality_id: UUID, run_id: UUID) -> HttpResponse:
    """取り込む: the previewed file, if it would still change the same."""
    found = previews.apply_file(actor=_actor(request), town=_town(request), run_id=run_id)
    if found is None:
        raise Http404
    response = redirect("interop-roster-run", municipality_id=municipality_id, run_id=run_id)
    response["Location"] += "?stale=1" if found[1] else ""
    return response


def dismiss(request: HttpRequest, municipality_id: UUID, run_id: UUID) -> HttpResponse:
    """取り込まない."""
    if previews.put_away(actor=_actor(request), town=_town(request), run_id=run_id) is None:
        raise Http404
    return redirect("interop-roster", municipality_id=municipality_id)


def problems(request: HttpRequest, municipality_id: UUID, run_id: UUID) -> HttpResponse:
    """直すところの一覧 as CSV for the vendor: UTF-8 with BOM, safe in a spreadsheet."""
    run = _run(municipality_id, run_id)
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(["ファイル", "行", "列", "内容", "値", "種類"])
    for item in run.report.get("problems", ()):
        cells = (item["file"], item["line"] or "", item["column"], item["message"], item["value"], item["code"])
        writer.writerow([csv_safe(str(cell)) for cell in cells])
    response = HttpResponse(("\ufeff" + out.getvalue()).encode(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="roster-problems.csv"'
    return response


def posts(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """職の確認: 教頭, 事務職員, 養護教諭 of each school."""
    town, actor = _town(request), _actor(request)
    questions = posts_to_confirm(town.id, actor.today)
    error = ""
    if request.method == "POST":
        try:
            for question in questions:
                chosen = request.POST.get(f"post-{question.membership_id}", "")
                if chosen in CHOICES and chosen != question.post:
                    tenancy.specify_post(actor=actor, membership_id=question.membership_id, post=chosen)
        except tenancy.Refused as refused:
            error = str(refused)
        else:
            return redirect("interop-roster", municipality_id=town.id)
    schools = {school.school_id: school.short_name for school in tenancy.schools_of(actor)}
    options = [(value, tenancy.Post(value).label) for value in CHOICES]
    context = {"town": town, "questions": questions, "schools": schools, "options": options, "error": error}
    return _page(request, "roster_posts", context, status=400 if error else 200)


def _named(municipality_id: UUID, run: ImportRun) -> list[dict[str, Any]]:
    """Events with the name of the person: as it is here, and, while the file waits, as the file says it. The stored report
    holds none."""
    rows = run.report.get("event_rows", [])
    ids = [row["userSourcedId"] for row in rows]
    links = SourceLink.objects.filter(municipality=municipality_id, file="users", sourced_id__in=ids)
    targets = dict(links.values_list("sourced_id", "target_id")) if rows else {}
    known = people.names_of_pupils(targets.values()) if targets else {}
    coming = previews.names_in_file(run, ids)
    named = []
    for row in rows:
        here, there = known.get(targets.get(row["userSourcedId"], UUID(int=0))), coming.get(row["userSourcedId"])
        before, after = _both(here, there)
        named.append(
            {"class_before": "", "school_before": ""} | row
            | {"day": dt.date.fromisoformat(row["date"]), "name": after, "name_before": before}
        )  # fmt: skip
    return named


def _both(here: PersonName | None, there: PersonName | None) -> tuple[str, str]:
    """The name before, when it changes, and the name: in the display layer, or, when only the official writing changes
    (渡邉 with a variant), in that."""
    if here is None or there is None:
        one = here or there
        return "", display_full(one) if one else ""
    if display_full(here) != display_full(there):
        return display_full(here), display_full(there)
    return (here.official, there.official) if here.official != there.official else ("", display_full(there))


def _run(municipality_id: UUID, run_id: UUID) -> ImportRun:
    run = ImportRun.objects.filter(pk=run_id, municipality=municipality_id, kind=roster.KIND).first()
    if run is None:
        raise Http404
    return run


def _town(request: HttpRequest) -> Any:
    return request.loaded.row  # type: ignore[attr-defined]


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def _page(request: HttpRequest, name: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    return render(request, f"interop/{name}.html", context, status=status)
