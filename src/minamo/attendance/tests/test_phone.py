"""電話の連絡: nothing typed is lost, each mistake stands at its field, and a day is told once."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from minamo.access.api import set_scope
from minamo.attendance.models import Notice
from tests.fixtures.world import World

ClientFor = Callable[..., Client]
pytestmark = pytest.mark.django_db
KEY = "11111111-2222-4333-8444-55555555555{}"


def path(world: World) -> str:
    return f"/schools/{world.school('a1')}/phone-notices/"


def typed(world: World, number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "pupil": str(world.pupil("hana")), "kind": "early", "reason": "hospital", "begins": "2026-11-24", "ends": "",
        "arrives_at": "", "leaves_at": "13:30", "caller": "祖母", "text": "歯医者", "key": KEY.format(number),
    } | changes  # fmt: skip


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"pupil": ""}, "pupil", "児童・生徒を選んで"),
        ({"pupil": "x"}, "pupil", "児童・生徒を選んで"),
        ({"begins": "11月"}, "begins", "始まりの日を選んで"),
        ({"begins": "2026-11-28"}, "begins", "授業のない日"),
        ({"leaves_at": "23:30"}, "leaves_at", "6:00 から 18:00"),
        ({"leaves_at": "昼"}, "leaves_at", "9:30 のように"),
        ({"caller": " "}, "caller", "どなたからの電話か"),
        ({"text": "あ" * 301}, "text", "300字まで"),
    ],
)
def test_a_mistake_comes_back_with_everything_typed(
    world: World, client_for: ClientFor, change: dict[str, Any], field: str, said: str
) -> None:
    answer = client_for("a1-clerk").post(path(world), typed(world, **change))
    page = answer.content.decode()
    assert answer.status_code == 422 and said in page
    marked = re.search(rf'<(?:input|select) id="f-{field}"[^>]*aria-invalid="true"[^>]*>', page)
    assert marked and " autofocus" in marked[0] and page.count(" autofocus") == 1
    for name, value in typed(world, **change).items():
        if value and name not in {"pupil", "kind", "reason"}:
            assert value.strip() in page, name
    assert Notice.objects.count() == 0


def test_a_child_of_another_school_is_no_choice(world: World, client_for: ClientFor) -> None:
    answer = client_for("a1-clerk").post(path(world), typed(world, pupil=str(world.pupil("taku"))))
    assert answer.status_code == 422 and "この学校の児童・生徒" in answer.content.decode()


def test_leaving_early_arrives_with_its_time_and_once(world: World, client_for: ClientFor) -> None:
    clerk = client_for("a1-clerk")
    assert clerk.post(path(world), typed(world)).status_code == 302
    assert clerk.post(path(world), typed(world)).status_code == 302
    set_scope(municipalities=[world.municipality("A")], side="school")
    notice = Notice.objects.get()
    assert (notice.leaves_at.isoformat("minutes"), notice.sender_label) == ("13:30", "祖母")
    second = clerk.post(path(world), typed(world, 2, kind="absent", leaves_at="", caller="母"))
    page = second.content.decode()
    assert second.status_code == 422 and "すでに届いています（祖母" in page and f"/notices/{notice.pk}/" in page
    assert Notice.objects.count() == 1


def test_a_page_without_its_key_keeps_what_was_typed(world: World, client_for: ClientFor) -> None:
    answer = client_for("a1-clerk").post(path(world), typed(world, key=""))
    page = answer.content.decode()
    assert answer.status_code == 422 and "画面が古く" in page and "祖母" in page
    assert re.search(r'name="key" value="[0-9a-f-]{36}"', page)
