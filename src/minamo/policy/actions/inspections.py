"""点検をすすめる: begin a round with the figures of the day, answer, take the figures again, finish it by name.

The place is a school (`inspection:school`) or the municipality (`inspection:town`); an audit is of the municipality and names
who audits, somebody who does not run what he looks at.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from minamo.access.api import Actor, Decision, authorise
from minamo.audit.api import append
from minamo.kernel.schoolyear import SchoolYear
from minamo.policy.clauses import chapter_of, model
from minamo.policy.links import links_of
from minamo.policy.models import Inspection, InspectionAnswer
from minamo.policy.queries.evidence import Asked, evidence_for
from minamo.policy.queries.inspections import newest_answers
from minamo.policy.queries.texts import issue_in_force, limits_of, text_below
from minamo.policy.refusals import Overtaken, Refused, Reworded, overtaken, require_length
from minamo.policy.rules.inspections import ADDED, REWORDED, Renewed, asked, concerns, missing, named_in, renewed
from minamo.policy.rules.layers import filled, order
from minamo.policy.rules.together import together
from minamo.tenancy.api import Municipality, School, current_posts

Place = School | Municipality
Said = tuple[str, str]  # verdict, word
NOT_ANSWERED: Said = ("", "")
NOTE, SUMMARY, AUDITOR = 300, 1000, 80


def begin(*, actor: Actor, place: Place, kind: str = "self", auditor: str = "") -> Inspection:
    """点検を始める, with what the machine can say of each clause today; the open round of the year if there is one.

    Raises Denied, Refused (an audit of a school, without a name, by somebody who runs what is audited).
    """
    decision = authorise(actor, _action(place), place)
    town, school = _ids(place)
    if kind == Inspection.Kind.AUDIT:
        _check_audit(actor, town, school, auditor.strip())
    elif kind != Inspection.Kind.SELF:
        raise Refused("自己点検か監査かを選んでください。", "kind")
    Municipality.objects.select_for_update().get(pk=town)
    year = SchoolYear.of(actor.today).year
    former = Inspection.objects.filter(
        municipality=town, school=school, year=year, kind=kind, finished_at=None, withdrawn_at=None
    )
    if found := former.first():
        return found
    row = Inspection(
        municipality_id=town, school_id=school, year=year, kind=kind, begun_by=actor.label, begun_at=actor.now,
        auditor=auditor.strip() if kind == Inspection.Kind.AUDIT else "", figures_at=actor.now,
    )  # fmt: skip
    row.lines = _lines(actor, row)
    row.save(force_insert=True)
    _record(actor, row, decision, "begun")
    return row


def answer(*, actor: Actor, place: Place, row: Inspection, sent: Mapping[str, str]) -> int:
    """答える: `v-NUMBER` is a verdict, `n-NUMBER` a word; what reads as before is not written again, and what others have answered since the
    page was opened (`seen`) stands. Answers to clauses whose words have changed since its figures (`figures`) are not taken. Returns how
    many were written.

    Raises Denied, Refused (finished, a verdict that is none, a word too long), Overtaken, Reworded.
    """
    decision = _taken(actor, place, row)
    before = newest_answers(row)
    old = _older_words(row, sent)
    typed = {n: (sent.get(f"v-{n}", ""), sent.get(f"n-{n}", "").strip()) for n in asked(row.lines) if n not in old}
    written = []
    for number, (verdict, note) in _beside(row, typed, before, sent.get("seen", "")).items():
        former = before.get(number)
        if not verdict and note:
            raise Refused(f"{number} のひとことには、「できている」などの答えも選んでください。", f"v-{number}")
        if not verdict or (former is not None and (former.verdict, former.note) == (verdict, note)):
            continue
        if verdict not in InspectionAnswer.Verdict.values:
            raise Refused(f"{number} の答えを選んでください。", f"v-{number}")
        require_length(note, f"n-{number}", NOTE, f"{number} のひとこと")
        written.append(
            InspectionAnswer(municipality_id=row.municipality_id, inspection=row, clause=number, verdict=verdict, note=note,
                             answered_by=actor.label, answered_at=actor.now)
        )  # fmt: skip
    InspectionAnswer.objects.bulk_create(written)
    if written:
        _record(actor, row, decision, "answered", answers=len(written))
    if old:
        raise _asks_again(row, f"この画面を開いたあとに、条文が変わりました（{'・'.join(old)}）。", old)
    return len(written)


def _older_words(row: Inspection, sent: Mapping[str, str]) -> list[str]:
    """The clauses answered in a form that showed their former words."""
    try:
        shown = dt.datetime.fromisoformat(sent.get("figures", ""))
    except ValueError:
        return []  # a form of an older version
    people = set(asked(row.lines))
    return [
        line["number"] for line in row.lines
        if line["number"] in people and line.get("since") and dt.datetime.fromisoformat(line["since"]) > shown
        and sent.get(f"v-{line['number']}")
    ]  # fmt: skip


def _asks_again(row: Inspection, said: str, numbers: Collection[str]) -> Reworded:
    """The refusal that asks these clauses again: their fields stand empty, with the reason beside them."""
    people = [n for n in asked(row.lines) if n in numbers]
    empty = {f"{field}-{n}": "" for n in people for field in "vn"}
    words = {line["number"]: REWORDED if line.get("void") else ADDED for line in row.lines}
    return Reworded(said, {f"v-{n}": words[n] for n in people}, empty)


def _beside(
    row: Inspection, typed: Mapping[str, Said], before: Mapping[str, InspectionAnswer], seen: str
) -> Mapping[str, Said]:
    """The answers of a form beside those of others since its page was opened. Raises Overtaken where both answered differently."""
    if not seen:
        return typed
    now = {number: _said(before.get(number)) for number in typed}
    base = {number: _said(one) for number, one in newest_answers(row, seen).items()}
    answered = {number: said for number, said in typed.items() if said != NOT_ANSWERED}
    found = together(answered, now, {number: base.get(number, NOT_ANSWERED) for number in answered})
    if found.clashes:
        clashes = {
            f"v-{n}": overtaken(
                before[n].answered_by, "、".join(filter(None, (before[n].get_verdict_display(), now[n][1])))
            )
            for n in found.clashes
        }
        shown = {
            f"{field}-{n}": text for n, said in found.values.items() for field, text in zip("vn", said, strict=True)
        }
        raise Overtaken(clashes, shown, "と".join(found.clashes))
    return found.values


def _said(found: InspectionAnswer | None) -> Said:
    return (found.verdict, found.note) if found else NOT_ANSWERED


def take_figures(*, actor: Actor, place: Place, row: Inspection) -> None:
    """数字を取り直す: what the machine says now. Clauses whose words have changed are asked again. Raises Denied, Refused when it is
    finished."""
    decision = _taken(actor, place, row)
    _take(actor, row, _renewed(actor, row).lines, decision)


def _take(actor: Actor, row: Inspection, lines: list[dict[str, Any]], decision: Decision) -> None:
    row.lines, row.figures_at = lines, actor.now
    row.save(update_fields=["lines", "figures_at"])
    _record(actor, row, decision, "figures")


def _renewed(actor: Actor, row: Inspection) -> Renewed:
    """The lines of today beside those of the round."""
    last = {clause: str(key) for clause, key in row.answers.order_by("answered_at", "id").values_list("clause", "pk")}
    return renewed(row.lines, _lines(actor, row), last, actor.now.isoformat())


def finish(*, actor: Actor, place: Place, row: Inspection, summary: str) -> Inspection:
    """点検を終える, by name: figures are taken once more, answers go into the lines, nothing changes any more. A record holds only answers
    to sentences that were asked: where clauses have changed since, the round takes the new ones and stays open.

    Raises Denied, Reworded (clauses have changed), Refused (finished, something not answered, no summary, too long).
    """
    decision = _taken(actor, place, row)
    today = _renewed(actor, row)
    if today.changed:
        _take(actor, row, today.lines, decision)
        raise _asks_again(
            row,
            f"点検を始めてから、条文が変わりました（{today.said}）。点検はまだ終えていません。確かめて、もう一度終えてください。",
            [*today.added, *today.reworded],
        )
    answers = newest_answers(row)
    left = missing(row.lines, answers)
    if left:
        raise Refused(
            f"まだ答えていない条文が{len(left)}条あります（{'、'.join(left[:5])}{' など' if left[5:] else ''}）。",
            f"v-{left[0]}",
        )
    if not summary.strip():
        raise Refused(
            "全体の所見を書いてください。直すこと、だれがいつまでにするかを書くと、来年に役立ちます。", "summary"
        )
    require_length(summary.strip(), "summary", SUMMARY)
    row.lines = [_answered(line, answers.get(line["number"])) for line in today.lines]
    row.figures_at = row.finished_at = actor.now
    row.summary, row.finished_by, row.finisher_id = summary.strip(), actor.label, actor.account_id
    row.save()
    _record(actor, row, decision, "finished")
    return row


def withdraw(*, actor: Actor, place: Place, row: Inspection) -> Inspection:
    """点検を取りやめる: begun by mistake, or with the wrong auditor. The round stays in the list, another can be begun.

    Raises Denied, Refused (finished or withdrawn already).
    """
    decision = _taken(actor, place, row)
    row.withdrawn_at, row.withdrawn_by = actor.now, actor.label
    row.save(update_fields=["withdrawn_at", "withdrawn_by"])
    _record(actor, row, decision, "withdrawn")
    return row


def _answered(line: dict[str, Any], found: InspectionAnswer | None) -> dict[str, Any]:
    if found is None:
        return line
    return line | {"verdict": found.verdict, "note": found.note, "by": found.answered_by}


def _lines(actor: Actor, row: Inspection) -> list[dict[str, Any]]:
    """The clauses in force that concern the place, each with what the machine can say."""
    issue = issue_in_force(row.municipality_id)
    clauses, own = (issue.clauses, issue.limits) if issue else text_below(None)
    numbers = [
        number
        for number in sorted(clauses, key=order)
        if concerns(clauses[number].get("who", ("全員",)), school=row.school_id is not None)
    ]
    known = model().clauses
    names = {number: known[number].evidence if number in known else "" for number in numbers}
    asked_for = Asked(row.municipality_id, "", actor.today, actor.now, row.school_id)
    evidence, limits = evidence_for(asked_for, names), limits_of(own)
    return [
        {
            "number": number, "chapter": chapter_of(number), "title": clauses[number]["title"],
            "text": filled(clauses[number]["text"], limits), "kept": links_of(number).kept,
            "evidence": evidence[number].sentence if number in evidence else "",
            "good": evidence[number].good if number in evidence else None,
        }
        for number in numbers
    ]  # fmt: skip


def _check_audit(actor: Actor, town: UUID, school: Any, auditor: str) -> None:
    if school is not None:
        raise Refused("監査は、教育委員会の画面で、管内全体について行います。", "kind")
    if not auditor:
        raise Refused("監査する人の名前と所属を書いてください。運用に関わらない人にします。", "auditor")
    require_length(auditor, "auditor", AUDITOR, "監査する人")
    officers = [card.label for card in current_posts(actor.today, municipality_id=town) if card.school_id is None]
    if found := named_in(auditor, [actor.label, *officers]):
        raise Refused(
            f"{found}さんは教育委員会で運用に関わるので、自分たちの監査はできません。ほかの人にしてください。",
            "auditor",
        )


def _taken(actor: Actor, place: Place, row: Inspection) -> Decision:
    """Authorise, lock and read anew. Raises Denied, Refused when it is finished or of another place."""
    decision = authorise(actor, _action(place), place)
    locked = Inspection.objects.select_for_update().get(pk=row.pk)
    if (locked.municipality_id, locked.school_id) != _ids(place):
        raise Refused("ほかの所の点検です。画面を開き直してください。")
    if locked.finished_at is not None:
        raise Refused("この点検は、もう終わっています。記録は変えられません。")
    if locked.withdrawn_at is not None:
        raise Refused("この点検は、取りやめてあります。もう一度始めてください。")
    row.lines, row.figures_at = locked.lines, locked.figures_at
    return decision


def _action(place: Place) -> str:
    return "inspection:school" if isinstance(place, School) else "inspection:town"


def _ids(place: Place) -> tuple[Any, Any]:
    return (place.municipality_id, place.pk) if isinstance(place, School) else (place.pk, None)


def _record(actor: Actor, row: Inspection, decision: Decision, step: str, **detail: Any) -> None:
    append(
        actor=actor, action="inspection:school" if row.school_id else "inspection:town", resource_type="Inspection",
        resource_id=str(row.pk), municipality=row.municipality_id, school=row.school_id, rules=decision.rules,
        detail={"step": step, "kind": row.kind, **detail},
    )  # fmt: skip
