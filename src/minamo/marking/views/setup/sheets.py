"""用紙を印刷する: sheets of one class as PDF."""

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from minamo.kernel import files
from minamo.marking.apart import apart, sheets_of
from minamo.marking.check_rules import Child
from minamo.marking.leaves import Leaf, leaf_at, within
from minamo.marking.models import Edition, Sitting
from minamo.marking.queries.assessments import last_edition
from minamo.marking.queries.scans import children
from minamo.marking.setup import questions_of
from minamo.marking.sheet_codes import code_of
from minamo.marking.sheet_values import Asked, Printed, Words
from minamo.marking.views.files import download
from minamo.marking.vision.errors import PageError


def sheets(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """学級の人数分の用紙; `kind=number` has no names but circles for the 出席番号."""
    row: Sitting = request.loaded.row  # type: ignore[attr-defined]
    test, klass = row.assessment, row.school_class.title
    pages = _pages(row, numbered=request.GET.get("kind") == "number")
    if not pages:
        return _said("この日に、この学級の名簿がありません。実施日を確かめてください。", 422)
    name = f"{test.title}_{klass}_用紙.pdf"
    blank, picture = files.read(test.blank), files.read(test.picture)
    try:
        content = apart(name, sheets_of, blank, picture, test.pages, pages, f"{test.title}　{klass}")
    except PageError:
        return _said("用紙を作る途中で止まりました。何も失われていません。少し待って、もう一度押してください。", 503)
    return download(content, "application/pdf", name, inline=True)


def _pages(sitting: Sitting, *, numbered: bool) -> list[Printed]:
    """Pupil after pupil, page after page, so that printing on both sides keeps a pupil's pages on one sheet; each page has its own
    code, and says which one it is where there are two. The order and the numbers are those of だれの答案か, also in a 教科の学級: what
    comes back in the order of printing is in order there."""
    klass, leaves, edition = sitting.school_class.title, sitting.assessment.pages, last_edition(sitting.assessment)
    asked = {leaf.number: asked_on(edition, leaves, leaf) for leaf in leaves}
    made = []
    for one in children(sitting):
        pupil = None if numbered else one.pupil
        words = f"{klass}　氏名" if numbered else _words(klass, one.number, one.name)
        for leaf in leaves:
            page = f"{leaf.number + 1}/{len(leaves)}　" if len(leaves) > 1 else ""
            code = code_of(sitting.pk, pupil, leaf.number)
            inscribed = () if numbered else _inscribed(edition, leaves, leaf, one)
            made.append(Printed(code, page + words, numbered, leaf.number, inscribed, asked[leaf.number]))
    return made


def asked_on(edition: Edition, leaves: Sequence[Leaf], leaf: Leaf) -> tuple[Asked, ...]:
    """マーク欄で答える問い of a page, by the newest edition."""
    return tuple(
        Asked(within(leaf, one.box), one.alphabet)
        for one in questions_of(edition.questions)
        if one.bubbles and leaf_at(leaves, one.box) == leaf
    )


def _inscribed(edition: Edition, leaves: Sequence[Leaf], leaf: Leaf, child: Child) -> tuple[Words, ...]:
    """番号と氏名 of a pupil in the boxes that the newest edition has for them on this page."""
    boxes = ((edition.number_box, str(child.number or ""), False), (edition.name_box, child.name, True))
    return tuple(
        Words(within(leaf, box), text, upright)
        for box, text, upright in boxes
        if box and text and leaf_at(leaves, box) == leaf
    )


def _said(words: str, status: int) -> HttpResponse:
    return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")


def _words(klass: str, number: int | None, name: str) -> str:
    return f"{klass}　{number}番　{name}" if number else f"{klass}　{name}"
