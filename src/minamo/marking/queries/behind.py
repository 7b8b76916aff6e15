"""だれの裏かの画面を読む: first pages without a second one, nearest in the pile first; a pile of backs beside the papers that lack
one. The caller has been authorised."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from minamo.marking.leaves import leaf_at
from minamo.marking.models import AnswerMark, Edition, ScanPage, Sitting
from minamo.marking.page_rules import ALONE, BACK, DUPLICATE, LOOSE, NO_SECOND
from minamo.marking.queries.names import name_picture
from minamo.marking.queries.scans import children, counted_pages, place
from minamo.marking.sheet_codes import whose
from minamo.people.api import pupil_cards


@dataclass(frozen=True)
class Front:
    """表: where it is, whose it is said to be, its strip of number and name; `now`: the page lies behind it at present; `printed`: the
    name it was printed with."""

    page: UUID
    place: str
    owner: str
    picture: str
    now: bool
    printed: str = ""


def fronts_for(page: ScanPage) -> Sequence[Front]:
    """選べる表. Two queries, two more where sheets have codes, and one file per page."""
    others = ScanPage.objects.filter(front=OuterRef("pk")).exclude(pk=page.pk)
    rows = (
        counted_pages(page.sitting).filter(Q(status="ok") | Q(status="review", reason=NO_SECOND), ~Exists(others), leaf=0)
        .select_related("pile").defer("trace", "readings").order_by("pile__sent_at", "pile_id", "index")
    )  # fmt: skip
    free = [row for row in rows if not (row.said and row.owner is None)]
    cards = pupil_cards({row.owner for row in free if row.owner})
    near = sorted(
        free, key=lambda row: (row.pk != page.front_id, row.pile_id != page.pile_id, abs(row.index - page.index))
    )
    names = printed_names(page.sitting, 0) if any(row.code for row in near) else {}
    return [
        Front(row.pk, place(row), cards[row.owner].display_name if row.owner in cards else "", name_picture(row).row, row.pk == page.front_id,
              names.get(row.code, ""))
        for row in near
    ]  # fmt: skip


def printed_for(page: ScanPage) -> str:
    """だれの名前で印刷した用紙か, by its code; empty when it has none. Two queries for a page with a code."""
    return printed_names(page.sitting, page.leaf).get(page.code, "") if page.code else ""


def printed_names(sitting: Sitting, leaf: int) -> dict[str, str]:
    """用紙の名前 by the codes of a page of the class's sheets. Two queries."""
    names = {child.pupil: child.name for child in children(sitting)}
    return {word: names[pupil] for word, pupil in whose(sitting.pk, names, leaf).items()}


def marks_behind(sitting: Sitting, fronts: Iterable[UUID]) -> "QuerySet[AnswerMark]":
    """裏の設問の採点 that hangs on these first pages. One query for the questions."""
    newest = Edition.objects.filter(assessment=sitting.assessment_id).order_by("-number").first()
    leaves = sitting.assessment.pages
    asked = [one["id"] for one in (newest.questions if newest else ()) if leaf_at(leaves, one["box"]).number]
    return AnswerMark.objects.filter(page__in=list(fronts), question__in=asked, points__isnull=False)


SAME, REVERSED = "same", "reversed"


@dataclass(frozen=True)
class Backs:
    """裏だけの山: a pile of second pages, as many as there are papers without one, and those papers; each in the order it was fed.

    The order says nothing certain: a pile may have been turned over as a whole. Whoever confirms says which it is.
    """

    pile: UUID
    filename: str
    fronts: Sequence[Any]
    behind: Sequence[Any]

    def pairs(self, order: str) -> list[tuple[Any, Any]]:
        """(表, 裏), the last page of the pile first when it lies reversed."""
        return list(zip(self.fronts, self.behind if order == SAME else reversed(self.behind), strict=True))

    @property
    def seen(self) -> str:
        """The same for the same pages in the same order."""
        ids = " ".join(str(row.pk) for row in (*self.fronts, *self.behind))
        return hashlib.sha256(ids.encode()).hexdigest()[:24]


def backs_of(sitting: Sitting, pile: UUID | None = None) -> Backs | None:
    """裏だけの山 that fits: nothing in it but second pages that lie behind none, exactly as many as papers lack one, two at least. None
    where there is no such pile (`pile`: where it is not that one). One query, none for a test of one page."""
    if not sitting.assessment.leaves:
        return None
    rows = [
        row
        for row in counted_pages(sitting).select_related("pile").defer("trace", "readings")
        .annotate(has_second=Exists(ScanPage.objects.filter(front=OuterRef("pk"))))
        .order_by("pile__sent_at", "pile_id", "index")
        if not (row.said and row.owner is None) and not (row.status == "review" and row.reason in ("blank", BACK, DUPLICATE))
    ]  # fmt: skip
    fronts = [row for row in rows if row.leaf == 0 and not row.has_second and _lacks(row)]
    for one in dict.fromkeys(row.pile_id for row in rows if row.reason == LOOSE):
        behind = [row for row in rows if row.pile_id == one]
        fits = len(behind) == len(fronts) >= 2 and all(row.reason == LOOSE for row in behind)
        if fits and pile in {None, one}:
            return Backs(one, behind[0].pile.filename, fronts, behind)
    return None


def _lacks(row: Any) -> bool:
    """A first page that waits for its second one, or is somebody's and nobody has said that there is none."""
    return bool((row.status == "ok" and row.reason != ALONE) or row.reason == NO_SECOND)


@dataclass(frozen=True)
class Pairing:
    """組の案の一行: the strip of number and name, whose it is if that is said, and the page that would lie behind."""

    front: Front
    behind: UUID
    place: str


def pairings(backs: Backs, order: str) -> list[Pairing]:
    """組の案, line by line. One query for the names, and one file per paper."""
    cards = pupil_cards({row.owner for row in backs.fronts if row.owner})
    return [
        Pairing(
            Front(front.pk, place(front), cards[front.owner].display_name if front.owner in cards else "", name_picture(front).row, False),
            behind.pk, place(behind),
        )
        for front, behind in backs.pairs(order)
    ]  # fmt: skip
