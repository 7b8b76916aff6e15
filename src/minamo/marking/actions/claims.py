"""受け持つ・渡す・返す: who marks which question. A claim tells others; it never blocks a mark."""

from uuid import UUID

from minamo.access.api import Actor, as_resource, authorise, decide, may, people_on
from minamo.audit import api as audit
from minamo.kernel import live
from minamo.marking.marks_rules import FIRST, SECOND
from minamo.marking.models import Claim, Sitting
from minamo.marking.queries.marks import rounds_of, sheet_of


class ClaimRefused(ValueError):
    """This cannot be claimed or handed over; the message says why. `holder`: who has it, when that is the reason."""

    def __init__(self, message: str, holder: str = "") -> None:
        super().__init__(message)
        self.holder = holder


def claim(*, actor: Actor, sitting: Sitting, question: str = "", turn: int = FIRST, take_over: bool = False) -> Claim:
    """受け持つ: a question, or all ("") of a sitting, in one round. What somebody else has is taken over only when
    `take_over` is said; otherwise ClaimRefused names the person. Claiming twice is claiming once."""
    decision = authorise(actor, "sitting:mark", sitting)
    locked = _checked(sitting, question, turn)
    _check_round(actor, locked, question, turn)
    held = _held(locked, question, turn)
    if held is not None and held.marker_id == actor.account_id:
        return held
    if held is not None:
        if not take_over:
            raise ClaimRefused(
                f"{held.marker_label}さんが受け持っています。引き継ぐときは「引き受ける」を選んでください。",
                held.marker_label,
            )
        _end(held, actor)
    row = _claim(locked, question, turn, actor, actor.account_id, actor.label)
    _tell(actor, locked, decision.rules, "claim", row)
    return row


def hand_over(*, actor: Actor, sitting: Sitting, to: UUID, question: str = "", turn: int = FIRST) -> Claim:
    """別の先生へ渡す: marks stay as they are. Raises ClaimRefused for somebody who may not mark this sitting."""
    decision = authorise(actor, "sitting:mark", sitting)
    locked = _checked(sitting, question, turn)
    found = [
        one
        for one in people_on([to], actor.today, actor.now)
        if decide(one, "sitting:mark", as_resource(sitting)).allowed
    ]
    if not found:
        raise ClaimRefused(
            "この先生は、このテストを採点できません。校内で分けて採点するときは、テストの画面で選んでください。"
        )
    if turn == SECOND and str(to) in _marked_first(locked, question):
        raise ClaimRefused("この先生は1回目を採点しています。2回目は、別の先生に渡してください。")
    if turn == FIRST and question and str(to) in rounds_of(locked).seconds.get(question, ()):
        raise ClaimRefused("この先生は2回目を採点しています。1回目は、別の先生に渡してください。")
    held = _held(locked, question, turn)
    if held is not None and held.marker_id == to:
        return held
    if held is not None:
        _end(held, actor)
    row = _claim(locked, question, turn, actor, to, found[0].label)
    _tell(actor, locked, decision.rules, "hand", row)
    return row


def give_back(*, actor: Actor, sitting: Sitting, question: str = "", turn: int = FIRST) -> None:
    """返す: nobody has it any more. One's own, or anybody's for who answers for the sitting. Nothing to give back is no error."""
    decision = authorise(actor, "sitting:mark", sitting)
    locked = _checked(sitting, question, turn)
    held = _held(locked, question, turn)
    if held is None:
        return
    if held.marker_id != actor.account_id:
        decision = authorise(actor, "sitting:manage", sitting)
    _end(held, actor)
    _tell(actor, locked, decision.rules, "back", held)


def _checked(sitting: Sitting, question: str, turn: int) -> Sitting:
    locked = Sitting.objects.select_for_update(no_key=True).get(pk=sitting.pk)
    if turn not in (FIRST, SECOND) or (question and question not in sheet_of(locked).questions):
        raise ClaimRefused("この設問は、いまのテストの設定にありません。画面を開き直してください。")
    return locked


def _check_round(actor: Actor, sitting: Sitting, question: str, turn: int) -> None:
    """One person, one round: the second is not for who saw the first, the first not for who marks blind. Who answers for the
    class may step into a first marking that somebody else began; who does, cannot be its second marker any more."""
    me, rounds = str(actor.account_id), rounds_of(sitting)
    if turn == SECOND and me in _marked_first(sitting, question):
        raise ClaimRefused("1回目に採点した問いの2回目は、別の先生が受け持ちます。")
    if turn != FIRST or question not in rounds.twice:
        return
    if me in rounds.seconds.get(question, ()):
        raise ClaimRefused("2回目を受け持った問いの1回目は、別の先生が受け持ちます。")
    may_manage = may(actor, "sitting:manage", sitting)
    if rounds.of(me, question, manages=may_manage) == SECOND and not may_manage:
        raise ClaimRefused("この問いは2回採点です。1回目は、学級の担任・担当か管理職が決めた先生が受け持ちます。")


def _marked_first(sitting: Sitting, question: str) -> frozenset[str]:
    rounds = rounds_of(sitting)
    names = (question,) if question else tuple(rounds.firsts)
    return frozenset(who for name in names for who in rounds.firsts.get(name, ()))


def _held(sitting: Sitting, question: str, turn: int) -> Claim | None:
    rows = Claim.objects.select_for_update().filter(sitting=sitting, question=question, round=turn)
    return rows.filter(given_back_at__isnull=True).first()


def _end(held: Claim, actor: Actor) -> None:
    held.given_back_at = actor.now
    held.save(update_fields=["given_back_at"])


def _claim(sitting: Sitting, question: str, turn: int, actor: Actor, marker: UUID, label: str) -> Claim:
    return Claim.objects.create(
        municipality_id=sitting.municipality_id, sitting=sitting, question=question, round=turn, marker_id=marker,
        marker_label=label[:60], claimed_at=actor.now,
    )  # fmt: skip


def _tell(actor: Actor, sitting: Sitting, rules: tuple[str, ...], what: str, row: Claim) -> None:
    audit.append(
        actor=actor, action="sitting:mark", resource_type="Sitting", resource_id=str(sitting.pk),
        municipality=sitting.municipality_id, school=sitting.school_id, rules=rules,
        detail={"claim": row.pk, "what": what, "round": row.round, "marker": row.marker_id},
    )  # fmt: skip
    live.publish(f"sitting:{sitting.pk}", "marks", question=row.question, by="")
