"""学校の設定の画面."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor, Loaded, Resource
from minamo.tenancy.actions import Refused, appoint, end_post, set_school
from minamo.tenancy.forms import SchoolForm
from minamo.tenancy.models import MEMBERSHIP, Membership, Post, School
from minamo.tenancy.queries import Keepers, keepers


def settings(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """The school's own settings; a POST changes them. What was typed stays when it cannot be taken."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    school: School = request.loaded.row  # type: ignore[attr-defined]
    form = SchoolForm(request.POST if request.method == "POST" else None)
    error = ""
    if request.method == "POST" and form.is_valid():
        try:
            set_school(actor=actor, school=school, **form.cleaned_data)
            return redirect(f"{request.path}?saved=1")
        except Refused as problem:
            error = str(problem)
    context: dict[str, Any] = {
        "school": school, "values": request.POST.dict() if request.method == "POST" else _values(school),
        "errors": {name: texts[0] for name, texts in form.errors.items()}, "error": error,
        "saved": "saved" in request.GET, "terms": [("2", "2学期制"), ("3", "3学期制")],
    }  # fmt: skip
    return render(request, "tenancy/school.html", context, status=422 if error or form.errors else 200)


def _values(school: School) -> dict[str, str]:
    return {
        "notice_deadline": f"{school.notice_deadline:%H:%M}", "first_time": f"{school.first_time:%H:%M}",
        "last_time": f"{school.last_time:%H:%M}", "phone": school.phone, "terms": str(school.terms),
    }  # fmt: skip


def posts_of_municipality(request: HttpRequest, **kwargs: Any) -> Loaded:
    """The posts of a municipality as such: nobody's school, so that only the board is meant."""
    municipality: UUID = kwargs["municipality_id"]
    values = {"municipality": municipality, "school": None}
    return Loaded(None, Resource("Membership", str(municipality), values, MEMBERSHIP))


def technicians(request: HttpRequest, municipality_id: UUID) -> HttpResponse:
    """情報担当: who keeps the devices of each school; the board appoints a member of the school's staff, or ends it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found, error = keepers(municipality_id, actor.today), ""
    if request.method == "POST":
        try:
            _change_keeper(request, actor, found)
            return redirect(f"{request.path}?saved={'end' if 'end' in request.POST else 'now'}")
        except Refused as problem:
            error = str(problem)
    context = {
        "found": found,
        "error": error,
        "saved": request.GET.get("saved", ""),
        "chosen": request.POST.get("person", ""),
    }
    return render(request, "tenancy/technicians.html", context, status=422 if error else 200)


def _change_keeper(request: HttpRequest, actor: Actor, found: Keepers) -> None:
    """One appointment (`person` is a post the person holds at the school), one end with the day (`end`), or at once (`off`)."""
    if ending := request.POST.get("end") or request.POST.get("off"):
        card = next((card for card in found.held if str(card.membership_id) == ending), None)
        if card is None:
            raise Http404
        last = max(actor.today, card.begins)  # the last day still belongs to it
        if "off" in request.POST:
            last = actor.today - dt.timedelta(days=1)
        end_post(actor=actor, membership_id=card.membership_id, last_day=last)
        return
    person = next((card for card in found.others if str(card.membership_id) == request.POST.get("person")), None)
    if person is None:
        raise Refused("だれを情報担当にするかを選んでください。")
    municipality = Membership.objects.get(pk=person.membership_id).municipality_id
    appoint(actor=actor, municipality_id=municipality, account_id=person.account_id, school_id=person.school_id,
            post=Post.ICT, begins=actor.today, primary=False)  # fmt: skip
