"""読めたページを置く: what the reading job keeps. The machine writes pages, never whose they are and never a mark."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from minamo.access.api import system_actor
from minamo.kernel import live
from minamo.kernel.jobs import defer
from minamo.kernel.schoolyear import jst_date
from minamo.marking.actions.behind import LEAF, lay_behind
from minamo.marking.actions.trail import note
from minamo.marking.models import Binding, Edition, Pile, ScanPage, Sitting
from minamo.marking.page_rules import BROKEN, BY_HAND, DUPLICATE, ON_THE_WAY, PLACING
from minamo.marking.pile import BACK, Sheet, empty_backs
from minamo.marking.queries.scans import place
from minamo.marking.vision.duplicates import Trace, duplicates


@dataclass(frozen=True)
class Read:
    """読めた一枚: the sheet, the content its pictures lie in, and where; which page of the test it is."""

    sheet: Sheet
    crops: str
    places: Mapping[str, Sequence[int]]
    leaf: int = 0


def tell(sitting: UUID) -> None:
    """Open screens of the sitting fetch their numbers anew."""
    live.publish(f"sitting:{sitting}", "scan", sitting=sitting)


def pages_counted(*, pile: Pile, pages: int) -> None:
    """ページ数が分かった."""
    Pile.objects.filter(pk=pile.pk).update(pages=pages)
    tell(pile.sitting_id)


def pile_refused(*, pile: Pile, words: str) -> None:
    """山を読めない: the words say which page and what to do; pages that were read stay."""
    Pile.objects.filter(pk=pile.pk).update(refusal=words[:300])
    tell(pile.sitting_id)


def pages_read(*, pile: Pile, edition: UUID, reader: str, pages: Sequence[Read], now: dt.datetime) -> None:
    """ページを置く: each once, whoever comes first. A batch that comes after its pile was taken back is left: put back, the pile is
    read on."""
    if Pile.objects.select_for_update().get(pk=pile.pk).removed_at is not None:
        return
    ScanPage.objects.bulk_create(
        [
            ScanPage(
                municipality_id=pile.municipality_id, pile=pile, sitting_id=pile.sitting_id, index=one.sheet.page,
                **_seen(one, edition, reader, now),
            )
            for one in pages
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    tell(pile.sitting_id)


def _seen(one: Read, edition: UUID, reader: str, now: dt.datetime) -> dict[str, object]:
    """The columns of a page that come from its picture."""
    sheet = one.sheet
    place = None if sheet.homography is None else [float(value) for value in sheet.homography.ravel()]
    status = LEAF if one.leaf and sheet.status == "ok" else sheet.status
    return {
        "status": status, "leaf": one.leaf, "reason": sheet.reason or "", "message": sheet.message[:300], "homography": place,
        "score": float(sheet.score), "numbers": [[text, round(sure, 4)] for text, sure in sheet.numbers], "code": sheet.code,
        "trace": sheet.trace.packed() if sheet.trace is not None else None, "crops": one.crops, "places": one.places,
        "readings": {key: [answer.text, round(answer.confidence, 4)] for key, answer in sheet.answers.items()},
        "reader": reader, "edition_id": edition, "read_at": now,
    }  # fmt: skip


def pages_read_again(
    *, pages: Sequence[tuple[ScanPage, Read]], edition: UUID, reader: str, now: dt.datetime, forced: bool
) -> int:
    """読み直したページを置く: `forced` (a new edition) changes neither place nor trace nor status; else a page that is no longer
    on the way has been decided otherwise and stays as it is."""
    ids = [row.pk for row, _ in pages]
    held = {row.pk: row for row in ScanPage.objects.select_for_update().filter(pk__in=ids)}
    changed = 0
    for asked, one in pages:
        row = held.get(asked.pk)
        if row is None or (not forced and row.reason not in ON_THE_WAY):
            continue
        values = _seen(one, edition, reader, now)
        if forced:
            values = {key: values[key] for key in ("crops", "places", "readings", "reader", "edition_id", "read_at")}
        elif row.reason == PLACING and one.sheet.status == "ok":
            values |= {"reason": BY_HAND, "message": row.message}
        for name, value in values.items():
            setattr(row, name, value)
        row.save(update_fields=[name.removesuffix("_id") for name in values])
        changed += 1
    for sitting in Sitting.objects.select_for_update().filter(pk__in={row.sitting_id for row in held.values()}):
        lay_behind(sitting)
        tell(sitting.pk)
    return changed


def pages_failed(*, pages: Sequence[ScanPage], message: str) -> None:
    """読み直せない: pages on the way go back to the tray with the reason; others stay as they were."""
    ScanPage.objects.filter(pk__in=[row.pk for row in pages], reason__in=ON_THE_WAY).update(
        reason=BROKEN, message=message[:300]
    )
    for sitting in {row.sitting_id for row in pages}:
        tell(sitting)


def pile_finished(*, pile_id: UUID, read: int, now: dt.datetime) -> None:
    """山を読み終えた: second scans and empty backs are put before a person; an edition that changed meanwhile is caught up."""
    pile = Pile.objects.select_related("sitting").get(pk=pile_id)
    sitting = Sitting.objects.select_for_update().get(pk=pile.sitting_id)
    backs(pile)
    compared(sitting)
    newest = (
        Edition.objects.filter(assessment_id=sitting.assessment_id).order_by("-number").values_list("pk", flat=True)[0]
    )
    if ScanPage.objects.filter(pile=pile, status="ok").exclude(edition_id=newest).exists():
        defer("marking.recut", municipality=str(pile.municipality_id), assessment="", sitting=str(sitting.pk))
    if read:
        actor = system_actor(pile.municipality_id, now=now, today=jst_date(now), label="答案の読み取り")
        note(actor, sitting, (), {"read": read, "pile": pile.pk})
    tell(sitting.pk)


def backs(pile: Pile) -> None:
    """裏面: the empty backs of a pile scanned on both sides are called what they are."""
    rows = list(ScanPage.objects.filter(pile=pile).only("index", "status", "reason"))
    empty = empty_backs([Sheet(row.index, row.status, row.reason or None) for row in rows])
    ScanPage.objects.filter(pile=pile, index__in=empty).update(reason=BACK, message="裏の白紙です")


def compared(sitting: Sitting) -> None:
    """くらべる: second scans are told first, for a page that lies behind another is none. The sitting is locked by the caller."""
    second_scans(sitting)
    lay_behind(sitting)


def second_scans(sitting: Sitting) -> None:
    """二度読み: of two pages with the same pupil's ink the one nobody has bound goes to the tray; the order in which pages
    were read has no influence, and what a person has decided stays."""
    aside = Binding.objects.filter(sitting=sitting, replaced_at__isnull=True, pupil__isnull=True).values("page")
    rows = list(
        ScanPage.objects.filter(sitting=sitting, status__in=("ok", LEAF), trace__isnull=False).exclude(pk__in=aside)
        .select_related("pile").order_by("pile__sent_at", "pile_id", "index")
    )  # fmt: skip
    for leaf in sorted({row.leaf for row in rows}):
        _second_scans(sitting, [row for row in rows if row.leaf == leaf])


def _second_scans(sitting: Sitting, rows: Sequence[ScanPage]) -> None:
    bound = set(Binding.objects.filter(sitting=sitting, replaced_at__isnull=True).values_list("page_id", flat=True))
    traces = {at: Trace.unpacked(bytes(row.trace or b"")) for at, row in enumerate(rows)}
    for at, first in duplicates(traces, {at: row.code for at, row in enumerate(rows)}).items():
        copy, kept = rows[at], rows[first]
        if copy.pk in bound or copy.front_id is not None:
            copy, kept = kept, copy
        if copy.pk in bound or copy.front_id is not None or copy.copy_of_id is not None:
            continue
        copy.status, copy.reason, copy.copy_of = "review", DUPLICATE, kept
        copy.message = f"{place(kept)}と同じ紙です"[:300]
        copy.save(update_fields=["status", "reason", "copy_of", "message"])
