"""番号と氏名の枠: a printed cell is a label, the empty cell beside it the box, on sheets with words and on scans without."""

from pathlib import Path

import numpy as np
import pytest

from minamo.marking.blank import take_in
from minamo.marking.tests.papers import overlap
from minamo.marking.vision.boxes import find_boxes
from minamo.marking.vision.letters import letters_of, said
from minamo.marking.vision.order import Proposal, propose
from minamo.marking.vision.person import largest
from tests.fixtures.papers.heads import HEADS, Head

SAME = 0.75


def agrees(found: tuple[float, ...] | None, wanted: tuple[int, ...] | None) -> bool:
    """The same box, or none in both."""
    return found is wanted if found is None or wanted is None else overlap(found, wanted) > SAME


def answers_alone(proposal: Proposal, head: Head) -> bool:
    """The answers are proposed, and nothing of the head is one of them."""
    found = [one.box for one in proposal.answers]
    return all(any(overlap(box, one) > SAME for one in found) for box in head.answers) and len(found) == len(head.answers)  # fmt: skip


@pytest.mark.parametrize("name", sorted(HEADS))
def test_on_a_scan_the_empty_cell_beside_a_label_is_the_box(name: str) -> None:
    head = HEADS[name]
    image = head.sheet().image
    proposal = propose(find_boxes(image), image)
    number, person = head.by_shape
    assert agrees(proposal.number, number), (proposal.number, number)
    assert agrees(proposal.name, person), (proposal.name, person)
    assert proposal.vertical == head.vertical
    if person is not None and name != "two_columns":
        assert answers_alone(proposal, head)


@pytest.mark.parametrize("name", sorted(HEADS))
def test_in_a_file_with_words_the_words_say_which_box_is_which(name: str, tmp_path: Path) -> None:
    head = HEADS[name]
    path = tmp_path / "用紙.pdf"
    path.write_bytes(head.pdf())
    blank = take_in(path)
    assert agrees(blank.number, head.number), (blank.number, head.number)
    assert agrees(blank.name, head.name), (blank.name, head.name)
    extra = {"table_at_the_head": 4, "two_columns": 8}.get(name, 0)
    assert len(blank.questions) == len(head.answers) + extra


def test_printed_numbers_say_the_order_of_a_table_in_two_columns(tmp_path: Path) -> None:
    """(1)–(4) left, (5)–(8) right; a scan, which says nothing, is read row by row."""
    head = HEADS["two_columns"]
    path = tmp_path / "用紙.pdf"
    path.write_bytes(head.pdf())
    table = [one.box for one in take_in(path).questions[:8]]
    assert [(box[0] > 700, round((box[1] - 300) / 84)) for box in table] == [
        (right, line) for right in (False, True) for line in range(4)
    ]
    image = head.sheet().image
    rows = [one.box for one in propose(find_boxes(image), image).answers[:4]]
    assert [box[0] > 700 for box in rows] == [False, True, False, True]


def test_letters_stand_where_they_are_printed(tmp_path: Path) -> None:
    path = tmp_path / "用紙.pdf"
    path.write_bytes(HEADS["labels_and_boxes"].pdf())
    letters = letters_of(path, 0)
    assert said(letters) == "番氏名"
    for one, (x, y, _, _, _, _) in zip(letters[:1], HEADS["labels_and_boxes"].cells, strict=False):
        assert x < one.middle[0] < x + 90 and y < one.middle[1] < y + 84


def test_the_largest_room_in_a_cell() -> None:
    taken = np.zeros((6, 10), bool)
    assert largest(taken) == (10, 6)
    taken[2:4, 6] = True
    assert largest(taken) == (6, 6)
    taken[:, 3] = True
    assert largest(taken) in {(3, 6), (2, 6), (6, 2)} and np.prod(largest(taken)) == 18
    assert largest(np.ones((2, 2), bool)) == (0, 0)
