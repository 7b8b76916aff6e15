"""`bin/minamo marking align`: pages in input order, homographies in the frame of the given images."""

import json
from io import StringIO
from pathlib import Path

import cv2
import numpy as np
import pytest
from django.core.management import CommandError, call_command
from PIL import Image

from minamo.marking.tests.papers import filled, pdf, worst
from tests.fixtures.papers.canvas import Sheet
from tests.fixtures.papers.layouts import FAMILIES
from tests.fixtures.papers.pupils import write
from tests.fixtures.papers.scanner import curled


@pytest.fixture(scope="module")
def sheet() -> Sheet:
    return FAMILIES["steps"](21)


@pytest.fixture
def blank(sheet: Sheet, tmp_path: Path) -> Path:
    return pdf(tmp_path / "blank.pdf", [sheet.image])


def align(*paths: Path) -> tuple[list[dict[str, object]], int]:
    out, code = StringIO(), 0
    try:
        call_command("marking", "align", *map(str, paths), "--json", stdout=out)
    except SystemExit as end:
        code = int(end.code or 0)
    return json.loads(out.getvalue()), code


def test_pages_come_in_order_with_their_homographies(sheet: Sheet, blank: Path, tmp_path: Path) -> None:
    first, second = filled(sheet, "feeder", 1), filled(sheet, "upside", 2)
    single = filled(sheet, "phone3", 3)
    Image.fromarray(single[0]).save(tmp_path / "photo.png")
    rows, code = align(blank, pdf(tmp_path / "scan.pdf", [first[0], second[0]]), tmp_path / "photo.png")
    assert code == 0
    assert [(row["file"], row["page"], row["status"]) for row in rows] == [
        ("scan.pdf", 1, "ok"), ("scan.pdf", 2, "ok"), ("photo.png", 1, "ok")
    ]  # fmt: skip
    for row, (_, truth) in zip(rows, (first, second, single), strict=True):
        assert set(row) >= {"status", "reason", "homography", "score"}
        assert worst(sheet, np.array(row["homography"]), truth) < 4


def test_a_300_dpi_pdf_is_spoken_of_at_200_dpi(sheet: Sheet, blank: Path, tmp_path: Path) -> None:
    picture, truth = filled(sheet, "feeder", 4)
    large = cv2.resize(picture, None, fx=1.5, fy=1.5, interpolation=cv2.INTER_LINEAR)
    (row,), _ = align(blank, pdf(tmp_path / "scan.pdf", [large], 300))
    assert worst(sheet, np.array(row["homography"]), truth) < 4


def test_bowed_paper_is_not_passed_off_as_flat(sheet: Sheet, blank: Path, tmp_path: Path) -> None:
    picture, _ = curled(write(sheet, 5)[0], 0.012, 5)
    (row,), _ = align(blank, pdf(tmp_path / "scan.pdf", [picture]))
    assert row["status"] == "review"


def test_a_file_nobody_can_read_keeps_its_place(sheet: Sheet, blank: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.4 torn")
    good = pdf(tmp_path / "scan.pdf", [filled(sheet, "feeder", 6)[0]])
    rows, code = align(blank, tmp_path / "bad.pdf", good)
    assert code == 1
    assert [(row["status"], row["reason"]) for row in rows] == [("review", "broken"), ("ok", None)]


def test_a_blank_nobody_can_read_stops_with_words(tmp_path: Path) -> None:
    (tmp_path / "blank.pdf").write_bytes(b"nothing")
    with pytest.raises(CommandError, match=r"blank.pdf"):
        call_command("marking", "align", str(tmp_path / "blank.pdf"), str(tmp_path / "blank.pdf"))
