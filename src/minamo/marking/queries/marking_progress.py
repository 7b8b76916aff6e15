"""進みぐあい: how far every question is, who does what, what is still open before the test can be settled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from minamo.access.api import Actor, as_resource, decide, people_on
from minamo.marking.check_rules import called
from minamo.marking.marks_rules import FIRST, SECOND, VERDICT, Struck, conflicts, folded, outcome
from minamo.marking.marks_work import audit_of
from minamo.marking.models import Binding, Claim, Sitting
from minamo.marking.queries.marks import about, changes_of, claims_of, log_of, manages, papers_of, rounds_of, sheet_of
from minamo.marking.queries.scans import children
from minamo.marking.rescoring import Change
from minamo.marking.setup import Question
from minamo.people.api import pupil_cards
from minamo.tenancy.api import current_posts


@dataclass
class Line:
    """一つの問い: what stands on the page of progress. `waiting` is what is still to be done, in words."""

    question: Question
    total: int
    marked: int = 0
    second: int = 0
    twice: bool = False
    different: int = 0
    conflicts: int = 0
    to_check: int = 0
    differed: int = 0
    turn: int = FIRST
    markers: tuple[str, ...] = ()
    holder: Claim | None = None
    second_holder: Claim | None = None
    first_open: bool = False  # for who answers for the class and marks blind: the first marking is not through

    @property
    def name(self) -> str:
        """大問1 (2)."""
        return f"{f'大問{self.question.section} ' if self.question.section else ''}{self.question.label}"

    @property
    def waiting(self) -> list[str]:
        """まだのこと."""
        found = [f"まだ {self.total - self.marked}"] if self.marked < self.total else []
        found += ["1回目の続きがあります"] if self.first_open else []
        found += [f"2回目 まだ {self.total - self.second}"] if self.twice and self.second < self.total else []
        found += [f"食い違い {self.conflicts}"] if self.conflicts else []
        found += [f"1回目と2回目のちがい {self.different}"] if self.different else []
        return [*found, *([f"抜き取り {self.to_check}"] if self.to_check else [])]

    @property
    def done(self) -> bool:
        """この問いは終わり: every answer has points that count, and the sample was looked at."""
        return self.total > 0 and not self.waiting


@dataclass
class Progress:
    """進みぐあい of a sitting."""

    lines: list[Line]
    claim: Claim | None
    manages: bool
    changes: list[Change] = field(default_factory=list)
    away: list[str] = field(default_factory=list)  # 欠席の人, by number and name

    @property
    def total(self) -> int:
        """Answers of all questions."""
        return sum(line.total for line in self.lines)

    @property
    def marked(self) -> int:
        """Answers with points, in the round that counts for this viewer."""
        return sum(line.second if line.turn == SECOND else line.marked for line in self.lines)

    @property
    def done(self) -> bool:
        """Everything is marked, decided and checked: the test can be settled."""
        return bool(self.lines) and not self.changes and all(line.done for line in self.lines)


def progress_of(actor: Actor, sitting: Sitting) -> Progress:
    """進みぐあい, as this person may see it: of a question one marks blind, neither the first marking nor who made it.
    Five queries, six with a second marking; one or two more for the names of absentees."""
    sheet, papers, claims = sheet_of(sitting), papers_of(sitting), claims_of(sitting)
    seen = about(sitting)
    rounds, log, may_manage = rounds_of(sitting, claims, seen.twice), log_of(sitting), manages(actor, sitting)
    pages = {str(paper.page_id) for paper in papers}
    by_question: dict[str, list[Struck]] = {name: [] for name in sheet.questions}
    for one in log:
        if one.slot[1] in by_question and one.slot[0] in pages:
            by_question[one.slot[1]].append(one)
    lines = []
    for name, question in sheet.questions.items():
        turn = rounds.of(str(actor.account_id), name, manages=may_manage)
        lines.append(
            _line(
                sitting,
                question,
                by_question[name],
                pages,
                claims,
                turn,
                twice=name in rounds.twice,
                may_manage=may_manage,
            )
        )
    whole = next((one for one in claims if not one.question and one.round == FIRST), None)
    changed = changes_of(sitting, sheet, log) if may_manage else []
    away = [one for one in children(sitting) if one.pupil in seen.away] if seen.away else []
    return Progress(lines, whole, may_manage, changed, [called(one.number, one.name) for one in away])


def _line(
    sitting: Sitting,
    question: Question,
    log: Sequence[Struck],
    pages: set[str],
    claims: Sequence[Claim],
    turn: int,
    *,
    twice: bool,
    may_manage: bool,
) -> Line:
    """`may_manage`: also who marked blind learns how many answers differ, once his own marking is through."""
    holds = folded(log)
    points = {slot: one.points for slot, one in holds.items() if one.points is not None}
    first, second = ({page for page in pages if (page, question.id, one) in points} for one in (FIRST, SECOND))
    audit = audit_of(sitting.pk, question.id, log)
    blind = turn == SECOND
    different = sum(
        1 for page in pages
        if outcome(*(points.get((page, question.id, one)) for one in (FIRST, SECOND, VERDICT)), twice=twice).open == "different"
    )  # fmt: skip
    conflicting = sum(1 for slot in conflicts(log) if slot[2] == FIRST)
    held = {one.round: one for one in claims if one.question == question.id}
    shown = [one for one in log if one.slot[2] == turn] if twice else log
    line = Line(question, len(pages), len(first), len(second), twice, turn=turn, holder=held.get(FIRST), second_holder=held.get(SECOND),
                markers=tuple(dict.fromkeys(one.label for one in shown)))  # fmt: skip
    if blind:
        line.marked, line.holder = line.total, None
        line.first_open = may_manage and (len(first) < len(pages) or bool(conflicting or audit.waiting))
        line.different = different if may_manage and len(second) == len(pages) else 0
        return line
    line.conflicts, line.different = conflicting, different
    line.to_check, line.differed = len(audit.waiting), len(audit.differed)
    return line


def colleagues(actor: Actor, sitting: Sitting) -> list[tuple[str, str]]:
    """渡せる先生: who serves the school today and may mark this sitting, oneself left out. Two queries."""
    posts = {card.account_id: card for card in current_posts(actor.today, school_id=sitting.school_id)}
    found = people_on([key for key in posts if key != actor.account_id], actor.today, actor.now)
    resource = as_resource(sitting)
    able = {one.account_id for one in found if decide(one, "sitting:mark", resource).allowed}
    return [(str(key), card.label) for key, card in posts.items() if key in able]


@dataclass(frozen=True)
class Difference:
    """1回目と2回目のちがい: one answer, both marks with who made them, and the verdict where there is one."""

    paper: Binding
    name: str
    first: Struck
    second: Struck
    verdict: Struck | None


def differences_of(actor: Actor, sitting: Sitting, question: str) -> list[Difference] | None:
    """食い違いの一覧, by 出席番号. For who decides only: the caller has been authorised to manage. None while he marks the
    question blind himself and is not through. Six queries."""
    papers, holds = papers_of(sitting), folded(log_of(sitting, [question]))
    if rounds_of(sitting).of(str(actor.account_id), question, manages=True) == SECOND:
        marked = {page for (page, _, turn), one in holds.items() if turn == SECOND and one.points is not None}
        if not marked.issuperset(str(paper.page_id) for paper in papers):
            return None
    names = names_of_papers(papers)
    found = []
    for paper in papers:
        first, second, verdict = (holds.get((str(paper.page_id), question, turn)) for turn in (FIRST, SECOND, VERDICT))
        if first is None or second is None or first.points == second.points or None in (first.points, second.points):
            continue
        decided = verdict if verdict and verdict.points is not None else None
        found.append(Difference(paper, names.get(paper.pupil_id, ""), first, second, decided))
    return found


def names_of_papers(papers: Sequence[Binding]) -> Mapping[UUID | None, str]:
    """氏名 by pupil. One query."""
    cards = pupil_cards({paper.pupil_id for paper in papers if paper.pupil_id})
    return {key: card.display_name for key, card in cards.items()}
