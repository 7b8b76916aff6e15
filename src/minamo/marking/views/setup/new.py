"""テストを用意する: a blank sheet in, a test with its boxes out; a refusal stands at its field and keeps what was typed."""

import tempfile
from pathlib import Path
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from minamo.access.api import Actor
from minamo.kernel import uploads
from minamo.kernel.ids import id_of
from minamo.marking.actions.assessments import AssessmentRefused, Sheet, create_assessment, made_with
from minamo.marking.apart import apart, blank_of
from minamo.marking.office import OfficeRefused, to_pdf
from minamo.marking.vision.errors import PageError
from minamo.tenancy.api import School

OFFICE = (uploads.WORD, uploads.EXCEL, uploads.SLIDES, uploads.ODF)
KINDS = (uploads.PDF, uploads.JPEG, uploads.PNG, uploads.TIFF, uploads.HEIC, *OFFICE)
MOST = 40 * 2**20
FIELDS = ("title", "subject")


def new(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """新しいテスト."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    school: School = request.loaded.row  # type: ignore[attr-defined]
    if request.method != "POST":
        return _form(request, school, {"key": str(uuid4())}, {})
    key = id_of(request.POST.get("key", "")) or uuid4()
    there = made_with(actor=actor, school=school, key=key)
    if there is not None:
        return redirect("marking-assessment", assessment_id=there.pk)
    try:
        sheet = _sheet(request)
        title = request.POST.get("title", "").strip() or Path(sheet.filename).stem
        row = create_assessment(
            actor=actor, school=school, title=title, subject=request.POST.get("subject", ""), sheet=sheet, key=key
        )
    except AssessmentRefused as refused:
        return _form(request, school, request.POST.dict(), {refused.field: str(refused)})
    made = redirect("marking-assessment", assessment_id=row.pk)
    made["Location"] += f"?unused={sheet.unused}" if sheet.unused else ""
    return made


def _sheet(request: HttpRequest) -> Sheet:
    """The sheet of the form. Raises AssessmentRefused at the field `file`."""
    try:
        accepted = uploads.accept(request.FILES.get("file"), KINDS, most=MOST)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{_stem(accepted.name)}{Path(accepted.name).suffix.lower()}"
            path.write_bytes(accepted.content)
            found = apart(path.name, blank_of, to_pdf(path) if accepted.kind in OFFICE else path)
    except (uploads.UploadRefused, OfficeRefused, PageError) as problem:
        raise AssessmentRefused("file", str(problem)) from problem
    return Sheet(**vars(found), filename=accepted.name)


def _stem(name: str) -> str:
    """The file's own name, so that a refusal names it; nothing that could lead out of the folder."""
    return "".join(c for c in Path(name).stem if c.isalnum() or c in " _-（）()・　")[:40].strip() or "用紙"


def _form(request: HttpRequest, school: School, values: dict[str, str], errors: dict[str, str]) -> HttpResponse:
    context = {
        "school": school, "values": {name: values.get(name, "") for name in (*FIELDS, "key")}, "errors": errors,
        "accept": ",".join(ending for kind in KINDS for ending in kind.endings),
    }  # fmt: skip
    return render(request, "marking/setup_new.html", context, status=422 if errors else 200)
