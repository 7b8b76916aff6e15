"""断り: every refusal names a clause: of the wall that stands in the way, or of the rules that would permit it."""

import html
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from minamo.access import remedies
from minamo.access.api import as_resource, policies
from minamo.access.models import Emergency
from minamo.access.pdp import Decision
from minamo.people.models import Pupil
from tests.fixtures.world import World

UNNAMED = ("この操作を許す規則がありません", "当てはまる規則がありません")


def refused(client: Client, path: str, sent: dict[str, str] | None = None) -> str:
    """The words of the refusal."""
    answer = client.get(path) if sent is None else client.post(path, sent)
    assert answer.status_code == 403, (path, answer.status_code)
    text = html.unescape(answer.content.decode())
    assert not any(words in text for words in UNNAMED)
    return text


@pytest.mark.parametrize("action", sorted(policies().actions))
def test_every_action_has_a_clause_to_name(action: str) -> None:
    found = remedies._by_default(action, "ask")
    assert re.match(r"\d+\.\d+ ", found.clause) and found.openers, action
    assert all(f"規程 {found.clause}" in found.sentence and rule.permits for rule in found.openers)


@pytest.mark.parametrize(
    ("who", "path", "clause", "words"),
    [
        ("a2-homeroom", "/pupils/{hana}/", "6.1", "教職員は、自校の児童生徒の学籍"),
        ("a1-teacher", "/schools/{a1}/devices/", "4.8", "校長・教頭は、自校の端末の台帳"),
        ("a1-teacher", "/municipalities/{A}/policy/revisions/", "10.2", "教育委員会が起案します"),
        ("a2-head", "/schools/{a1}/emergencies/", "4.13", "自校の校長・教頭か教育委員会が点検します"),
        (
            "a1-teacher",
            reverse("audit-school", kwargs={"school_id": World().school("a1")}),
            "9.1",
            "校長・教頭は、自校の操作記録",
        ),
    ],
)
def test_what_nothing_permits_names_who_may(
    who: str, path: str, clause: str, words: str, client_for: Callable[..., Client], world: World
) -> None:
    names = {"hana": world.pupil("hana"), "a1": world.school("a1"), "A": world.municipality("A")}
    text = refused(client_for(who), path.format(**names))
    assert f"規程 {clause} " in text and words in text
    assert "校長か教育委員会に相談してください" in text


def test_the_own_emergency_names_the_clause(client_for: Callable[..., Client], world: World) -> None:
    head = client_for("a1-head")
    head.post(f"/pupils/{world.pupil('hana')}/emergency/", {"reason": "校庭で転倒して意識がもうろうとしているため。"})
    text = refused(head, f"/emergencies/{Emergency.objects.get().pk}/reviews/", {"finding": "proper"})
    assert "規程 4.13 緊急の閲覧" in text and "自分の閲覧は、自分では点検できません" in text


def test_a_script_is_told_the_clause_too(client_for: Callable[..., Client], world: World) -> None:
    path = f"/pupils/{world.pupil('hana')}/"
    answer = client_for("a2-homeroom").get(path, headers={"X-Requested-With": "fetch"})
    assert answer.status_code == 403 and "規程 6.1 学籍の閲覧" in answer.content.decode()


@pytest.mark.parametrize("path", ["/pupils/{}/", "/pupils/{}/family/", "/classes/{}/", "/schools/{}/pupils/"])
def test_who_has_left_is_refused_with_the_clause(path: str, client_for: Callable[..., Client], world: World) -> None:
    """The same words for what exists and for what does not: the database shows such a person no row at all."""
    former = client_for("a1-former")
    known = {"/pupils/{}/": world.pupil("hana"), "/pupils/{}/family/": world.pupil("hana"),
             "/classes/{}/": world.klass("a1-1"), "/schools/{}/pupils/": world.school("a1")}  # fmt: skip
    texts = {
        re.sub(r"[0-9a-f-]{36}|[A-Za-z0-9]{64}", "", refused(former, path.format(key)))
        for key in (known[path], uuid.uuid4())
    }
    assert len(texts) == 1
    assert "規程 6." in texts.copy().pop() and "いま就いている職が、登録されていません" in texts.pop()


def test_a_wrong_address_is_still_not_found(client_for: Callable[..., Client], world: World) -> None:
    for who in ("a1-head", "b1-head", "takahashi-mother"):
        assert client_for(who).get(f"/pupils/{uuid.uuid4()}/").status_code == 404
    assert client_for("b1-head").get(f"/pupils/{world.pupil('hana')}/").status_code == 404


def test_trouble_of_the_engine_is_no_clause(actor_for: Callable[..., Any], world: World) -> None:
    actor = actor_for("a1-head")
    hana = as_resource(Pupil.objects.get(pk=world.pupil("hana")))
    found = remedies.explain(actor, "pupil:read", hana, Decision(False, (), alarm="evaluation"))
    assert found.clause == "" and "判断の仕組み" in found.sentence
    assert not found.final  # what a script has waiting stays until the engine works again
    assert found.told == found.sentence


def test_every_way_has_its_words_and_only_the_rules_are_final() -> None:
    ways = {*remedies.STEP_UP, "other-device", "own", "blocked", "emergency", "no-post", "ask"}
    assert set(remedies.WORDS) == ways and all(words.endswith("。") for words in remedies.WORDS.values())
    assert {way for way in ways if remedies.Refusal("1.1", "いまは、できません。", way).final} == {"own", "ask"}
    assert set(remedies.STEP_UP).isdisjoint(remedies.FINAL)
