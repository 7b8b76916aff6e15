"""`bin/bench marking`, the reader's half: held-out writers, bundles of answers, and whose each page of a pile is."""

import random
from typing import Any

from minamo.marking.reading.model import facts
from minamo.marking.reading.report import Accuracy
from minamo.marking.vision.identity import Seen, bind
from tools.reader.evaluate import (
    HELDOUT,
    NUMBERS,
    Cell,
    answered,
    as_numbers,
    bundles_of,
    load,
    measured,
    network_speed,
    paired,
    pooled,
    refused,
    sets_of,
    speed,
    struck_out,
)


def figures(found: Accuracy) -> dict[str, Any]:
    """n, coverage, precision and its Wilson bound."""
    precision = None if found.precision is None else round(found.precision, 4)
    low = None if found.low is None else round(found.low, 4)
    return {"n": found.n, "coverage": round(found.coverage, 4), "precision": precision, "wilson_low": low}


def reader() -> dict[str, Any]:
    """The committed network on writers it has not seen; the threshold was fixed on other data (MODEL_CARD)."""
    cells = load(HELDOUT)
    sets = sets_of(cells)
    core = pooled(sets)
    plain = [cell for cell in core if not cell.flags]
    many = as_numbers([cell for name in NUMBERS[:2] for cell in sets[name]])
    return {
        "reader": facts().name, "reader_thresholds": facts().thresholds, "reader_number_thresholds": facts().number_thresholds,
        **{f"reader {name}": figures(found) for name, found in measured(sets).items()},
        "abstains_struck_out": round(refused(struck_out(plain)), 4), "abstains_two_symbols": round(refused(paired(plain)), 4),
        "abstains_struck_numbers": round(refused(struck_out(many), True), 4), "abstains_two_numbers": round(refused(paired(many)), 4),
        "floor_network_cells_per_s_per_core": round(network_speed(cells)), "cells_per_s_per_core": round(speed(cells)), "numbers_per_s_per_core": round(speed(cells, "digit", "0-99")),
        "cells_over_blank_per_s_per_core": round(speed(cells, printed=True)),
        "numbers_over_blank_per_s_per_core": round(speed(cells, "digit", "0-99", printed=True)),
        **groups(sets),
    }  # fmt: skip


def groups(sets: dict[str, list[Cell]]) -> dict[str, Any]:
    """答えのまとまり: purity and a teacher's actions per 100 answers, in one class and in several."""
    facts_: dict[str, Any] = {}
    for size in (35, 120):
        found = [bundles_of(chosen, size) for chosen in answered(sets).values()]
        facts_[f"groups_n{size}_answers"] = min(one.answers for one in found)
        facts_[f"groups_n{size}_purity"] = round(min(one.purity for one in found), 4)
        facts_[f"groups_n{size}_actions_per_100"] = round(max(one.actions for one in found), 1)
    return facts_


def identity(piles: int = 400, seed: int = 907) -> dict[str, Any]:
    """だれの答案か: piles of 30 with absentees, swaps, second scans and misread numbers, results arriving in any order."""
    chance = random.Random(seed)
    bound = wrong = asked = moved = 0
    for _ in range(piles):
        roster = tuple(range(1, 31))
        order = [number for number in roster if chance.random() > 0.08]
        for _ in range(chance.randrange(3)):
            at = chance.randrange(len(order) - 1)
            order[at], order[at + 1] = order[at + 1], order[at]
        seen = [Seen(page, _read(chance, number), None) for page, number in enumerate(order)]
        again = chance.randrange(len(seen))
        seen.append(Seen(len(seen), _read(chance, order[again]), again))
        truth = [*order, order[again]]
        first = bind(seen, roster)
        chance.shuffle(seen)
        moved += bind(seen, roster) != first
        for page, number in enumerate(truth):
            found = first.pages[page].pupil if page in first.pages else None
            bound, wrong, asked = (
                bound + (found is not None),
                wrong + (found not in (None, number)),
                asked + (found is None),
            )
    return {"identity_pages": bound + asked, "identity_bound": bound, "identity_asked": asked, "identity_misbound": wrong,
            "identity_changed_by_order_of_arrival": moved}  # fmt: skip


def _read(chance: random.Random, number: int) -> tuple[tuple[str, float], ...]:
    """出席番号 as the reader has it: mostly right, sometimes nothing, now and then another one, seldom surely another one."""
    luck = chance.random()
    if luck < 0.05:
        return ()
    other = str(chance.randrange(1, 40))
    if luck < 0.08:
        return ((other, chance.uniform(0.05, 0.45)), (str(number), chance.uniform(0.01, 0.05)))
    return ((str(number), chance.uniform(0.3, 0.99)), (other, chance.uniform(0.001, 0.02)))


def run() -> dict[str, Any]:
    """Everything of this half."""
    return {**reader(), **identity()}
