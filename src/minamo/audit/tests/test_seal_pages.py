"""記録の封: the board of the municipality sees it, nobody else; before and after the first seal; as a page and on paper."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from minamo.audit.seal_page import months
from minamo.audit.tests.settled import seal_all
from minamo.audit.witness import witness_all
from minamo.kernel.schoolyear import JST
from tests.fixtures.world import World


def page(world: World) -> str:
    return reverse("audit-seal", kwargs={"municipality_id": world.municipality("A")})


def report(world: World, year: int = 2026, month: int = 11) -> str:
    return reverse(
        "audit-seal-report", kwargs={"municipality_id": world.municipality("A"), "year": year, "month": month}
    )


@pytest.mark.parametrize(
    "who", ["a1-head", "a1-homeroom", "b-board", "takahashi-mother", "pupil-hana", "a-board-learning"]
)
def test_only_the_board_of_the_municipality(client_for: Callable[..., Client], world: World, who: str) -> None:
    name, side = (who.removesuffix("-learning"), "learning") if who.endswith("-learning") else (who, None)
    for path in (page(world), report(world)):
        assert client_for(name, side).get(path).status_code in {403, 404}


def test_strangers_sign_in_first(client: Client, world: World, db: None) -> None:
    assert client.get(page(world)).status_code == 302


def test_before_the_first_seal(client_for: Callable[..., Client], world: World) -> None:
    client = client_for("a-board")
    assert "まだ封をした記録がありません" in client.get(page(world)).content.decode()
    assert client.get(report(world))["Location"] == page(world)


@pytest.fixture
def board(
    own_database: str, write: Callable[..., None], settings: Any, tmp_path: Any, world: World
) -> Callable[..., Any]:
    """`board(path)`: the board member's answer after rows have been sealed and witnessed."""
    from conftest import sign_in

    settings.VAR_DIR = tmp_path
    write(9)
    seal_all()
    witness_all()
    with transaction.atomic():
        client = sign_in(Client(), "a-board")
    return client.get


@pytest.mark.real_clock
def test_after_sealing(board: Callable[..., Any], world: World, count_queries: Callable[..., Any]) -> None:
    with count_queries() as asked:
        text = board(page(world)).content.decode()
    assert len(asked) <= 12, [q[:90] for q in asked.statements]
    assert "霧ヶ原村" in text
    assert "990011" in text
    assert "data:image/svg+xml" in text
    assert "封が止まっています" not in text


@pytest.mark.real_clock
def test_a_stalled_sealer_is_said(
    board: Callable[..., Any], world: World, write: Callable[..., None], settings: Any
) -> None:
    write(3)  # rows carry the database's time
    settings.CLOCK_OFFSET = dt.timedelta(minutes=4)  # and the reader comes four minutes later
    assert "封が止まっています" in board(page(world)).content.decode()


@pytest.mark.real_clock
def test_the_report_is_one_page_with_checkpoint_and_witness(board: Callable[..., Any], world: World) -> None:
    today = dt.datetime.now(dt.UTC).astimezone(dt.timezone(dt.timedelta(hours=9)))
    made = board(report(world, today.year, today.month))
    assert made["Content-Type"] == "application/pdf"
    pdf = pypdfium2.PdfDocument(made.content)
    assert len(pdf) == 1
    text = pdf[0].get_textpage().get_text_range()
    assert "霧ヶ原村" in text
    assert "990011+" in text.replace("\r\n", "")
    assert board(report(world, 2020, 1)).status_code == 302
    assert board(report(world, 2026, 13)).status_code == 404


def test_months_over_the_turn_of_the_year_and_not_before_the_first_seal() -> None:
    now = dt.datetime(2027, 2, 1, tzinfo=dt.UTC)
    assert months(now, dt.datetime(2020, 5, 1, tzinfo=dt.UTC)) == [
        (2027, 2), (2027, 1), (2026, 12), (2026, 11), (2026, 10), (2026, 9),
    ]  # fmt: skip
    assert months(now, dt.datetime(2026, 11, 30, 15, tzinfo=dt.UTC)) == [
        (2027, 2),
        (2027, 1),
        (2026, 12),
    ]  # 12/1 in Japan
    assert months(now, now) == [(2027, 2)]


@pytest.mark.real_clock
def test_only_months_with_seals_are_offered_and_none_to_come(board: Callable[..., Any], world: World) -> None:
    assert board(page(world)).content.decode().count("report.pdf") == 2  # the button and this month's row
    today = dt.datetime.now(JST)
    coming = today.replace(day=1) + dt.timedelta(days=40)
    assert board(report(world, coming.year, coming.month)).status_code == 404


@pytest.mark.real_clock
def test_a_wrapping_key_that_is_not_here_is_said_to_the_board(board: Callable[..., Any], world: World) -> None:
    assert "秘匿した内容を書けません" not in board(page(world)).content.decode()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('minamo.sealer', 'on', true)")
        cursor.execute(
            "INSERT INTO audit_pupil_key (pupil_id, municipality_id, kek_id, wrapped, made_at) VALUES (%s, %s, 'elsewhere', '', now())",
            [world.pupil("hana"), world.municipality("A")],
        )
    text = board(page(world)).content.decode()
    assert "秘匿した内容を書けません" in text
    assert "elsewhere" in text
