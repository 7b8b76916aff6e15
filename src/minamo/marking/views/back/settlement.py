"""確定の画面: the table of totals, what is missing with its place, settling, and taking it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from minamo.access.api import Actor, may, offers
from minamo.marking.actions.results import ResultRefused
from minamo.marking.actions.settlement import SettlementRefused, settle_sitting, unsettle
from minamo.marking.analysis.values import Item
from minamo.marking.check_rules import Child
from minamo.marking.models import Result, Settlement, Sitting
from minamo.marking.points_table import whole_number
from minamo.marking.queries.keeping import kept_of
from minamo.marking.queries.scans import children
from minamo.marking.queries.settled import Settled, settled_of
from minamo.marking.queries.settlement import Standing, settlements_of, standing_of
from minamo.marking.settling import (
    BACKLESS,
    CHANGED,
    CHECKS,
    DIFFERENT,
    EMPTY,
    MET,
    NAMEABLE,
    NOBODY,
    READING,
    SECOND,
    TRAY,
    UNBOUND,
    UNMARKED,
    UNSEEN,
    Lack,
    Sheet,
)  # fmt: skip

WORDS = {
    READING: ("まだ読み取っている途中のページがあります", "ページ", "marking-sitting"),
    TRAY: ("見てほしいページが残っています", "ページ", "marking-tray"),
    UNBOUND: ("だれの答案か決まっていない答案があります", "枚", "marking-check"),
    NOBODY: ("答案も欠席の印もない人がいます", "人", "marking-check"),
    EMPTY: ("採点できる答案がまだありません", "", "marking-sitting"),
    MET: ("採点が食い違ったままの答えがあります", "件", "marking-question"),
    CHANGED: ("配点の変更がまだ採点に入っていません", "件", "marking-changes"),
    UNMARKED: ("採点していない答えがあります", "件", "marking-question"),
    SECOND: ("2回目の採点がまだの答えがあります", "件", "marking-question"),
    DIFFERENT: ("1回目と2回目の点がちがう答えがあります", "件", "marking-differences"),
    CHECKS: ("抜き取りの確かめがまだの答えがあります", "件", "marking-question"),
    BACKLESS: ("裏がない答案があります", "人", "marking-check"),
    UNSEEN: ("空らん・正答でないと読めたのに、まとめて○にした答えがあります", "件", "marking-question"),
}
STAYS = {
    UNMARKED: "採点待ちのまま確定する（0点にはなりません）",
    SECOND: "2回目がまだの答えは、採点待ちのまま確定する",
    DIFFERENT: "点がちがう答えは、採点待ちのまま確定する",
    CHECKS: "抜き取りの確かめをせずに確定する",
    BACKLESS: "裏がないまま確定する（裏の設問の点は、いまつけてある点のままです）",
    UNSEEN: "まとめて○にした点のまま確定する",
}


def settlement(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """確定する. A refusal shows the same page with what stands in the way."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sitting: Sitting = request.loaded.row  # type: ignore[attr-defined]
    refused = ""
    named = [kind for kind in request.POST.getlist("named") if kind in NAMEABLE]
    if request.method == "POST":
        try:
            row = settle_sitting(
                actor=actor, sitting=sitting, named=named, seen=whole_number(request.POST.get("seen", ""))
            )
        except (SettlementRefused, ResultRefused) as problem:
            refused = str(problem)
        else:
            return redirect("marking-result", result_id=row.result_id)
    return _page(request, sitting, refused=refused, named=named)


def undoing(request: HttpRequest, result_id: UUID) -> HttpResponse:
    """確定を取りやめる."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    result: Result = request.loaded.row  # type: ignore[attr-defined]
    try:
        row = unsettle(actor=actor, result=result, why=request.POST.get("why", ""))
    except SettlementRefused as problem:
        there = (
            Settlement.objects.select_related("sitting__assessment", "sitting__school_class")
            .filter(result=result)
            .first()
        )
        if there is None or not may(actor, "sitting:manage", there.sitting):
            return redirect("marking-result", result_id=result.pk)
        return _page(request, there.sitting, refused=str(problem), named=[])
    return redirect("marking-settlement", sitting_id=row.sitting_id)


def _page(request: HttpRequest, sitting: Sitting, *, refused: str, named: list[str]) -> HttpResponse:
    """The marks while they may change; once settled, the result as it holds now."""
    rows = settlements_of(sitting)
    now = next((row for row in rows if row.ended_at is None), None)
    settled = settled_of(now.result, two=bool(sitting.assessment.leaves)) if now else None
    if settled is not None:
        table, lacks, last = _of_result(children(sitting), settled), [], 0
    else:
        standing = standing_of(sitting)
        table, lacks, last = _of_marks(standing), _grouped(sitting, standing.lacks), standing.last
    context: dict[str, Any] = {
        "sitting": sitting, "refused": refused, "now": now, "earlier": [row for row in rows if row.ended_at],
        "way_back": _way_back(request.actor, now, settled),  # type: ignore[attr-defined]
        "first": [one for one in lacks if not one["stays"]], "stays": [one for one in lacks if one["stays"]], "named": named,
        "lines": _lines(table), "full": sum(item.full for item in table.items), "last": last,
        "changed": len(table.earlier), "aspects": _aspects(table),
        "kept": kept_of(sitting, [day for row in rows if (day := getattr(row, "reviews_until", None))]),
        "present": len(table.sheets), "absent": len(table.absent),
        "marked": sum(point is not None for sheet in table.sheets for point in sheet.points),
        "answers": len(table.sheets) * len(table.items),
    }  # fmt: skip
    return render(request, "marking/back_settlement.html", context, status=422 if refused else 200)


def _grouped(sitting: Sitting, lacks: tuple[Lack, ...]) -> list[dict[str, Any]]:
    """One line per kind, with a link to each question or to the page where it is put right."""
    found: dict[str, dict[str, Any]] = {}
    for lack in lacks:
        title, unit, place = WORDS[lack.kind]
        line = found.setdefault(lack.kind, {"kind": lack.kind, "title": title, "unit": unit, "count": 0, "links": [],
                                            "about": "", "stays": STAYS.get(lack.kind, "")})  # fmt: skip
        line["count"] += lack.count
        if lack.question:
            at = {} if lack.kind == CHANGED else {"question": lack.question}
            href = reverse(place, kwargs={"sitting_id": sitting.pk, **at})
            line["links"].append((f"{lack.about}（{lack.count}）", href))
        else:
            line["about"] = lack.about
            line["links"].append(("開く", reverse(place, kwargs={"sitting_id": sitting.pk})))
    return list(found.values())


@dataclass(frozen=True)
class Table:
    """合計の表 as it holds now: of the marks until the sitting is settled, then of the result. `earlier`: totals of the moment of
    settling, by pupil, where they were others."""

    names: Mapping[str, str]
    numbers: Mapping[str, int | None]
    items: Sequence[Item]
    sheets: Sequence[Sheet]
    absent: Sequence[str]
    earlier: Mapping[str, int]


def _of_marks(standing: Standing) -> Table:
    names = {str(one.pupil): one.name for one in standing.roster}
    items = [question.item() for question in standing.questions]
    return Table(names, standing.numbers, items, standing.sheets, standing.absent, {})


def _of_result(roster: Sequence[Child], settled: Settled) -> Table:
    names = {str(one.pupil): one.name for one in roster}
    numbers = {str(one.pupil): one.number for one in roster}
    numbers |= {str(paper.pupil_id): paper.number or numbers.get(str(paper.pupil_id)) for paper in settled.papers}
    return Table(names, numbers, settled.items, settled.sheets, settled.absent, settled.earlier)


def _way_back(actor: Actor, now: Settlement | None, settled: Settled | None) -> str:
    """取りやめられるか: open, or what closes it (released, asked, other)."""
    if now is None or settled is None:
        return ""
    if getattr(now, "released", False):
        return "released"
    if settled.asked:
        return "asked"
    return "open" if offers(actor, "result:change", now.result) else "other"


def _aspects(table: Table) -> list[tuple[str, int]]:
    """観点 with their full points."""
    found: dict[str, int] = {}
    for item in table.items:
        if item.aspect:
            found[item.aspect] = found.get(item.aspect, 0) + item.full
    return list(found.items())


def _lines(table: Table) -> list[dict[str, Any]]:
    """合計の表, in class order: everybody of the roster, and papers of pupils who have left it."""
    names, numbers = table.names, table.numbers
    sheets = {sheet.pupil: sheet for sheet in table.sheets}
    pupils = sorted({*names, *sheets}, key=lambda pupil: (numbers.get(pupil) or 10**6, pupil))
    return [
        {"number": numbers.get(pupil), "name": names.get(pupil, "名簿にいない人"), "states": _states(table, pupil, sheets.get(pupil)),
         "earlier": table.earlier.get(pupil), **_sums(table, sheets.get(pupil))}
        for pupil in pupils
    ]  # fmt: skip


def _states(table: Table, pupil: str, sheet: Sheet | None) -> list[tuple[str, str]]:
    if sheet is None:
        return [("欠席", "line") if pupil in table.absent else ("答案なし", "bad")]
    waiting = sum(point is None for point in sheet.points)
    found = [("裏がない", "warn")] if sheet.backless else []
    return [*found, (f"採点待ち {waiting}", "warn")] if waiting else found


def _sums(table: Table, sheet: Sheet | None) -> dict[str, Any]:
    if sheet is None:
        return {"total": None, "parts": [None] * len(_aspects(table))}
    pairs = list(zip(table.items, sheet.points, strict=True))
    parts = [sum(point or 0 for item, point in pairs if item.aspect == name) for name, _ in _aspects(table)]
    return {"total": sum(point or 0 for _, point in pairs), "parts": parts}
