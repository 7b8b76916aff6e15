"""A refusal tells of a record nothing but its kind (ADR 0034): other records of the kind get the same page, to the letter."""

import re
from collections.abc import Callable, Iterable

import pytest
from django.db import transaction
from django.test import Client

from minamo.access.api import policies, set_scope
from tests.access_matrix.canaries import Aviary
from tests.fixtures.world import PUPILS, World

OF_A1 = ("hana", "sora", "ren", "yui", "mei", "rio")  # ordinary, kept secret, restricted, of several classes
NAMES = {part for row in PUPILS.values() for part in row[:3] if len(part) > 1}


@pytest.fixture
def aviary(db: None, world: World) -> Aviary:
    """A secret in every field, a protected address among them."""
    return Aviary(world).plant()


def pages(client: Client, paths: Iterable[str]) -> set[tuple[int, str]]:
    """Status and text of each, without what belongs to the request: tokens and the id in the address."""
    found = set()
    for path in paths:
        with transaction.atomic():
            set_scope(municipalities=[], side="learning")
            answer = client.get(path)
            transaction.set_rollback(True)
        text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", answer.content.decode())
        found.add((answer.status_code, re.sub(r"[A-Za-z0-9]{64}", "TOKEN", text)))
    return found


@pytest.mark.parametrize("who", ["a2-head", "a2-homeroom", "shimizu-father", "pupil-hana", "a1-former"])
@pytest.mark.parametrize("path", ["/pupils/{}/", "/pupils/{}/family/", "/why/Pupil/{}/"])
def test_children_of_another_school_are_refused_alike(
    who: str, path: str, world: World, aviary: Aviary, client_for: Callable[..., Client]
) -> None:
    mine = {"pupil-hana": {"hana"}}.get(who, set())
    found = pages(client_for(who), [path.format(world.pupil(name)) for name in OF_A1 if name not in mine])
    assert len(found) == 1, sorted(status for status, _ in found)
    ((status, text),) = found
    assert status in ({200, 404} if "why" in path else {403, 404})
    assert not [name for name in NAMES if name in text] and aviary.seen(text) == set()


def test_sentences_of_rules_are_fixed_text() -> None:
    """Nothing of a record can be filled into what a refusal says."""
    for rule in policies().rules:
        assert "{" not in rule.sentence + rule.clause and "%" not in rule.sentence + rule.clause, rule.id
