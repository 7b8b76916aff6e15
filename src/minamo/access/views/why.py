"""なぜ見える／なぜ見えない: the page."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from minamo.access.actor import Actor
from minamo.access.enforce import as_resource, authorise
from minamo.access.models import Account
from minamo.access.views.signin import actor_of
from minamo.access.why import answers, person, question_about, record_of

KINDS = {"Pupil": "児童生徒", "SchoolClass": "学級", "School": "学校", "Municipality": "自治体", "Notice": "欠席連絡",
         "Mark": "出欠の記録", "Terminal": "端末", "Emergency": "緊急の閲覧"}  # fmt: skip


def why(request: HttpRequest, kind: str, key: UUID) -> HttpResponse:
    """About oneself, or (head and board) about somebody named by login ID."""
    actor = actor_of(request)
    row = record_of(kind, key) if kind in KINDS else None
    if row is None:
        raise Http404
    resource = as_resource(row)
    login = request.GET.get("login", "").strip()
    who: Actor | None = actor
    if login:
        authorise(actor, "explanation:read", question_about(resource))
        account = Account.objects.filter(login_id=login).first()
        who = person(actor, account.pk) if account else None
    context = {
        "kind": KINDS[kind], "who": who, "login": login, "about_me": not login, "record": kind, "key": key,
        "answers": list(answers(who, resource)) if who else [], "may_ask": bool(actor.ids("heads") or actor.ids("boards")),
        "here": request.get_full_path(),
    }  # fmt: skip
    return render(request, "access/why.html", context)
