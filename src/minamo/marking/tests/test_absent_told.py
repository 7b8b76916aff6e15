"""欠席は、どこでも欠席: wherever a class is listed, counted or printed, who was absent is named or counted as absent and is in no figure."""

import csv
import io
import uuid
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from django.test import Client
from django.utils import timezone

from minamo.access.api import set_scope
from minamo.marking.tests.test_reports import text_of
from tests.fixtures.assessments import SITTING, an_assessment
from tests.fixtures.given import a_given_back
from tests.fixtures.results import RESULT, a_result
from tests.fixtures.world import World

ClientFor = Callable[..., Client]
pytestmark = pytest.mark.django_db
NAME = "渡邉 蓮"
HERE, THERE = f"/marking/sittings/{SITTING}/", f"/results/{RESULT}/"


@pytest.fixture
def marking(world: World) -> uuid.UUID:
    set_scope(municipalities=[world.municipality("A")], side="school")
    return an_assessment(world, timezone.now())


@pytest.fixture
def settled(world: World) -> uuid.UUID:
    set_scope(municipalities=[world.municipality("A")], side="school")
    a_result(world, timezone.now())
    return a_given_back(world, timezone.now())


def page(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def near(text: str, name: str) -> str:
    """The row or paragraph with a name in it."""
    at = text.index(name)
    return text[max(text.rfind("<tr", 0, at), text.rfind("<p", 0, at), text.rfind("<section", 0, at)) : at + 200]


def test_while_a_test_is_marked(client_for: ClientFor, marking: uuid.UUID) -> None:
    """The list of tests, the overview, the progress, the table before settling, the page of owners."""
    teacher = client_for("a1-homeroom")
    assert "欠席 1人" in page(teacher, "/marking/")
    assert NAME in (overview := page(teacher, HERE)) and "欠席" in overview[: overview.index(NAME)][-60:]
    assert "欠席" in near(page(teacher, f"{HERE}progress/"), NAME)
    assert "欠席" in near(page(teacher, f"{HERE}settlement/"), NAME)
    assert "欠席" in near(page(teacher, f"{HERE}owners/"), NAME)


def test_nobody_absent_is_nowhere_told(client_for: ClientFor, world: World, marking: uuid.UUID) -> None:
    from minamo.marking.models import Absence

    Absence.objects.update(ended_at=timezone.now())
    teacher = client_for("a1-homeroom")
    assert "欠席 1人" not in page(teacher, "/marking/")
    assert NAME not in page(teacher, f"{HERE}progress/")


def test_of_a_result(client_for: ClientFor, settled: uuid.UUID) -> None:
    """List, analysis, S–P table, marked papers, release."""
    teacher = client_for("a1-homeroom")
    assert "欠席 1人" in page(teacher, "/results/")
    text = page(teacher, THERE)
    assert "<b>欠席</b>" in near(text, NAME) and text.count(NAME) == 1, "named once, and in no row of the S–P table"
    assert "欠席" in near(page(teacher, f"{THERE}marked/"), NAME)
    assert "欠席" in near(page(teacher, f"/marking/sittings/{settled}/settlement/"), NAME)
    assert '<td class="n">1人</td>' not in page(teacher, f"{THERE}comparison/"), (
        "with nothing to compare there is no table"
    )


def test_in_files(client_for: ClientFor, settled: uuid.UUID) -> None:
    """Excel, CSV and print; the advice has no page for who was absent."""
    teacher = client_for("a1-homeroom")
    book: Any = openpyxl.load_workbook(io.BytesIO(teacher.get(f"{THERE}book/").content))
    (line,) = [row for row in book["得点"].values if row[1] == NAME]
    assert line[3:5] == ("欠席", None)
    assert not any(NAME in row for row in book["S-P表"].values)
    lines = list(csv.reader(io.StringIO(teacher.get(f"{THERE}totals/").content.decode("utf-8-sig"))))
    assert [one[3:] for one in lines if one[1] == NAME] == [["欠席"]], "no points, not even 0"
    printed = "\n".join(text_of(teacher.get(f"{THERE}print/").content))
    assert printed.count("渡邉蓮") == 1 and "欠席4番渡邉蓮" in printed.replace("\u3000", "")
    assert "渡邉蓮" not in "\n".join(text_of(teacher.get(f"{THERE}advice/").content))
