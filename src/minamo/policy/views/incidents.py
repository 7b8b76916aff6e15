"""事故の画面: report and list on one page, one incident with its deadlines and steps, the report form as PDF."""

import datetime as dt
import uuid
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor, offers, page_at, registrations_waiting, school_of_page
from minamo.kernel.ids import id_of
from minamo.kernel.schoolyear import JST
from minamo.people.api import FamilyAccount
from minamo.policy.actions import incidents as verbs
from minamo.policy.models import Incident
from minamo.policy.printing import incident_pdf
from minamo.policy.queries.affected import FAMILIES, family_of
from minamo.policy.queries.incidents import accounts_of, incident_of, incidents_of, looked_from, open_incidents
from minamo.policy.refusals import Overtaken, Refused
from minamo.policy.rules.deadlines import SOURCE
from minamo.policy.rules.incidents import MARKS, REPORTS, WORDS
from minamo.policy.views.frame import back, chosen, page, sent_once, tried
from minamo.policy.views.tabs import tabs
from minamo.tenancy.api import Municipality


def incident_list(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """事故を知らせる, and those one may see. A POST reports."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    town: Municipality = request.loaded.row  # type: ignore[attr-defined]

    def deed() -> HttpResponse:
        _report(request, actor, town)
        return redirect(f"{request.path}?sent=1")

    done, refused = tried(request, deed)
    values = request.POST.dict() or _first(request, actor, municipality_id)
    repeated = isinstance(refused, verbs.Repeated)
    context: dict[str, Any] = {
        "town": town, "cards": incidents_of(actor, municipality_id), "kinds": Incident.Kind.choices, "values": values,
        "schools": _schools(actor, municipality_id), "refused": refused, "repeated": repeated, "sent": "sent" in request.GET,
        "tabs": tabs(actor, municipality_id, "incidents"),
    }  # fmt: skip
    return done or page(request, "policy/incidents.html", context)


def _report(request: HttpRequest, actor: Actor, town: Municipality) -> None:
    sent = request.POST
    schools = _schools(actor, town.pk)
    chosen = id_of(sent.get("school", "")) or (UUID(schools[0][0]) if len(schools) == 1 else None)
    if schools and chosen is None:
        raise Refused("どの学校のことかを選んでください。", "school")
    verbs.report(
        actor=actor, town=town, kind=sent.get("kind", ""), summary=sent.get("summary", ""), school=chosen,
        page=sent.get("page", ""), key=id_of(sent.get("key", "")), known_at=_moment_or_none(request, "known_at"),
        happened_at=_moment_or_none(request, "happened_at"), again="again" in sent,
    )  # fmt: skip


def _first(request: HttpRequest, actor: Actor, municipality: UUID) -> dict[str, str]:
    """What stands in the form when it opens: the page one came from, and the school of that page where one serves there."""
    came, schools = _came_from(request), dict(_schools(actor, municipality))
    school = school_of_page(request, came) if came and len(schools) > 1 else ""
    return {"page": came, "key": str(uuid.uuid4()), "school": school if school in schools else ""}


def _schools(actor: Actor, municipality: UUID) -> list[tuple[str, str]]:
    posts = [post for post in actor.posts if post.get("school") and str(post.get("municipality")) == str(municipality)]
    return list({str(post["school"]): str(post["school_name"]) for post in posts}.items())


def _came_from(request: HttpRequest) -> str:
    """The path of the page one came from; never its query."""
    parts = urlsplit(request.headers.get("Referer", ""))
    return parts.path if parts.netloc == request.get_host() and parts.path != request.path else ""


def incident(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """一件の事故; a POST writes on: a note, a step, the assessment, a count of who is affected."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row: Incident = request.loaded.row  # type: ignore[attr-defined]

    def deed() -> HttpResponse:
        _write(request, actor, row)
        return back("policy-incident", incident_id=row.pk)

    found: list[FamilyAccount] | None = None
    done, refused = None, None
    if request.POST.get("verb") == "find":
        found, refused = _found(request, actor, row)
    else:
        done, refused = tried(request, deed)
    manages = offers(actor, "incident:manage", row)
    card = incident_of(actor, row)
    context: dict[str, Any] = {
        "row": row, "card": card, "marks": MARKS, "words": WORDS, "refused": refused, "manages": manages,
        "names": offers(actor, "incident:affected", row),
        "verb": request.POST.get("verb", ""), "values": request.POST.dict() if found is not None else _values(request, refused), "seen": card.assessed_in,
        "accounts": accounts_of(card) + _families(request, row, found) if manages and not card.closed else [], "found": found, "most": FAMILIES, "times": card.times,
        "kinds": Incident.Kind.choices, "reports": REPORTS, "source": SOURCE, "today": actor.today,
        "since": _typed(looked_from(card)), "until": _typed(actor.now),
        "known": _typed(card.times.known_at), "happened": _typed(card.times.happened_at),
        "tabs": tabs(actor, row.municipality_id, "incidents"), "key": (request.POST.get("key") if refused else "") or str(uuid.uuid4()),
        "came": page_at(request, actor, row.page) if row.page else None,
    }  # fmt: skip
    return done or page(request, "policy/incident.html", context)


def _found(request: HttpRequest, actor: Actor, row: Incident) -> tuple[list[FamilyAccount] | None, Refused | None]:
    """保護者・児童生徒を探す: to choose from; nothing is written into the incident."""
    try:
        return verbs.find_families(actor=actor, incident=row, words=request.POST.get("who", "")), None
    except Refused as problem:
        return None, problem


def _families(request: HttpRequest, row: Incident, found: list[FamilyAccount] | None) -> list[tuple[UUID, str]]:
    """家庭のアカウント to choose from: those that were found, or the one in a form that was refused."""
    key = id_of(request.POST.get("account", ""))
    again = family_of(row, key) if key else None
    return [(one.account_id, one.said) for one in [*(found or []), *([again] if again else [])]]


def _values(request: HttpRequest, refused: Refused | None) -> dict[str, str]:
    """What stands in a form that was refused; of an assessment that was overtaken, what the others wrote beside what was typed."""
    if not isinstance(refused, Overtaken):
        return request.POST.dict() if refused else {}
    marks = {name: "1" for name in MARKS if refused.values[name]}
    people = refused.values["people"]
    return marks | {name: refused.values[name] for name in WORDS} | {"people": "" if people is None else str(people)}


def _write(request: HttpRequest, actor: Actor, row: Incident) -> None:
    """The deed of the pressed button; of a form that was sent twice the second time nothing."""
    once = sent_once(request)
    if not verbs.written_already(actor=actor, incident=row, key=once):
        _deed(request, actor, row, once)


def _deed(request: HttpRequest, actor: Actor, row: Incident, once: UUID | None) -> None:
    sent = request.POST.dict()
    kind, text = sent.get("kind", "note"), sent.get("text", "")
    chosen(request, {
        "entry": lambda: verbs.write_entry(actor=actor, incident=row, kind=kind, text=text, key=once),
        "assess": lambda: verbs.assess(actor=actor, incident=row, values=sent, key=once),
        "affected": lambda: _affected(request, actor, row, once),
        "hand_in": lambda: verbs.hand_in(
            actor=actor, incident=row, report=sent.get("report", ""), sent_on=_day(request, "sent_on"), text=sent.get("sent_note", ""),
            key=once,
        ),
        "take_back": lambda: verbs.take_back(
            actor=actor, incident=row, report=sent.get("report", ""), why=sent.get("back_why", ""), key=once
        ),
        "kind": lambda: verbs.correct_kind(actor=actor, incident=row, kind=kind, why=sent.get("kind_why", ""), key=once),
        "times": lambda: verbs.correct_times(
            actor=actor, incident=row, known_at=_moment(request, "known_at"),
            happened_at=_moment_or_none(request, "happened_at"), why=sent.get("why", ""), key=once,
        ),
    })  # fmt: skip


def _affected(request: HttpRequest, actor: Actor, row: Incident, once: UUID | None) -> None:
    account = id_of(request.POST.get("account", ""))
    if account is None:
        raise Refused("だれの操作かを選んでください。", "account")
    verbs.count_affected(
        actor=actor,
        incident=row,
        account=account,
        since=_moment(request, "since"),
        until=_moment(request, "until"),
        key=once,
    )


def _day(request: HttpRequest, name: str) -> dt.date:
    try:
        return dt.date.fromisoformat(request.POST.get(name, ""))
    except ValueError as problem:
        raise Refused("出した日を入れてください。", name) from problem


def _moment(request: HttpRequest, name: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(request.POST.get(name, "")).replace(tzinfo=JST)
    except ValueError as problem:
        raise Refused("日と時刻を入れてください。", name) from problem


def _moment_or_none(request: HttpRequest, name: str) -> dt.datetime | None:
    return _moment(request, name) if request.POST.get(name, "").strip() else None


def _typed(at: dt.datetime | None) -> str:
    """As a field of date and time wants it."""
    return at.astimezone(JST).strftime("%Y-%m-%dT%H:%M") if at else ""


def incident_report(request: HttpRequest, incident_id: UUID) -> HttpResponse:
    """漏えい等報告の下書き as PDF, from the newest assessment."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    card = incident_of(actor, request.loaded.row)  # type: ignore[attr-defined]
    if card.assessment is None:
        raise Http404
    response = HttpResponse(incident_pdf(card, actor.today), content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="incident-report.pdf"'
    return response


def waiting(request: HttpRequest) -> HttpResponse:
    """対応中の事故 and devices that wait for an approval, a part of the start pages of heads and the board, asked again every
    minute; empty for others."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return render(
        request,
        "policy/_waiting.html",
        {"incidents": open_incidents(actor), "registrations": registrations_waiting(actor)},
    )
