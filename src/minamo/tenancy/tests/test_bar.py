"""上の帯とメニュー: with posts at several schools the bar names the school of the page, and each school has one heading."""

import re
from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from tests.fixtures.world import World

ClientFor = Callable[..., Client]


def place(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    found = re.search(r'<span class="place">(.*?)</span>', answer.content.decode())
    assert found is not None
    return found[1]


def test_the_bar_names_the_school_of_the_page(client_for: ClientFor, world: World) -> None:
    client = client_for("a12-nurse")
    main, other = world.school("a1"), world.school("a2")
    for school, name in ((main, "中央小"), (other, "水上野中")):
        assert place(client, reverse("people-pupils", kwargs={"school_id": school})) == name
        assert place(client, reverse("attendance-morning", kwargs={"school_id": school})) == name
        assert place(client, f"/?school={school}") == name
    assert place(client, "/") == "中央小"
    assert place(client, reverse("people-pupil", kwargs={"pupil_id": world.pupil("kai")})) == "水上野中"


def test_where_one_has_no_post_the_main_one_stays(client_for: ClientFor, world: World) -> None:
    assert place(client_for("a1-head"), f"/?school={world.school('b1')}") == "中央小"
    board = client_for("a-board")
    assert place(board, reverse("people-pupils", kwargs={"school_id": world.school("a1")})) == place(board, "/")


def test_each_school_has_one_heading_in_the_menu(client_for: ClientFor) -> None:
    page = client_for("a12-nurse").get("/").content.decode()
    menu = page.partition('aria-label="おもなメニュー"')[2].partition("</nav>")[0]
    assert re.findall(r'<div class="group">(.*?)</div>', menu) == ["中央小", "水上野中", "学校"]
