"""答案の山の動詞: scans come in, reading is stopped and taken up again."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from minamo.access.api import Actor, authorise
from minamo.kernel import files
from minamo.kernel.jobs import defer
from minamo.marking.actions.trail import note
from minamo.marking.models import Pile, Sitting, UploadLink
from minamo.marking.queries.keeping import removal_of
from minamo.marking.queries.marks import settled
from minamo.marking.upload_rules import MOST_PER_HOUR

BROWSER, CAMERA, LINK, FOLDER = "browser", "camera", "link", "folder"
_HOUR = dt.timedelta(hours=1)


class PileRefused(ValueError):
    """山を受け取れない; the message says what happened and what to do."""


@dataclass(frozen=True)
class Scans:
    """送られた山: file name and content, already through the door of uploads."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Sent:
    """送った結果: the pile, and whether it was here before (it may have been taken back since: `pile.removed_at`)."""

    pile: Pile
    again: bool


def send_piles(*, actor: Actor, sitting: Sitting, scans: Sequence[Scans], source: str) -> list[Sent]:
    """答案を送る: each file a pile to be read. The same content twice is one pile, and said so.

    Raises PileRefused for a sitting that is settled or whose pictures were removed.
    """
    decision = authorise(actor, "sitting:manage", sitting)
    return _send(actor, sitting, scans, source, decision.rules, {})


def send_by_link(*, actor: Actor, link: UploadLink, scans: Sequence[Scans]) -> list[Sent]:
    """リンクから送る: whoever holds the address of an open link may send and do nothing else. `actor` is the system's.

    Raises PileRefused for a link that is closed or over, and for more than it takes in an hour.
    """
    held = UploadLink.objects.select_for_update().select_related("sitting").get(pk=link.pk)
    if held.closed_at is not None or held.expires_at <= actor.now:
        raise PileRefused("この送り先は、もう閉じています。学校の先生に、新しい送り先を聞いてください。")
    hour = Pile.objects.filter(sitting=held.sitting, source=LINK, sent_at__gt=actor.now - _HOUR).count()
    if hour + len(scans) > MOST_PER_HOUR:
        raise PileRefused("送られた数が多いため、いまは受け取れません。1時間ほどたってから送ってください。")
    return _send(actor, held.sitting, scans, LINK, (), {"link": held.pk})


def send_from_folder(*, actor: Actor, sitting: Sitting, scans: Sequence[Scans]) -> list[Sent]:
    """見張りフォルダーから送る: a command of the operator's on the server; `actor` is the system's."""
    return _send(actor, sitting, scans, FOLDER, (), {})


def closed(sitting: Sitting) -> str:
    """答案を受け取れない理由: settled, or its pictures were removed; empty while scans may come. Two queries."""
    if settled(sitting) is not None:
        return "このテストはもう確定しています。答案を足すときは、先に確定を取りやめてください。"
    if removal_of(sitting) is not None:
        return "このテストの答案の画像は、保管の決まりで削除してあります。新しい答案は受け取れません。"
    return ""


def stop_pile(*, actor: Actor, pile: Pile) -> Pile:
    """読み取りをやめる: pages that were read stay. Of a file that cannot be read: 除く; why it cannot stays with it."""
    decision = authorise(actor, "sitting:manage", pile.sitting)
    held = Pile.objects.select_for_update().get(pk=pile.pk)
    if held.stopped_at is None:
        held.stopped_at, held.stopped_by_label = actor.now, actor.label[:60]
        held.save(update_fields=["stopped_at", "stopped_by_label"])
        note(actor, pile.sitting, decision.rules, {"stopped": pile.pk})
    return held


def go_on(*, actor: Actor, pile: Pile) -> Pile:
    """続きを読む: a pile that was stopped, or that could not be read, from where it was."""
    decision = authorise(actor, "sitting:manage", pile.sitting)
    held = Pile.objects.select_for_update().get(pk=pile.pk)
    if held.removed_at is not None:  # put back first
        return held
    held.stopped_at, held.stopped_by_label, held.refusal = None, "", ""
    held.save(update_fields=["stopped_at", "stopped_by_label", "refusal"])
    note(actor, pile.sitting, decision.rules, {"again": pile.pk})
    read(held)
    return held


def read(pile: Pile) -> None:
    """読み取りを頼む; piles of one sitting are read one after the other."""
    defer(
        "marking.read_pile", one_at_a_time=f"marking-{pile.sitting_id}", municipality=str(pile.municipality_id),
        pile=str(pile.pk),
    )  # fmt: skip


def _send(
    actor: Actor, sitting: Sitting, scans: Sequence[Scans], source: str, rules: Sequence[str], detail: dict[str, object]
) -> list[Sent]:
    if words := closed(sitting):
        raise PileRefused(words)
    found: list[Sent] = []
    for one in scans:
        with transaction.atomic():
            pile, made = Pile.objects.get_or_create(
                sitting=sitting, content=files.keep(one.content),
                defaults={
                    "municipality_id": sitting.municipality_id, "filename": one.name[-120:] or "答案", "source": source,
                    "sent_by_id": actor.account_id if actor.kind != "system" else None, "sent_by_label": actor.label[:60],
                    "sent_at": actor.now,
                },
            )  # fmt: skip
        found.append(Sent(pile, not made))
        if not made and pile.refusal and pile.stopped_at is None and pile.removed_at is None:
            pile.refusal = ""  # what lay damaged or was gone has just been put back
            pile.save(update_fields=["refusal"])
            read(pile)
        if made:
            read(pile)
    note(actor, sitting, rules, {"piles": [one.pile.pk for one in found if not one.again], "source": source} | detail)
    return found
