"""改正の画面: the list, one revision with its differences and impacts, and the verbs as new nouns."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import LIMITS, Actor, offers
from minamo.policy.actions import adopting, issues, merging, revisions
from minamo.policy.actions import impact as impacts
from minamo.policy.models import Impact, Issue, Revision
from minamo.policy.overlays import TEMPLATES, parted, written
from minamo.policy.queries import revision as reading
from minamo.policy.queries.difference import between
from minamo.policy.queries.grounds import new_ground
from minamo.policy.queries.texts import issue_in_force, text_in
from minamo.policy.refusals import Refused
from minamo.policy.rules.workflow import LABELS, REVIEW
from minamo.policy.views.frame import back, page, tried
from minamo.policy.views.tabs import tabs
from minamo.tenancy.api import Municipality


def revision_list(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """改正と版; a POST starts a revision."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    town: Municipality = request.loaded.row  # type: ignore[attr-defined]

    def deed() -> HttpResponse:
        if request.POST.get("verb") == "adopt":
            return back("policy-revision", "adopted", revision_id=adopting.begin(actor=actor, town=town).pk)
        title, reason = request.POST.get("title", ""), request.POST.get("reason", "")
        row = revisions.start_revision(actor=actor, town=town, title=title, reason=reason)
        return redirect("policy-revision", revision_id=row.pk)

    done, refused = tried(request, deed)
    rows = reading.revisions_of(actor, municipality_id)
    context = {
        "town": town, "rows": rows, "labels": LABELS, "refused": refused, "values": request.POST.dict(),
        "issues": Issue.objects.filter(municipality=municipality_id).order_by("-number")[:30],
        "now": issue_in_force(municipality_id), "tabs": tabs(actor, municipality_id, "revisions"), "today": actor.today,
        "ground": new_ground(municipality_id), "limits": LIMITS,
    }  # fmt: skip
    return done or page(request, "policy/revisions.html", context)


def revision(request: HttpRequest, revision_id: UUID) -> HttpResponse:
    """一つの改正: what it changes in words, whom it touches, and what can be done next. A POST changes the draft."""
    row: Revision = request.loaded.row  # type: ignore[attr-defined]

    def deed() -> HttpResponse:
        _change(request, row)
        return back("policy-revision", "change", revision_id=row.pk)

    done, refused = tried(request, deed, row)
    return done or _page(request, row, refused)


def _page(request: HttpRequest, row: Revision, refused: Refused | None) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen = reading.revision_page(actor, row)
    context: dict[str, Any] = {
        "row": row, "page": seen, "labels": LABELS, "refused": refused, "limits": LIMITS,
        "may_approve": offers(actor, "policy:approve", row), "own": actor.account_id in row.hands,
        "templates": TEMPLATES, "overlay": parted(row.overlay, row.municipality.code), "today": actor.today, "values": request.POST.dict() if refused else {},
        "tabs": tabs(actor, row.municipality_id, "revisions"), "number": request.GET.get("clause", ""),
    }  # fmt: skip
    return page(request, "policy/revision.html", context)


def _change(request: HttpRequest, row: Revision) -> None:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    sent = request.POST
    if name := sent.get("limit"):
        revisions.set_limit(actor=actor, revision=row, name=name, value=_number(sent.get("value", "")))
    elif number := sent.get("clause"):
        revisions.write_clause(
            actor=actor, revision=row, number=number, title=sent.get("title", ""), text=sent.get("text", ""),
            who=sent.getlist("who"),
        )  # fmt: skip
    elif number := sent.get("drop"):
        revisions.drop_clause(actor=actor, revision=row, number=number)
    elif "reason" in sent:
        revisions.explain(actor=actor, revision=row, reason=sent["reason"])
    elif "overlay" in sent:
        revisions.set_overlay(actor=actor, revision=row, text=written(sent, row.municipality.code))
    else:
        raise Refused("変えるところを選んでください。")


def _number(text: str) -> int:
    try:
        return int(text)
    except ValueError as problem:
        raise Refused("数字を入れてください。", "value") from problem


def submission(request: HttpRequest, revision_id: UUID) -> HttpResponse:
    """審査に出す、差し戻す、取り下げる."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row: Revision = request.loaded.row  # type: ignore[attr-defined]
    verbs = {"submit": revisions.submit, "withdraw": revisions.withdraw, "return": revisions.send_back}
    verb = verbs.get(request.POST.get("verb", ""))
    if request.POST.get("verb") == "merge":
        return _merged(request, row)
    if request.POST.get("verb") == "adopt":
        return _adopted(request, row)
    if verb is None:
        raise Http404

    def deed() -> HttpResponse:
        verb(actor=actor, revision=row, note=request.POST.get("note", "") or request.POST.get("back", ""))
        if verb is revisions.submit:
            _estimated(actor, row)
        return back("policy-revision", "step", revision_id=row.pk)

    done, refused = tried(request, deed)
    return done or _page(request, row, refused)


def _merged(request: HttpRequest, row: Revision) -> HttpResponse:
    """新しい版に合わせる; in review it is worked out again at once."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    choices = {
        name.removeprefix("keep-"): value for name, value in request.POST.dict().items() if name.startswith("keep-")
    }

    def deed() -> HttpResponse:
        if revisions.state_now(merging.merge(actor=actor, revision=row, choices=choices)) == REVIEW:
            _estimated(actor, row)
        return redirect("policy-revision", revision_id=row.pk)

    done, refused = tried(request, deed, row)
    return done or _page(request, row, refused)


def _adopted(request: HttpRequest, row: Revision) -> HttpResponse:
    """郡の新しい定めを、この案に取り入れる."""
    actor: Actor = request.actor  # type: ignore[attr-defined]

    def deed() -> HttpResponse:
        adopting.adopt(actor=actor, revision=row)
        return back("policy-revision", "adopted", revision_id=row.pk)

    done, refused = tried(request, deed, row)
    return done or _page(request, row, refused)


def _estimated(actor: Actor, row: Revision) -> None:
    for kind in (Impact.Kind.PROOF, Impact.Kind.REPLAY):
        impacts.estimate(actor=actor, revision=row, kind=kind)


def approval(request: HttpRequest, revision_id: UUID) -> HttpResponse:
    """承認する, with the day from which it holds; today means at once."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row: Revision = request.loaded.row  # type: ignore[attr-defined]

    def deed() -> HttpResponse:
        issues.approve(actor=actor, revision=row, effective_on=_day(request), note=request.POST.get("note", ""))
        return back("policy-revisions", "approved", municipality_id=row.municipality_id)

    done, refused = tried(request, deed)
    return done or _page(request, row, refused)


def _day(request: HttpRequest) -> dt.date:
    try:
        return dt.date.fromisoformat(request.POST.get("effective_on", ""))
    except ValueError as problem:
        raise Refused("施行日を入れてください。", "effective_on") from problem


def impact(request: HttpRequest, revision_id: UUID) -> HttpResponse:
    """影響の見積もりを頼む; a GET shows how far it is (asked again by the page until it is done)."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row: Revision = request.loaded.row  # type: ignore[attr-defined]
    if request.method == "POST":
        kind = request.POST.get("kind", "")
        if kind not in Impact.Kind.values:
            raise Http404
        done, refused = tried(request, lambda: _asked(actor, row, kind))
        return done or _page(request, row, refused)
    return render(request, "policy/_impacts.html", {"row": row, "page": reading.revision_page(actor, row)})


def _asked(actor: Actor, row: Revision, kind: str) -> HttpResponse:
    running = row.impacts.filter(kind=Impact.Kind.SHADOW).first() if kind == Impact.Kind.SHADOW else None
    if running is not None:
        impacts.look_at_shadow(actor=actor, impact=running)
    else:
        impacts.estimate(actor=actor, revision=row, kind=kind)
    return back("policy-revision", "asked", revision_id=row.pk)


def activation(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """直ちに施行する, or go back to the issue before; a GET shows what going back would change."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    town: Municipality = request.loaded.row  # type: ignore[attr-defined]

    def deed() -> HttpResponse:
        if request.POST.get("verb") == "rollback":
            issues.roll_back(actor=actor, town=town, leaves=_edition(request), reason=request.POST.get("reason", ""))
        else:
            issues.activate_issue(actor=actor, issue=_issue(request, town))
        return back("policy-revisions", "force", municipality_id=municipality_id)

    done, refused = tried(request, deed)
    if done is not None:
        return done
    way = None
    try:
        way = issues.way_back(town) if refused is None else None
    except Refused as problem:
        refused = problem
    if way is None:
        return page(request, "policy/refused.html", {"town": town, "refused": refused})
    now, before = way
    coming = Issue.objects.filter(municipality=town, activated_at=None, ended_at=None).order_by("number")
    context = {
        "town": town, "now": now, "before": before, "difference": between(text_in(now), text_in(before)), "refused": None,
        "coming": list(coming), "tabs": tabs(actor, municipality_id, "revisions"),
    }  # fmt: skip
    return page(request, "policy/rollback.html", context)


def _edition(request: HttpRequest) -> int:
    """The number of the issue the form was made for."""
    text = request.POST.get("leaves", "")
    if not (text.isdecimal() and len(text) <= 9):
        raise Refused("どの版から戻すのかが分かりません。「一つ前の版に戻す」を、もう一度開いてください。")
    return int(text)


def _issue(request: HttpRequest, town: Municipality) -> Issue:
    number = request.POST.get("number", "")
    wanted = (
        Issue.objects.filter(municipality=town, number=number).first()
        if number.isdecimal() and len(number) <= 9
        else None
    )
    if wanted is None:
        raise Http404
    return wanted
