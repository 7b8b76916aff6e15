"""ほかの学級へ移す前に: what would go with a page, where it may go, and what stands in the way. The caller has been authorised."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Max

from minamo.access.api import Actor, may
from minamo.marking.check_rules import called
from minamo.marking.marks_rules import FIRST
from minamo.marking.models import AnswerMark, Binding, ScanPage, Sitting
from minamo.marking.queries.marks import Sheet, changes_held, result_of, rounds_of, sheet_of
from minamo.marking.queries.scans import elsewhere, place
from minamo.marking.stamps import counted
from minamo.people.api import pupil_cards

SETTLED = "{}は、もう確定しています。先に確定を取りやめてください。"
COPIES = "この答案と同じ紙が「見てほしいページ」で待っています。先に、どちらを使うか決めてください。"
CHANGED = "配点の変更が、この答案の採点にまだ入っていません。先に「進みぐあい」で計算し直してください。"


@dataclass(frozen=True)
class Moving:
    """移るもの: whose it is now, the marks that go along (`veiled`: first marks of questions this person marks blind), by whom, where it
    may go (class, why not), what stands in the way."""

    place: str
    owner: str
    lines: Sequence[tuple[str, AnswerMark, bool]]
    last: int
    places: Sequence[tuple[Sitting, str]]
    problem: str
    second: bool = False  # the page behind goes along

    @property
    def marked(self) -> int:
        """Answers with points in the first round."""
        return sum(1 for _, mark, _ in self.lines if mark.round == FIRST and mark.points is not None)

    @property
    def points(self) -> int | None:
        """Their sum; None where some of them are veiled."""
        if any(veiled for _, _, veiled in self.lines):
            return None
        return sum(mark.points or 0 for _, mark, _ in self.lines if mark.round == FIRST)

    @property
    def said(self) -> str:
        """Comments and stamps, in words."""
        return counted(mark.comment for _, mark, veiled in self.lines if not veiled)

    @property
    def markers(self) -> str:
        """Who gave them."""
        return "、".join(dict.fromkeys(mark.marker_label for _, mark, veiled in self.lines if not veiled))


def moving(actor: Actor, page: ScanPage) -> Moving:
    """移るものを見る. At most eleven queries."""
    here = page.sitting
    sheet = sheet_of(here)
    blind = rounds_of(here).blind(str(actor.account_id), manages=True)
    names = {
        name: f"{f'大問{one.section} ' if one.section else ''}{one.label}" for name, one in sheet.questions.items()
    }
    order = {name: at for at, name in enumerate(names)}
    marks = sorted(
        AnswerMark.objects.filter(page=page), key=lambda one: (order.get(one.question, len(order)), one.round)
    )
    others = [one for one in elsewhere(here, actor) if may(actor, "sitting:manage", one)]
    settled = set(Sitting.objects.filter(pk__in=[here.pk, *(one.pk for one in others)], settlements__ended_at__isnull=True,
                                         settlements__isnull=False).values_list("pk", flat=True))  # fmt: skip
    problem = SETTLED.format("この学級のテスト") if here.pk in settled else _of_page(page, here, sheet)
    return Moving(
        place(page), _owner(here, page),
        [(names.get(one.question, one.question), one, one.round == FIRST and one.question in blind) for one in marks],
        max((one.stroke for one in marks), default=0),
        [(one, "確定済み" if one.pk in settled else "") for one in others], problem,
        bool(here.assessment.leaves) and ScanPage.objects.filter(front=page).exists(),
    )  # fmt: skip


def newest(page: ScanPage) -> int:
    """The newest stroke that holds on a page; 0 when nobody has marked it. One query."""
    return AnswerMark.objects.filter(page=page).aggregate(last=Max("stroke"))["last"] or 0


def standing_in_the_way(page: ScanPage, here: Sitting, to: Sitting) -> str:
    """なぜ移せないか; empty when it may go."""
    for sitting, which in ((here, "この学級のテスト"), (to, "移す先の学級のテスト")):
        if result_of(sitting).exists():
            return SETTLED.format(which)
    return _of_page(page, here, sheet_of(here))


def _of_page(page: ScanPage, here: Sitting, sheet: Sheet) -> str:
    if ScanPage.objects.filter(copy_of=page, status="review").exists():
        return COPIES
    mine = ScanPage.objects.filter(pk=page.pk).values("pk")
    return CHANGED if changes_held(here, sheet.edition, mine) else ""


def _owner(here: Sitting, page: ScanPage) -> str:
    row = Binding.objects.filter(sitting=here, page=page, replaced_at__isnull=True, pupil__isnull=False).first()
    if row is None or row.pupil_id is None:
        return ""
    card = pupil_cards([row.pupil_id]).get(row.pupil_id)
    return called(row.number, card.display_name) if card else ""
