"""進みぐあいの画面: who marks what, second markings and their differences, points that changed."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor
from minamo.design.jinja import url
from minamo.kernel import files
from minamo.kernel.ids import id_of
from minamo.marking.actions.claims import ClaimRefused, claim, give_back, hand_over
from minamo.marking.actions.rescore import RescoreRefused, rescore
from minamo.marking.actions.seconds import SecondRefused, ask_groups, ask_second, end_second
from minamo.marking.actions.strokes import Sent, StrokesRefused, strike
from minamo.marking.marks_rules import DECIDED, FIRST, SECOND, VERDICT, Wanted
from minamo.marking.models import Sitting
from minamo.marking.points_table import whole_number
from minamo.marking.queries.marking_progress import Difference, differences_of, names_of_papers, progress_of
from minamo.marking.queries.marks import NoSuchQuestion, changes_of, log_of, papers_of, rounds_of, settled, sheet_of
from minamo.marking.rescoring import Change


def progress(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """進みぐあい."""
    return _progress(request)


def _told(sitting: Sitting, question: str) -> HttpResponse:
    """Back to the progress: the keys go on at the question of which something was said, "" the whole test."""
    return redirect(f"{url('marking-progress', sitting_id=sitting.pk)}?{urlencode({'at': question})}")


def _progress(request: HttpRequest, refused: str = "") -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sitting: Sitting = request.loaded.row  # type: ignore[attr-defined]
    found = progress_of(actor, sitting)
    context = {
        "sitting": sitting, "progress": found, "me": actor.account_id, "refused": refused,
        "result": settled(sitting), "changed": len(found.changes), "SECOND": SECOND, "back": url("marking-sitting", sitting_id=sitting.pk),
        "at": None if refused else request.GET.get("at"),
    }  # fmt: skip
    return render(request, "marking/mark_progress.html", context, status=422 if refused else 200)


def claims(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """受け持つ・引き受ける・渡す・返す."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sitting: Sitting = request.loaded.row  # type: ignore[attr-defined]
    wish, question = request.POST.get("do", ""), request.POST.get("question", "")
    turn = SECOND if request.POST.get("round") == str(SECOND) else FIRST
    try:
        if wish == "hand":
            to = id_of(request.POST.get("to", ""))
            if to is None:
                raise ClaimRefused("渡す先生を選んでください。")
            hand_over(actor=actor, sitting=sitting, to=to, question=question, turn=turn)
        elif wish == "back":
            give_back(actor=actor, sitting=sitting, question=question, turn=turn)
        else:
            claim(actor=actor, sitting=sitting, question=question, turn=turn, take_over=wish == "over")
    except ClaimRefused as refused:
        return _progress(request, str(refused))
    return _told(sitting, question)


def seconds(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """2回採点を頼む・やめる."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sitting: Sitting = request.loaded.row  # type: ignore[attr-defined]
    verb, question = end_second if request.POST.get("do") == "end" else ask_second, request.POST.get("question", "")
    try:
        verb(actor=actor, sitting=sitting, question=question)
    except SecondRefused as refused:
        return _progress(request, str(refused))
    return _told(sitting, question)


def groupings(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """似ている答えをまとめる: the job is asked for; the surface shows the bundles when they are there."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sitting: Sitting = request.loaded.row  # type: ignore[attr-defined]
    question = request.POST.get("question", "")
    try:
        ask_groups(actor=actor, sitting=sitting, question=question)
    except NoSuchQuestion as problem:
        raise Http404 from problem
    return redirect(url("marking-question", sitting_id=sitting.pk, question=question) + "?asked")


def differences(request: HttpRequest, sitting_id: UUID, question: str) -> HttpResponse:
    """1回目と2回目のちがい, and the verdict on each: `page` and `points`, over the verdict that was seen (`base`)."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sitting: Sitting = request.loaded.row  # type: ignore[attr-defined]
    sheet = sheet_of(sitting)
    if question not in sheet.questions:
        raise Http404
    refused = _decide(request, actor, sitting, question) if request.method == "POST" else ""
    asked = id_of((request.POST if request.method == "POST" else request.GET).get("page", ""))
    if request.method == "POST" and not refused:
        here = url("marking-differences", sitting_id=sitting.pk, question=question)
        return redirect(f"{here}?{urlencode({'page': asked})}")
    rows = differences_of(actor, sitting, question)
    context = {"sitting": sitting, "question": sheet.questions[question], "refused": refused,
               "blind": rows is None, "decided": sum(row.verdict is not None for row in rows or ()),
               "next": asked if refused else _still_open(rows or (), asked),
               "rows": [(row, _picture(row, question), str(uuid4())) for row in rows or ()]}  # fmt: skip
    return render(request, "marking/mark_differences.html", context, status=422 if refused else 200)


def _still_open(rows: Sequence[Difference], decided: UUID | None) -> UUID | None:
    """The page of the next difference nobody has decided after the one just decided; around the end to the first; None: all are."""
    at = next((nth for nth, row in enumerate(rows, 1) if row.paper.page_id == decided), 0)
    return next((row.paper.page_id for row in [*rows[at:], *rows[:at]] if row.verdict is None), None)


def _decide(request: HttpRequest, actor: Actor, sitting: Sitting, question: str) -> str:
    page, key, points = (
        id_of(request.POST.get("page", "")),
        id_of(request.POST.get("key", "")),
        whole_number(request.POST.get("points", "")),
    )
    if page is None or key is None or points is None:
        return "点を、0以上の整数で入れてください。"
    base = id_of(request.POST.get("base", ""))
    wanted = Wanted(str(key), str(page), question, points, DECIDED, round=VERDICT, base=str(base) if base else None)
    try:
        taken = strike(actor=actor, sitting=sitting, strokes=[Sent(wanted, actor.now)])
    except StrokesRefused as refused:
        return str(refused)
    if taken.overtaken:
        return "ほかの先生が、先にこの答えの点を決めました。いまの点を見て、もう一度決めてください。"
    return next(iter(taken.refused.values()), "")


def _picture(row: Difference, question: str) -> str:
    """The answer as a picture in the page itself."""
    page = row.paper.page.holder(question)
    place = page.places.get(question)
    if not place or not page.crops:
        return ""
    try:
        content = files.read(page.crops)
    except files.UNREADABLE:
        return ""
    return "data:image/jpeg;base64," + base64.b64encode(content[place[0] : place[0] + place[1]]).decode("ascii")


def changes(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """配点が変わった採点: shown first, then carried over; what needs a person is listed."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sitting: Sitting = request.loaded.row  # type: ignore[attr-defined]
    refused = ""
    if request.method == "POST":
        try:
            rescore(actor=actor, sitting=sitting, edition=whole_number(request.POST.get("edition", "")) or 0)
        except RescoreRefused as problem:
            refused = str(problem)
        else:
            return redirect(f"{url('marking-changes', sitting_id=sitting.pk)}?done")
    return render(
        request,
        "marking/mark_changes.html",
        _changed(actor, sitting) | {"refused": refused, "done": "done" in request.GET},
        status=422 if refused else 200,
    )


def _changed(actor: Actor, sitting: Sitting) -> dict[str, Any]:
    """What is shown before points change. First marks of questions that this person marks blind move unseen."""
    blind = rounds_of(sitting).blind(str(actor.account_id), manages=True)
    sheet, log, papers = sheet_of(sitting), log_of(sitting), papers_of(sitting)
    known = names_of_papers(papers)
    names = {str(paper.page_id): (paper.number, known.get(paper.pupil_id, "")) for paper in papers}
    found = [one for one in changes_of(sitting, sheet, log) if one.page in names]
    labels = {
        name: f"{f'大問{one.section} ' if one.section else ''}{one.label}" for name, one in sheet.questions.items()
    }
    totals = _totals([one for one in found if one.question not in blind], names)
    return {
        "sitting": sitting, "edition": sheet.edition.number if sheet.edition else 0, "labels": labels, "names": names,
        "fulls": {name: one.full for name, one in sheet.questions.items()},
        "blind": blind, "FIRST": FIRST, "moved": [one for one in found if one.after is not None], "doubtful": [one for one in found if one.after is None],
        "totals": totals, "groups": _groups(found, list(labels), blind),
        "rising": sum(move > 0 for _, move in totals), "falling": sum(move < 0 for _, move in totals),
    }  # fmt: skip


@dataclass(frozen=True)
class Group:
    """同じように変わる答え: of one question and round, from so many points to so many, on these pages. `before` None: first marks
    that this person marks blind; who has how many is not said either."""

    question: str
    turn: int
    before: int | None
    after: int
    pages: list[str]


def _groups(found: Sequence[Change], order: Sequence[str], blind: frozenset[str]) -> list[Group]:
    """By question in the order of the sheet, the most points first."""
    rows: dict[tuple[int, int, int, int], list[str]] = {}
    for one in found:
        if one.after is not None:
            unseen = one.turn == FIRST and one.question in blind
            key = (order.index(one.question), one.turn, *((1, 0) if unseen else (-one.before, one.after)))
            rows.setdefault(key, []).append(one.page)
    return [
        Group(order[at], turn, None if before > 0 else -before, after, pages)
        for (at, turn, before, after), pages in sorted(rows.items())
    ]


def _totals(found: Sequence[Change], names: dict[str, Any]) -> list[tuple[str, int]]:
    """By how much the total of each page would move, in class order."""
    moves: dict[str, int] = {}
    for one in found:
        if one.after is not None and one.turn == FIRST:
            moves[one.page] = moves.get(one.page, 0) + one.after - one.before
    return [(page, moves[page]) for page in names if moves.get(page)]
