"""テストの設定: the sheet with its boxes and questions; saved as editions in the background."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor, offers, waiting_keys
from minamo.kernel import files
from minamo.kernel.ids import id_of
from minamo.kernel.schoolyear import JST
from minamo.kernel.wareki import format_time
from minamo.marking.actions.assessments import (
    AssessmentRefused,
    copy_assessment,
    rename_assessment,
    share_assessment,
    shelve_assessment,
)
from minamo.marking.actions.editions import DrawingRefused, EditionConflict, keep_drawing, save_edition, take_up
from minamo.marking.models import Assessment, Edition
from minamo.marking.points_table import whole_number
from minamo.marking.queries.assessments import drawn, editions_of, last_edition, pages_read
from minamo.marking.setup import ALPHABETS, ASPECTS, KINDS, SetupRefused
from minamo.tenancy.api import School

PNG = "image/png"


def editor(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    """設定を見る・保存する. POST takes the settings as JSON and answers with the edition, 409 or 422."""
    row: Assessment = request.loaded.row  # type: ignore[attr-defined]
    return _save(request, row) if request.method == "POST" else page(request, row)


def page(request: HttpRequest, row: Assessment, errors: Mapping[str, str] | None = None) -> HttpResponse:
    """The editor; readers see the same without tools."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    edition = last_edition(row)
    may_edit = offers(actor, "assessment:edit", row)
    context = {
        "row": row, "edition": edition, "may_edit": may_edit, "read": pages_read(row), "state": plain(edition),
        "limits": {"kinds": KINDS, "alphabets": ALPHABETS, "aspects": ASPECTS}, "key": uuid4(), "errors": errors or {},
        "unused": _unused(request, row),
        "locks": json.dumps(waiting_keys(actor.account_id)),
    }  # fmt: skip
    return render(request, "marking/setup_editor.html", context, status=422 if errors else 200)


def _unused(request: HttpRequest, row: Assessment) -> str:
    """使わないページ, as a test says that was made a moment ago: which pages of its file bore no print."""
    count = min(whole_number(request.GET.get("unused", "")) or 0, 99)
    first = len(row.pages) + 1
    return f"{first}ページ目" if count == 1 else f"{first}〜{first + count - 1}ページ目" if count > 1 else ""


def plain(edition: Edition) -> dict[str, Any]:
    """An edition as the editor holds it."""
    return {
        "number": edition.number, "questions": edition.questions, "number_box": edition.number_box,
        "name_box": edition.name_box, "vertical": edition.vertical,
    }  # fmt: skip


def _save(request: HttpRequest, row: Assessment) -> JsonResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    try:
        sent = json.loads(request.body)
    except ValueError:
        sent = None
    if not isinstance(sent, dict) or isinstance(sent.get("base"), bool) or not isinstance(sent.get("base"), int):
        return JsonResponse({"problems": ["設定を読み取れませんでした。画面を開き直してください。"]}, status=422)
    try:
        made = save_edition(
            actor=actor, assessment=row, base=sent["base"], questions=sent.get("questions"),
            number_box=sent.get("number_box"), name_box=sent.get("name_box"), vertical=sent.get("vertical") is True,
        )  # fmt: skip
    except EditionConflict as conflict:
        return JsonResponse(_theirs(conflict.latest), status=409)
    except SetupRefused as refused:
        return JsonResponse({"problems": list(refused.problems)}, status=422)
    return JsonResponse({"number": made.number, "at": clock(made)})


def _theirs(latest: Edition) -> dict[str, Any]:
    return {"number": latest.number, "who": latest.saved_by_label, "at": clock(latest)}


def clock(edition: Edition) -> str:
    """8:20."""
    return format_time(edition.saved_at.astimezone(JST).time())


def sheet(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    """用紙の絵."""
    row: Assessment = request.loaded.row  # type: ignore[attr-defined]
    return picture(row.picture)


def picture(digest: str) -> HttpResponse:
    """A kept PNG; 404 when there is none."""
    try:
        return HttpResponse(files.read(digest), content_type=PNG)
    except (FileNotFoundError, ValueError) as problem:
        raise Http404 from problem


def drawing(request: HttpRequest, assessment_id: UUID, digest: str) -> HttpResponse:
    """手書きの正答 of this test."""
    row: Assessment = request.loaded.row  # type: ignore[attr-defined]
    if not drawn(row.pk, digest):
        raise Http404
    return picture(digest)


def sitting_drawing(request: HttpRequest, sitting_id: UUID, digest: str) -> HttpResponse:
    """手書きの正答, for who marks the sitting."""
    if not drawn(request.loaded.row.assessment_id, digest):  # type: ignore[attr-defined]
        raise Http404
    return picture(digest)


def drawings(request: HttpRequest, assessment_id: UUID) -> JsonResponse:
    """手書きの正答を残す: a PNG in, its digest out."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    try:
        digest = keep_drawing(actor=actor, assessment=request.loaded.row, content=request.body)  # type: ignore[attr-defined]
    except DrawingRefused as refused:
        return JsonResponse({"problems": [str(refused)]}, status=422)
    return JsonResponse({"drawing": digest})


def editions(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    """版の一覧, and taking an earlier one up again."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row: Assessment = request.loaded.row  # type: ignore[attr-defined]
    problem = ""
    if request.method == "POST":
        number = request.POST.get("number", "")
        try:
            take_up(actor=actor, assessment=row, number=int(number) if number.isascii() and number.isdigit() else 0)
            return redirect("marking-assessment", assessment_id=row.pk)
        except SetupRefused as refused:
            problem = str(refused)
    context = {
        "row": row,
        "rows": editions_of(row),
        "may_edit": offers(actor, "assessment:edit", row),
        "problem": problem,
    }
    return render(request, "marking/setup_editions.html", context, status=422 if problem else 200)


def details(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    """名前と教科を直す."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row: Assessment = request.loaded.row  # type: ignore[attr-defined]
    try:
        rename_assessment(
            actor=actor, assessment=row, title=request.POST.get("title", ""), subject=request.POST.get("subject", "")
        )
    except AssessmentRefused as refused:
        return page(request, row, {refused.field: str(refused)})
    return redirect("marking-assessment", assessment_id=row.pk)


def copies(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    """写して使う: a test of one's own; leads there."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row: Assessment = request.loaded.row  # type: ignore[attr-defined]
    school = School.objects.get(pk=row.school_id)
    key = id_of(request.POST.get("key", "")) or uuid4()
    made = copy_assessment(actor=actor, source=row, school=school, key=key)
    return redirect("marking-assessment", assessment_id=made.pk)


def sharing(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    """校内で共有する・やめる."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row: Assessment = request.loaded.row  # type: ignore[attr-defined]
    try:
        share_assessment(actor=actor, assessment=row, audience=request.POST.get("audience", ""))
    except AssessmentRefused as refused:
        return page(request, row, {refused.field: str(refused)})
    return redirect("marking-assessment", assessment_id=row.pk)


def shelf(request: HttpRequest, assessment_id: UUID) -> HttpResponse:
    """片づける・取り出す."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row: Assessment = request.loaded.row  # type: ignore[attr-defined]
    shelve_assessment(actor=actor, assessment=row, away=request.POST.get("away") == "1")
    return redirect("marking-home")
