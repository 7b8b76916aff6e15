"""配点の変更を採点に入れる: marks made under an earlier edition become what they are under the one in force."""

from uuid import uuid4

from minamo.access.api import Actor, authorise
from minamo.audit import api as audit
from minamo.kernel import live
from minamo.marking.actions.strokes import judge_batch, write
from minamo.marking.marks_rules import RESCORE, Wanted, folded
from minamo.marking.models import ScanPage, Sitting
from minamo.marking.queries.marks import changes_of, log_of, settled, sheet_of


class RescoreRefused(ValueError):
    """The marks cannot be carried over like this; the message says why."""


def rescore(*, actor: Actor, sitting: Sitting, edition: int) -> int:
    """計算し直す, as it was shown for `edition`: strokes in the name of the actor, one act that he can take back. Returns how many
    marks changed; marks that need a person stay as they are. Raises RescoreRefused."""
    decision = authorise(actor, "sitting:manage", sitting)
    locked = Sitting.objects.select_for_update(no_key=True).get(pk=sitting.pk)
    if settled(locked):
        raise RescoreRefused("このテストはもう確定しています。配点は、テスト結果の画面で変えてください。")
    sheet, log = sheet_of(locked), log_of(locked)
    if sheet.edition is None or sheet.edition.number != edition:
        raise RescoreRefused(
            "見ているあいだに、テストの設定がまた変わりました。いまの設定での点を、もう一度見てください。何も変わっていません。"
        )
    holds, act = folded(log), str(uuid4())
    wanted = [
        Wanted(str(uuid4()), one.page, one.question, one.after, RESCORE, act, one.turn, *_words(holds[one.page, one.question, one.turn].said),
               base=holds[one.page, one.question, one.turn].key)
        for one in changes_of(locked, sheet, log) if one.after is not None
    ]  # fmt: skip
    if not wanted:
        return 0
    made = judge_batch(actor, locked, wanted, {one.key: one for one in holds.values()})
    pages = {str(row.pk): row for row in ScanPage.objects.filter(sitting=locked).only("id", "readings", "reader")}
    write(actor, locked, made, pages, {one.key: actor.now for one in made})
    audit.append(
        actor=actor, action="sitting:manage", resource_type="Sitting", resource_id=str(locked.pk),
        municipality=locked.municipality_id, school=locked.school_id, rules=decision.rules,
        detail={"rescored": len(made), "edition": edition},
    )  # fmt: skip
    live.publish(f"sitting:{locked.pk}", "marks", question="", by="")
    return len(made)


def _words(said: tuple[int | None, str, tuple[str, ...]]) -> tuple[str, tuple[str, ...]]:
    return said[1], said[2]
