"""だれの答案かの画面を読む: strips of names beside the roster, with the machine's proposal."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from minamo.marking.check_rules import Child, Paper, Proposal, propose
from minamo.marking.models import Absence, Sitting
from minamo.marking.queries.scans import children, counted_pages, part, place, waiting_papers

ORDER = "並び順が入れかわっています"


@dataclass(frozen=True)
class Strip:
    """答案の一枚 on the screen: where it came from, what was read, its picture of number and name."""

    page: UUID
    place: str
    at: int
    read: str
    picture: str
    tall: bool
    doubt: str
    turned: bool
    confirmed: bool
    likely: str
    pupil: UUID | None


@dataclass(frozen=True)
class Row:
    """名簿の一行: the pupil, the papers said or proposed to be hers (more than one only after a refusal), absent or not."""

    child: Child
    strips: Sequence[Strip]
    absent: bool


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
    def papers(self) -> int:
        """How many papers."""
        return len(self.open) + sum(len(row.strips) for row in self.rows)

    @property
    def away(self) -> int:
        """How many pupils without one."""
        return sum(1 for row in self.rows if not row.strips)


@dataclass(frozen=True)
class Sent:
    """送られた案, when it was refused: what stood on the screen."""

    owners: Mapping[UUID, UUID | None]
    absent: frozenset[UUID]


def check(sitting: Sitting, sent: Sent | None = None) -> Check:
    """画面の中身. Four queries, and one file per page."""
    pages = [
        page for page in counted_pages(sitting).filter(status="ok").select_related("pile")
        .order_by("pile__sent_at", "pile_id", "index").defer("trace", "readings")
        if not (page.said and page.owner is None)
    ]  # fmt: skip
    roster = children(sitting)
    away = set(Absence.objects.filter(sitting=sitting, ended_at__isnull=True).values_list("pupil_id", flat=True))
    papers = [
        Paper(page.pk, tuple((str(text), float(sure)) for text, sure in page.numbers), page.owner) for page in pages
    ]
    proposals = propose(papers, roster)
    strips = [
        _strip(page, proposals.pages[page.pk], page.pk in proposals.out_of_order, at) for at, page in enumerate(pages)
    ]
    owner = {strip.page: strip.pupil for strip in strips}
    if sent is not None:
        owner |= {page: pupil for page, pupil in sent.owners.items() if page in owner}
    known = {child.pupil for child in roster}
    nobodys = [strip for strip in strips if owner[strip.page] not in known]
    # A gap is an absence only when every paper has found its pupil and none waits in the tray.
    waiting = waiting_papers(sitting)
    guess_away = not nobodys and not waiting
    rows = []
    for child in roster:
        mine = [strip for strip in strips if owner[strip.page] == child.pupil]
        gone = child.pupil in sent.absent if sent is not None else child.pupil in away or (guess_away and bool(strips))
        rows.append(Row(child, mine, gone and not mine))
    settled = bool(strips) and all(strip.confirmed for strip in strips)
    return Check(
        rows, nobodys, sum(bool(strip.doubt) for strip in strips), sum(strip.turned for strip in strips),
        settled and all(row.strips or row.child.pupil in away for row in rows), waiting,
    )  # fmt: skip


def _strip(page: Any, proposal: Proposal, turned: bool, at: int) -> Strip:
    where = page.places.get("name")
    picture, tall = "", False
    data = part(page, "name")
    if data:
        picture, tall = "data:image/jpeg;base64," + base64.b64encode(data).decode(), where[3] > where[2]
    read = f"{page.numbers[0][0]}番" if page.numbers else "読めません"
    return Strip(
        page.pk, place(page), at + 1, read, picture, tall, proposal.doubt, turned, proposal.confirmed,
        "・".join(f"{number}番" for number in proposal.likely), proposal.pupil,
    )  # fmt: skip
