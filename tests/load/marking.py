"""`bin/bench marking`: the eye of marking on papers of our own making, beside the floors of the same run (CPU time, one core).

The seeds here are in no test and were never looked at while the eye was made.
"""

import random
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from minamo.marking.analysis import Item, Paper, Results
from minamo.marking.analysis.whole import Given, Rule, analyse, points_of, recompute
from minamo.marking.giveback import Heading, Marked, Placed, give_back
from minamo.marking.tests.papers import BY_NAME, overlap, pdf, worst
from minamo.marking.vision.align import OK, OUTSIDE, align
from minamo.marking.vision.boxes import find_boxes
from minamo.marking.vision.crops import MARGIN, crop
from minamo.marking.vision.emptiness import printing, written
from minamo.marking.vision.order import propose
from minamo.marking.vision.pages import read_page
from minamo.marking.vision.template import prepare
from tests.fixtures.papers.canvas import Sheet
from tests.fixtures.papers.layouts import FAMILIES
from tests.fixtures.papers.pupils import write
from tests.fixtures.papers.scanner import CASES, curled, enlarged, scan
from tests.load import hands, marking_ingest, marking_piles, marking_reader
from tests.load.goals import missed
from tests.load.heldback import LAYOUTS
from tests.load.strangers import NAMES, stranger
from tools.reader.evaluate import ALPHABETS

SEEDS = (901, 902)
MILLIMETRE = 200 / 25.4
OF_PILES = ("silent_wrong", "misbound", "answered_called_blank")  # of the project's own piles, together
EDGE = ("skew10", "left", "right", "upside", "shift12mm", "copy71", "phone8", "copy141")
LEAST = {
    "ingest_marked_pages_per_s_per_core": 20, "ingest_own_pages_per_s_per_core": 8, "own_sheets_within_1_mm": 0.99, "held_back_within_1_mm": 0.99, "strangers_within_1_mm": 0.99,
    "cells_per_s_per_core": 1000, "cells_over_blank_per_s_per_core": 1000, "boxes_found": 0.95, "strangers_boxes_found": 0.95, "answered": 1500,
    "abstains_struck_out": 0.95, "abstains_two_symbols": 0.95, "abstains_struck_numbers": 0.95, "abstains_two_numbers": 0.95, "groups_n120_purity": 0.99,
    **{f"reader_all_{name}_precision": 0.995 for name in ALPHABETS}, **{f"reader_all_{name}_coverage": 0.9 for name in ALPHABETS},
    "reader_pooled_precision": 0.998, "reader_pooled_coverage": 0.93, **{f"tolerance_{name}_right": len(FAMILIES) for name in EDGE},
}  # fmt: skip
MOST = {
    "own_sheets_silent_errors": 0, "held_back_silent_errors": 0, "strangers_silent_errors": 0, "bowed_silent_errors": 0, "answered_called_blank": 0, "identity_misbound": 0, "align_cpu_ms_mean": 120,
    "page_taken_out_cpu_ms": 15, "worker_rss_mb_after_1000_pages": 300, "long_worker_rss_peak_mb": 300, "long_pages_twice": 0, "given_back_page_cpu_ms": 60, "recomputed_400x50_cpu_ms": 200,
    "groups_n120_actions_per_100": 12, "class_share_of_paper": 0.4, "class_actions_share_of_paper": 0.4, "foreign_pages_accepted": 0,
    **{f"piles_{what}": 0 for what in OF_PILES}, **{f"tolerance_{name}_silent": 0 for name in EDGE},
}  # fmt: skip


def spent(work: Callable[[Any], object], things: Sequence[Any], rounds: int = 1) -> float:
    """CPU milliseconds each."""
    began = time.process_time()
    for _ in range(rounds):
        for thing in things:
            work(thing)
    return round((time.process_time() - began) * 1000 / (rounds * len(things)), 2)


def run() -> dict[str, Any]:
    """Everything, as one object."""
    with tempfile.TemporaryDirectory() as folder:
        figures_ = {
            **marking_ingest.long(Path(folder), SEEDS[0]),
            **memory(Path(folder)),
            **floors(Path(folder)),
            **accuracy(),
            **heldback(),
            **strangers(),
            **refusals(),
            **bows(),
            **boxes(),
            **blanks(),
            **marking_ingest.run(Path(folder), SEEDS[1]),
            **figures(),
            **hands.rescored(),
            **hands.simulated(),
            **returned(Path(folder)),
            **tolerance(),
            **marking_reader.run(),
            **marking_piles.run(),
        }
    most = MOST | {name: 0 for name in figures_ if name.startswith("shared_piles_")}
    return figures_ | {"goals_missed": missed(flat(figures_), least=LEAST, most=most)}


def flat(figures_: Mapping[str, Any]) -> dict[str, Any]:
    """One figure a name, as the goals are written: `reader_all_ア–コ_precision` of the line 「reader all ア–コ」, how many of a list."""
    found: dict[str, Any] = {}
    for name, value in figures_.items():
        if isinstance(value, Mapping):
            found |= {f"{name}_{part}".replace(" ", "_"): one for part, one in value.items()}
        else:
            found[name] = len(value) if isinstance(value, list) else value
    for what in OF_PILES:
        found[f"piles_{what}"] = sum(
            one for name, one in found.items() if name.startswith("pile_") and name.endswith(f"_{what}")
        )
    return found


def figures() -> dict[str, Any]:
    """再計算: 400 papers of 50 questions after a change of points."""
    chance = random.Random(SEEDS[0])
    rules = [Rule(2, {"unit": 1})] * 50
    kinds = [Given("right"), Given("wrong"), Given("partial", "unit")]
    marks = {f"p{at}": chance.choices(kinds, (60, 30, 10), k=50) for at in range(400)}
    items = tuple(Item(f"q{at}", f"{at}", 2, f"{at // 10}", "知思主"[at % 3]) for at in range(50))
    papers = tuple(
        Paper(pupil, tuple(points_of(rule, one) for rule, one in zip(rules, row, strict=True)))
        for pupil, row in marks.items()
    )
    before = analyse(Results(items, papers))
    after = (replace(items[0], full=4), *items[1:])
    changed = [Rule(4, {"unit": 2}), *rules[1:]]
    return {"recomputed_400x50_cpu_ms": spent(lambda _: recompute(before, after, changed, marks), range(5))}


def returned(folder: Path) -> dict[str, Any]:
    """返却: a class of thirty given back in one PDF."""
    sheet = FAMILIES["grid"](SEEDS[0])
    found = [scan(write(sheet, seed)[0], BY_NAME["feeder"], seed) for seed in range(30)]
    path = pdf(folder / "returned.pdf", [picture for picture, _ in found])
    marks = tuple(Placed(tuple(map(float, box)), "right", 2) for box in sheet.boxes)
    pages = [Marked(path, at, matrix, sheet.size, marks, Heading(80, 100)) for at, (_, matrix) in enumerate(found)]
    return {"given_back_page_cpu_ms": round(spent(give_back, [pages]) / len(pages), 2)}


def feeder(sheet: Sheet, seeds: Sequence[int]) -> list[np.ndarray]:
    """Filled pages as a copier's feeder hands them over."""
    return [scan(write(sheet, seed, number=str(seed % 40))[0], BY_NAME["feeder"], seed)[0] for seed in seeds]


def floors(folder: Path) -> dict[str, Any]:
    """What no program can go below: decoding, and what drawing the page would cost instead of taking the picture out."""
    pages = feeder(FAMILIES["grid"](SEEDS[0]), range(6))
    jpegs = [cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, 85])[1] for page in pages]
    path = pdf(folder / "floor.pdf", pages)
    read_page(path, 0)
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    drawn = spent(lambda index: document[index].render(scale=200 / 72, grayscale=True).to_numpy(), range(6))
    document.close()
    return {
        "floor_jpeg_decode_cpu_ms": spent(lambda data: cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), jpegs, 3),
        "floor_page_drawn_cpu_ms": drawn,
        "page_taken_out_cpu_ms": spent(lambda index: read_page(path, index), range(6), 3),
    }


def heldback() -> dict[str, Any]:
    """Layouts that only this bench knows (`heldback.py`), through every machine: n, share within 1 mm, asked, silently wrong."""
    return {f"held_back_{name.removeprefix('own_sheets_')}": value for name, value in accuracy(LAYOUTS).items()}


def strangers() -> dict[str, Any]:
    """Sheets of other hands (`strangers.py`): their boxes, found with the words of their files, and their scans through every machine."""
    sheets = {name: stranger(name) for name in NAMES}
    wanted = met = extra = ordered = 0
    for sheet, letters in sheets.values():
        found = [one.box for one in propose(find_boxes(sheet.image), sheet.image, letters).answers]
        places = [max(range(len(found)), key=lambda at: overlap(box, found[at])) for box in sheet.answers]
        right = [at for box, at in zip(sheet.answers, places, strict=True) if overlap(box, found[at]) > 0.7]
        wanted, met, ordered = wanted + len(places), met + len(set(right)), ordered + (sorted(right) == right)
        extra += sum(max(overlap(box, one) for box in sheet.answers) <= 0.7 for one in found)
    scans = accuracy({name: partial(_same, sheet) for name, (sheet, _) in sheets.items()}, SEEDS[:1])
    return {
        "strangers_boxes": wanted, "strangers_boxes_found": round(met / wanted, 4), "strangers_boxes_extra": extra,
        "strangers_in_order": f"{ordered}/{len(sheets)}",
        **{f"strangers_{name.removeprefix('own_sheets_')}": value for name, value in scans.items()},
    }  # fmt: skip


def _same(sheet: Sheet, _seed: int) -> Sheet:
    return sheet


def accuracy(layouts: Mapping[str, Callable[[int], Sheet]] = FAMILIES, seeds: Sequence[int] = SEEDS) -> dict[str, Any]:
    """Every layout through every machine. A page that is asked about because print of it lies off the picture counts apart (`cut_off`)."""
    errors, silent, asked, times, pages, apart = [], 0, [], [], 0, 0
    for family, make in layouts.items():
        for seed in seeds:
            sheet = make(seed)
            template = prepare(sheet.image)
            for number, case in enumerate(CASES):
                page, _ = write(sheet, seed * 50 + number, number="7", light=number % 4 == 3)
                picture, truth = scan(page, case, seed * 50 + number)
                began = time.process_time()
                found = align(template, picture)
                times.append((time.process_time() - began) * 1000)
                cut = found.reason == OUTSIDE and cut_off(sheet, truth, picture)
                pages, apart = pages + (not cut), apart + cut
                error = worst(sheet, found.homography, truth)
                if found.status == OK:
                    errors.append(error)
                    silent += error > MILLIMETRE
                elif not cut:
                    asked.append(f"{family}/{seed}/{case[0]}: {found.reason}")
    return {
        "own_sheets_pages": pages,
        "own_sheets_cut_off": apart,
        "own_sheets_within_1_mm": round((len(errors) - silent) / pages, 4),
        "own_sheets_within_3_px": round(sum(error <= 3 for error in errors) / pages, 4),
        "own_sheets_asked": asked,
        "own_sheets_silent_errors": silent,
        "own_sheets_median_px": round(float(np.median(errors)), 2),
        "own_sheets_worst_px": round(max(errors), 2),
        "align_cpu_ms_mean": round(float(np.mean(times)), 1),
        "align_cpu_ms_median": round(float(np.median(times)), 1),
    }


def cut_off(sheet: Sheet, truth: np.ndarray, picture: np.ndarray) -> bool:
    """Whether a part of what is printed on a sheet (one hundredth) lies off its scan."""
    rows, columns = np.nonzero(sheet.image < 128)
    there = np.stack([columns, rows, np.ones_like(rows)], axis=1) @ truth.T
    seen = there[:, :2] / there[:, 2:]
    return bool(((seen < 0) | (seen >= picture.shape[1::-1])).any(axis=1).mean() > 0.01)


def tolerance() -> dict[str, Any]:
    """どこまで読めるか: every layout once per case at the edge of what is promised: right within 1 mm, asked, silently wrong."""
    facts: dict[str, Any] = {}
    for name in EDGE:
        right = asked = silent = 0
        for number, make in enumerate(FAMILIES.values()):
            sheet = make(SEEDS[0])
            page, _ = write(sheet, 7000 + number, number="7")
            picture, truth = enlarged(page, 1.41, number) if name == "copy141" else scan(page, BY_NAME[name], number)
            found = align(prepare(sheet.image), picture)
            good = found.status == OK and worst(sheet, found.homography, truth) <= MILLIMETRE * (
                1.41 if name == "copy141" else 1
            )
            right, asked = right + good, asked + (found.status != OK)
            silent += found.status == OK and not good
        facts[f"tolerance {name}"] = {"right": right, "asked": asked, "silent": silent}
    return facts


def refusals() -> dict[str, Any]:
    """Other tests of the same teacher (title changed, a section left out, another layout), blank paper, noise."""
    shown, accepted = 0, []
    for family, make in FAMILIES.items():
        for seed in SEEDS:
            sheet = make(seed)
            template = prepare(sheet.image)
            others = {f"variant {v}": make(seed, v) for v in (1, 2, 3)}
            others |= {
                "other seed": make(seed + 40),
                "other family": FAMILIES["steps" if family != "steps" else "grid"](seed),
            }
            for name, other in others.items():
                if np.array_equal(other.image, sheet.image):
                    continue
                shown += 1
                picture, _ = scan(write(other, seed, number="9")[0], BY_NAME["feeder"], seed)
                if align(template, picture).status == OK:
                    accepted.append(f"{family}/{seed}/{name}")
    return {"foreign_pages": shown, "foreign_pages_accepted": accepted}


def bows() -> dict[str, Any]:
    """Paper bowed by 0.5, 1 and 1.5 % of its height, places taken through the mesh."""
    right = silent = shown = 0
    for make in FAMILIES.values():
        sheet = make(SEEDS[0])
        template = prepare(sheet.image)
        points = np.array([(x, y) for box in sheet.answers for x in box[::2] for y in box[1::2]], np.float64)
        for share in (0.005, 0.01, 0.015):
            picture, truth = curled(write(sheet, 5)[0], share, 5)
            found = align(template, picture)
            shown += 1
            if found.status != OK or found.homography is None:
                continue
            bent = found.mesh.shifted(points) if found.mesh else points
            seen = cv2.perspectiveTransform(bent.reshape(-1, 1, 2), found.homography).reshape(-1, 2)
            good = float(np.linalg.norm(seen - truth(points), axis=1).max()) <= MILLIMETRE
            right, silent = right + good, silent + (not good)
    return {"bowed_pages": shown, "bowed_right": right, "bowed_silent_errors": silent}


def boxes() -> dict[str, Any]:
    """Answer boxes found on blanks without a hint, in reading order, number and name apart."""
    wanted = met = extra = heads = sheets = 0
    times = []
    for make in FAMILIES.values():
        for seed in SEEDS:
            sheet = make(seed)
            began = time.process_time()
            proposal = propose(find_boxes(sheet.image), sheet.image)
            times.append((time.process_time() - began) * 1000)
            found = [one.box for one in proposal.answers]
            wanted += len(sheet.answers)
            met += sum(max((overlap(box, one) for one in found), default=0) > 0.7 for box in sheet.answers)
            extra += sum(max(overlap(box, one) for box in sheet.answers) <= 0.7 for one in found)
            sheets += 1
            named = proposal.number and sheet.number and overlap(proposal.number, sheet.number) > 0.7
            heads += bool(named and proposal.name and sheet.person and overlap(proposal.name, sheet.person) > 0.7)
    return {
        "boxes": wanted, "boxes_found": round(met / wanted, 4), "boxes_extra": extra,
        "number_and_name_found": f"{heads}/{sheets}", "boxes_cpu_ms": round(float(np.mean(times)), 1),
    }  # fmt: skip


def blanks() -> dict[str, Any]:
    """Empty boxes on aligned pages."""
    answered = lost = empty = found = 0
    for make in FAMILIES.values():
        for seed, copy in ((seed, copy) for seed in SEEDS for copy in range(8)):
            sheet = make(seed)
            page, has = write(sheet, seed * 9 + copy, empty=0.35, light=copy % 2 == 1)
            picture, _ = scan(page, BY_NAME["feeder"], seed * 9 + copy)
            placed = align(prepare(sheet.image), picture)
            if placed.status != OK:
                continue
            still = type(placed)(OK, None, np.eye(3), 1.0)
            for box, inked in zip(sheet.answers, has, strict=True):
                called = written(crop(picture, placed, box), printing(crop(sheet.image, still, box), MARGIN)).blank
                answered, lost = answered + inked, lost + (inked and called)
                empty, found = empty + (not inked), found + (called and not inked)
    return {
        "answered": answered,
        "answered_called_blank": lost,
        "blanks": empty,
        "blanks_found": round(found / empty, 4),
    }


def held(path: Path) -> tuple[float, float]:
    """MB after 40 pages and after 1,000 more, in the process that calls it."""
    sheet = FAMILIES["steps"](SEEDS[0])
    template = prepare(sheet.image)

    def read(count: int) -> float:
        for number in range(count):
            page = read_page(path, number % 4)
            found = align(template, page.gray)
            for box in sheet.answers:
                crop(page.gray, found, box)
        return marking_ingest.resident()

    return read(40), read(1000)


def memory(folder: Path) -> dict[str, Any]:
    """What a worker holds after a pile, and how much more after a long one: a process of its own, as a pile has."""
    path = pdf(folder / "long.pdf", feeder(FAMILIES["steps"](SEEDS[0]), range(4)))
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as worker:
        short, long = worker.submit(held, path).result()
    return {"worker_rss_mb": round(short), "worker_rss_mb_after_1000_pages": round(long),
            "worker_rss_growth_mb_over_1000_pages": round(long - short, 1)}  # fmt: skip
