"""返却用の答案を作る: asked for by a person or by a change of points, drawn beside the requests, page by page."""

from uuid import UUID

from minamo.access.api import Actor, authorise, system_scope
from minamo.audit import api as audit
from minamo.kernel import files, jobs
from minamo.marking.models import MarkedBook, PaperSheet, Result
from minamo.marking.queries.giving import Drawing, Drawn, drawing_of, sheets_of

TASK = "marking.draw"
GONE = "答案の画像は、もう削除されています。点と結果はそのまま見られます。"
FAILED = "答案を描く途中で止まりました。もう一度作ってください。点と答案はそのままです。"


def ask_book(*, actor: Actor, result: Result, drawn_here: bool = False) -> MarkedBook | None:
    """採点済みPDFを頼む: the one that is there when nothing has changed since, a new one otherwise. None for a result that was
    not marked here. One that could not be made is tried again. `drawn_here`: the caller draws it himself.
    """
    decision = authorise(actor, "result:read", result)
    drawing = drawing_of(result)
    if drawing is None or not drawing.papers:
        return None
    book, fresh = MarkedBook.objects.get_or_create(
        result=result, drawn=drawing.key,
        defaults={"municipality_id": result.municipality_id, "pages": len(drawing.papers), "asked_at": actor.now},
    )  # fmt: skip
    if not fresh and not book.refusal:
        return book
    MarkedBook.objects.filter(pk=book.pk).update(done=0, refusal="", asked_at=actor.now)
    if not drawn_here:
        jobs.defer(TASK, municipality=str(result.municipality_id), book=str(book.pk))
    audit.append(
        actor=actor, action="result:read", resource_type="Result", resource_id=str(result.pk),
        municipality=result.municipality_id, school=result.school_id, rules=decision.rules,
        detail={"book": book.pk, "pages": len(drawing.papers)},
    )  # fmt: skip
    return book


def draw_book(*, actor: Actor, book_id: UUID) -> None:
    """描く, in transactions of its own so that its progress can be seen. Called by the job; run again it goes on.

    A book whose points have changed since is left: the change has asked for its own.
    """
    (town,) = actor.uuids["municipalities"]
    with system_scope(town):
        book = MarkedBook.objects.select_related("result").get(pk=book_id)
        drawing = drawing_of(book.result)
        there = sheets_of(book.result)
    if drawing is None or drawing.key != book.drawn or book.content:
        return
    try:
        _draw(actor, town, book, drawing, {key: sheet.drawn for key, sheet in there.items() if sheet.pdf})
    except files.UNREADABLE:
        _refuse(town, book, GONE)
    except Exception:
        _refuse(town, book, FAILED)
        raise


def _draw(actor: Actor, town: UUID, book: MarkedBook, drawing: Drawing, there: dict[UUID, str]) -> None:
    from minamo.marking.drawing import picture, scans, single, whole  # the eye is loaded by the worker only

    with scans(drawing) as paths:
        for done, paper in enumerate(drawing.papers, start=1):
            if there.get(paper.paper.pk) != paper.key:
                _keep(actor, town, drawing, paper, picture(drawing, paper, paths), single(drawing, paper, paths))
            with system_scope(town):
                MarkedBook.objects.filter(pk=book.pk).update(done=done)
        content = whole(drawing, paths)
    with system_scope(town):
        MarkedBook.objects.filter(pk=book.pk).update(content=files.keep(content), made_at=actor.now)


def _keep(actor: Actor, town: UUID, drawing: Drawing, paper: Drawn, picture: bytes, pdf: bytes) -> None:
    with system_scope(town):
        PaperSheet.objects.update_or_create(
            paper=paper.paper,
            defaults={
                "municipality_id": drawing.result.municipality_id, "picture": files.keep(picture), "pdf": files.keep(pdf),
                "width": drawing.size[0], "height": drawing.size[1], "drawn": paper.key, "made_at": actor.now,
                "boxes": {key: list(box) for key, box in drawing.boxes_of(paper).items()},
                "corners": drawing.corners,
            },
        )  # fmt: skip


def _refuse(town: UUID, book: MarkedBook, words: str) -> None:
    with system_scope(town):
        MarkedBook.objects.filter(pk=book.pk).update(refusal=words)
