"""読んで確認する画面, and the register of who has."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor, slow_down
from minamo.kernel.schoolyear import JST
from minamo.kernel.tables import write_csv
from minamo.policy.actions.reading import acknowledge
from minamo.policy.models import Issue
from minamo.policy.queries.acknowledged import mine, register
from minamo.policy.queries.texts import issue_in_force, limits_of
from minamo.policy.quiz.choosing import answer, questions
from minamo.policy.quiz.ground import Ground
from minamo.policy.refusals import Refused
from minamo.policy.rules.layers import filled
from minamo.policy.views.frame import page, tried
from minamo.policy.views.tabs import tabs
from minamo.tenancy.api import schools_of

HEADER = ("氏名", "職", "学校", "関わる条文の数", "まだの条文の数", "確認した時刻", "正しかった問い", "問いの数")


def reading(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """変わった条文だけを読み、問いに答えて確認する."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    issue = issue_in_force(municipality_id)
    if issue is None:
        return redirect("policy-text", municipality_id=municipality_id)
    numbers = mine(actor, issue)
    ground = Ground.of(issue)
    asked = questions(numbers, ground, f"{issue.pk}{actor.account_id}")
    answers = {q.key: request.POST.get(f"q{place}") == "yes" for place, q in enumerate(asked)}
    missing = any(f"q{place}" not in request.POST for place in range(len(asked)))

    def deed() -> HttpResponse:
        if missing:
            raise Refused("まだ答えていない問いがあります。")
        acknowledge(actor=actor, issue=issue, answers=answers)
        return redirect("policy-text", municipality_id=municipality_id)

    done, refused = tried(request, deed)
    marks = {q.key: (answer(q.key, ground), answers[q.key]) for q in asked} if refused and not missing else {}
    limits = limits_of(issue.limits)
    context: dict[str, Any] = {
        "town": request.loaded.row, "issue": issue, "refused": refused, "asked": asked, "marks": marks,  # type: ignore[attr-defined]
        "clauses": [(n, issue.clauses[n]["title"], filled(issue.clauses[n]["text"], limits)) for n in numbers],
        "tabs": tabs(actor, municipality_id, "text"),
    }  # fmt: skip
    return done or page(request, "policy/reading.html", context)


def acknowledged_town(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """管内の確認の状況."""
    return _register(request, municipality_id, None)


def acknowledged_school(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """自校の確認の状況."""
    return _register(request, request.loaded.row.municipality_id, school_id)  # type: ignore[attr-defined]


def _register(request: HttpRequest, municipality: UUID, school: UUID | None) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    issue: Issue | None = issue_in_force(municipality)
    readers = register(issue, actor.today, school=school) if issue else []
    names = {s.school_id: s.short_name for s in schools_of(actor)}
    if request.GET.get("as") == "csv":
        if (refused := slow_down(request, "export")) is not None:
            return refused
        rows = [
            (r.label, "・".join(r.posts), names.get(r.school_id, "教育委員会") if r.school_id else "教育委員会", r.standing.concerns,
             len(r.standing.left), _time(r.standing.read_at) if r.standing.done else "", r.standing.right, r.standing.asked)
            for r in readers
        ]  # fmt: skip
        response = HttpResponse(write_csv(rows, HEADER).content, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = 'attachment; filename="acknowledged.csv"'
        return response
    context = {
        "issue": issue, "readers": readers, "names": names, "done": sum(r.standing.done for r in readers),
        "tabs": tabs(actor, municipality, "read"), "today": actor.today,
    }  # fmt: skip
    return render(request, "policy/acknowledged.html", context)


def _time(at: dt.datetime | None) -> str:
    return at.astimezone(JST).strftime("%Y-%m-%d %H:%M") if at else ""
