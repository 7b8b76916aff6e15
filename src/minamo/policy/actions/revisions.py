"""改正をすすめる: start, change, submit, return, approve, withdraw. A revision never touches what is in force."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from minamo.access.api import LIMITS, Actor, Decision, PolicyError, authorise, check_overlay, checked, overlay_rules
from minamo.audit.api import append
from minamo.policy.models import Issue, Revision, RevisionStep
from minamo.policy.queries.texts import limits_of, newest_issue, text_below
from minamo.policy.refusals import Refused
from minamo.policy.rules.layers import LayerError, check, resolve
from minamo.policy.rules.workflow import DRAFT, loosened, possible, state_of
from minamo.tenancy.api import Municipality, town_card

LEAST_REASON, LONGEST_REASON = 10, 1000  # characters


def start_revision(*, actor: Actor, town: Municipality, title: str, reason: str) -> Revision:
    """起案する: a branch from the newest issue. Raises Denied, Refused without a title or a reason."""
    decision = authorise(actor, "policy:draft", town)
    if not title.strip():
        raise Refused("件名を入れてください。", "title")
    fits(title, 80, "件名", "title")
    _require_reason(reason)
    issue = newest_issue(town.pk)
    row = Revision.objects.create(
        municipality=town, title=title.strip(), reason=reason.strip(), clauses=issue.own if issue else {},
        limits=issue.limits if issue else {}, overlay=issue.overlay if issue else "", author_id=actor.account_id, base=issue,
        county=issue.county if issue else None,
        hands=[actor.account_id], author_label=actor.label, created_at=actor.now, changed_at=actor.now,
    )  # fmt: skip
    record(actor, row, "policy:draft", decision)
    return row


def explain(*, actor: Actor, revision: Revision, reason: str) -> None:
    """改正理由を書き直す. Raises Denied, Refused (state, too short, too long)."""
    row, decision = _locked(actor, revision)
    _require_reason(reason)
    row.reason = reason.strip()
    _save(actor, row, decision, {"reason": len(row.reason)})


def _require_reason(reason: str) -> None:
    fits(reason, LONGEST_REASON, "改正理由", "reason")
    if len(reason.strip()) < LEAST_REASON:
        raise Refused(
            f"なぜ改めるのかを、{LEAST_REASON}字以上で書いてください。承認する人と、規程を読む人に見えます。書いたものは残っています。",
            "reason",
        )


def write_clause(*, actor: Actor, revision: Revision, number: str, title: str, text: str, who: list[str]) -> None:
    """条文を変える・加える. Raises Denied, Refused (state, number, empty, too long)."""
    row, decision = _locked(actor, revision)
    change = {"title": title.strip(), "text": text.strip(), "who": who or ["全員"]}
    _put(row, number, change)
    _save(actor, row, decision, {"clause": number})


def drop_clause(*, actor: Actor, revision: Revision, number: str) -> None:
    """町の条文を取りやめる: a change goes back to the layer below, an addition goes away. Raises Denied, Refused."""
    row, decision = _locked(actor, revision)
    if row.clauses.pop(number, None) is None:
        raise Refused(f"{number} は、この改正では変えていません。")
    _save(actor, row, decision, {"clause": number})


def set_limit(*, actor: Actor, revision: Revision, name: str, value: int) -> None:
    """数値を定める. Raises Denied, Refused (unknown, out of bounds, looser than the county's)."""
    row, decision = _locked(actor, revision)
    if name not in LIMITS:
        raise Refused("その数値はありません。")
    try:
        checked({name: value})
    except ValueError as error:
        raise Refused(str(error), "value") from error
    row.limits[name] = value
    _not_looser(row, row.limits)
    if value == LIMITS[name].default:
        del row.limits[name]
    _save(actor, row, decision, {"limit": name, "value": value})


def set_overlay(*, actor: Actor, revision: Revision, text: str) -> None:
    """上乗せの規則を置く. Raises Denied, Refused when it opens anything or cannot be used."""
    row, decision = _locked(actor, revision)
    _check_overlay(row, text)
    row.overlay = text.strip()
    _save(actor, row, decision, {"overlay": bool(row.overlay)})


def submit(*, actor: Actor, revision: Revision, note: str = "") -> RevisionStep:
    """審査に出す. Raises Denied, Refused without a reason, when nothing differs or something cannot stand."""
    row, decision = _locked(actor, revision)
    _require_reason(row.reason)
    require_difference(row, newest_issue(row.municipality_id))
    verify(row)
    put_hand(actor, row)
    row.save(update_fields=["hands"])
    return take(actor, row, "submitted", decision, note)


def send_back(*, actor: Actor, revision: Revision, note: str) -> RevisionStep:
    """差し戻す, with a word what to change. Raises Denied, Refused without one."""
    decision = authorise(actor, "policy:approve", revision)
    if not note.strip():
        raise Refused("どこを直してほしいかを書いてください。", "back")
    return take(actor, lock(revision), "returned", decision, note)


def withdraw(*, actor: Actor, revision: Revision, note: str = "") -> RevisionStep:
    """取り下げる. Raises Denied, Refused when it is an issue already."""
    decision = authorise(actor, "policy:revise", revision)
    return take(actor, lock(revision), "withdrawn", decision, note)


def require_difference(row: Revision, issue: Issue | None) -> None:
    """Raises Refused when the revision says the same as the issue, and what lies below the town's layer does, too."""
    if issue is None or row.county_id != issue.county_id:
        return
    own = (row.clauses, row.limits, row.overlay) == (issue.own, issue.limits, issue.overlay)
    if own and resolve(text_below(row.county)[0], (row.clauses,)) == issue.clauses:
        raise Refused("いまの規程と違うところがありません。条文か数値を変えてから出してください。")


def verify(row: Revision) -> None:
    """Raises Refused unless the revision can stand on the layers below it."""
    below, _ = text_below(row.county)
    try:
        resolve(below, (row.clauses,))
    except LayerError as error:
        raise Refused(str(error)) from error
    _not_looser(row, row.limits)
    _check_overlay(row, row.overlay)


def take(
    actor: Actor, row: Revision, kind: str, decision: Decision, note: str = "", effective_on: dt.date | None = None
) -> RevisionStep:
    """手続きの一歩を残す. Raises Refused when the state does not allow it."""
    state = state_now(row)
    if not possible(state, kind):
        raise Refused("この改正は、もう次の段階にすすんでいます。画面を開き直してください。")
    step = RevisionStep.objects.create(
        municipality_id=row.municipality_id, revision=row, kind=kind, actor_label=actor.label, at=actor.now,
        actor_id=None if actor.kind == "system" else actor.account_id, note=note.strip()[:400], effective_on=effective_on,
    )  # fmt: skip
    record(actor, row, "policy:revise", decision, step=kind)
    return step


def state_now(row: Revision) -> str:
    """The state by its steps. One query."""
    return state_of(row.steps.order_by("at", "id").values_list("kind", flat=True))


def record(actor: Actor, row: Revision, action: str, decision: Decision, **detail: Any) -> None:
    """One row in the trail about a revision: ids and codes only."""
    append(
        actor=actor, action=action, resource_type="PolicyRevision", resource_id=str(row.pk),
        municipality=row.municipality_id, rules=decision.rules, detail=detail,
    )  # fmt: skip


def lock(revision: Revision) -> Revision:
    """The row, held until the transaction ends."""
    return Revision.objects.select_for_update().get(pk=revision.pk)


def _locked(actor: Actor, revision: Revision) -> tuple[Revision, Decision]:
    decision = authorise(actor, "policy:revise", revision)
    row = lock(revision)
    if state_now(row) != DRAFT:
        raise Refused("審査に出したあとは変えられません。差し戻してもらうと、続きから直せます。")
    return row, decision


def _put(row: Revision, number: str, change: Mapping[str, Any]) -> None:
    below, _ = text_below(row.county)
    try:
        check(below, {number: change}, below)
    except LayerError as error:
        raise Refused(str(error)) from error
    row.clauses[number] = dict(change)


def _save(actor: Actor, row: Revision, decision: Decision, detail: Mapping[str, Any]) -> None:
    row.changed_at = actor.now
    put_hand(actor, row)
    row.save(update_fields=["reason", "clauses", "limits", "overlay", "changed_at", "hands"])
    record(actor, row, "policy:revise", decision, **detail)


def fits(text: str, longest: int, label: str, field: str = "") -> None:
    """Raises Refused for text that is too long."""
    if len(text.strip()) > longest:
        raise Refused(
            f"{label}は{longest}字までです。いまは{len(text.strip())}字あります。何も変わっていません。", field
        )


def put_hand(actor: Actor, row: Revision) -> None:
    """手を入れた人に加える: whoever writes a part of a draft or hands it in does not approve it."""
    if actor.account_id not in row.hands:
        row.hands = [*row.hands, actor.account_id]


def _not_looser(row: Revision, limits: Mapping[str, int]) -> None:
    _, county = text_below(row.county)
    strictness = {name: limit.smaller_is_stricter for name, limit in LIMITS.items()}
    loose = loosened(limits_of(limits), dict(county), strictness)
    if loose:
        limit = LIMITS[loose[0]]
        raise Refused(f"{limit.label}は、郡の定め（{county[loose[0]]}{limit.unit}）より緩くできません。", "value")


def _check_overlay(row: Revision, text: str) -> None:
    card = town_card(row.municipality_id)
    try:
        check_overlay(text, code=card.code if card else "")
    except PolicyError as error:
        raise Refused(str(error)) from error
    below, _ = text_below(row.county)
    known = {number: str(clause["title"]) for number, clause in resolve(below, (row.clauses,)).items()}
    for rule in overlay_rules(text):
        number, _, title = rule.clause.partition(" ")
        if known.get(number) != title:
            right = (
                f"{number} の見出しは「{known[number]}」です。" if number in known else "その番号の条文はありません。"
            )
            raise Refused(f"{rule.id} が指す条文「{rule.clause}」が、この規程にありません。{right}")


def revision_of(revision_id: UUID) -> Revision:
    """A revision in scope. Raises Revision.DoesNotExist."""
    return Revision.objects.get(pk=revision_id)
