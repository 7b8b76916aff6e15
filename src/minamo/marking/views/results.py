"""テスト結果の画面: the list, a new result from a table, the analysis."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor, offers
from minamo.kernel import uploads
from minamo.kernel.ids import id_of
from minamo.kernel.tables import TableError, read_table, write_xlsx
from minamo.marking.actions.results import ResultRefused, settle_result
from minamo.marking.analysis.values import Paper, Results
from minamo.marking.analysis.whole import Analysis, analyse
from minamo.marking.check_rules import called
from minamo.marking.models import PointsChange, Settlement
from minamo.marking.points_table import Place, TableRefused, read_points, template
from minamo.marking.queries.results import Figures, figures_of, listed, released_papers, reviews_of
from minamo.marking.reports.names import COMMON, NONE, decimal, percent, remark, section_word, with_rest
from minamo.marking.reports.sp_view import sp_view
from minamo.marking.views.files import XLSX, download
from minamo.people.api import SchoolClass, roster_of_class

MOST = 5 * 2**20
FIELDS = ("title", "subject", "held_on")


def listing(request: HttpRequest) -> HttpResponse:
    """テスト結果の一覧; for families 返却されたテスト."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.kind in {"guardian", "pupil"}:
        return render(request, "marking/family_results.html", {"papers": released_papers(actor), "today": actor.today})
    classes = [*actor.uuids["homerooms"], *actor.uuids["teaches"]]
    rows = SchoolClass.objects.filter(pk__in=classes).order_by("kind", "position", "title") if classes else []
    return render(request, "marking/results.html", {"rows": listed(actor), "classes": list(rows)})


def new(request: HttpRequest, class_id: UUID) -> HttpResponse:
    """点数表を読み込む: a table in, a result out; a refusal names every line and keeps what was typed."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    school_class: SchoolClass = request.loaded.row  # type: ignore[attr-defined]
    if request.method != "POST":
        return _form(request, school_class, {"held_on": actor.today.isoformat(), "key": str(uuid4())})
    try:
        made = _settle(request, actor, school_class)
    except ResultRefused as refused:
        return _form(request, school_class, request.POST.dict(), errors={refused.field: str(refused)})
    except TableRefused as refused:
        return _form(request, school_class, request.POST.dict(), table=refused)
    return redirect("marking-result", result_id=made)


def _settle(request: HttpRequest, actor: Actor, school_class: SchoolClass) -> UUID:
    places = places_of(school_class.pk, actor.today)
    try:
        held_on = dt.date.fromisoformat(request.POST.get("held_on", ""))
    except ValueError as problem:
        raise ResultRefused("held_on", "実施日を入れてください。") from problem
    key = id_of(request.POST.get("key", "")) or uuid4()
    row = settle_result(
        actor=actor, school_class=school_class, title=request.POST.get("title", ""),
        subject=request.POST.get("subject", ""), held_on=held_on, results=_read(request, school_class, places),
        numbers={place.pupil: place.number for place in places}, key=key,
    )  # fmt: skip
    return row.pk


def _read(request: HttpRequest, school_class: SchoolClass, places: list[Place]) -> Results:
    try:
        accepted = uploads.accept(request.FILES.get("file"), (uploads.EXCEL, uploads.CSV), most=MOST)
        return read_points(read_table(accepted.name, accepted.content), places, school_class.title)
    except (uploads.UploadRefused, TableError) as problem:
        raise ResultRefused("file", str(problem)) from problem


def places_of(class_id: UUID, day: dt.date) -> list[Place]:
    """名簿 of the class on a day, as a table names it."""
    return [Place(str(one.pupil_id), one.number, one.display_name) for one in roster_of_class(class_id, day)]


def _form(
    request: HttpRequest, school_class: SchoolClass, values: dict[str, Any], *, errors: dict[str, str] | None = None,
    table: TableRefused | None = None,
) -> HttpResponse:  # fmt: skip
    context = {
        "klass": school_class, "values": {name: values.get(name, "") for name in (*FIELDS, "key")},
        "errors": errors or {}, "table": table,
    }  # fmt: skip
    return render(request, "marking/result_new.html", context, status=422 if errors or table else 200)


def table(request: HttpRequest, class_id: UUID) -> HttpResponse:
    """点数表の用紙: the class in an Excel sheet to fill in."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    school_class: SchoolClass = request.loaded.row  # type: ignore[attr-defined]
    sheet = template(places_of(school_class.pk, actor.today))
    return download(write_xlsx([sheet]), XLSX, f"{school_class.title}_点数表.xlsx")


def analysis(request: HttpRequest, result_id: UUID) -> HttpResponse:
    """テスト分析."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    figures = figures_of(request.loaded.row)  # type: ignore[attr-defined]
    found = analyse(figures.results)
    settlement = Settlement.objects.select_related("sitting").filter(result=figures.row).first()
    context = {
        "row": figures.row, "release": figures.release, "over": figures.release is not None and figures.release.review_until < actor.today, "reviews": reviews_of(figures.row),
        "labels": {one["id"]: one["label"] for one in figures.row.items}, "names": figures.names,
        "changes": list(PointsChange.objects.filter(result=figures.row)), "may_change": offers(actor, "result:change", figures.row),
        "away": away(figures), "unfinished": unfinished(figures),
        "may_release": offers(actor, "result:release", figures.row), "waiting": figures.results.waiting,
        "settlement": settlement, "undone": settlement is not None and settlement.ended_at is not None,
        "may_sit": settlement is not None and offers(actor, "sitting:manage", settlement.sitting),
        "sp": sp_view(figures.results, found.sp, figures.names), **shown(found),
    }  # fmt: skip
    return render(request, "marking/result.html", context)


def away(figures: Figures) -> list[str]:
    """欠席の人, by number and name."""
    return [_called(figures, paper) for paper in figures.results.papers if paper.absent]


def unfinished(figures: Figures) -> list[str]:
    """採点が終わっていない人."""
    return [_called(figures, paper) for paper in figures.results.papers if not paper.absent and not paper.whole]


def _called(figures: Figures, paper: Paper) -> str:
    who = figures.names[paper.pupil]
    return called(who.number, who.name)


def shown(found: Analysis) -> dict[str, Any]:
    """The figures as the page prints them."""
    spread, trust, results = found.spread, found.reliability, found.results
    mean = spread.mean
    return {
        "strip": [
            ("集計", f"{spread.n}人", ""), ("欠席", f"{results.absent}人", ""), ("平均", decimal(mean, 1), ""),
            ("中央値", decimal(spread.median, 1), ""), ("標準偏差", decimal(spread.deviation, 1), ""),
            ("最高", NONE if spread.most is None else str(spread.most), ""), ("最低", NONE if spread.least is None else str(spread.least), ""),
        ],
        "bars": [(f"{bar.low}–{bar.high}", bar.count) for bar in spread.bars],
        "mark": (min(1.0, mean / results.full), f"平均 {mean:.1f}") if mean is not None else None,
        "aspects": [(rate.name, rate.mean, None) for rate in found.aspects],
        "sections": [(section_word(rate.name), rate.mean, None) for rate in found.sections],
        "items": [
            {"item": line.item, "rate": percent(line.rate), "share": percent(line.share), "d": decimal(line.discrimination),
             "r": with_rest(line), "remark": remark(line), "unknown": line.unknown, "clash": line.clash,
             "choices": [one for one in line.choices if not one.right][:COMMON]}
            for line in found.items
        ],
        "some_unknown": any(line.unknown for line in found.items), "some_clash": any(line.clash for line in found.items), "kr20": decimal(trust.kr20), "alpha": decimal(trust.alpha), "error": decimal(trust.error, 1), "full": results.full,
        "weak": min(trust.kr20 or 0.0, trust.alpha or 0.0) < 0,
    }  # fmt: skip
