"""`bin/minamo marking align`: pages against a blank sheet, from files to JSON. No database."""

import argparse
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from minamo.marking.vision.align import OK, REVIEW, Alignment, align
from minamo.marking.vision.errors import PageError
from minamo.marking.vision.ink import Matrix
from minamo.marking.vision.page import Page
from minamo.marking.vision.pages import count_pages, read_page
from minamo.marking.vision.template import Template, prepare

CURLED = "curled"
UNREAD = {kind.code for kind in PageError.__subclasses__()}
FLAT = 4.0  # pixels: more than this and one homography does not tell where things are


def describe(parser: argparse.ArgumentParser) -> None:
    """The arguments of `align`."""
    parser.add_argument("blank", type=Path, metavar="BLANK", help="白紙の解答用紙（PDF または画像）")
    parser.add_argument(
        "scans", nargs="+", type=Path, metavar="SCAN", help="スキャンした答案（PDF または画像、何枚でも）"
    )
    parser.add_argument("--json", action="store_true", help="JSON で出力します（200 dpi の画素。順番は渡したとおり）")


def run(blank: Path, scans: Sequence[Path], as_json: bool) -> tuple[str, int]:
    """What to print and the exit code: 0, or 1 when a page or file could not be read (the others are done all the same).

    Raises PageError when the blank sheet itself cannot be read.
    """
    sheet = read_page(blank, 0)
    template = prepare(sheet.gray)
    rows = [row for scan in scans for row in of_file(template, sheet, scan)]
    code = 1 if any(row["reason"] in UNREAD for row in rows) else 0
    if as_json:
        return json.dumps(rows, ensure_ascii=False), code
    return "\n".join(line(row) for row in rows), code


def of_file(template: Template, sheet: Page, scan: Path) -> Iterator[dict[str, Any]]:
    """One row per page; one row for a file that cannot be opened."""
    try:
        pages = count_pages(scan)
    except PageError as problem:
        yield unread(scan, None, problem)
        return
    for index in range(pages):
        try:
            page = read_page(scan, index)
        except PageError as problem:
            yield unread(scan, index, problem)
            continue
        yield {"file": scan.name, "page": index + 1, **row(sheet, page, align(template, page.gray))}


def row(sheet: Page, page: Page, found: Alignment) -> dict[str, Any]:
    """The facts about one page, in the frames of the given images."""
    homography = None if found.homography is None else framed(page.frame, found.homography, sheet.frame)
    status, reason, why = found.status, found.reason, found.why
    if status == OK and bowed(found) > FLAT:
        status, reason, why = REVIEW, CURLED, "紙が反っているため、ひとつの変換では位置を表せません"
    return {
        "status": status,
        "reason": reason,
        "homography": None if homography is None else homography.tolist(),
        "score": found.score,
        "message": why,
    }


def framed(outer: Matrix, homography: Matrix, inner: Matrix) -> Matrix:
    """A homography between pixels as one between frames, last element 1."""
    whole = outer @ homography @ np.linalg.inv(inner)
    return np.asarray(whole / whole[2, 2])


def bowed(found: Alignment) -> float:
    """反り: how far paper leaves the plane, in pixels of the blank at 200 dpi; 0 for flat pages."""
    return found.mesh.bow if found.mesh is not None else 0.0


def unread(scan: Path, index: int | None, problem: PageError) -> dict[str, Any]:
    """A page nobody could look at: never left out, never guessed."""
    return {
        "file": scan.name,
        "page": None if index is None else index + 1,
        "status": REVIEW,
        "reason": problem.code,
        "homography": None,
        "score": 0.0,
        "message": str(problem),
    }


def line(row: dict[str, Any]) -> str:
    """One page for human eyes."""
    where = row["file"] if row["page"] is None else f"{row['file']} {row['page']}ページ"
    if row["status"] == OK:
        return f"{where}\tよい\t{row['score']:.2f}"
    return f"{where}\t見てください\t{row['message']}"
