"""事故を知らせる on every page of the staff (clauses 2.7.9, 10.9): each route that answers with a page is asked for the link."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from minamo.access.api import all_routes, set_scope
from tests.access_matrix.canaries import Aviary
from tests.access_matrix.expected import EXPECTED
from tests.access_matrix.test_matrix import PROTECTED, path_of
from tests.fixtures.world import World

# Seen by a whole room and used by nobody: the screen that stands in the staff room.
WITHOUT = {"attendance-board"}
ASKED = [name for name in PROTECTED if "GET" in all_routes()[name].actions]
LEAST = 60  # pages that answer the two below; fewer, and the walk has lost its way


@pytest.fixture
def aviary(db: None, world: World) -> Aviary:
    """What the paths of the matrix are about."""
    return Aviary(world).plant()


def page(client: Client, path: str) -> str:
    """The page there as text; empty where none is (a part, a file, a stream, a refusal, another address)."""
    with transaction.atomic():
        set_scope(municipalities=[], side="learning")
        answer: Any = client.get(path)
        whole = answer.status_code == 200 and not answer.streaming and answer["Content-Type"].startswith("text/html")
        text = answer.content.decode() if whole else ""
        transaction.set_rollback(True)
    return text if "<html" in text else ""


def test_one_tap_from_every_page_of_the_staff(world: World, aviary: Aviary, client_for: Callable[..., Client]) -> None:
    home = reverse("policy-incidents", kwargs={"municipality_id": world.municipality("A")})
    met, lacking = set(), set()
    for who in ("a1-head", "a-board"):
        client = client_for(who)
        for name in ASKED:
            text = page(client, path_of(all_routes()[name], world, aviary.notice))
            if text:
                met.add(name)
                if f'href="{home}"' not in text:
                    lacking.add(name)
    assert lacking == WITHOUT
    assert len(met) >= LEAST, sorted(set(ASKED) - met)
    assert {"marking-question", "access-devices", "mfa_list_webauthn"} <= met <= set(EXPECTED)
