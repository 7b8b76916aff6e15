"""だれの答案か: pages bound to the roster by the 出席番号 that was read. Never by file name, never by place in the pile."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

ALONE = 0.95  # a number against the order of the pile is believed only when read this surely
IN_ORDER = 0.5  # a number that fits the order, where other numbers of the roster would fit as well
BETWEEN = 0.2  # the only number of the roster that fits between its neighbours in the pile
NEIGHBOUR = 0.35  # a page read at least this surely is a neighbour to go by
CLAIM = 0.1  # a page read even this faintly as a number that another page has makes us ask about both
SHADOW = 0.01  # nor then, when another number was read this surely that fits the order
NEAR = 4  # nor, when about here a number with a figure more is missing
SORTED = 0.75  # share of the pages read well that rise: such a pile lies in the order of the roster
RIVAL = 0.25  # share of the confidence from which a second number that fits as well makes us ask
DIGITS = str.maketrans("０１２３４５６７８９", "0123456789")


@dataclass(frozen=True)
class Seen:
    """見えたもの on one sheet: page (its number in the pile) and the likely numbers with their confidence, best first."""

    page: int
    candidates: tuple[tuple[str, float], ...] = ()
    copy_of: int | None = None


@dataclass(frozen=True)
class Binding:
    """結びつき: `pupil` is the 出席番号, None = a person must say; `why` for the tray; `likely` to be offered first."""

    page: int
    pupil: int | None
    why: str = ""
    likely: tuple[int, ...] = ()


@dataclass(frozen=True)
class Bound:
    """結びつけの結果 of a pile: every page once; pupils without a sheet; pages out of the roster's order."""

    pages: Mapping[int, Binding]
    unseen: tuple[int, ...]  # absent, or among the pages a person must still say
    out_of_order: tuple[int, ...] = field(default=())


def numbers_of(seen: Seen, roster: frozenset[int]) -> list[tuple[int, float]]:
    """読めた番号 that are on the roster, the likeliest first."""
    found: dict[int, float] = {}
    for text, confidence in seen.candidates:
        digits = text.translate(DIGITS)
        if digits.isascii() and digits.isdigit() and int(digits) in roster:
            found[int(digits)] = max(confidence, found.get(int(digits), 0.0))
    return sorted(found.items(), key=lambda one: -one[1])


def in_order(best: Sequence[tuple[int, int, float]]) -> set[int]:
    """並びに合うページ: the heaviest rising run through (page, number, confidence), pages in order."""
    weights: list[float] = []
    came: list[int] = []
    for at, (_, number, confidence) in enumerate(best):
        earlier = [(weights[k], k) for k in range(at) if best[k][1] < number]
        weight, before = max(earlier, default=(0.0, -1))
        weights.append(weight + confidence)
        came.append(before)
    run: set[int] = set()
    at = max(range(len(best)), key=lambda k: weights[k], default=-1)
    while at >= 0:
        run.add(best[at][0])
        at = came[at]
    return run


def bind(sheets: Iterable[Seen], roster: Sequence[int]) -> Bound:
    """結びつける. A number is believed when it was read beyond doubt, or was read and fits the order of the pile.

    Where a pupil is absent, a sheet of a neighbour fits that place as well: there a number has to be likelier than not
    (`IN_ORDER`); where nobody else fits, less is enough (`BETWEEN`). A number is out of order as well when the pages around it
    have no room left for theirs (`room`).
    Two sheets that claim one number are both put to a person, unless one of them is beyond doubt and stands where it should in a pile
    that is in order, and the other is hardly readable or could not be that pupil's by its place (`firm`): then only the other is. A
    second scan goes where the first went. Order alone binds nothing, and the order in which results arrive has no influence.
    """
    ordered = sorted(sheets, key=lambda seen: seen.page)
    known = frozenset(roster)
    originals = [seen for seen in ordered if seen.copy_of is None]
    read = {seen.page: numbers_of(seen, known) for seen in originals}
    run = in_order([(page, *numbers[0]) for page, numbers in read.items() if numbers])
    claims: dict[int, dict[int, float]] = defaultdict(dict)
    for page, numbers in read.items():
        if numbers and (page in run or numbers[0][1] >= CLAIM):
            claims[numbers[0][0]][page] = numbers[0][1]
    pages = {page: decide(page, read, run, claims, known) for page in read}
    taken = {one.pupil for one in pages.values() if one.pupil is not None}
    free = tuple(number for number in roster if number not in taken)
    for page, one in list(pages.items()):
        if one.pupil is None:
            first = [number for number in one.likely if number in free]
            rest = [number for number in nearest(page, pages, free) if number not in first]
            pages[page] = Binding(page, None, one.why, tuple((first + rest)[:3]))
    for seen in ordered:
        if seen.copy_of is not None:
            source = pages.get(seen.copy_of)
            pages[seen.page] = Binding(
                seen.page, source.pupil if source else None, f"{seen.copy_of + 1}枚目と同じ紙です"
            )
    return Bound(pages, free, turned(originals, pages))


def decide(
    page: int,
    read: Mapping[int, Sequence[tuple[int, float]]],
    run: set[int],
    claims: Mapping[int, Mapping[int, float]],
    roster: frozenset[int],
) -> Binding:
    """一枚を決める from its reading and its place in the order."""
    numbers = read[page]
    if not numbers:
        return Binding(page, None, "番号が書かれていないか、読めません")
    number, confidence = numbers[0]
    before, after = neighbours(page, read, run)
    low, high = before[1], after[1]
    # What fits between its neighbours is offered before what does not; it stays a question all the same.
    likely = tuple(sorted((one for one, _ in numbers), key=lambda one: not low < one < high))
    placed = page in run and low < number < high
    placed = placed and room(before, (page, number), read, roster) and room((page, number), after, read, roster)
    others = {other: sure for other, sure in claims.get(number, {}).items() if other != page}
    if others and not (placed and confidence >= ALONE and firm(number, others, read, run)):
        return Binding(page, None, f"{number}番の答案が{len(others) + 1}枚あります", likely)
    shadowed = page not in run and (
        any(low < one < high and sure > SHADOW for one, sure in numbers[1:])
        or any(one != number and str(number) in str(one) for one in missing(page, read, run, roster - set(claims)))
    )
    if confidence >= ALONE and not shadowed:
        return Binding(page, number)
    rivals = [one for one, sure in numbers[1:] if low < one < high and sure > RIVAL * confidence]
    alone = sum(low < one < high for one in roster) == 1
    if placed and confidence >= (BETWEEN if alone else IN_ORDER) and not rivals:
        return Binding(page, number)
    return Binding(page, None, "番号を確かめてください", likely)


def firm(
    number: int, others: Mapping[int, float], read: Mapping[int, Sequence[tuple[int, float]]], run: set[int]
) -> bool:
    """揺るがない: whether the pile is in order, and each of the other pages read as this number is hardly readable or stands where
    this number could not (19 among 18 and 20, its first figure cut, reads as 9)."""
    if len(well_read(read, run)) < SORTED * len(well_read(read, read)):
        return False
    for other, sure in others.items():
        (_, low), (_, high) = neighbours(other, read, run)
        if sure >= NEIGHBOUR and low <= number <= high:
            return False
    return True


def well_read(read: Mapping[int, Sequence[tuple[int, float]]], pages: Iterable[int]) -> dict[int, int]:
    """よく読めたページ: page → number, of those of the pages that were read well enough to go by."""
    return {page: read[page][0][0] for page in pages if read[page] and read[page][0][1] >= NEIGHBOUR}


def neighbours(
    page: int, read: Mapping[int, Sequence[tuple[int, float]]], run: set[int]
) -> tuple[tuple[int, int], tuple[int, int]]:
    """前後のページ: (page, number) before and after, of pages that are in order and were read well enough; the ends of the pile
    where there is none."""
    well = well_read(read, run)
    before, after = [other for other in well if other < page], [other for other in well if other > page]
    return (
        (max(before), well[max(before)]) if before else (-1, 0),
        (min(after), well[min(after)]) if after else (max(read) + 1, 10**6),
    )


def missing(
    page: int, read: Mapping[int, Sequence[tuple[int, float]]], run: set[int], free: frozenset[int]
) -> list[int]:
    """だれの番号でもない numbers about the place of a page: between the third neighbour on each side, and a few further where there
    are not so many."""
    (_, low), (_, high) = neighbours(page, read, run)
    well = well_read(read, run)
    before = sorted(number for other, number in well.items() if other < page)[-3:]
    after = sorted(number for other, number in well.items() if other > page)[:3]
    return [number for number in free if min([low - NEAR, *before]) < number < max([high + NEAR, *after])]


def room(
    one: tuple[int, int],
    other: tuple[int, int],
    read: Mapping[int, Sequence[tuple[int, float]]],
    roster: frozenset[int],
) -> bool:
    """間に入るか: whether as many pupils stand between two numbers as pages between their pages that could not be read well."""
    between = [numbers for page, numbers in read.items() if one[0] < page < other[0]]
    unread = sum(not numbers or numbers[0][1] < NEIGHBOUR for numbers in between)
    return unread <= sum(one[1] < number < other[1] for number in roster)


def nearest(page: int, pages: Mapping[int, Binding], free: Sequence[int]) -> tuple[int, ...]:
    """ありそうな番号: numbers still free, those that fit between the neighbours first. Offered, never taken."""
    before = [one.pupil for number, one in sorted(pages.items()) if number < page and one.pupil is not None]
    after = [one.pupil for number, one in sorted(pages.items()) if number > page and one.pupil is not None]
    low, high = (before[-1] if before else 0), (after[0] if after else 10**6)
    return tuple(sorted(free, key=lambda number: (not low < number < high, abs(number - low)))[:3])


def turned(sheets: Sequence[Seen], pages: Mapping[int, Binding]) -> tuple[int, ...]:
    """順番ちがい: pages whose number is smaller than one before them in the pile."""
    highest, found = 0, []
    for seen in sheets:
        pupil = pages[seen.page].pupil
        if pupil is None:
            continue
        if pupil < highest:
            found.append(seen.page)
        highest = max(highest, pupil)
    return tuple(found)
