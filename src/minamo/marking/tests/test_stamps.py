"""スタンプ: words at the head of a comment, one's own set, drawn as vectors on the paper given back."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pypdfium2
import pytest
from django.test import Client
from django.utils import timezone

from minamo.access.api import set_scope
from minamo.marking.giveback import Marked, Placed, give_back
from minamo.marking.giveback.values import RIGHT
from minamo.marking.models import StampSet
from minamo.marking.stamps import MOST, USUAL, counted, parted, tidied
from minamo.marking.tests.papers import pdf
from tests.fixtures.assessments import SITTING, an_assessment
from tests.fixtures.papers.layouts import FAMILIES
from tests.fixtures.world import World

ClientFor = Callable[..., Client]
URL = f"/marking/sittings/{SITTING}/stamps/"


def see(world: World) -> None:
    set_scope(municipalities=[world.municipality("A")], side="school")


@pytest.fixture
def sitting(db: None, world: World) -> None:
    see(world)
    an_assessment(world, timezone.now())


def test_comments_and_stamps_are_counted_apart() -> None:
    assert (
        counted(["【おしい！】【単位】", "【見直そう】式も書きましょう。", "ていねいです。", ""])
        == "コメント 2件、スタンプ 3個"
    )
    assert (counted(["【おしい！】"]), counted(["よい。"]), counted([])) == ("スタンプ 1個", "コメント 1件", "")


def test_stamps_stand_at_the_head_of_a_comment() -> None:
    assert parted("【おしい！】【単位】 cmを書こう") == (("おしい！", "単位"), "cmを書こう")
    assert parted("よく【単位】できた") == ((), "よく【単位】できた"), "in the middle they are words"
    assert parted("【】") == ((), "【】") and parted("【12345678901】")[0] == () and parted("") == ((), "")


def test_words_that_can_be_stamps() -> None:
    assert tidied([" 花まる ", "", "花まる", "途中式"]) == ("花まる", "途中式")
    assert len(tidied(f"{at}" for at in range(20))) == MOST
    for wrong in ("12345678901", "【単位】"):
        with pytest.raises(ValueError, match="スタンプにできません"):
            tidied([wrong])


def test_a_teacher_has_stamps_of_her_own(world: World, client_for: ClientFor, sitting: None) -> None:
    teacher, other = client_for("a1-homeroom"), client_for("a1-head")
    page = f"/marking/sittings/{SITTING}/questions/q1/"
    assert all(f'data-stamp="{word}"' in teacher.get(page).content.decode() for word in USUAL)
    for _ in range(2):
        kept = teacher.post(URL, {"question": "q1", "word": ["花まる", "字をていねいに", ""]})
        assert (kept.status_code, kept["Location"]) == (302, page)
    shown = teacher.get(page).content.decode()
    assert f'<m-ended account="{world.account("a1-homeroom")}"' in shown, "what covers the screen when the sign-in ends"
    assert 'data-stamp="花まる"' in shown and 'data-stamp="よくできました"' not in shown
    assert 'data-stamp="花まる"' not in other.get(page).content.decode()
    refused = teacher.post(URL, {"question": "q1", "word": ["とても長くて押せないスタンプ"]})
    assert refused.status_code == 422 and "スタンプにできません" in refused.content.decode()
    assert teacher.post(URL, {"question": "q9", "word": []}).status_code == 404
    see(world)
    assert StampSet.objects.get().words == ["花まる", "字をていねいに"]
    teacher.post(URL, {"question": "q1", "word": [""]})
    assert 'data-stamp="よくできました"' in teacher.get(page).content.decode(), "none of one's own: the usual ones"


@pytest.mark.parametrize("name", ["a1-teacher", "a2-head", "b1-head", "a-board", "takahashi-mother", "pupil-hana"])
def test_nobody_else(world: World, client_for: ClientFor, sitting: None, name: str) -> None:
    assert client_for(name).post(URL, {"question": "q1", "word": ["花まる"]}).status_code in {403, 404}
    see(world)
    assert not StampSet.objects.exists()


def test_nobody_in_particular(sitting: None) -> None:
    assert Client().post(URL, {"question": "q1", "word": ["花まる"]}).status_code in {302, 401}


def test_a_stamp_is_drawn_as_vectors_beside_the_answer(tmp_path: Path) -> None:
    sheet = FAMILIES["grid"](31)
    scan: Any = pdf(tmp_path / "scan.pdf", [sheet.image])
    box = tuple(map(float, sheet.boxes[0]))

    def given(*stamps: str) -> bytes:
        placed = Placed(box, RIGHT, 3, "単位を忘れずに", stamps)
        return give_back([Marked(scan, 0, np.eye(3), (sheet.size[0], sheet.size[1]), (placed,))])

    def words(data: bytes) -> str:
        return str(pypdfium2.PdfDocument(io.BytesIO(data))[0].get_textpage().get_text_bounded())

    with_stamp = words(given("おしい！", "単位"))
    assert "おしい" in with_stamp and "単位を忘れずに" in with_stamp and "【" not in with_stamp
    assert "おしい" not in words(given())
