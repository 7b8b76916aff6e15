"""`bin/bench marking`, whole piles: the committed ones of the demo, and others with truth where they lie (`piles_of_others`).

A `score.py` that lies in that folder is run on what we predict, and its figures are printed as they are.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from minamo.marking.pile import Pile, read_pile
from minamo.marking.pile_command import load
from minamo.marking.pile_command import run as predict
from minamo.marking.vision.align import OK
from tests.fixtures.piles_of_others import PILES, SHARED

OWN = Path(__file__).parents[1] / "fixtures" / "piles"
MILLIMETRE = 200 / 25.4


def run() -> dict[str, Any]:
    """The own piles, then those of others where there are any."""
    facts: dict[str, Any] = {f"pile {folder.name}": own(folder) for folder in sorted(OWN.iterdir()) if folder.is_dir()}
    if not SHARED:
        return facts | {"shared_piles": f"none in {PILES} (MINAMO_SHARED_PILES=folder)"}
    said = scored(PILES)
    return facts | silently_wrong(said) | {"shared_piles": said}


def silently_wrong(said: Any) -> dict[str, int]:
    """What their scorer found wrong that nobody was asked about: pages laid or bound wrongly, strange ones taken, answers called blank."""
    rows = [row for row in said.values() if isinstance(row, Mapping) and "alignment" in row]
    if not rows:
        return {}
    return {
        "shared_piles_silent_pages": sum(row["alignment"]["silent_wrong"] + row["not_a_sheet"]["silent_accepted"] for row in rows),
        "shared_piles_misbound": sum(row["identity"]["silent_wrong"] for row in rows),
        "shared_piles_answered_called_blank": sum(row["answered_called_blank"] for row in rows),
    }  # fmt: skip


def own(folder: Path) -> dict[str, Any]:
    """One pile of ours against its truth."""
    truth = json.loads((folder / "scan.truth.json").read_text(encoding="utf8"))
    key = json.loads((folder / "key.json").read_text(encoding="utf8"))
    exam = load(folder)
    everybody = tuple(sorted({row["pupil"] for row in truth["pages"]} | set(truth["absent"])))
    found = read_pile(type(exam)(exam.blank, exam.questions, exam.number, everybody), folder / "scan.pdf", workers=1)
    return {**placed(found, truth, key), **bound(found, truth), **answers(found, truth, key)}


def placed(found: Pile, truth: dict[str, Any], key: dict[str, Any]) -> dict[str, Any]:
    """Worst corner of a box, in pixels at 200 dpi."""
    corners = np.array(
        [(x, y, 1) for one in key["questions"] for x in one["box"][::2] for y in one["box"][1::2]], float
    )
    worst = []
    for sheet, row in zip(found.sheets, truth["pages"], strict=True):
        if sheet.status == OK and sheet.homography is not None:
            seen, right = (_through(np.array(matrix), corners) for matrix in (sheet.homography, row["H_blank_to_scan"]))
            worst.append(float(np.linalg.norm(seen - right, axis=1).max()) * 200 / truth["dpi"])
    return {
        "pages": len(found.sheets), "within_1_mm": sum(error <= MILLIMETRE for error in worst), "asked": len(found.sheets) - len(worst),
        "silent_wrong": sum(error > MILLIMETRE for error in worst), "worst_px": round(max(worst), 2),
    }  # fmt: skip


def _through(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    there = points @ matrix.T
    return np.asarray(there[:, :2] / there[:, 2:])


def bound(found: Pile, truth: dict[str, Any]) -> dict[str, Any]:
    """Whose each page is."""
    owners = [
        found.bound.pages[row["page"]].pupil if row["page"] in found.bound.pages else None for row in truth["pages"]
    ]
    right = sum(owner == row["pupil"] for owner, row in zip(owners, truth["pages"], strict=True))
    asked = sum(owner is None for owner in owners)
    missing = accounted(
        set(found.bound.unseen), list(zip(owners, (row["pupil"] for row in truth["pages"]), strict=True)), truth
    )
    return {"bound_right": right, "bound_asked": asked, "misbound": len(owners) - right - asked, **missing}


def accounted(
    unbound: set[int], pages: Sequence[tuple[int | None, int | None]], truth: dict[str, Any]
) -> dict[str, Any]:
    """Who has no paper. While a page is asked about (its number was not written or not read), its pupil and the absent ones cannot be
    told apart: nobody is called absent (`absent_named` 0, what a scorer that takes everybody unbound for absent calls wrong). Whoever is
    unbound is absent or asked about, and nobody else (`absent_accounted`)."""
    asked = {pupil for owner, pupil in pages if owner is None and pupil is not None}
    absent = set(truth["absent"])
    return {
        "absent": len(absent), "absent_named": 0 if asked else len(unbound & absent),
        "called_absent_wrongly": 0 if asked else len(unbound - absent), "absent_accounted": unbound == absent | (asked & unbound),
    }  # fmt: skip


def answers(found: Pile, truth: dict[str, Any], key: dict[str, Any]) -> dict[str, Any]:
    """Readings and blanks."""
    read = right = cells = lost = 0
    for sheet, row in zip(found.sheets, truth["pages"], strict=True):
        for question in key["questions"]:
            seen, said = sheet.answers.get(question["id"]), row["answers"][question["id"]]
            lost += bool(said and seen is not None and seen.text == "")
            if question["alphabet"]:
                cells += 1
                read, right = (
                    read + (seen is not None and seen.text is not None),
                    right + (seen is not None and seen.text == said),
                )
    return {"cells": cells, "read": read, "read_right": right, "answered_called_blank": lost}


def scored(folder: Path) -> Any:
    """What the folder's own scorer says; the pages and times of ours where it has none."""
    text, _ = predict([folder], True)
    if not (folder / "score.py").exists():
        return {name: f"{len(rows)} pages" for name, rows in json.loads(text).items()}
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "pred.json"
        path.write_text(text, encoding="utf8")
        done = subprocess.run([sys.executable, str(folder / "score.py"), str(folder), str(path), "--json"], check=True,
                              capture_output=True, text=True)  # fmt: skip
    said = json.loads(done.stdout)
    for name, rows in json.loads(text).items():
        truth, key = (
            json.loads((folder / name / one).read_text(encoding="utf8")) for one in ("truth.json", "key.json")
        )
        pages = [
            (row["pupil"], page["pupil"])
            for row, page in zip(rows, truth["pages"], strict=True)
            if page["kind"] == "sheet"
        ]
        unbound = {one["number"] for one in key["roster"]} - {owner for owner, _ in pages}
        said[name]["identity"] |= accounted(unbound, pages, truth)
    return said
