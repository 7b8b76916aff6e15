"""なぜ見える／なぜ見えない: the page says what the engine does, names clauses, and leaks nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from minamo.access.api import as_resource, may
from minamo.access.emergencies import pupil_model
from minamo.access.why import answers
from tests.fixtures.world import PUPILS, World


def page(client: Client, world: World, pupil: str = "hana", **query: str) -> Any:
    """Ask about a pupil."""
    return client.get(reverse("access-why", kwargs={"kind": "Pupil", "key": world.pupil(pupil)}), query)


@pytest.mark.parametrize("who", ["a1-head", "a1-homeroom", "a1-teacher", "a-board", "takahashi-mother"])
@pytest.mark.parametrize("condition", ["", "password-only", "stale", "quarantined"])
def test_the_answers_are_the_decisions(who: str, condition: str, actor_for: Callable[..., Any], world: World) -> None:
    if condition and not who.startswith("a"):
        condition = ""
    actor = actor_for(who, condition=condition)
    hana = pupil_model()._default_manager.get(pk=world.pupil("hana"))
    given = {answer.action: answer for answer in answers(actor, as_resource(hana))}
    assert given
    for action, answer in given.items():
        assert answer.allowed is may(actor, action, hana), action
        assert bool(answer.rules) is answer.allowed and (answer.refusal is None) is answer.allowed


def test_who_lacks_a_right_reads_who_has_it(client_for: Callable[..., Client], world: World) -> None:
    text = page(client_for("a1-teacher"), world).content.decode()
    assert "担任は、担任する学級の児童生徒の保護者と連絡先を見られます" in text and "緊急の閲覧" in text


def test_a_stale_head_is_shown_the_way(client_for: Callable[..., Client], world: World) -> None:
    text = page(client_for("a1-head", condition="stale"), world).content.decode()
    assert "/account/proof/" in text and "4.10" in text


def test_about_others_only_where_one_answers_for_the_place(client_for: Callable[..., Client], world: World) -> None:
    head = page(client_for("a1-head"), world, login="a1-teacher")
    assert head.status_code == 200 and "林 専科" in head.content.decode()
    assert page(client_for("a-board"), world, login="a1-teacher").status_code == 200
    for who in ("a1-teacher", "a2-head"):
        assert page(client_for(who), world, login="a1-head").status_code == 403
    assert "見つかりません" in page(client_for("a1-head"), world, login="disabled-head").content.decode()


def test_other_municipalities_and_unknown_kinds_are_not_found(client_for: Callable[..., Client], world: World) -> None:
    assert page(client_for("b1-head"), world).status_code == 404
    for kind in ("Account", "Nothing"):
        path = reverse("access-why", kwargs={"kind": kind, "key": world.pupil("hana")})
        assert client_for("a1-head").get(path).status_code == 404


def test_the_page_names_no_pupil(client_for: Callable[..., Client], world: World) -> None:
    text = page(client_for("a2-homeroom"), world, pupil="yui").content.decode()
    assert all(row[0] + " " + row[1] not in text and row[2] + row[1] not in text for row in PUPILS.values())
