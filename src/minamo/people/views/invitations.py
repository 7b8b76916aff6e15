"""登録コードの発行: for a class, a pupil or the whole school; the answer is the PDF, the only place the codes exist."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse

from minamo.kernel.ids import id_of
from minamo.people import forms
from minamo.people.actions.invitations import issue, pupils_of_class
from minamo.people.models import Pupil, SchoolClass
from minamo.people.printing import invitation_sheets
from minamo.people.queries.invitations import registration_of_school
from minamo.people.views.frame import UNREADABLE, actor_of, loaded, page, year_of


def invitations(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """発行のページ, and the sheets."""
    school, actor = loaded(request), actor_of(request)
    error = ""
    if request.method == "POST":
        form = forms.InvitationForm(request.POST)
        if not form.is_valid():
            raise Http404
        pupils = _chosen(request, school, form.cleaned_data["scope"])
        issued = issue(actor=actor, school=school, pupil_ids=pupils)
        if issued:
            response = HttpResponse(invitation_sheets(issued), content_type="application/pdf")
            response["Content-Disposition"] = "inline; filename=invitations.pdf"
            return response
        error = "コードを出す相手がいません。保護者が登録されていないか、みなさん登録が済んでいます。"
    lines = registration_of_school(actor, school.id, year_of(request).year)
    context = {"school": school, "lines": lines, "error": error}
    return page(request, "invitations", context, UNREADABLE if error else 200)


def _chosen(request: HttpRequest, school: Any, scope: str) -> list[UUID]:
    """`school`, `class:<id>` or `pupil:<id>` as pupils of this school (others are nobody here)."""
    actor = actor_of(request)
    here = Q(left_on__isnull=True) | Q(left_on__gte=actor.today)
    pupils = Pupil.objects.visible_to(actor).filter(here, school=school.id)
    kind, _, text = scope.partition(":")
    if kind == "school":
        return list(pupils.values_list("pk", flat=True))
    if (wanted := id_of(text)) is None:
        raise Http404
    if kind == "class":
        room = SchoolClass.objects.visible_to(actor).filter(pk=wanted, school=school.id).first()
        return pupils_of_class(room, actor.today) if room else []
    return list(pupils.filter(pk=wanted).values_list("pk", flat=True))
