"""保存できない文字: U+0000 is refused at the door of every route, in words, and nothing is written."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from minamo.access.models import Emergency
from minamo.audit.models import Entry
from tests.fixtures.world import World

BAD = "校庭で転倒して意識がもうろうとしており\0、保護者にすぐ連絡するため。"


@pytest.mark.parametrize("field", [{"reason": BAD}, {"reason\0": "x"}])
def test_in_a_form(client_for: Callable[..., Client], world: World, field: dict[str, str]) -> None:
    client = client_for("a1-teacher")
    before = Entry.objects.count()
    answer = client.post(reverse("access-emergency", kwargs={"pupil_id": world.pupil("hana")}), field)
    assert answer.status_code == 400 and "何も変わっていません" in answer.content.decode()
    assert not Emergency.objects.exists() and Entry.objects.count() == before


def test_in_a_question(client_for: Callable[..., Client], world: World) -> None:
    client, pupils = client_for("a1-head"), reverse("people-pupils", kwargs={"school_id": world.school("a1")})
    assert client.get(pupils, {"q": "高橋\0"}).status_code == 400
    assert client.get(pupils, {"q": "高橋"}).status_code == 200


def test_in_json(client_for: Callable[..., Client], world: World) -> None:
    client = client_for("a1-teacher")
    target = reverse("access-emergency", kwargs={"pupil_id": world.pupil("hana")})
    for body in (b'{"words": "a\\u0000b"}', b'{"words": "a\x00b"}'):
        assert client.post(target, body, content_type="application/json").status_code == 400


def test_before_a_sign_in(client: Client, db: None) -> None:
    assert client.post("/accounts/login/", {"login": "a\0", "password": "b"}).status_code == 400


def test_the_refusal_has_the_brand(client: Client, db: None) -> None:
    text = client.post("/accounts/login/", {"login": "a\0", "password": "b"}).content.decode()
    assert 'class="brand"' in text and "</svg>minamo" in text
