"""なぜ見える／なぜ見えない: the page says what the engine does, names clauses, and leaks nothing."""

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from minamo.access.actions.emergency import open_emergency
from minamo.access.api import Account, as_resource, decide, may, people_on, set_scope, system_scope
from minamo.access.emergencies import pupil_model
from minamo.access.explain import grants_of
from minamo.access.models import Emergency, Terminal
from minamo.access.policyset import policies
from minamo.access.whom import person_chosen
from minamo.access.why import answers, kinds, page_about
from minamo.kernel.ids import new_id
from tests.fixtures.world import DISABLED, PUPILS, STAFF, TODAY, World

REASON = "校庭で転倒して意識がもうろうとしており、保護者にすぐ連絡するため。"


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


def test_many_of_the_same_name_elsewhere_hide_nobody_here(
    client_for: Callable[..., Client], world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is looked at is of the place: a common name in the other municipalities takes up none of it."""
    monkeypatch.setattr("minamo.access.whom.READ", 2)
    names = ("b1-head", "b-board", "b1-homeroom", "a1-teacher")
    assert Account.objects.filter(login_id__in=names).count() == len(names)
    for name in names:  # rewritten in this order, and named so that the one from here would be the last in any order
        label = f"佐久間 {'あ' if name[0] == 'b' else 'ん'} {name}"
        Account.objects.filter(login_id=name).update(label=label)
    text = page(client_for("a1-head"), world, login="佐久間").content.decode()
    assert "佐久間 ん a1-teacher" in text and "佐久間 あ" not in text


def row_of(text: str) -> str:
    """The row of the action that was asked about."""
    return text[text.index("この画面") :].partition("</tr>")[0]


def test_whose_post_has_ended_is_found_and_that_is_the_reason(client_for: Callable[..., Client], world: World) -> None:
    head = client_for("a1-head")
    for asked in ({"login": "前任"}, {"login": "a1-former"}, {"person": str(world.account("a1-former"))}):
        text = page(head, world, "sora", action="pupil:protected", **asked).content.decode()
        assert (
            "前任 太郎 さんは見られるか" in text
            and "担当終了　令和8年3月31日（火）まで" in text
            and ">できます<" not in text
        ), asked
        row = row_of(text)
        assert "の校長としてできました" in row and "担当が終わったためです" in row
        assert "規程 6." in row.partition("担当が終わったためです")[2], "the rule that opened"
    kai = page(client_for("a-board"), world, "kai", action="pupil:protected", login="a1-former").content.decode()
    assert "担当が終わったためです" not in row_of(kai), "the head of another school never could"


def test_whose_post_is_to_come_is_found_and_that_is_the_reason(client_for: Callable[..., Client], world: World) -> None:
    text = page(client_for("a1-head"), world, "sora", action="pupil:protected", login="後任").content.decode()
    assert (
        "後任 花子 さんは見られるか" in text
        and "担当開始　令和9年4月1日（木）から" in text
        and ">できます<" not in text
    )
    row = row_of(text)
    assert "の校長としてできます" in row and "担当がまだ始まっていないためです" in row


def test_a_stopped_account_is_found_and_that_is_the_reason(client_for: Callable[..., Client], world: World) -> None:
    for asked in ({"login": "停止 校長"}, {"login": "disabled-head"}):
        text = page(client_for("a1-head"), world, "sora", action="pupil:protected", **asked).content.decode()
        assert (
            "停止 校長 さんは見られるか" in text and "このアカウントは停止中です" in text and ">できます<" not in text
        )
        row = row_of(text)
        assert "止められているため" in row and "停止が解かれると、できます" in row and "規程 6." in row
        assert "緊急の閲覧を始めると" not in text


def test_the_list_says_who_is_no_longer_not_yet_or_stopped(client_for: Callable[..., Client], world: World) -> None:
    for name in ("a1-former", "a1-future", "disabled-head"):
        Account.objects.filter(login_id=name).update(label=f"山本 {name}")
    text = page(client_for("a1-head"), world, login="山本").content.decode()
    lines = {
        name: text[text.index(f"山本 {name}") :].partition("</li>")[0]
        for name in ("a1-former", "a1-future", "disabled-head")
    }
    assert "担当終了" in lines["a1-former"] and "担当開始" in lines["a1-future"] and "停止中" in lines["disabled-head"]
    assert "担当" not in lines["disabled-head"] and "停止中" not in lines["a1-former"]


def test_a_stopped_family_is_found_too(client_for: Callable[..., Client], world: World) -> None:
    Account.objects.filter(login_id__in=("takahashi-mother", "pupil-hana")).update(is_active=False)
    head, label = client_for("a1-head"), Account.objects.get(pk=world.account("takahashi-mother")).label
    for name in (label, "高橋 花"):
        text = page(head, world, login=name).content.decode()
        assert f"{name} さんは見られるか" in text and "このアカウントは停止中です" in text, name
        assert "停止が解かれると、できます" in text and ">できます<" not in text


def test_the_decision_point_refuses_a_stopped_account(actor_for: Callable[..., Any], world: World) -> None:
    """The sign-in lets none through; should one come by another way, engine and lists refuse it alike."""
    actor = actor_for("a1-head")
    stopped = replace(actor, active=False)
    pupils = pupil_model()._default_manager
    assert may(actor, "pupil:read", pupils.get(pk=world.pupil("hana")))
    assert not may(stopped, "pupil:read", pupils.get(pk=world.pupil("hana")))
    assert pupils.visible_to(actor).exists() and not pupils.visible_to(stopped).exists()  # type: ignore[attr-defined]


@pytest.mark.parametrize("who", ["a1-former", "a1-future"])
def test_what_is_said_of_another_time_is_what_was_met_then(
    who: str, client_for: Callable[..., Client], actor_for: Callable[..., Any], world: World
) -> None:
    """Each action the explanation says a post opened is one the engine allows on that day, and no other."""
    head = actor_for("a1-head")
    hana = as_resource(pupil_model()._default_manager.get(pk=world.pupil("hana")))
    (one,) = person_chosen(head, world.account(who), hana)
    assert one.terms and not one.actor.posts
    said = {a.action for a in answers(one.actor, hana, elsewhen=one.elsewhen()) if a.otherwise}
    (then,) = people_on([world.account(who)], one.terms[0].day, head.now)
    assert said == {action for action in _asked_of("staff") if "Pupil" in policies().resource_names[action]
                    and decide(then, action, hana).allowed} and said  # fmt: skip


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


def test_families_are_named_to_who_may_know_them(client_for: Callable[..., Client], world: World) -> None:
    """A guardian of a child of the own school by name; one of another school only by the login ID, and only where the record is
    the family's."""
    kai, label = "kai", Account.objects.get(pk=world.account("takahashi-mother")).label
    for who, pupil in (("a1-head", "hana"), ("a2-head", kai)):  # 花 is at a1, 拓 at a2
        assert f"を、{label} さんは見られるか" in page(client_for(who), world, pupil, login=label).content.decode(), who
    head, board = client_for("a1-head"), client_for("a-board")
    sato = Account.objects.get(pk=world.account("sato-mother")).label
    for words in (sato, "佐藤恵", "sato-mother"):
        assert f"を、{sato} さんは見られるか" in page(head, world, "sora", login=words).content.decode(), words
    assert "見つかりません" in page(board, world, "sora", login=sato).content.decode(), "the board reads no contacts"
    assert "見つかりません" in page(client_for("a2-head"), world, kai, login=sato).content.decode()
    unnamed = page(client_for("a2-head"), world, kai, login="sato-mother").content.decode()
    assert "を、sato-mother さんは見られるか" in unnamed and sato not in unnamed
    number = str(world.account("sato-mother"))
    assert f"を、{sato} さんは" in page(head, world, "sora", person=number).content.decode()
    assert "見つかりません" in page(client_for("a2-head"), world, kai, person=number).content.decode()


def test_a_pupil_is_found_by_name_and_the_answer_is_the_pupils_own(
    client_for: Callable[..., Client], actor_for: Callable[..., Any], world: World
) -> None:
    for who in ("a1-head", "a-board"):
        text = page(client_for(who), world, login="高橋 花").content.decode()
        assert "操作ごとの判断" in text and "高橋 花 さんは見られるか" in text, who
    for who, pupil in (("a2-head", "kai"), ("b1-head", "nagi")):
        assert "見つかりません" in page(client_for(who), world, pupil, login="高橋 花").content.decode(), who
    several = page(client_for("a1-head"), world, login="高橋").content.decode()
    assert "5年1組" in several and "高橋 花 さんの保護者" in several, "what tells them apart"


def test_a_guardian_who_is_shut_out_can_be_asked_about(client_for: Callable[..., Client], world: World) -> None:
    label = Account.objects.get(pk=world.account("sato-father")).label
    text = page(client_for("a1-head"), world, "sora", login=label).content.decode()
    assert f"{label} さんは見られるか" in text and "できません" in text and ">できます<" not in text
    assert "知らせない保護者の登録も" in text and "端末と確認がそろえば" not in text


def test_a_question_about_others_is_a_row_in_the_trail(client_for: Callable[..., Client], world: World) -> None:
    from minamo.audit.models import Entry

    page(client_for("a1-head"), world)
    asked = Entry.objects.filter(action="explanation:read")
    assert not asked.exists(), "about oneself it is no reading about anybody"
    page(client_for("a1-head"), world, login="高橋 花")
    row = asked.get()
    assert row.detail["about"] == [str(world.account("pupil-hana"))] and row.school_id == world.school("a1")


def test_the_page_is_few_statements(client_for: Callable[..., Client], world: World, count_queries: Any) -> None:
    head = client_for("a1-head")
    with count_queries() as asked:
        assert page(head, world, login="林 専科").status_code == 200
    assert len(asked) <= 13, asked.statements


def test_an_open_emergency_is_told_to_the_head(
    client_for: Callable[..., Client], actor_for: Callable[..., Any], world: World
) -> None:
    hana, head = pupil_model()._default_manager.get, client_for("a1-head")
    contacts = {"login": "a1-teacher", "action": "pupil:contacts"}
    before = page(head, world, **contacts).content.decode()
    assert "緊急の閲覧のあいだだけ" not in before and "緊急の閲覧を始めると" in before
    teacher = actor_for("a1-teacher")
    open_emergency(actor=teacher, pupil=hana(pk=world.pupil("hana")), reason=REASON)
    text = page(head, world, **contacts).content.decode()
    row = text[text.index("この画面") :].partition("</tr>")[0]
    assert "できます" in row and "4.13" in row and "緊急の閲覧のあいだだけ" in row and "端末と確認がそろえば" in row
    panel = head.get(reverse("people-visibility", kwargs={"pupil_id": world.pupil("hana")})).content.decode()
    part = panel[panel.index("保護者と連絡先を見る") :].partition("</section>")[0]
    assert "林 専科" in part and "4.13" in part
    shown, _, fold = panel.partition("<details")
    assert "people.contacts-homeroom" not in shown and "people.contacts-homeroom" in fold, (
        "names of rules are folded away"
    )
    assert "規程 6.2" in shown
    other = page(head, world, "sora", **contacts).content.decode()
    assert "緊急の閲覧のあいだだけ" not in other, "no other child is open"


@pytest.mark.parametrize("seed", range(3))
def test_what_is_said_of_others_is_what_they_meet(seed: int, actor_for: Callable[..., Any], world: World) -> None:
    """Random emergencies and exceptions: of every person (staff, guardian, pupil) the explanation by somebody else is the
    decision on that person's own request with a good device, for random records."""
    from django.apps import apps

    dice = random.Random(seed)
    with system_scope(world.municipality("A"), world.municipality("B")):
        pupils = list(pupil_model()._default_manager.all())
        towns = {name: str(world.municipality("A" if name.startswith("a") else "B")) for name in STAFF}
        for name in dice.sample(sorted(set(STAFF) - DISABLED), 8):
            for row in dice.sample([p for p in pupils if str(p.municipality_id) == towns[name]], 2):
                _emergency(world, name, row, minutes=dice.choice((-90, -30, -30)))
        for name in dice.sample(["a1-teacher", "a1-homeroom", "a1-aide", "a2-homeroom", "a2-head"], 3):
            _exception(apps, world, name, dice)
        Terminal.objects.filter(label__isnull=False).update(registered_by=world.account("a1-head"))
        models = [pupil_model(), apps.get_model("people", "SchoolClass"), apps.get_model("tenancy", "School")]
        things = [as_resource(row) for model in models for row in model._default_manager.all()]
        things += [as_resource(row) for model in (Emergency, Terminal) for row in model.objects.all()]
    things = dice.sample(things, 14)
    own: dict[Any, set[tuple[str, str, str]]] = {}
    for account in Account.objects.exclude(login_id__in=DISABLED):
        actor = actor_for(account.login_id)
        own[account.pk] = {
            (thing.name, thing.id, action)
            for thing in things for action, types in policies().resource_names.items()
            if thing.name in types and decide(actor, action, thing).allowed
        }  # fmt: skip
    now = actor.now
    set_scope(municipalities=[world.municipality("A"), world.municipality("B")], side="school")
    others = people_on(own, TODAY, now)
    assert {one.account_id for one in others} == own.keys() and any(one.purpose == "emergency" for one in others)
    for one in others:
        said = {(t.name, t.id, a.action) for t in things for a in answers(one, t) if a.allowed}
        met = {key for key in own[one.account_id] if key[2] in _asked_of(one.kind)}
        assert said == met, one.label
    for thing in things:
        actions = [name for name, types in policies().resource_names.items() if thing.name in types]
        listed = {(g.account_id, g.action) for g in grants_of(others, thing, actions)}
        assert listed == {(who, a) for who, keys in own.items() for kind, key, a in keys if key == thing.id}, thing.name


def _asked_of(kind: str) -> set[str]:
    group = {"staff": "staff", "guardian": "family", "pupil": "learner"}[kind]
    return {action for action in policies().resource_names if group in policies().groups(action)}


def _emergency(world: World, name: str, pupil: Any, minutes: int) -> None:
    from django.utils import timezone

    began = timezone.now() + dt.timedelta(minutes=minutes)
    Emergency.objects.create(
        account_id=world.account(name), account_label=name, municipality_id=pupil.municipality_id,
        school_id=pupil.school_id, pupil_id=pupil.pk, reason=REASON, opened_at=began,
        expires_at=began + dt.timedelta(minutes=60), due=TODAY,
    )  # fmt: skip


def _exception(apps: Any, world: World, name: str, dice: random.Random) -> None:
    template = dice.choice(("roll", "contacts", "register"))
    from django.utils import timezone

    apps.get_model("policy", "ExceptionGrant").objects.create(
        municipality_id=world.municipality("A"), template=template, person_id=world.account(name), person_label=name,
        clause="6.2", scope="試験", reason="試験", instead="試験", begins=TODAY - dt.timedelta(days=1),
        ends=TODAY + dt.timedelta(days=dice.choice((-1, 5, 5))), requested_by="試験", requested_at=timezone.now(),
        requester_id=world.account("a1-head"), granted_by="試験", granted_at=timezone.now() - dt.timedelta(days=2),
        granter_id=world.account("a-board"), school_id=world.school("a1"),
        school_class_id=None if template == "roll" else world.klass(dice.choice(("a1-1", "a1-2"))),
    )  # fmt: skip
