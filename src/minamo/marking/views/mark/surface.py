"""採点の画面: the surface of a question, its pictures in one request, the strokes, what others do meanwhile."""

import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor, waiting_keys
from minamo.design.jinja import url
from minamo.kernel import live
from minamo.kernel.ids import id_of
from minamo.marking.actions.stamps import StampsRefused, keep_stamps
from minamo.marking.actions.strokes import StrokesRefused, Taken, strike
from minamo.marking.models import ScanPage, Sitting
from minamo.marking.queries.marking_progress import colleagues
from minamo.marking.queries.marks import NoSuchQuestion, manages, rounds_of, sheet_of, stamps_of
from minamo.marking.queries.scans import part
from minamo.marking.queries.surface import lying, state_of, surface_of
from minamo.marking.stamps import MOST
from minamo.marking.views.mark.wire import read, strokes_of

NO_PAGE = UUID(int=0)  # stands for the page in the address that the surface fills in
KEYS = [
    ("点", [("F", "○（配点全部）"), ("J", "×（0点）"), ("D", "△ のあと数字"), ("0–9", "その点。10点以上は続けて2桁"), ("Alt・1–9", "採点のめやす"),
            ("Backspace", "採点を消す"), ("C", "コメント"), ("Shift・1–6", "スタンプ（もう一度で消す）")]),
    ("まとめて", [("Shift・F", "残り全部○（空らん・正答でないと読めた答えは残す）"), ("S", "読み・まとまりを一覧で確かめる"), ("B", "空らんを0点に（先に一覧）"), ("A", "抜き取りの確かめ")]),
    ("動く", [("←・→", "となりの答え"),
            ("↑・↓", "上下の答え"), ("Enter", "まだの答え、なければ次の問い"), ("N", "次の問い"), ("Shift・N", "前の問い")]),
    ("見る", [("Space", "拡大"), ("P", "答案の全体"), ("G", "ならべる・ひとつずつ"), ("L", "番号順・似ている順・読みの順"), ("H", "名前を隠す")]),
    ("もどす", [("Z", "取り消し（何度でも。開き直したあとも）"), ("Shift・Z", "やり直し"), ("Esc", "閉じる")]),
]  # fmt: skip


def question(request: HttpRequest, sitting_id: UUID, question: str) -> HttpResponse:
    """採点する: the frame; what stands in it comes as one object (`answers`)."""
    return _frame(request, question)


def _frame(request: HttpRequest, question: str, refused: str = "", words: Sequence[str] | None = None) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sitting: Sitting = request.loaded.row  # type: ignore[attr-defined]
    sheet = sheet_of(sitting)
    if question not in sheet.questions:
        raise Http404
    stamps = stamps_of(actor, sitting)
    context = {
        "stamps": stamps, "stamp_words": [*(stamps if words is None else words), *[""] * MOST][:MOST], "refused": refused,
        "sitting": sitting, "question": sheet.questions[question], "colleagues": colleagues(actor, sitting), "keys": KEYS, "locks": json.dumps(waiting_keys(actor.account_id)),
        "back": url("marking-sitting", sitting_id=sitting.pk),
        "picture": url("marking-context", sitting_id=sitting.pk, page_id=NO_PAGE),
    }  # fmt: skip
    return render(request, "marking/mark_question.html", context, status=422 if refused else 200)


def stamps(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """スタンプのことばを変える, and back to the question one was at."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sitting: Sitting = request.loaded.row  # type: ignore[attr-defined]
    question, words = request.POST.get("question", ""), request.POST.getlist("word")
    if question not in sheet_of(sitting).questions:
        raise Http404
    try:
        keep_stamps(actor=actor, sitting=sitting, words=words)
    except StampsRefused as refused:
        return _frame(request, question, str(refused), words)
    return redirect("marking-question", sitting_id=sitting.pk, question=question)


def answers(request: HttpRequest, sitting_id: UUID, question: str) -> HttpResponse:
    """一つの問いの答え全部: pictures, marks and what can be taken back."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sitting: Sitting = request.loaded.row  # type: ignore[attr-defined]
    try:
        return JsonResponse(surface_of(actor, sitting, question))
    except NoSuchQuestion as problem:
        raise Http404 from problem


def context(request: HttpRequest, sitting_id: UUID, page_id: UUID) -> HttpResponse:
    """答案の全体: the whole page behind an answer, for whoever marks it."""
    page = ScanPage.objects.filter(pk=page_id, sitting=sitting_id).defer("trace").first()
    data = part(page, "page") if page else b""
    if not data:  # or removed by rule
        raise Http404
    return HttpResponse(data, content_type="image/jpeg", headers={"Cache-Control": "private, no-store"})


def state(request: HttpRequest, sitting_id: UUID, question: str) -> HttpResponse:
    """いまの採点: marks and which papers lie there, without pictures and without pupils, after a live event."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sitting: Sitting = request.loaded.row  # type: ignore[attr-defined]
    rounds = rounds_of(sitting)
    turn = rounds.of(str(actor.account_id), question, manages=manages(actor, sitting))
    return JsonResponse({"round": turn, "papers": lying(sitting), **state_of(actor, sitting, question, rounds, turn)})


def strokes(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """採点する: a batch of strokes; the same batch again is answered in the same way."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sitting: Sitting = request.loaded.row  # type: ignore[attr-defined]
    try:
        body = read(request)
        taken = strike(actor=actor, sitting=sitting, strokes=strokes_of(body, actor.now),
                       device=str(id_of(body.get("device")) or ""))  # fmt: skip
    except StrokesRefused as refused:
        return JsonResponse({"error": str(refused)}, status=422)
    return JsonResponse(_told(taken))


def _told(taken: Taken) -> dict[str, Any]:
    return {"held": sorted(taken.held), "overtaken": sorted(taken.overtaken), "refused": taken.refused}


def stream(request: HttpRequest, sitting_id: UUID) -> HttpResponseBase:
    """いまの動き of a sitting: ids only."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return live.response(f"sitting:{sitting_id}", ends_on=f"device:{actor.device_id}")
