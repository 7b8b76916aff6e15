"""なぜ見える／なぜ見えない: the page says what the engine does, names clauses, and leaks nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from minamo.access.api import as_resource, may
from minamo.access.emergencies import pupil_model
from minamo.access.policyset import policies
from minamo.access.why import answers, kinds, page_about
from minamo.kernel.ids import new_id
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


def test_every_kind_of_record_can_be_asked_about() -> None:
    """Every type the rules speak of, but for what is no record: an account about itself, the trail, the question."""
    named = frozenset().union(*policies().resource_names.values())
    assert named - kinds().keys() == {"Own", "Question", "Trail"}
    assert all(kinds().values())


@pytest.mark.parametrize(
    "kind", ["Notice", "ResultPaper", "Result", "Incident", "Asset", "ExceptionGrant", "StaffMember", "Sitting"]
)
def test_a_record_that_is_not_there_is_not_found(kind: str, client_for: Callable[..., Client]) -> None:
    address = page_about(kind, new_id(), "anything")
    assert address.startswith(f"/why/{kind}/") and client_for("a1-head").get(address).status_code == 404


@pytest.mark.parametrize("kind", ["Own", "Trail", "Account", "Nothing"])
def test_what_is_no_record_has_no_page(kind: str) -> None:
    assert page_about(kind, new_id()) == ""


def test_the_page_of_a_record_leads_there_with_its_own_action_first(
    client_for: Callable[..., Client], world: World
) -> None:
    hana, head = world.pupil("hana"), client_for("a1-head")
    shown = head.get(reverse("people-pupil", kwargs={"pupil_id": hana})).content.decode()
    assert f'href="/why/Pupil/{hana}/?action=pupil%3Aread"' in shown
    text = page(head, world, action="pupil:read").content.decode()
    assert text.index("この画面") < text.index("連絡先")
    assert "/why/SchoolClass/" in text and "/why/School/" in text, "what the record belongs to can be asked about"


def test_a_refusal_leads_there(client_for: Callable[..., Client], world: World) -> None:
    refused = client_for("a2-homeroom").get(reverse("people-pupil", kwargs={"pupil_id": world.pupil("hana")}))
    assert (
        refused.status_code == 403
        and f"/why/Pupil/{world.pupil('hana')}/?action=pupil%3Aread" in refused.content.decode()
    )


def test_somebody_is_found_by_name(client_for: Callable[..., Client], world: World) -> None:
    head = client_for("a1-head")
    for words in ("林 専科", "林専科", "専科"):
        assert "林 専科" in page(head, world, login=words).content.decode()
    several = page(head, world, login="林").content.decode()
    assert several.count("?action=&amp;person=") > 1 or "操作ごとの判断" in several
    chosen = page(head, world, person=str(world.account("a1-teacher"))).content.decode()
    assert "林 専科" in chosen and "操作ごとの判断" in chosen
    assert page(client_for("a2-head"), world, person=str(world.account("a1-teacher"))).status_code == 403


@pytest.mark.parametrize("who", ["a1-head", "a-board"])
def test_nobody_of_another_municipality_is_named(who: str, client_for: Callable[..., Client], world: World) -> None:
    stranger = world.account("b1-head")
    from minamo.access.models import Account

    label = Account.objects.get(pk=stranger).label
    for asked in ({"login": "b1-head"}, {"login": label}, {"person": str(stranger)}):
        text = page(client_for(who), world, **asked).content.decode()
        assert "見つかりません" in text and (label not in text or asked.get("login") == label)
        assert "できません" not in text


def test_what_only_families_do_is_said_and_can_be_asked(client_for: Callable[..., Client], world: World) -> None:
    from django.utils import timezone

    from minamo.access.api import set_scope
    from tests.fixtures.results import PAPER, a_result

    set_scope(municipalities=[world.municipality("A")], side="school")
    a_result(world, timezone.now())
    path, head = page_about("ResultPaper", PAPER), client_for("a1-head")
    assert "教職員にはありません" in head.get(path).content.decode()
    asked = head.get(path, {"login": "takahashi-mother"}).content.decode()
    assert "返却されたテストは、本人とその保護者が見て" in asked and "できます" in asked


def test_the_form_is_offered_only_to_who_answers_for_the_place(client_for: Callable[..., Client], world: World) -> None:
    for who, offered in (("a1-head", True), ("a-board", True), ("a2-head", False), ("a1-teacher", False)):
        assert ('id="f-login"' in page(client_for(who), world).content.decode()) is offered, who


def test_families_are_named_only_where_the_record_is_theirs(client_for: Callable[..., Client], world: World) -> None:
    head = client_for("a1-head")
    from minamo.access.models import Account

    label = Account.objects.get(pk=world.account("takahashi-mother")).label
    own, other = page(head, world, login="takahashi-mother"), page(head, world, "sora", login="takahashi-mother")
    assert label in own.content.decode()
    assert label not in other.content.decode() and "takahashi-mother" in other.content.decode()
    by_name = page(head, world, login=label).content.decode()
    assert "見つかりません" in by_name, "families are not looked up by name"
    assert "見つかりません" in page(head, world, person=str(world.account("takahashi-mother"))).content.decode()


def test_the_page_is_few_statements(client_for: Callable[..., Client], world: World, count_queries: Any) -> None:
    head = client_for("a1-head")
    with count_queries() as asked:
        assert page(head, world, login="林 専科").status_code == 200
    assert len(asked) <= 12, asked.statements
