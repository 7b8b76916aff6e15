"""テストの設定を保存する: editions, each a row; an earlier one is taken up again as a new one. Model answers by hand."""

import io
from typing import Any

from minamo.access.api import Actor, authorise
from minamo.audit import api as audit
from minamo.kernel import files
from minamo.kernel.jobs import defer
from minamo.marking.models import Assessment, Edition
from minamo.marking.setup import SetupRefused, checked, checked_box, questions_of

MOST_DRAWING = 200_000  # bytes that come in
MOST_SIDE = 4000
RECUT_AFTER = 20  # seconds of quiet before pages that were read are cut by the new boxes
DRAWN = (480, 240)  # pixels that are kept


class EditionConflict(Exception):
    """食い違い: somebody else saved an edition since; `latest` is theirs. What was sent is not saved and not lost."""

    def __init__(self, latest: Edition) -> None:
        super().__init__(f"edition {latest.number} came in between")
        self.latest = latest


class DrawingRefused(ValueError):
    """A picture that cannot be a drawn answer."""


def save_edition(
    *, actor: Actor, assessment: Assessment, base: int, questions: Any, number_box: Any, name_box: Any, vertical: bool
) -> Edition:
    """設定を保存する as the successor of edition `base`; unchanged settings make no edition. Pages that
    were read already are cut anew when places or alphabets changed; their marks and owners stay.

    Raises EditionConflict when `base` is no longer the last one, SetupRefused with every problem.
    """
    decision = authorise(actor, "assessment:edit", assessment)
    row, latest = _locked(assessment)
    size = (row.width, row.height)
    if not isinstance(questions, list) or not questions:
        raise SetupRefused(["設問が一つもありません。枠を一つ引いてください。"])
    asked = [one.plain() for one in checked(questions, size, row.pages)]
    _drawings_known(row, asked)
    boxes = [_box(value, size) for value in (number_box, name_box)]
    now = (asked, *boxes, bool(vertical))
    if now == _content(latest):
        return latest
    if latest.number != base:
        raise EditionConflict(latest)
    return _add(actor, row, latest, now, decision.rules, {})


def take_up(*, actor: Actor, assessment: Assessment, number: int) -> Edition:
    """前の版に戻す: the settings of edition `number` as a new edition. Raises SetupRefused when there is none."""
    decision = authorise(actor, "assessment:edit", assessment)
    row, latest = _locked(assessment)
    earlier = Edition.objects.filter(assessment=row, number=number).first()
    if earlier is None:
        raise SetupRefused(["その版はありません。画面を開き直してください。"])
    if _content(earlier) == _content(latest):
        return latest
    return _add(actor, row, latest, _content(earlier), decision.rules, {"taken_up": number})


def keep_drawing(*, actor: Actor, assessment: Assessment, content: bytes) -> str:
    """手書きの正答を残す as a small gray PNG; returns its digest. Raises DrawingRefused."""
    from PIL import Image, UnidentifiedImageError  # only who draws opens a picture

    authorise(actor, "assessment:edit", assessment)
    if len(content) > MOST_DRAWING or not content.startswith(b"\x89PNG\r\n\x1a\n"):
        raise DrawingRefused("手書きの正答を受け取れませんでした。書き直してください。")
    try:
        with Image.open(io.BytesIO(content), formats=["PNG"]) as drawn:
            small = max(drawn.size) <= MOST_SIDE
            white = Image.new("RGBA", drawn.size if small else (1, 1), "white")
            gray = Image.alpha_composite(white, drawn.convert("RGBA")).convert("L") if small else None
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as problem:
        raise DrawingRefused("手書きの正答を受け取れませんでした。書き直してください。") from problem
    if gray is None:
        raise DrawingRefused("手書きの正答が大きすぎます。書き直してください。")
    gray.thumbnail(DRAWN)
    out = io.BytesIO()
    gray.quantize(16).save(out, "PNG", optimize=True)
    return files.keep(out.getvalue())


def _locked(assessment: Assessment) -> tuple[Assessment, Edition]:
    """The test, held until the end of the transaction, with its last edition."""
    row = Assessment.objects.select_for_update().get(pk=assessment.pk)
    latest = Edition.objects.filter(assessment=row).order_by("-number").first()
    if latest is None:
        raise LookupError("a test without an edition")
    return row, latest


def _box(value: Any, size: tuple[int, int]) -> list[float] | None:
    found = checked_box(value, size)
    return None if found is None else list(found)


def _content(row: Edition) -> tuple[Any, ...]:
    return ([one.plain() for one in questions_of(row.questions)], row.number_box, row.name_box, row.vertical)


def _drawings_known(row: Assessment, asked: list[dict[str, Any]]) -> None:
    """A digest somebody made up would show another test's file: only drawings that exist as pictures are taken."""
    for one in asked:
        if one["drawing"]:
            try:
                kept = files.read(one["drawing"])
            except (FileNotFoundError, ValueError):
                kept = b""
            if len(kept) > MOST_DRAWING or not kept.startswith(b"\x89PNG\r\n\x1a\n"):
                raise SetupRefused([f"{one['label']}：手書きの正答が見つかりません。書き直してください。"])


def _add(
    actor: Actor, row: Assessment, latest: Edition, content: tuple[Any, ...], rules: tuple[str, ...], detail: dict[str, Any]
) -> Edition:  # fmt: skip
    questions, number_box, name_box, vertical = content
    made = Edition.objects.create(
        municipality_id=row.municipality_id, assessment=row, number=latest.number + 1, questions=questions,
        number_box=number_box, name_box=name_box, vertical=vertical, saved_by_id=actor.account_id,
        saved_by_label=actor.label[:60], saved_at=actor.now,
    )  # fmt: skip
    audit.append(
        actor=actor, action="assessment:edit", resource_type="Assessment", resource_id=str(row.pk),
        municipality=row.municipality_id, school=row.school_id, rules=rules,
        detail={"edition": made.number, "questions": len(questions), **detail},
    )  # fmt: skip
    if row.sittings.filter(sheets__isnull=False).exists():
        defer(
            "marking.recut", after_seconds=RECUT_AFTER, municipality=str(row.municipality_id), assessment=str(row.pk),
            edition=str(made.pk),
        )  # fmt: skip
    return made
