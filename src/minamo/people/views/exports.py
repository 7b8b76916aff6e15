"""名簿の書き出し: what `pupil:export` allows, no more; no cell can become a formula; lost characters are told."""

from typing import Any, Literal
from urllib.parse import quote
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from minamo.access.api import authorise
from minamo.audit.api import append
from minamo.kernel.tables import Cell, Sheet, write_csv, write_xlsx
from minamo.people.actions.looked import looked_back
from minamo.people.models import Pupil
from minamo.people.queries.pupils import PupilFilter, PupilRow, pupil_rows
from minamo.people.rules import grade_label
from minamo.people.views.frame import actor_of, loaded, page

HEADER = (
    "学年",
    "学級",
    "出席番号",
    "氏名",
    "ふりがな",
    "氏名（正式）",
    "性別",
    "生年月日",
    "学籍番号",
    "学籍を離れた日",
)
WIDTHS = (8, 14, 8, 18, 20, 18, 8, 12, 14, 14)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def export_xlsx(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """Excelの名簿."""
    school = loaded(request)
    rows = _rows(request, school)
    _record(request, school, "pupil:export", len(rows))
    content = write_xlsx([Sheet("名簿", HEADER, rows, WIDTHS)])
    return _download(content, XLSX, f"{school.short_name}_名簿.xlsx")


def export_csv(request: HttpRequest, school_id: UUID) -> HttpResponse:
    """CSVの名簿: UTF-8 with BOM; `encoding=cp932` first shows which characters would be lost, and on which rows."""
    school = loaded(request)
    encoding: Literal["utf-8-sig", "cp932"] = "cp932" if request.GET.get("encoding") == "cp932" else "utf-8-sig"
    rows = _rows(request, school)
    result = write_csv(rows, HEADER, encoding)
    if result.lost and request.GET.get("accept") != "1":
        _record(request, school, "people:list", len(result.lost))  # names are shown, no file is given
        query = request.GET.copy()
        query["accept"] = "1"
        lost = [(cell, rows[cell.record - 2][3]) for cell in result.lost]
        return page(request, "export_losses", {"school": school, "lost": lost, "anyway": query.urlencode()})
    _record(request, school, "pupil:export", len(rows))
    response = _download(
        result.content, f"text/csv; charset={encoding.removesuffix('-sig')}", f"{school.short_name}_名簿.csv"
    )
    response["X-Minamo-Lost-Cells"] = str(len(result.lost))
    return response


def _rows(request: HttpRequest, school: Any) -> list[tuple[Cell, ...]]:
    """The rows the actor may export. Who may export nobody of the school is refused by the policy."""
    actor = actor_of(request)
    wanted = PupilFilter.of(request.GET)
    if wanted.with_left:
        looked_back(actor=actor, action="people:list", school=school)
    found = pupil_rows(actor, school.id, wanted, action="pupil:export")
    if not found:
        someone = Pupil.objects.visible_to(actor).filter(school=school.id).first()
        if (
            someone is not None
            and not Pupil.objects.visible_to(actor, "pupil:export").filter(school=school.id).exists()
        ):
            authorise(actor, "pupil:export", someone)
    sexes = dict(Pupil.Sex.choices)
    return [_cells(row, school.kind, sexes) for row in found]


def _record(request: HttpRequest, school: Any, action: str, count: int) -> None:
    """A row in the trail under the rules that let the pupils be exported: those of one pupil of each class."""
    actor = actor_of(request)
    each = Pupil.objects.visible_to(actor, "pupil:export").filter(school=school.id)
    chosen = each.order_by("homeroom_id").distinct("homeroom_id")
    append(
        actor=actor, action=action, resource_type="School", resource_id=str(school.id),
        municipality=school.municipality_id, school=school.id, detail={"count": count, "query": sorted(request.GET)},
        rules=sorted({rule for one in chosen for rule in authorise(actor, "pupil:export", one).rules}),
    )  # fmt: skip


def _cells(row: PupilRow, school_kind: str, sexes: dict[str, str]) -> tuple[Cell, ...]:
    return (
        grade_label(row.grade, school_kind), row.class_title, row.number, row.display_name, row.kana,
        row.official_name, sexes.get(row.sex, ""), row.birth_date, row.student_number, row.left_on,
    )  # fmt: skip


def _download(content: bytes, content_type: str, filename: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(filename)}"
    return response
