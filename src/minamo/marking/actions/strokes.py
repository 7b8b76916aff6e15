"""採点する: strokes of one person, as they came from the device, into the log and the state that follows."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from minamo.access.api import Actor, authorise
from minamo.audit import api as audit
from minamo.kernel import live
from minamo.kernel.ids import new_id
from minamo.marking.analysis.whole import Rule
from minamo.marking.marks_rules import (
    ALL,
    FIRST,
    HOWS,
    SECOND,
    VERDICT,
    Slot,
    Struck,
    Wanted,
    judged,
)  # fmt: skip
from minamo.marking.marks_work import to_be_shown
from minamo.marking.models import AnswerMark, Edition, ScanPage, SecondMarking, Sitting, Stroke
from minamo.marking.queries.marks import Rounds, Sheet, manages, rounds_of, rule_of, settled, sheet_of, struck
from minamo.marking.rescoring import carried
from minamo.marking.setup import questions_of

MOST = 400  # strokes of one batch
LONGEST = 200  # letters of a comment
BLIND = "この問いは2回採点になりました。1回目を採点していない先生は、2回目を採点します。画面を開き直してください。1回目の採点は前のままです。"
_ORDERS = "SELECT nextval(pg_get_serial_sequence('marking_stroke', 'order')) FROM generate_series(1, %s)"


class StrokesRefused(ValueError):
    """None of the strokes can be taken; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Sent:
    """届いた一手: a stroke with the moment of the device and the edition whose points the marker saw."""

    wanted: Wanted
    struck_at: dt.datetime
    edition: int | None = None


@dataclass(slots=True)
class Taken:
    """受け取った: what became of each key: `held`, `overtaken` (kept, waits for a decision), or refused with words."""

    held: set[str] = field(default_factory=set)
    overtaken: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)


def strike(*, actor: Actor, sitting: Sitting, strokes: Sequence[Sent], device: str = "") -> Taken:
    """採点する: a batch in the order of the device. A key that came before counts once and answers as it did.

    Strokes that cannot be (points above what the question gives, an answer of another test) are refused one by one with
    words; the others are taken. Raises StrokesRefused when the sitting is settled or the batch is none.
    """
    decision = authorise(actor, "sitting:mark", sitting)
    if len(strokes) > MOST:
        raise StrokesRefused(f"一度に送れるのは{MOST}までです。画面を開き直してください。")
    locked = Sitting.objects.select_for_update(no_key=True).get(pk=sitting.pk)
    if settled(locked):
        raise StrokesRefused(
            "このテストはもう確定しています。点を直すときは、テスト結果の画面から直してください。採点は前のままです。"
        )
    taken, known = Taken(), _known(locked, strokes)
    fresh = [sent for sent in strokes if sent.wanted.key not in known]
    pages = _pages(locked, fresh)
    made = judge_batch(actor, locked, _checked(actor, locked, fresh, pages, taken), known)
    if made:
        write(actor, locked, made, pages, {sent.wanted.key: sent.struck_at for sent in fresh})
        names = sorted({one.slot[1] for one in made})
        audit.append(
            actor=actor, action="sitting:mark", resource_type="Sitting", resource_id=str(locked.pk),
            municipality=locked.municipality_id, school=locked.school_id, rules=decision.rules,
            detail={"strokes": len(made), "questions": len(names), "overtaken": sum(one.overtaken for one in made)},
        )  # fmt: skip
        live.publish(f"sitting:{locked.pk}", "marks", question=names[0] if len(names) == 1 else "", by=device)
    for one in (*known.values(), *made):
        (taken.overtaken if one.overtaken else taken.held).add(one.key)
    sent_keys = {sent.wanted.key for sent in strokes}
    taken.held &= sent_keys
    taken.overtaken &= sent_keys
    return taken


def _known(sitting: Sitting, strokes: Sequence[Sent]) -> dict[str, Struck]:
    """Strokes that are there already: sent again, or named as base. One query. A key of another sitting is nobody's."""
    keys = {key for sent in strokes for key in (sent.wanted.key, sent.wanted.base, sent.wanted.undoes) if key}
    return {str(row.key): struck(row) for row in Stroke.objects.filter(sitting=sitting, key__in=keys)}


def _pages(sitting: Sitting, strokes: Sequence[Sent]) -> dict[str, ScanPage]:
    wanted = {sent.wanted.page for sent in strokes}
    if not wanted:
        return {}
    those = Q(pk__in=wanted, status="ok") | Q(front__in=wanted, status="leaf")
    rows = list(ScanPage.objects.filter(those, sitting=sitting).only("id", "readings", "reader", "front_id"))
    found = {str(row.pk): row for row in rows if row.front_id is None}
    for row in rows:
        if str(row.front_id) in found:
            found[str(row.front_id)].second = row
    return found


def _checked(
    actor: Actor, sitting: Sitting, strokes: Sequence[Sent], pages: Mapping[str, ScanPage], taken: Taken
) -> list[Wanted]:
    """The strokes that can be, under the edition in force; the refusals of the others are put into `taken`."""
    if not strokes:
        return []
    sheet, rounds = sheet_of(sitting), rounds_of(sitting)
    number = sheet.edition.number if sheet.edition else 0
    older = {sent.edition for sent in strokes} - {number, None}
    before = _rules(sitting, [one for one in older if one is not None])
    may_manage = bool(rounds.twice or any(sent.wanted.round == VERDICT for sent in strokes)) and manages(actor, sitting)
    blind = _blind_since(actor, sitting, strokes, rounds, may_manage)
    found: list[Wanted] = []
    for sent in strokes:
        one = _carried(sent, sheet, before)
        why = _refusal(one, sheet, pages) or _wrong_round(str(actor.account_id), one, rounds, may_manage)
        since = blind.get(one.question) if one.round == FIRST else None
        if since and sent.struck_at >= since:
            why = why or BLIND
        if why:
            taken.refused[one.key] = why
        else:
            found.append(one)
    return found


def _blind_since(
    actor: Actor, sitting: Sitting, strokes: Sequence[Sent], rounds: Rounds, may_manage: bool
) -> dict[str, dt.datetime]:
    """Questions of the batch this person may mark in the second round only, and since when: what waited without a line from
    before is the first marking. No query where there are none."""
    wanted = {sent.wanted.question for sent in strokes if sent.wanted.round == FIRST}
    names = wanted & rounds.blind(str(actor.account_id), manages=may_manage)
    rows = SecondMarking.objects.filter(sitting=sitting, question__in=names, ended_at__isnull=True) if names else ()
    return {row.question: row.asked_at for row in rows}


def _rules(sitting: Sitting, numbers: Sequence[int]) -> dict[int, dict[str, Rule]]:
    """Points of older editions, for strokes that waited while the set-up changed."""
    rows = Edition.objects.filter(assessment_id=sitting.assessment_id, number__in=numbers) if numbers else ()
    return {row.number: {one.id: rule_of(one) for one in questions_of(row.questions)} for row in rows}


def _carried(sent: Sent, sheet: Sheet, before: Mapping[int, Mapping[str, Rule]]) -> Wanted:
    one, rule = sent.wanted, before.get(sent.edition or 0, {}).get(sent.wanted.question)
    if rule is None or one.question not in sheet.questions:
        return one
    return replace(
        one, points=carried(one.points, rule, rule_of(sheet.questions[one.question]), one.criteria, keep=True)
    )


def _refusal(one: Wanted, sheet: Sheet, pages: Mapping[str, ScanPage]) -> str:
    if one.question not in sheet.questions:
        return "この設問は、いまのテストの設定にありません。ほかの採点はそのままです。"
    if one.page not in pages:
        return "この答案は見つかりません。読み取りの画面で、だれの答案かを確かめてください。"
    full = sheet.questions[one.question].full
    if one.points is not None and not 0 <= one.points <= full:
        return f"点は0から{full}までです。この答えの採点は前のままです。"
    if one.how not in HOWS or one.round not in (FIRST, SECOND, VERDICT):
        return "画面が古くなっています。開き直してください。採点は前のままです。"
    if (
        one.how == ALL
        and one.points
        and to_be_shown(
            sheet.questions[one.question],
            pages[one.page].reading(one.question),
            pictured=one.question in pages[one.page].holder(one.question).places,
        )
    ):
        return "空らんや正答でないと読めた答え、絵のない答えは、「残り全部○」ではつきません。見てからつけてください。この答えの採点は前のままです。"
    return f"コメントは{LONGEST}字までです。" if len(one.comment) > LONGEST else ""


def _wrong_round(marker: str, one: Wanted, rounds: Rounds, may_decide: bool) -> str:
    nobody: frozenset[str] = frozenset()
    if one.round == VERDICT:
        return "" if may_decide else "食い違いを決めるのは、学級の担任・担当と管理職です。"
    if one.round == SECOND and one.question not in rounds.twice:
        return "この問いの2回目の採点は終わっています。"
    others = rounds.firsts if one.round == SECOND else rounds.seconds
    if marker in others.get(one.question, nobody):
        return "1回目と2回目は、別の先生が採点します。"
    return ""


def judge_batch(actor: Actor, sitting: Sitting, good: Sequence[Wanted], known: Mapping[str, Struck]) -> list[Struck]:
    """Which of the strokes hold. Two queries."""
    if not good:
        return []
    rows = AnswerMark.objects.filter(
        sitting=sitting, page__in={one.page for one in good}, question__in={one.question for one in good}
    ).values_list("page_id", "question", "round", "stroke")
    holds: dict[Slot, int] = {(str(page), question, turn): order for page, question, turn, order in rows}
    with connection.cursor() as cursor:
        cursor.execute(_ORDERS, [len(good)])
        orders = [row[0] for row in cursor.fetchall()]
    keys = {key: one.order for key, one in known.items()}
    return judged(holds, keys, good, orders, str(actor.account_id), actor.label[:60])


def write(
    actor: Actor,
    sitting: Sitting,
    made: Sequence[Struck],
    pages: Mapping[str, ScanPage],
    moments: Mapping[str, dt.datetime],
) -> None:
    """The log, then the state that follows from it. Two statements."""
    common = {"municipality_id": sitting.municipality_id, "sitting_id": sitting.pk, "marker_id": actor.account_id,
              "marker_label": actor.label[:60]}  # fmt: skip
    Stroke.objects.bulk_create(
        Stroke(**common, **_columns(one), key=UUID(one.key), order=one.order, base=one.base, undoes=one.undoes, act=UUID(one.act),
               overtaken=one.overtaken, reading=_reading(pages[one.slot[0]], one.slot[1]), struck_at=moments[one.key], at=actor.now)
        for one in made
    )  # fmt: skip
    holds = {one.slot: one for one in made if not one.overtaken}
    AnswerMark.objects.bulk_create(
        (AnswerMark(**common, **_columns(one), id=new_id(), stroke=one.order) for one in holds.values()),
        update_conflicts=True, unique_fields=["page", "question", "round"],
        update_fields=["points", "comment", "criteria", "how", "stroke", "marker", "marker_label"],
    )  # fmt: skip


def _columns(one: Struck) -> dict[str, Any]:
    page, question, turn = one.slot
    points, comment, criteria = one.said
    return {"page_id": UUID(page), "question": question, "round": turn, "points": points, "comment": comment,
            "criteria": list(criteria), "how": one.how}  # fmt: skip


def _reading(page: ScanPage, question: str) -> dict[str, Any] | None:
    """そのときの読み, with the network that read it."""
    found = page.reading(question)
    return {"text": found[0], "confidence": found[1], "reader": page.reader} if found else None
