"""採点の画面の中身: one question of a class, with the picture of every answer, as one object for one request.

What a second marker must not see (points, comments and names of the first marking) is left out here and reaches no device.
"""

import base64
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.db.models import Count, Q

from minamo.access.api import Actor
from minamo.kernel import files
from minamo.marking.cover import CORNERS, cover
from minamo.marking.leaves import leaf_at, within
from minamo.marking.marks_rules import FIRST, SHEETS, Said, Slot, Stacks, Struck, conflicts, folded, stacks
from minamo.marking.marks_work import audit_of, lot, to_be_shown
from minamo.marking.models import AnswerMark, Binding, Claim, ScanPage, Sitting
from minamo.marking.queries.marks import (
    Rounds,
    Sheet,
    about,
    claims_of,
    log_of,
    manages,
    papers_of,
    rounds_of,
    sheet_of,
)  # fmt: skip
from minamo.marking.setup import Question
from minamo.people.api import pupil_cards


def surface_of(actor: Actor, sitting: Sitting, name: str) -> dict[str, Any]:
    """一つの問い: everything the surface shows. Raises NoSuchQuestion. Seven queries, eight with a second marking."""
    sheet, papers, claims = sheet_of(sitting), papers_of(sitting), claims_of(sitting)
    question = sheet.question(name)
    known = about(sitting, name)
    rounds = rounds_of(sitting, claims, known.twice)
    cards = pupil_cards({paper.pupil_id for paper in papers if paper.pupil_id})
    names = {card.pupil_id: card.display_name for card in cards.values()}
    turn = rounds.of(str(actor.account_id), name, manages=manages(actor, sitting))
    state = state_of(actor, sitting, name, rounds, turn)
    order = list(sheet.questions)
    at = order.index(name)
    return {
        "question": _question(question), "round": turn, "edition": sheet.edition.number if sheet.edition else 0,
        "previous": order[at - 1] if at else None, "next": order[at + 1] if at + 1 < len(order) else None,
        "questions": chips(actor, sitting, sheet, papers, rounds), "settled": known.settled,
        "claims": shown_claims(actor, claims, rounds, name, turn),
        "answers": [_answer(paper, question, sheet, names.get(paper.pupil_id or sitting.pk, ""), sitting)
                    for paper in papers],
        "groups": known.bundles or [], "grouped": known.bundles is not None, **state,
    }  # fmt: skip


def state_of(actor: Actor, sitting: Sitting, name: str, rounds: Rounds, turn: int) -> dict[str, Any]:
    """いまの採点 of a question in the round of this person: marks, 食い違い, what can be taken back, the sample. One query."""
    log = log_of(sitting, [name])
    own = [one for one in log if one.slot[2] == turn]
    me, by_key = str(actor.account_id), {one.order: one.key for one in log}
    open_ = conflicts(own)
    audit = audit_of(sitting.pk, name, log) if turn == FIRST else None
    sheets = {one.slot[0] for one in own if one.how in SHEETS and not one.overtaken}
    return {
        "marks": {slot[0]: _mark(one, me) for slot, one in folded(own).items()},
        "conflicts": {slot[0]: [_mark(one, me) for one in found] for slot, found in open_.items()},
        "stacks": _piles(stacks(own, me)), "twice": name in rounds.twice,
        "sheeted": sorted(sheets) if audit else [], "checked": list(audit.checked) if audit else [],
        "last": max(by_key, default=0),
    }  # fmt: skip


def lying(sitting: Sitting) -> list[str]:
    """いまある答案, in the order of the surface (`papers_of`). One query."""
    rows = Binding.objects.filter(sitting=sitting, replaced_at__isnull=True, pupil__isnull=False)
    return [str(page) for page in rows.order_by("number", "bound_at").values_list("page_id", flat=True)]


def _question(question: Question) -> dict[str, Any]:
    found = {name: value for name, value in asdict(question).items() if name != "box"}
    return {**found, "read": question.read, "box": list(question.box)}


def _answer(paper: Binding, question: Question, sheet: Sheet, name: str, sitting: Sitting) -> dict[str, Any]:
    """One answer: whose, its picture, what the machine read (only where it is sure)."""
    page = paper.page.holder(question.id)
    found = page.readings.get(question.id)
    text, confidence = (found[0], found[1]) if found else (None, 0.0)
    return {
        "page": str(paper.page_id), "number": paper.number, "name": name, "reading": text, "confidence": confidence,
        "look": to_be_shown(question, found, pictured=question.id in page.places),
        "covers": _covers(page, sheet, sitting), "whole": str(page.pk),
        "lot": lot(sitting.pk, question.id, paper.page_id), **_picture(page, question.id),
    }  # fmt: skip


def _covers(page: ScanPage, sheet: Sheet, sitting: Sitting) -> list[list[float]]:
    """名前をおおう所 on the picture of the whole page (left, upper, width, height in its shares); empty where nobody knows, as
    on a second page: a name may stand there too."""
    corners, edition, leaves = page.places.get(CORNERS), sheet.edition, sitting.assessment.pages
    if not corners or edition is None or not edition.name_box:
        return []
    leaf = leaves[page.leaf]
    boxes = [box for box in (edition.number_box, edition.name_box) if box and leaf_at(leaves, box) == leaf]
    return [cover(within(leaf, box), (leaf.width, leaf.height), corners) for box in boxes]


def _picture(page: ScanPage, question: str) -> dict[str, Any]:
    """The slice of the page's crops; none where the page was cut by an edition that did not know the question, where the
    picture was deleted by rule, and where it was damaged on disk."""
    place = page.places.get(question)
    if not place or not page.crops:
        return {"image": None, "size": [0, 0]}
    offset, length, width, height = place
    try:
        content = files.read(page.crops)
    except files.UNREADABLE:
        return {"image": None, "size": [width, height]}
    return {"image": base64.b64encode(content[offset : offset + length]).decode("ascii"), "size": [width, height]}


def _mark(one: Struck, me: str) -> dict[str, Any]:
    points, comment, criteria = one.said
    return {"key": one.key, "points": points, "comment": comment, "criteria": list(criteria), "how": one.how,
            "by": one.label, "mine": one.marker == me}  # fmt: skip


def _piles(found: Stacks) -> dict[str, Any]:
    return {name: [[_step(step.key, step.slot, step.before) for step in act] for act in pile]
            for name, pile in (("past", found.past), ("ahead", found.ahead))}  # fmt: skip


def _step(key: str, slot: Slot, before: Said) -> dict[str, Any]:
    return {
        "key": key,
        "page": slot[0],
        "before": {"points": before[0], "comment": before[1], "criteria": list(before[2])},
    }


def chips(
    actor: Actor, sitting: Sitting, sheet: Sheet, papers: Sequence[Binding], rounds: Rounds
) -> list[dict[str, Any]]:
    """問いの一覧: how many answers of each question are marked, in the round of this person, and whether she has taken or begun the
    second marking of it. One query."""
    may_manage, me = manages(actor, sitting), str(actor.account_id)
    pages = {paper.page_id for paper in papers}
    counted = counts(sitting, pages)
    turns = {one: rounds.of(me, one, manages=may_manage) for one in sheet.questions}
    return [
        {"id": one.id, "label": f"{one.section}-{one.label.strip('()（）')}" if one.section else one.label, "total": len(pages),
         "marked": counted[one.id, turns[one.id]], "round": turns[one.id], "taken": me in rounds.seconds.get(one.id, ())}
        for one in sheet.questions.values()
    ]  # fmt: skip


def counts(sitting: Sitting, pages: set[Any]) -> Counter[tuple[str, int]]:
    """採点した数 by question and round. One query."""
    rows = (AnswerMark.objects.filter(sitting=sitting, page__in=pages).order_by().values("question", "round")
            .annotate(marked=Count("id", filter=Q(points__isnull=False))))  # fmt: skip
    return Counter({(row["question"], row["round"]): row["marked"] for row in rows})


def shown_claims(actor: Actor, claims: Sequence[Claim], rounds: Rounds, name: str, turn: int) -> list[dict[str, Any]]:
    """受け持ち of a question (or of all): only of the round this person marks, where it is marked twice."""
    mine = [one for one in claims if one.question in ("", name) and (one.round == turn or name not in rounds.twice)]
    return [
        {"by": one.marker_label, "mine": one.marker_id == actor.account_id, "all": not one.question} for one in mine
    ]
