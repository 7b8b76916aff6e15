"""だれの2枚目かの画面を読む: first pages without a second one, nearest in the pile first. The caller has been authorised."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from minamo.marking.models import ScanPage
from minamo.marking.page_rules import NO_SECOND
from minamo.marking.queries.scans import children, counted_pages, part, place
from minamo.marking.sheet_codes import whose
from minamo.people.api import pupil_cards


@dataclass(frozen=True)
class Front:
    """1枚目: where it is, whose it is said to be, its strip of number and name; `now`: the page lies behind it at present."""

    page: UUID
    place: str
    owner: str
    picture: str
    now: bool


def fronts_for(page: ScanPage) -> Sequence[Front]:
    """選べる1枚目. Two queries, and one file per page."""
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
    return [
        Front(row.pk, place(row), cards[row.owner].display_name if row.owner in cards else "", _strip(row), row.pk == page.front_id)
        for row in near
    ]  # fmt: skip


def printed_for(page: ScanPage) -> str:
    """だれの名前で印刷した用紙か, by its code; empty when it has none. Two queries for a page with a code."""
    if not page.code:
        return ""
    roster = children(page.sitting)
    pupil = whose(page.sitting_id, [child.pupil for child in roster], page.leaf).get(page.code)
    return next((child.name for child in roster if child.pupil == pupil), "")


def _strip(row: ScanPage) -> str:
    data = part(row, "name")
    return "data:image/jpeg;base64," + base64.b64encode(data).decode() if data else ""
