"""手が届くか: after the proof has aged, pages still offer what a new proof opens, and say so of what they hide."""

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from minamo.access.api import authorise, may, offers, reach
from minamo.access.enforce import Denied
from minamo.people.models import Pupil
from tests.fixtures.world import World, hash_number

SECRET = f"大字秘密{hash_number('sato-mother')}番地"


@pytest.mark.parametrize(
    ("who", "condition", "way"),
    [
        ("a1-head", "", ""),
        ("a1-head", "stale", "person"),
        ("a1-head", "password-only", "person"),
        ("a1-head", "without-proof", "proof"),
        ("a1-head", "unknown-device", "device"),
        ("a1-head", "suspect", "posture"),
    ],
)
def test_who_only_lacks_a_proof_is_offered_it(
    who: str, condition: str, way: str, actor_for: Callable[..., Any], world: World
) -> None:
    actor = actor_for(who, condition=condition)
    pupil = Pupil.objects.get(pk=world.pupil("sora"))
    found = reach(actor, "pupil:restrict", pupil)
    assert (found.now, found.way, found.offered) == (not condition, way, True)
    assert may(actor, "pupil:restrict", pupil) is (not condition)
    assert bool(found.clause) is bool(condition)


@pytest.mark.parametrize("condition", ["", "stale", "password-only", "without-proof", "unknown-device", "suspect"])
@pytest.mark.parametrize("who", ["a1-homeroom", "a1-clerk", "a-board"])
def test_who_has_no_right_is_offered_nothing(
    who: str, condition: str, actor_for: Callable[..., Any], world: World
) -> None:
    actor = actor_for(who, condition=condition)
    assert not offers(actor, "pupil:restrict", Pupil.objects.get(pk=world.pupil("sora")))


@pytest.mark.parametrize("condition", ["lost", "quarantined"])
def test_a_closed_device_is_offered_nothing(condition: str, actor_for: Callable[..., Any], world: World) -> None:
    actor = actor_for("a1-head", condition=condition)
    assert not offers(actor, "pupil:contacts", Pupil.objects.get(pk=world.pupil("sora")))


def test_an_offer_opens_nothing(actor_for: Callable[..., Any], world: World) -> None:
    actor = actor_for("a1-head", condition="stale")
    pupil = Pupil.objects.get(pk=world.pupil("sora"))
    assert offers(actor, "pupil:restrict", pupil)
    with pytest.raises(Denied):
        authorise(actor, "pupil:restrict", pupil)


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.content.decode())


def test_the_head_is_told_that_a_proof_opens_the_hidden_address(
    world: World, client_for: Callable[..., Client]
) -> None:
    path = f"/pupils/{world.pupil('sora')}/"
    text = text_of(client_for("a1-head", condition="stale"), path)
    assert SECRET not in text
    assert "秘匿した住所は、もう一度本人確認をすると見られます。" in text and "4.10" in text
    assert f"/account/proof/?next={path.replace('/', '%2F')}" in text or f"/account/proof/?next={path}" in text
    assert "もう一度本人確認" not in text_of(client_for("a1-clerk", condition="stale"), path)


def test_restrictions_stay_on_the_page_of_the_family(world: World, client_for: Callable[..., Client]) -> None:
    path = f"/pupils/{world.pupil('sora')}/family/"
    stale = text_of(client_for("a1-head", condition="stale"), path)
    assert "制限を加える" in stale and "校長・教頭が行います" not in stale
    clerk = text_of(client_for("a1-clerk"), path)
    assert "制限を加える" not in clerk and "校長・教頭が行います" in clerk


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("unknown-device", "保護者と連絡先は、承認された端末で見られます。"),
        ("password-only", "保護者と連絡先は、もう一度本人確認をすると見られます。"),
        ("suspect", "「要確認」のこの端末"),
        ("without-proof", "この端末の鍵を確かめると見られます"),
    ],
)
def test_contacts_say_what_opens_them(
    condition: str, words: str, world: World, client_for: Callable[..., Client]
) -> None:
    path = f"/pupils/{world.pupil('hana')}/"
    text = text_of(client_for("a1-homeroom", condition=condition), path)
    assert words in text and "養護教諭・事務職員が見られます" not in text
    assert words not in text_of(client_for("a1-aide", condition=condition), path)


def test_no_page_hides_a_control_by_the_moment() -> None:
    """A template's `may_…` comes from `offers` (or `reach`), never from `may`, which forgets that a proof can be given."""
    rooms = Path(__file__).parents[2]
    found = [
        f"{path.relative_to(rooms)}: {match.group(0)}"
        for path in rooms.glob("*/**/*.py")
        if "tests" not in path.parts and any(part.startswith("views") for part in path.parts)
        for match in re.finditer(r"""["']?\bmay_\w+["']?\s*[:=][^,\n]*(?<!\w)may\(""", path.read_text())
    ]
    assert found == []


@pytest.mark.parametrize("page", ["marking-home", "marking-results"])
@pytest.mark.parametrize(
    ("condition", "words"),
    [("unknown-device", "この端末はまだ使えません"), ("password-only", "もう一度、本人の確認"), ("without-proof", "この端末を確かめています")],
)  # fmt: skip
def test_a_list_that_opens_after_a_proof_is_no_empty_list(
    client_for: Callable[..., Client], page: str, condition: str, words: str
) -> None:
    assert client_for("a1-homeroom").get(reverse(page)).status_code == 200
    answer = client_for("a1-homeroom", None, condition).get(reverse(page))
    assert answer.status_code == 403 and words in answer.content.decode()
