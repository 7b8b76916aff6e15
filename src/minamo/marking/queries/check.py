"""だれの答案かの画面を読む: strips of names beside the roster, with the machine's proposal."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import Count

from minamo.access.api import Actor, may
from minamo.marking.check_rules import Before, Child, Paper, Proposal, propose
from minamo.marking.models import FIRST, Absence, AnswerMark, ScanPage, Sitting
from minamo.marking.page_rules import SWAPPED, UNSURE
from minamo.marking.queries.names import NamePicture, name_picture
from minamo.marking.queries.scans import behind_of, children, counted_pages, place, waiting_papers
from minamo.marking.queries.signed import Signed, signatures
from minamo.people.api import AWAY, HERE, Presence, presence_of

ORDER = "並び順が入れかわっています"
PAIRED = {SWAPPED: "裏が表より先に入っていました", UNSURE: "表と裏の組を確かめてください"}


@dataclass(frozen=True)
class Strip:
    """答案の一枚 on the screen: where it came from (`at`: its place among the papers, `nth`: the page of its file), what was read,
    its picture of number and name."""

    page: UUID
    place: str
    at: int
    nth: int
    read: str
    picture: NamePicture
    doubt: str
    turned: bool
    confirmed: bool
    likely: str
    pupil: UUID | None
    marks: int = 0  # answers with points, which go with the paper
    second: ScanPage | None = None  # the page behind
    said: UUID | None = None  # whose it is by what was decided
    score: float = 0.0  # how much of the sheet's print was found on it


@dataclass(frozen=True)
class Row:
    """名簿の一行: the pupil, the papers said or proposed to be hers (more than one only after a refusal), absent or not, what
    the register says when the pupil was not there all day, and where register and papers do not fit. Nobody is absent here before a
    person has said so; `gap`: she is among those who can be said to be absent in one go."""

    child: Child
    strips: Sequence[Strip]
    absent: bool
    said: str = ""
    clash: str = ""
    decided: bool = False  # absent as decided, whatever was sent
    standing: str = ""  # away or here by the register
    gap: bool = False


@dataclass(frozen=True)
class Check:
    """だれの答案かの画面: rows in roster order, papers that are nobody's yet."""

    rows: Sequence[Row]
    open: Sequence[Strip]
    doubtful: int
    turned: int
    confirmed: bool
    waiting: bool  # pages that may be papers lie in the tray

    @property
    def gaps(self) -> Sequence[Row]:
        """紙のない人: without a paper and not said to be absent, as far as nothing speaks against it (`gone`)."""
        return [row for row in self.rows if row.gap]

    @property
    def pages(self) -> int:
        """How many pages the papers have."""
        strips = [*self.open, *(strip for row in self.rows for strip in row.strips)]
        return len(strips) + sum(strip.second is not None for strip in strips)

    @property
    def missed(self) -> int:
        """Pupils who were at school by the register and have no paper."""
        return sum(1 for row in self.rows if row.clash and not row.strips)

    @property
    def papers(self) -> int:
        """How many papers."""
        return len(self.open) + sum(len(row.strips) for row in self.rows)

    @property
    def away(self) -> int:
        """How many pupils without one."""
        return sum(1 for row in self.rows if not row.strips)


@dataclass(frozen=True)
class Sent:
    """送られた案: what stands on the screen, and what had been decided when it was opened."""

    owners: Mapping[UUID, UUID | None]
    absent: frozenset[UUID]
    before: Before | None = None


def check(actor: Actor, sitting: Sitting, sent: Sent | None = None) -> Check:
    """画面の中身. Nine queries, and one file per page."""
    pages = [
        page for page in counted_pages(sitting).filter(status="ok").select_related("pile")
        .order_by("pile__sent_at", "pile_id", "index").defer("trace", "readings")
        if not (page.said and page.owner is None)
    ]  # fmt: skip
    roster = children(sitting)
    away = set(Absence.objects.filter(sitting=sitting, ended_at__isnull=True).values_list("pupil_id", flat=True))
    register = _register(actor, sitting, roster)
    seconds = behind_of([page.pk for page in pages]) if sitting.assessment.leaves else {}
    signs = signatures(sitting, pages, seconds, roster)
    papers = [Paper(page.pk, one.numbers, page.owner, one.pupil, one.torn) for page in pages if (one := signs[page.pk])]
    proposals = propose(papers, roster, [pupil for pupil, word in register.items() if word.standing == AWAY])
    owner = {one.page: one.pupil for one in proposals.pages.values()}
    if sent is not None:
        owner |= {page: pupil for page, pupil in sent.owners.items() if page in owner}
    strips = [
        _strip(page, proposals.pages[page.pk], page.pk in proposals.out_of_order, at, clash(register.get(owner[page.pk] or page.pk), True), seconds.get(page.pk), signs[page.pk])
        for at, page in enumerate(pages)
    ]  # fmt: skip
    marks = _marks(sitting) if any(page.said for page in pages) else {}
    strips = [replace(strip, marks=marks.get(strip.page, 0)) for strip in strips]
    known = {child.pupil for child in roster}
    nobodys = [strip for strip in strips if owner[strip.page] not in known]
    # A gap may be an absence only when every paper has found its pupil and none waits in the tray.
    waiting = waiting_papers(sitting)
    whole = bool(strips) and not nobodys and not waiting
    rows = []
    for child in roster:
        mine = [strip for strip in strips if owner[strip.page] == child.pupil]
        word, decided = register.get(child.pupil), child.pupil in away
        absent = not mine and (child.pupil in sent.absent if sent is not None else decided)
        said = word.said if word and word.standing != HERE else ""
        standing = {AWAY: "away", HERE: "here"}.get(word.standing, "") if word else ""
        gap = bool(strips) and not mine and not absent and gone(word, whole=whole)
        rows.append(Row(child, mine, absent, said, clash(word, bool(mine)), decided, standing, gap))
    settled = bool(strips) and all(strip.confirmed for strip in strips)
    return Check(
        rows, nobodys, sum(bool(strip.doubt) for strip in strips), sum(strip.turned for strip in strips),
        settled and all(row.strips or row.child.pupil in away for row in rows), waiting,
    )  # fmt: skip


def gone(word: Presence | None, *, whole: bool) -> bool:
    """欠席かもしれない, for a pupil without a paper: away by the register, whatever is still open; otherwise, when every paper has found
    its pupil (`whole`), unless the register has her at school: then the paper is missing, not the pupil. A person says so."""
    if word is not None and word.standing in {AWAY, HERE}:
        return word.standing == AWAY
    return whole


def clash(word: Presence | None, paper: bool) -> str:
    """食い違い between register and papers, in words; empty when they fit."""
    if word is None or word.standing != (AWAY if paper else HERE):
        return ""
    return f"{word.said}ですが、答案があります" if paper else f"{word.said}ですが、答案がありません"


def _marks(sitting: Sitting) -> dict[UUID, int]:
    """採点した答え by page. One query."""
    rows = AnswerMark.objects.filter(sitting=sitting, round=FIRST, points__isnull=False).order_by().values("page")
    return {row["page"]: row["n"] for row in rows.annotate(n=Count("pk"))}


def _register(actor: Actor, sitting: Sitting, roster: Sequence[Child]) -> Mapping[UUID, Presence]:
    """出席簿では: nothing for who may not read the register. Two queries."""
    if not may(actor, "register:read", sitting.school_class):
        return {}
    return presence_of(sitting.municipality_id, sitting.school_id, [child.pupil for child in roster], sitting.held_on)


def _strip(page: Any, proposal: Proposal, turned: bool, at: int, clash: str, second: ScanPage | None, sign: Signed) -> Strip:  # fmt: skip
    picture = name_picture(page)
    read = f"{sign.numbers[0][0]}番" if sign.numbers else "用紙の符号" if sign.pupil else "読めません"
    doubt = proposal.doubt or PAIRED.get(second.reason if second else "", clash)
    return Strip(
        page.pk, place(page), at + 1, page.index + 1, read, picture, "" if proposal.confirmed else doubt, turned, proposal.confirmed,
        "・".join(f"{number}番" for number in proposal.likely), proposal.pupil, second=second, said=page.owner, score=page.score,
    )  # fmt: skip
