"""待っている記録の鍵: one account's own, given to nobody else, and known after the secret was changed."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from minamo.access.waiting_keys import waiting_keys
from tests.fixtures.world import World

ClientFor = Callable[..., Client]
pytestmark = pytest.mark.django_db
URL = "/account/waiting/"


def test_everybody_gets_the_own_key_only(world: World, client_for: ClientFor) -> None:
    found = {}
    for name in ("a1-homeroom", "a1-homeroom2", "b1-head"):
        answer = client_for(name).get(URL)
        assert answer.status_code == 200 and "no-store" in answer["Cache-Control"]
        assert answer.json()["account"] == str(world.account(name)) and answer.json()["token"]
        (found[name],) = answer.json()["keys"]
        assert len(base64.b64decode(found[name])) == 32
    assert len(set(found.values())) == 3
    assert client_for("takahashi-mother").get(URL).status_code == 404
    assert Client().get(URL).status_code in {302, 401}


def test_what_was_locked_before_the_secret_changed_opens(world: World, settings: Any) -> None:
    before, account = waiting_keys(world.account("a1-homeroom")), world.account("a1-homeroom")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another" * 8, [settings.SECRET_KEY]
    assert waiting_keys(account)[0] not in before and waiting_keys(account)[1:] == before
