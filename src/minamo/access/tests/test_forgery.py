"""偽りの送信 (CSRF): a change is taken only with the token of the page it comes from, whatever it is written in."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.test import Client

from minamo.access.api import set_scope
from minamo.attendance.models import Notice
from tests.fixtures.world import TODAY, World

pytestmark = pytest.mark.django_db
FORM = {}  # as a form sends it
JSON = {"content_type": "application/json"}
PLAIN = {"content_type": "text/plain"}  # what a foreign page may send without asking first


@pytest.fixture
def mother(client_for: Callable[..., Client]) -> Client:
    """A mother in a browser whose server asks for the token, with the token of a page she has opened."""
    signed_in = client_for("takahashi-mother")
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed_in.cookies
    page = strict.get("/notices/new/").content.decode()
    assert re.search(r'name="csrfmiddlewaretoken" value="\w+"', page)
    return strict


def notice(world: World) -> dict[str, Any]:
    return {
        "pupil": [str(world.pupil("hana"))], "kind": "absent", "reason": "sick", "when": TODAY.isoformat(), "key": str(uuid4()),
    }  # fmt: skip


def kept(world: World) -> int:
    set_scope(municipalities=[world.municipality("A"), world.municipality("B")], side="school")
    return Notice.objects.count()


@pytest.mark.parametrize("written", [FORM, JSON, PLAIN], ids=["form", "json", "plain"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-CSRFToken": "a" * 64},
        {"X-CSRFToken": "right", "Origin": "https://elsewhere.example"},
        {"X-CSRFToken": "right", "Origin": "null"},
    ],
    ids=["no token", "wrong token", "elsewhere", "no origin"],
)
def test_without_the_token_or_from_elsewhere_nothing_is_taken(
    world: World, mother: Client, headers: dict[str, str], written: dict[str, Any]
) -> None:
    right = mother.cookies[settings.CSRF_COOKIE_NAME].value
    said = {name: right if value == "right" else value for name, value in headers.items()}
    answer = mother.post(
        "/notices/", str(notice(world)) if written is PLAIN else notice(world), headers=said, **written
    )
    assert (answer.status_code, answer.headers.get("X-Minamo-Way")) == (403, "stale")
    assert kept(world) == 0


def test_with_it_and_from_here_the_same_is_taken(world: World, mother: Client) -> None:
    said = {"X-CSRFToken": mother.cookies[settings.CSRF_COOKIE_NAME].value, "Origin": settings.PUBLIC_URL}
    assert mother.post("/notices/", notice(world), headers=said, **JSON).status_code == 201
    assert kept(world) == 1


@pytest.mark.parametrize("path", ["/accounts/login/", "/accounts/logout/"])
def test_signing_in_and_out_ask_for_it_as_well(mother: Client, path: str) -> None:
    assert mother.post(path, {"login": "x", "password": "y"}).status_code == 403


def test_no_view_is_let_off() -> None:
    from django.urls import get_resolver

    assert "django.middleware.csrf.CsrfViewMiddleware" in settings.MIDDLEWARE
    free = {
        str(pattern.name) for pattern in get_resolver().url_patterns if getattr(pattern.callback, "csrf_exempt", False)
    }
    assert free == set()
