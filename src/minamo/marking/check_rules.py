"""だれの答案か: the machine's proposal beside the roster, and what a person's confirmation has to hold. Pure.

A page is proposed for a pupil by the number read on it and its place among the pages that were read; never by a file's name,
never by the place alone. Every proposal that is not beyond doubt is marked, and nothing is bound before a person says so.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from minamo.marking.vision.identity import Seen, bind

TAKEN, TWICE = "この用紙の人の答案は、もう決まっています", "同じ人の用紙が{}枚あります"
TORN = "表と裏で、用紙の人がちがいます"


def called(number: int | None, name: str) -> str:
    """3番 高橋 花; the name alone in a class that gives no numbers."""
    return f"{number}番 {name}" if number is not None else name


def in_class_order(number: int | None) -> tuple[bool, int]:
    """出席番号順: a key to sort by; who has no number comes last."""
    return number is None, number or 0


@dataclass(frozen=True)
class Child:
    """名簿の一人."""

    pupil: UUID
    number: int | None
    name: str


@dataclass(frozen=True)
class Paper:
    """答案の一枚, in the order of the piles. `owner`: as a person has said (None = not yet); `printed`: for whom the sheet was
    printed, by its code; `torn`: its two pages name different pupils, and neither is believed."""

    page: UUID
    numbers: tuple[tuple[str, float], ...] = ()
    owner: UUID | None = None
    printed: UUID | None = None
    torn: bool = False


@dataclass(frozen=True)
class Proposal:
    """案: whose a page might be; `doubt` in words, empty when it is beyond doubt or confirmed; `likely` 出席番号 to offer."""

    page: UUID
    pupil: UUID | None
    doubt: str = ""
    likely: tuple[int, ...] = ()
    confirmed: bool = False


@dataclass(frozen=True)
class Proposals:
    """案のまとめ: every page once; pupils without a page; pages out of the roster's order."""

    pages: Mapping[UUID, Proposal]
    without: tuple[UUID, ...]
    out_of_order: frozenset[UUID]

    @property
    def open(self) -> list[Proposal]:
        """Pages that are nobody's in the proposal."""
        return [one for one in self.pages.values() if one.pupil is None]

    @property
    def doubtful(self) -> list[Proposal]:
        """Pages a person must look at."""
        return [one for one in self.pages.values() if one.doubt]


def propose(papers: Sequence[Paper], roster: Sequence[Child], away: Collection[UUID] = ()) -> Proposals:
    """案を作る. Confirmed pages stay where they are; the others are looked for among the pupils who have none. Nobody is guessed who
    was `away` by the register while another pupil may be it."""
    taken = {paper.owner for paper in papers if paper.owner is not None}
    # In a class of several years two pupils may have one number: it says nothing there.
    times = Counter(child.number for child in roster)
    single = [child for child in roster if child.number is not None and times[child.number] == 1]
    free: dict[int | None, UUID] = {child.number: child.pupil for child in single if child.pupil not in taken}
    numbers = {child.pupil: child.number for child in roster}
    order = {paper.page: at for at, paper in enumerate(papers)}
    waiting = [paper for paper in papers if paper.owner is None]
    # A number somebody else's confirmed paper has is seen as well: two papers with one number are put to a person.
    known = sorted(child.number for child in single if child.number is not None)
    seen = [Seen(order[paper.page], _sure(paper, numbers)) for paper in papers]
    bound = bind(seen, known)
    pages: dict[UUID, Proposal] = {
        paper.page: Proposal(paper.page, paper.owner, confirmed=True) for paper in papers if paper.owner is not None
    }
    pages |= _printed(waiting, taken)
    given = {one.pupil for one in pages.values() if one.pupil is not None and not one.confirmed}
    waiting = [paper for paper in waiting if paper.page not in pages]
    for paper in waiting:
        one = bound.pages[order[paper.page]]
        pupil = free.get(one.pupil)
        if pupil is not None and pupil not in given:
            given.add(pupil)
            pages[paper.page] = Proposal(paper.page, pupil)
    for paper in waiting:
        if paper.page not in pages:
            one = bound.pages[order[paper.page]]
            open_ = [number for number in one.likely if free.get(number) not in given and number in free]
            likely = tuple(sorted(open_, key=lambda number: free[number] in away))
            doubt = one.why or f"{one.pupil}番の答案は、もう決まっています"
            pages[paper.page] = Proposal(paper.page, None, doubt, likely)
    pages |= _guessed(pages, waiting, free, given)
    held = {one.pupil for one in pages.values() if one.pupil is not None}
    without = tuple(child.pupil for child in roster if child.pupil not in held)
    turned = _turned(papers, pages, numbers)
    return Proposals({paper.page: pages[paper.page] for paper in papers}, without, turned)


def _printed(waiting: Sequence[Paper], taken: Collection[UUID]) -> dict[UUID, Proposal]:
    """印刷した用紙: the code says the pupil, also where the class gives no numbers; two sheets of one pupil are put to a person."""
    sheets = Counter(paper.printed for paper in waiting if paper.printed is not None)
    found: dict[UUID, Proposal] = {}
    for paper in waiting:
        if paper.torn:
            found[paper.page] = Proposal(paper.page, None, TORN)
        if paper.printed is None:
            continue
        doubt = (
            TAKEN
            if paper.printed in taken
            else TWICE.format(sheets[paper.printed])
            if sheets[paper.printed] > 1
            else ""
        )
        found[paper.page] = Proposal(paper.page, None if doubt else paper.printed, doubt)
    return found


def _sure(paper: Paper, numbers: Mapping[UUID, int | None]) -> tuple[tuple[str, float], ...]:
    """What is known of a paper's number: what a person has said, before what the sheet was printed with and what was read."""
    known = paper.owner or paper.printed
    number = numbers.get(known) if known is not None else None
    return ((str(number), 1.0),) if number is not None else paper.numbers


def _guessed(
    pages: Mapping[UUID, Proposal], waiting: Sequence[Paper], free: Mapping[int | None, UUID], given: set[UUID]
) -> dict[UUID, Proposal]:
    """見当: the likeliest pupil of a doubtful page, when no other page wants that one; it stays marked as doubtful."""
    wanted: dict[UUID, list[UUID]] = {}
    for paper in waiting:
        one = pages[paper.page]
        if one.pupil is None and one.likely:
            pupil = free[one.likely[0]]
            if pupil not in given:
                wanted.setdefault(pupil, []).append(paper.page)
    return {
        claims[0]: Proposal(claims[0], pupil, pages[claims[0]].doubt, pages[claims[0]].likely)
        for pupil, claims in wanted.items()
        if len(claims) == 1
    }


def _turned(
    papers: Sequence[Paper], pages: Mapping[UUID, Proposal], numbers: Mapping[UUID, int | None]
) -> frozenset[UUID]:
    """順番ちがい: neighbours in the pile whose numbers fall instead of rising."""
    found: set[UUID] = set()
    placed = [(paper.page, numbers.get(pages[paper.page].pupil)) for paper in papers if pages[paper.page].pupil]  # type: ignore[arg-type]
    for (one, first), (other, second) in pairwise(placed):
        if first is not None and second is not None and second < first:
            found |= {one, other}
    return frozenset(found)


class Conflict(ValueError):
    """確定できない理由: one line per place, in names; nothing was changed."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(problems[0])
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Before:
    """開いたときの決まり: whose each page was and who was absent when the screen was opened, as far as it says so."""

    owners: Mapping[UUID, UUID | None]
    absent: frozenset[UUID] = frozenset()


def kept_apart(
    sent: Mapping[UUID, UUID | None], now: Mapping[UUID, UUID | None], before: Before, places: Mapping[UUID, str]
) -> dict[UUID, UUID | None]:
    """What was sent, without the pages somebody else has decided since and nobody touched here. Raises Conflict for a page that
    was decided in both places and differently."""
    moved = {page for page in sent if page in before.owners and now.get(page) != before.owners[page]}
    both = [page for page in moved if sent[page] not in {before.owners[page], now.get(page)}]
    if both:
        names = "、".join(places.get(page, "ほかの答案") for page in both)
        raise Conflict(
            [
                f"開いているあいだに、{names}がだれのものか、ほかの画面で決まりました。いまの決まりを確かめて、もう一度押してください。"
            ]
        )
    return {page: pupil for page, pupil in sent.items() if page not in moved}


def absent_apart(
    sent: Collection[UUID], now: Collection[UUID], before: Before, with_paper: Collection[UUID]
) -> set[UUID]:
    """Who is absent: as sent, except where somebody else has said otherwise since and nobody touched it here."""
    ended, begun = before.absent - set(now), set(now) - before.absent
    return (set(sent) - ended) | (begun - set(with_paper))


def agreed(
    sent: Mapping[UUID, UUID | None], absent: Iterable[UUID], roster: Sequence[Child], places: Mapping[UUID, str]
) -> None:
    """確かめる: one page per pupil, nobody absent with a page, nobody from outside the roster. `places` names pages in words.
    Raises Conflict."""
    names = {child.pupil: called(child.number, child.name) for child in roster}
    pages: dict[UUID, list[UUID]] = {}
    for page, pupil in sent.items():
        if pupil is not None:
            pages.setdefault(pupil, []).append(page)
    away = set(absent)
    problems = [
        f"{names[pupil]}さんの答案が{len(found)}枚になっています（{'、'.join(places[page] for page in found)}）。"
        for pupil, found in pages.items()
        if len(found) > 1 and pupil in names
    ]
    problems += [
        f"{names[pupil]}さんは欠席になっていますが、答案があります。"
        for pupil in pages
        if pupil in away and pupil in names
    ]
    if any(pupil not in names for pupil in [*pages, *away]):
        problems.append("この日の名簿にない人が選ばれています。画面を開き直してください。")
    if problems:
        raise Conflict(problems)
