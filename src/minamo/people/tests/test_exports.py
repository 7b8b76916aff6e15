"""書き出し: the policy decides the rows, no cell is a formula, lost characters are told."""

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.test import Client

from minamo.audit.models import Entry
from minamo.people.models import Pupil
from tests.fixtures.world import World

pytestmark = pytest.mark.django_db
ClientFor = Callable[..., Client]


def names(response: Any) -> list[str]:
    """The names of an exported workbook."""
    page = openpyxl.load_workbook(io.BytesIO(response.content)).active
    return [str(row[3]) for row in page.iter_rows(min_row=2, values_only=True)]


def test_a_homeroom_teacher_exports_the_own_class_only(world: World, client_for: ClientFor, system_for: Any) -> None:
    path = f"/schools/{world.school('a1')}/pupils/export.xlsx"
    assert names(client_for("a1-homeroom").get(path)) == ["高橋 花", "佐藤 空", "渡邉 蓮"]
    assert len(names(client_for("a1-clerk").get(path))) == 7
    assert names(client_for("a1-clerk").get(path, {"q": "たかはし"})) == ["高橋 花"]
    system_for("A")
    rows = list(Entry.objects.filter(action="pupil:export").order_by("id"))
    assert [row.detail["count"] for row in rows] == [3, 7, 1]
    assert [row.rules for row in rows] == [["people.export-officers"]] * 3


def test_no_formula_gets_out(world: World, client_for: ClientFor, system_for: Any) -> None:
    system_for("A")
    Pupil.objects.filter(pk=world.pupil("hana")).update(family="=HYPERLINK(1)", student_number="+0012")
    base = f"/schools/{world.school('a1')}/pupils/export"
    page = openpyxl.load_workbook(io.BytesIO(client_for("a1-clerk").get(base + ".xlsx").content)).active
    cells = [cell for row in page.iter_rows(min_row=2) for cell in row if isinstance(cell.value, str)]
    assert "=HYPERLINK(1) 花" in [cell.value for cell in cells] and all(cell.data_type == "s" for cell in cells)
    csv = client_for("a1-clerk").get(base + ".csv").content.decode("utf-8-sig")
    assert '"\'=HYPERLINK(1) 花"' in csv and '"\'+0012"' in csv


def test_shift_jis_tells_what_it_would_lose(world: World, client_for: ClientFor, system_for: Any) -> None:
    clerk, path = client_for("a1-clerk"), f"/schools/{world.school('a1')}/pupils/export.csv"
    page = clerk.get(path, {"encoding": "cp932"})
    body = page.content.decode()
    assert page["Content-Type"].startswith("text/html") and "𠮷" in body and "吉田 結衣" in body and "2 か所" in body
    system_for("A")
    assert not Entry.objects.filter(action="pupil:export").exists()  # no file was given
    anyway = clerk.get(path, {"encoding": "cp932", "accept": "1"})
    assert anyway["X-Minamo-Lost-Cells"] == "2"
    text = anyway.content.decode("cp932")
    assert "〓田 結衣" in text and "渡邉 蓮" in text and "?" not in text
    assert clerk.get(path).content.startswith(b"\xef\xbb\xbf")
