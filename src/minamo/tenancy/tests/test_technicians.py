"""情報担当 as a post: given and ended by the board, with the devices of the own school and nothing more."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from minamo.access.api import set_scope
from minamo.audit.models import Entry
from minamo.tenancy.models import Membership
from tests.fixtures.world import World

ClientFor = Callable[..., Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def place(world: World) -> str:
    return reverse("tenancy-technicians", kwargs={"municipality_id": world.municipality("A")})


def membership(world: World, name: str, post: str) -> Membership | None:
    set_scope(municipalities=[world.municipality("A"), world.municipality("B")], side="school")
    return Membership.objects.filter(account_id=world.account(name), post=post).first()


def test_the_board_gives_the_post_and_the_next_request_behaves_so(
    world: World, place: str, client_for: ClientFor
) -> None:
    board, keeper = client_for("a-board"), client_for("a1-homeroom2")
    register = reverse("access-register-school", kwargs={"school_id": world.school("a1")})
    assert keeper.get(register).status_code == 403
    teacher = membership(world, "a1-homeroom2", "teacher")
    assert teacher is not None and "中央小　角田 誠（教諭）" in board.get(place).content.decode()
    assert board.post(place, {"person": str(teacher.pk)}).status_code == 302
    assert keeper.get(register).status_code == 200
    row = membership(world, "a1-homeroom2", "ict")
    assert (
        row is not None
        and not row.primary
        and row.begins == dt.date.today()
        and membership(world, "a1-homeroom2", "teacher")
    )
    assert board.post(place, {"person": str(teacher.pk)}).status_code == 422  # holds it already
    assert board.post(place, {"end": str(row.pk)}).status_code == 302
    row.refresh_from_db()
    assert row.ends is not None
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert Entry.objects.filter(action="membership:manage", outcome="allow", actor_label="教委 職員").count() >= 2


@pytest.mark.parametrize("begun", [0, 200], ids=["today", "long ago"])
def test_taken_off_now_the_next_request_is_refused(world: World, place: str, client_for: ClientFor, begun: int) -> None:
    board, keeper = client_for("a-board"), client_for("a1-ict")
    register = reverse("access-register-school", kwargs={"school_id": world.school("a1")})
    row = membership(world, "a1-ict", "ict")
    assert row is not None
    Membership.objects.filter(pk=row.pk).update(begins=dt.date.today() - dt.timedelta(days=begun))
    assert board.post(place, {"end": str(row.pk)}).status_code == 302
    assert keeper.get(register).status_code == 200, "the day still belongs to it"
    done = board.post(place, {"off": str(row.pk)})
    assert done.status_code == 302
    assert keeper.get(register).status_code == 403
    page = board.get(done["Location"]).content.decode()
    assert "次の画面から、このとおりになります" in page and "中島 情報" not in page.split("情報担当にする")[0]


@pytest.mark.parametrize(
    ("who", "status"), [("a1-head", 403), ("a1-ict", 403), ("a1-homeroom", 403), ("b-board", 403), ("takahashi-mother", 403),
                        ("anonymous", 302)]
)  # fmt: skip
def test_nobody_else_gives_it(
    who: str, status: int, place: str, world: World, client_for: ClientFor, client: Any
) -> None:
    browser = client if who == "anonymous" else client_for(who)
    assert browser.get(place).status_code == status
    assert browser.post(place, {"person": "x"}).status_code == status


def test_what_is_missing_is_said(place: str, world: World, client_for: ClientFor) -> None:
    board = client_for("a-board")
    page = board.post(place, {"person": ""})
    assert page.status_code == 422 and "だれを情報担当にするか" in page.content.decode()
    foreign = membership(world, "b1-homeroom", "teacher")
    assert foreign is not None and board.post(place, {"person": str(foreign.pk)}).status_code == 422
    assert board.post(place, {"end": str(foreign.pk)}).status_code == 404
    text = board.get(place).content.decode()
    assert "情報担当のいない学校　水上野中" in text and "中島 情報" in text


def test_the_powers_end_at_the_own_school(world: World, client_for: ClientFor) -> None:
    keeper = client_for("a1-ict")
    page = keeper.get(reverse("access-register-school", kwargs={"school_id": world.school("a1")}))
    assert page.status_code == 200
    assert "承認する" not in page.content.decode() and "紛失" in page.content.decode()
    assert "端末の台帳" in keeper.get("/").content.decode()
    terminal = {"terminal_id": world.terminal("A-registered")}
    assert keeper.post(reverse("access-terminal-approvals", kwargs=terminal)).status_code == 403
    assert keeper.post(reverse("access-terminal-closures", kwargs=terminal), {"state": "lost"}).status_code == 302
    for name, where in (("access-register-school", {"school_id": world.school("a2")}),
                        ("access-register-municipality", {"municipality_id": world.municipality("A")})):  # fmt: skip
        assert keeper.get(reverse(name, kwargs=where)).status_code == 403
    foreign = {"terminal_id": world.terminal("B-trusted")}
    assert keeper.post(reverse("access-terminal-closures", kwargs=foreign), {"state": "lost"}).status_code == 404
