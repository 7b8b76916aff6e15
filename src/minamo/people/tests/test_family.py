"""Guardians and restrictions from the pupil's page."""

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from minamo.audit.api import open_private
from minamo.audit.models import Entry
from minamo.people.models import Enrolment, Guardian, GuardianLink, Household, Restriction
from tests.fixtures.world import World


def page(world: World, pupil: str = "yui") -> str:
    """The family page of a pupil."""
    return reverse("people-family", kwargs={"pupil_id": world.pupil(pupil)})


def walls(world: World, pupil: str = "yui") -> str:
    """Where restrictions are posted."""
    return reverse("people-restrictions", kwargs={"pupil_id": world.pupil(pupil)})


ENTRY = {
    "family": "𠮷田",
    "given": "恵子",
    "relation": "母",
    "phone": "090-0000-1111",
    "email": "",
    "contact_order": "1",
    "custody": "joint",
    "home": "other",
}


def test_a_guardian_is_added_with_the_bytes_typed(
    client_for: Callable[..., Client], world: World, system_for: Callable[..., Any]
) -> None:
    assert client_for("a1-clerk").post(page(world), ENTRY).status_code == 302
    system_for("A")
    link = GuardianLink.objects.get(pupil_id=world.pupil("yui"))
    assert (link.guardian.official_family, link.relation, link.custody) == ("𠮷田", "母", "joint")
    assert "吉田" in link.guardian.search_key


@pytest.mark.parametrize(("home", "shared"), [("same", True), ("other", False)])
def test_where_a_new_guardian_lives_is_said_not_guessed(
    home: str, shared: bool, client_for: Callable[..., Client], world: World, system_for: Callable[..., Any]
) -> None:
    clerk = client_for("a1-clerk")
    refused = clerk.post(page(world, "hana"), {**ENTRY, "home": ""})
    assert refused.status_code == 422 and "子どもと同じ家か、別か" in refused.content.decode()
    assert clerk.post(page(world, "hana"), {**ENTRY, "home": home}).status_code == 302
    system_for("A")
    made = Guardian.objects.get(given="恵子")
    mother = Guardian.objects.get(pk=world.guardian("takahashi-mother"))
    assert (made.household_id == mother.household_id) is shared and (made.household_id is None) is not shared


def test_a_new_guardian_is_proposed_at_the_end_of_the_order(client_for: Callable[..., Client], world: World) -> None:
    text = client_for("a1-clerk").get(page(world, "hana")).content.decode()
    assert 'name="contact_order" value="3"' in text  # two are there


def test_a_guardian_whose_time_ends_later_is_still_there(
    client_for: Callable[..., Client], world: World, system_for: Callable[..., Any]
) -> None:
    """The child leaves at the end of the month: until then its guardians are told and shown."""
    today = system_for("A").today
    links = GuardianLink.objects.filter(pupil_id=world.pupil("hana"))
    for days, shown in ((0, "3"), (-1, "1")):
        assert links.update(begins=None, ends=today + dt.timedelta(days=days)) == 2
        text = client_for("a1-clerk").get(page(world, "hana")).content.decode()
        assert f'name="contact_order" value="{shown}"' in text
        system_for("A")


def test_an_address_of_ones_own_is_a_household_of_ones_own(
    client_for: Callable[..., Client], world: World, system_for: Callable[..., Any]
) -> None:
    client_for("a1-clerk").post(page(world, "hana"), {**ENTRY, "address": "架空県山手市1番地"})
    system_for("A")
    made = Guardian.objects.get(given="恵子")
    assert made.household is not None
    assert made.household.address == "架空県山手市1番地"
    assert made.household.guardians.count() == 1


def test_a_change_keeps_the_row_and_an_end_closes_the_account(
    client_for: Callable[..., Client], world: World, system_for: Callable[..., Any]
) -> None:
    system_for("A")
    link = GuardianLink.objects.get(pupil_id=world.pupil("hana"), guardian_id=world.guardian("takahashi-father"))
    father = client_for("takahashi-father")
    child = reverse("attendance-child", kwargs={"pupil_id": world.pupil("hana")})
    assert father.get(child).status_code == 200
    clerk = client_for("a1-clerk")
    assert (
        clerk.post(
            page(world, "hana"), {**ENTRY, "link": str(link.pk), "family": "高橋", "given": "修", "relation": "養父"}
        ).status_code
        == 302
    )
    system_for("A")
    link.refresh_from_db()
    assert link.relation == "養父"
    assert clerk.post(page(world, "hana"), {"link": str(link.pk), "end": "1"}).status_code == 302
    assert father.get(child).status_code == 403


def test_a_contact_restriction_shuts_out_at_the_next_request_and_ends_again(
    client_for: Callable[..., Client], world: World, system_for: Callable[..., Any]
) -> None:
    father, head = client_for("takahashi-father"), client_for("a1-head")
    child = reverse("attendance-child", kwargs={"pupil_id": world.pupil("hana")})
    data = {
        "kind": "contact",
        "guardian": str(world.guardian("takahashi-father")),
        "begins": "R8.11.1",
        "ground": "申し出",
    }
    assert father.get(child).status_code == 200
    assert head.post(walls(world, "hana"), data).status_code == 302
    assert father.get(child).status_code == 403
    system_for("A")
    row = Restriction.objects.get(pupil_id=world.pupil("hana"), kind="contact")
    assert head.post(walls(world, "hana"), {"lift": str(row.pk)}).status_code == 302
    assert father.get(child).status_code == 200


def test_what_is_kept_secret_is_secret_in_the_trail_too(
    client_for: Callable[..., Client], world: World, system_for: Callable[..., Any]
) -> None:
    """支援措置: which restriction it is stands under the child's key, when it begins and when it is lifted."""
    head = client_for("a1-head")
    data = {"kind": "address", "begins": "R8.11.1", "ground": "申し出"}
    assert head.post(walls(world, "hana"), data).status_code == 302
    system_for("A")
    row = Restriction.objects.get(pupil_id=world.pupil("hana"), kind="address")
    assert head.post(walls(world, "hana"), {"lift": str(row.pk)}).status_code == 302
    system_for("A")
    entries = list(Entry.objects.filter(action="pupil:restrict").order_by("id"))
    assert [entry.detail["verb"] for entry in entries] == ["restrict", "lift"]
    for entry in entries:
        assert entry.municipality_id is not None
        assert "address" not in json.dumps(entry.detail)
        said = open_private(entry=entry.id, municipality=entry.municipality_id, detail=entry.detail)
        assert said == {world.pupil("hana"): {"restriction": "住所の秘匿（支援措置）"}}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"kind": "contact", "guardian": "", "begins": "R8.11.1", "ground": "x"}, "知らせない保護者"),
        ({"kind": "address", "begins": "R8.11.1", "ground": ""}, "根拠"),
        ({"kind": "address", "begins": "2月30日", "ground": "x"}, "日付"),
        ({"kind": "address", "begins": "R8.11.2", "ends": "R8.11.1", "ground": "x"}, "前です"),
    ],
)
def test_a_restriction_that_makes_no_sense_is_refused_in_words(
    client_for: Callable[..., Client], world: World, data: dict[str, str], words: str
) -> None:
    answer = client_for("a1-head").post(walls(world, "hana"), data)
    assert answer.status_code == 422
    assert words in answer.content.decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [({"family": "", "given": ""}, "氏名"), ({"relation": ""}, "続柄"), ({"phone": "でんわ"}, "電話番号")],
)
def test_a_guardian_that_makes_no_sense_is_refused_in_words(
    client_for: Callable[..., Client], world: World, change: dict[str, str], words: str
) -> None:
    answer = client_for("a1-clerk").post(page(world), {**ENTRY, **change})
    assert answer.status_code == 422
    assert words in answer.content.decode()


@pytest.mark.parametrize("who", ["a1-homeroom", "a1-nurse", "a2-head", "b1-head", "takahashi-mother", "pupil-hana"])
def test_only_officers_of_the_school(client_for: Callable[..., Client], world: World, who: str) -> None:
    assert client_for(who).get(page(world, "hana")).status_code in {403, 404}
    assert client_for(who).post(page(world, "hana"), ENTRY).status_code in {403, 404}
    assert client_for(who).post(walls(world, "hana"), {"kind": "address"}).status_code in {403, 404}


def test_restrictions_are_for_heads(client_for: Callable[..., Client], world: World) -> None:
    assert (
        client_for("a1-clerk")
        .post(walls(world, "hana"), {"kind": "address", "begins": "R8.11.1", "ground": "x"})
        .status_code
        == 403
    )


def test_strangers_are_sent_to_sign_in(client: Client, world: World, db: None) -> None:
    assert client.get(page(world)).status_code == 302


def test_an_id_that_is_none_leads_nowhere(client_for: Callable[..., Client], world: World) -> None:
    assert client_for("a1-clerk").post(page(world), {**ENTRY, "link": "x"}).status_code == 404
    assert client_for("a1-clerk").post(page(world), {"end": "1"}).status_code == 404
    assert client_for("a1-head").post(walls(world), {"lift": "x"}).status_code == 404


NOTE = "祖父母の迎えが多い\n日中は工場の内線12へ"


def home_of(world: World, who: str = "takahashi-mother") -> Household:
    household = Guardian.objects.get(pk=world.guardian(who)).household
    assert household is not None
    return household


def noted(world: World, home: Household, note: str, was: str = "") -> dict[str, str]:
    """The form of a home as a browser sends it."""
    return {"home_id": str(home.pk), "was": was.replace("\n", "\r\n"), "note": note.replace("\n", "\r\n")}


def test_the_note_of_a_home_is_read_and_written_with_its_guardians(
    client_for: Callable[..., Client], world: World, system_for: Callable[..., Any]
) -> None:
    system_for("A")
    home = home_of(world)
    clerk = client_for("a1-clerk")
    assert clerk.post(page(world, "hana"), noted(world, home, NOTE)).status_code == 302
    system_for("A")
    home.refresh_from_db()
    (row,) = Entry.objects.filter(action="pupil:edit", detail__verb="home-note")
    assert home.note == NOTE and row.detail["home"] == str(home.pk) and "内線" not in json.dumps(row.detail)
    pupil = reverse("people-pupil", kwargs={"pupil_id": world.pupil("hana")})
    for who, sees in {
        "a1-homeroom": True,
        "a1-nurse": True,
        "a1-homeroom2": False,
        "a1-aide": False,
        "a-board": False,
    }.items():
        assert ("内線12" in client_for(who).get(pupil).content.decode()) is sees, who
    # The same again is no change; from a page of before somebody else wrote it is refused, and shows what stands there.
    assert clerk.post(page(world, "hana"), noted(world, home, NOTE, NOTE)).status_code == 302
    late = clerk.post(page(world, "hana"), noted(world, home, "別の備考", "前の備考"))
    assert late.status_code == 422 and "ほかの人が備考を書き換えました" in late.content.decode()
    assert "別の備考" in late.content.decode()
    again = re.search(r'name="was" value="([^"]*)"', late.content.decode())[1]  # type: ignore[index]
    assert clerk.post(page(world, "hana"), noted(world, home, "別の備考", again)).status_code == 302
    system_for("A")
    home.refresh_from_db()
    assert home.note == "別の備考" and Entry.objects.filter(detail__verb="home-note").count() == 2


@pytest.mark.parametrize(("what", "status"), [("another's", 422), ("too long", 422), ("no id", 422)])
def test_a_note_that_cannot_be_is_refused(
    what: str, status: int, client_for: Callable[..., Client], world: World, system_for: Callable[..., Any]
) -> None:
    system_for("A")
    home = home_of(world, "sato-mother" if what == "another's" else "takahashi-mother")
    sent = noted(world, home, "長" * 2001 if what == "too long" else "備考", home.note)
    answer = client_for("a1-clerk").post(page(world, "hana"), sent | ({"home_id": "x"} if what == "no id" else {}))
    system_for("A")
    assert answer.status_code == status and Household.objects.get(pk=home.pk).note == home.note


def test_where_the_address_is_protected_the_note_is_for_heads(
    client_for: Callable[..., Client], world: World, system_for: Callable[..., Any]
) -> None:
    system_for("A")
    home = home_of(world, "sato-mother")
    Household.objects.filter(pk=home.pk).update(note=NOTE)
    paths = (page(world, "sora"), reverse("people-pupil", kwargs={"pupil_id": world.pupil("sora")}))
    for who, sees in {"a1-head": True, "a1-clerk": False, "a1-coordinator": False}.items():
        for path in paths:
            assert ("内線12" in client_for(who).get(path).content.decode()) is sees, (who, path)
    assert "備考は校長・教頭だけが見られます" in client_for("a1-clerk").get(paths[0]).content.decode()
    assert client_for("a1-clerk").post(paths[0], noted(world, home, "消す", NOTE)).status_code == 403
    assert client_for("a1-head").post(paths[0], noted(world, home, "校長が書く", NOTE)).status_code == 302


def test_why_the_grade_differs_is_for_those_who_correct_the_record(
    client_for: Callable[..., Client], world: World, system_for: Callable[..., Any]
) -> None:
    system_for("A")
    Enrolment.objects.filter(pupil_id=world.pupil("hana")).update(grade_note="就学猶予")
    path = reverse("people-pupil", kwargs={"pupil_id": world.pupil("hana")})
    for who, sees in {
        "a1-head": True,
        "a1-clerk": True,
        "a1-homeroom": False,
        "a1-aide": False,
        "a-board": False,
    }.items():
        assert ("学年が違うわけ：就学猶予" in client_for(who).get(path).content.decode()) is sees, who
