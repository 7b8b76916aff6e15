"""用紙を印刷する: sheets of one class as PDF."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse

from minamo.kernel import files
from minamo.marking.models import Sitting
from minamo.marking.sheet_codes import code_of
from minamo.marking.views.files import download
from minamo.people.api import roster_of_class


def sheets(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """学級の人数分の用紙; `kind=number` has no names but circles for the 出席番号."""
    from minamo.marking.sheets import Printed, placing_of, print_sheets  # pikepdf: only who prints

    row: Sitting = request.loaded.row  # type: ignore[attr-defined]
    test, klass = row.assessment, row.school_class.title
    roster = roster_of_class(row.school_class_id, row.held_on)
    if request.GET.get("kind") == "number":
        pages = [Printed(code_of(row.pk, None), f"{klass}　氏名", number=True) for _ in roster]
    else:
        pages = [Printed(code_of(row.pk, one.pupil_id), _words(klass, one.number, one.display_name)) for one in roster]
    if not pages:
        return HttpResponse(
            "この日に、この学級の名簿がありません。実施日を確かめてください。",
            status=422,
            content_type="text/plain; charset=utf-8",
        )
    content = print_sheets(
        files.read(test.blank),
        (test.width, test.height),
        placing_of(files.read(test.picture)),
        pages,
        f"{test.title}　{klass}",
    )
    return download(content, "application/pdf", f"{test.title}_{klass}_用紙.pdf", inline=True)


def _words(klass: str, number: int | None, name: str) -> str:
    return f"{klass}　{number}番　{name}" if number else f"{klass}　{name}"
