"""2ページの名前入りの用紙: each page carries a code of its own; whose it is and what it lies behind follow from it, whatever the order."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from PIL import Image, ImageDraw

from minamo.kernel import files
from minamo.marking.leaves import coded, leaves_of, paired
from minamo.marking.models import Assessment, ScanPage, Sitting
from minamo.marking.sheet_codes import code_of, whose
from minamo.marking.sheets import Face, faces_of
from minamo.marking.tests.scans import pages, read, see_all, seen_once, sent
from minamo.marking.tests.test_scan_pages import form_of
from minamo.marking.tests.test_second_pages import FRONT, SECOND, two_pages
from minamo.marking.vision.form import RADIUS, code_box, number_marks
from minamo.marking.vision.markers import read_marked
from minamo.marking.vision.pages import count_pages, read_page
from tests.fixtures import piles
from tests.fixtures.papers.pupils import answer
from tests.fixtures.papers.scanner import scan
from tests.fixtures.world import World

ClientFor = Callable[..., Client]


@pytest.fixture(autouse=True)
def _inside(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MARKING_PROCESSES = 0
    seen_once(monkeypatch)


@pytest.fixture
def sitting(world: World, client_for: ClientFor, db: None) -> Sitting:
    """A test of two pages, used by 5年1組 (1–6)."""
    return two_pages(world, client_for)


def faces(sitting: Sitting) -> tuple[Face, ...]:
    test: Assessment = sitting.assessment
    return faces_of(files.read(test.picture), leaves_of(test.leaves, test.width, test.height))


class Printer:
    """The class's sheets as printed, written on, and scanned."""

    def __init__(self, teacher: Client, sitting: Sitting, path: Path, kind: str = "") -> None:
        made = teacher.get(f"/marking/sittings/{sitting.pk}/sheets/", {"kind": kind} if kind else {})
        assert made["Content-Type"] == "application/pdf", made.content.decode()
        path.write_bytes(made.content)
        self.path, self.faces = path, faces(sitting)

    def paper(self, number: int, leaf: int, *, torn: bool = False, filled: int | None = None) -> np.ndarray:
        """A page of a pupil. `torn`: its code is covered; `filled`: circles of a number."""
        page = np.array(read_page(self.path, 2 * (number - 1) + leaf).gray)
        face, dice = self.faces[leaf], np.random.default_rng(number + 100 * leaf)
        for box in (SECOND if leaf else FRONT).answers[:9]:
            x0, y0, x1, y1 = (round(face.placed.scale * value + shift) for value, shift in zip(box, (face.placed.x, face.placed.y) * 2, strict=True))  # fmt: skip
            answer(page, (x0, y0, x1, y1), 80, dice, most=2)
        drawing = Image.fromarray(page)
        pen = ImageDraw.Draw(drawing)
        if torn:
            pen.rectangle(code_box(face.size), fill=255)
        if filled is not None:
            for row, digit in enumerate((filled // 10, filled % 10)):
                x, y = number_marks(face.size)[row][digit]
                pen.ellipse((x - RADIUS + 2, y - RADIUS + 2, x + RADIUS - 2, y + RADIUS - 2), fill=60)
        return scan(np.asarray(drawing), piles.BY_NAME["feeder"], number + 100 * leaf)[0]


def pile_of(world: World, sitting: Sitting, shown: list[np.ndarray], name: str = "scan.pdf") -> list[ScanPage]:
    pile = sent(world, piles.pdf(shown), name, sitting.pk)
    read(world, pile)
    return pages(pile)


def pairs(rows: list[ScanPage]) -> dict[int, int]:
    """Second page → first page, by place in the pile."""
    return {row.index: row.front.index for row in rows if row.front}


def test_codes_pair_pages_wherever_they_lie_and_part_what_order_would_pair() -> None:
    assert coded([(0, "a"), (1, "b"), (1, "a"), (0, "b")]) == [(3, 1), (0, 2)]
    assert coded([(0, "a"), (1, "a"), (1, "a"), (0, None), (1, None)]) == [], "two second pages of one pupil"
    assert paired([0, 1]) and paired([0, 1], [0]) == []
    assert [(one.front, one.behind) for one in paired([0, 1, 0, 1], [0])] == [(2, 3)]
    assert [(one.front, one.sure) for one in paired([None, None, 0, 1, 0], [], [(0, 1)])] == [(2, False)]
    assert [(one.front, one.sure) for one in paired([None, None, 0, 1, 0], [], [(1, 0)])] == [(4, False)], (
        "fed face down"
    )


def test_each_page_of_each_pupil_is_printed_with_its_own_code(
    world: World, client_for: ClientFor, sitting: Sitting, tmp_path: Path
) -> None:
    path = Printer(client_for("a1-homeroom"), sitting, tmp_path / "all.pdf").path
    assert count_pages(path) == 12
    pupils = [piles.pupil(number) for number in range(1, 7)]
    for at in range(4):
        page = read_page(path, at).gray
        found = read_marked(page, FRONT.size if at % 2 == 0 else SECOND.size)
        assert found is not None and found.payload == code_of(sitting.pk, pupils[at // 2], at % 2)
        assert whose(sitting.pk, pupils, at % 2)[found.payload] == pupils[at // 2]
    listed = client_for("a1-homeroom").get(f"/marking/assessments/{sitting.assessment_id}/classes/").content.decode()
    assert "名前入りの用紙（PDF）" in listed and "表と裏がばらばらになっても組になります" in listed


def test_shuffled_pages_are_paired_and_owned_by_their_codes(
    world: World, client_for: ClientFor, sitting: Sitting, tmp_path: Path
) -> None:
    """Order alone would pair 1 with 2's page; one code is torn off on either side, one second page comes in a later file."""
    teacher, here = client_for("a1-homeroom"), f"/marking/sittings/{sitting.pk}/"
    one = Printer(teacher, sitting, tmp_path / "all.pdf")
    order = [(1, 0), (2, 1), (1, 1), (2, 0), (3, 0), (3, 1), (4, 0), (4, 1), (5, 0), (6, 1)]
    torn = {(3, 0), (4, 1)}
    rows = pile_of(world, sitting, [one.paper(*which, torn=which in torn) for which in order])
    assert [row.leaf for row in rows] == [leaf for _, leaf in order]
    assert [bool(row.code) for row in rows] == [which not in torn for which in order]
    assert pairs(rows) == {2: 0, 1: 3, 5: 4, 7: 6}
    assert [(row.index, row.reason) for row in rows if row.status == "review"] == [(8, "no_second"), (9, "loose")]
    late = pile_of(world, sitting, [one.paper(6, 0), one.paper(5, 1)], "late.pdf")
    assert all(row.status in {"ok", "leaf"} for row in late)
    see_all(world)
    rows = pages(rows[0].pile)
    assert rows[9].front == late[0] and late[1].front == rows[8], "file by file"
    text = teacher.get(f"{here}owners/").content.decode()
    form = form_of(text)
    fronts = {1: rows[0], 2: rows[3], 3: rows[4], 4: rows[6], 5: rows[8], 6: late[0]}
    assert {number: form[f"page-{row.pk}"] for number, row in fronts.items()} == {
        number: str(piles.pupil(number)) for number in fronts
    }, "3's first page has no code: the one behind it says whose they are"
    assert "確かめてほしい答案が1枚" in text, "4's second page has no code and lay between two first pages"


def test_pages_of_two_pupils_laid_together_by_hand_are_a_doubt(
    world: World, client_for: ClientFor, sitting: Sitting, tmp_path: Path
) -> None:
    teacher, here = client_for("a1-homeroom"), f"/marking/sittings/{sitting.pk}/"
    one = Printer(teacher, sitting, tmp_path / "all.pdf")
    rows = pile_of(world, sitting, [one.paper(6, 0), one.paper(5, 1)])
    assert pairs(rows) == {}, "their codes part them"
    shown = teacher.get(f"/marking/pages/{rows[1].pk}/behind/").content.decode()
    assert "<b>試験5 子</b>さんの名前で印刷した用紙です" in shown and "<b>試験6 子</b>" in shown
    laid = teacher.post(f"/marking/pages/{rows[1].pk}/behind/", {"do": "put", "front": str(rows[0].pk)})
    assert laid.status_code == 302
    text = teacher.get(f"{here}owners/").content.decode()
    assert "表と裏で、用紙の人がちがいます" in text
    assert form_of(text)[f"page-{rows[0].pk}"] == "", "nobody is proposed"


def test_numbers_filled_in_on_both_pages_pair_them(
    world: World, client_for: ClientFor, sitting: Sitting, tmp_path: Path
) -> None:
    one = Printer(client_for("a1-homeroom"), sitting, tmp_path / "all.pdf", "number")
    rows = pile_of(
        world,
        sitting,
        [one.paper(1, 0, filled=3), one.paper(2, 1, filled=5), one.paper(2, 0, filled=5), one.paper(1, 1, filled=3)],
    )
    assert [row.numbers for row in rows] == [[["3", 1.0]], [["5", 1.0]], [["5", 1.0]], [["3", 1.0]]]
    assert pairs(rows) == {1: 2, 3: 0}
