"""The trail: in the transaction, never changed, seen by the head and the board only."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from minamo.audit.api import append
from minamo.audit.models import Entry
from minamo.audit.names import label
from minamo.audit.queries import spoken
from tests.fixtures.world import World


def school(world: World, name: str = "a1") -> str:
    """The trail page of a school."""
    return reverse("audit-school", kwargs={"school_id": world.school(name)})


def town(world: World, name: str = "A") -> str:
    """The trail page of a municipality."""
    return reverse("audit-municipality", kwargs={"municipality_id": world.municipality(name)})


def test_a_read_is_a_row_with_its_rule(
    client_for: Callable[..., Client], world: World, system_for: Callable[..., Any]
) -> None:
    client_for("a1-homeroom").get(reverse("people-pupil", kwargs={"pupil_id": world.pupil("hana")}))
    system_for("A")
    row = Entry.objects.filter(action="pupil:read").latest("at")
    assert (row.pupil_id, row.actor_label, row.outcome) == (world.pupil("hana"), "原澤 美咲", "allow")
    assert row.rules == ["people.pupil-own-school"]
    assert len(row.policy_digest) == 64


def test_every_moment_is_one_in_utc(
    client_for: Callable[..., Client], world: World, system_for: Callable[..., Any]
) -> None:
    """ASVS 16.2.2: every column of a time in the house knows its zone, the database speaks UTC, and a table that leaves says its offset."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW timezone")
        assert cursor.fetchone()[0] == "UTC"
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'"
            " AND data_type = 'timestamp without time zone'"
        )
        assert cursor.fetchall() == []
    client_for("a1-homeroom").get(reverse("people-pupil", kwargs={"pupil_id": world.pupil("hana")}))
    system_for("A")
    row = Entry.objects.filter(action="pupil:read").latest("at")
    with connection.cursor() as cursor:
        cursor.execute("SELECT now(), clock_timestamp()")
        begun, now = cursor.fetchone()
    assert begun <= row.at <= now and row.at.utcoffset() == dt.timedelta(0)
    table = client_for("a1-head").get(school(world) + "export.csv").content.decode("utf-8-sig").splitlines()
    assert table[0].split(",")[0].strip('"') == "時刻（日本時間 +09:00）"
    moments = [dt.datetime.fromisoformat(line.split(",")[0].strip('"') + "+09:00") for line in table[1:]]
    assert row.at.replace(microsecond=0) in moments


def test_a_refusal_is_a_row_too(
    client_for: Callable[..., Client], world: World, system_for: Callable[..., Any]
) -> None:
    assert (
        client_for("a2-homeroom").get(reverse("people-pupil", kwargs={"pupil_id": world.pupil("hana")})).status_code
        == 403
    )
    system_for("A")
    assert Entry.objects.filter(action="pupil:read", outcome="deny").count() == 1


@pytest.mark.parametrize("who", ["a1-head", "a1-vice", "a-board"])
def test_head_and_board_see_the_school(client_for: Callable[..., Client], world: World, who: str) -> None:
    client_for("a1-homeroom").get(reverse("people-pupil", kwargs={"pupil_id": world.pupil("hana")}))
    page = client_for(who).get(school(world)).content.decode()
    assert "学籍　見た" in page
    assert "原澤 美咲" in page


@pytest.mark.parametrize(
    "who", ["a1-homeroom", "a2-head", "b1-head", "b-board", "takahashi-mother", "pupil-hana", "a1-former"]
)
def test_nobody_else_does(client_for: Callable[..., Client], world: World, who: str) -> None:
    assert client_for(who).get(school(world)).status_code in {403, 404}


def test_the_municipality_is_for_the_board(client_for: Callable[..., Client], world: World) -> None:
    assert client_for("a-board").get(town(world)).status_code == 200
    assert client_for("a1-head").get(town(world)).status_code == 403
    assert client_for("b-board").get(town(world)).status_code in {403, 404}


def test_strangers_are_sent_to_sign_in(client: Client, world: World, db: None) -> None:
    assert client.get(school(world)).status_code == 302


def test_a_page_is_few_statements_and_pages_on(
    client_for: Callable[..., Client], world: World, actor_for: Callable[..., Any], count_queries: Callable[..., Any]
) -> None:
    actor = actor_for("a1-head")
    for number in range(120):
        append(actor=actor, action="register:read", resource_type="SchoolClass", resource_id=str(number),
               municipality=world.municipality("A"), school=world.school("a1"))  # fmt: skip
    client = client_for("a1-head")
    with count_queries() as asked:
        first = client.get(school(world) + "?noun=register").content.decode()
    assert len(asked) <= 7
    assert "古いほうへ" in first
    following = first.split('href="?')[1].split('"')[0].replace("&amp;", "&")
    second = client.get(school(world) + "?" + following).content.decode()
    assert "新しいほうへ" in second


def test_export_is_formula_safe(client_for: Callable[..., Client], world: World, actor_for: Callable[..., Any]) -> None:
    actor = dataclasses.replace(actor_for("a1-head"), label="=cmd()")
    append(actor=actor, action="pupil:read", resource_type="Pupil", resource_id="x", municipality=world.municipality("A"),
           school=world.school("a1"))  # fmt: skip
    text = client_for("a1-head").get(school(world) + "export.csv").content.decode("utf-8-sig")
    assert "'=cmd()" in text


@pytest.mark.django_db
@pytest.mark.parametrize(
    "rules", [[], [""], ["NULL", "null"], ["a,b", "{c}", " d "], ['"', "\\", '\\"', "e\n"], ["髙𠮷"]]
)
def test_rules_are_kept_as_they_are(rules: list[str], actor_for: Callable[..., Any], world: World) -> None:
    append(actor=actor_for("a1-head"), action="pupil:read", resource_type="Pupil", resource_id="x",
           municipality=world.municipality("A"), rules=rules)  # fmt: skip
    assert Entry.objects.latest("id").rules == rules


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement", ["UPDATE audit_entry SET outcome = 'deny'", "DELETE FROM audit_entry", "TRUNCATE audit_entry"]
)
def test_the_application_cannot_change_or_remove_a_row(
    statement: str, actor_for: Callable[..., Any], world: World
) -> None:
    append(
        actor=actor_for("a1-head"),
        action="pupil:read",
        resource_type="Pupil",
        resource_id="x",
        municipality=world.municipality("A"),
    )
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_rows_of_another_municipality_are_behind_the_wall(actor_for: Callable[..., Any], world: World) -> None:
    append(
        actor=actor_for("a1-head"),
        action="pupil:read",
        resource_type="Pupil",
        resource_id="x",
        municipality=world.municipality("A"),
    )
    actor_for("b-board")
    assert not Entry.objects.filter(municipality_id=world.municipality("A")).exists()


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("6.1", True), ("６．１、9.1", True), ("6.2", False), ("99.9", False), ("<b>", True), ("", True)],
)
def test_rows_are_found_by_the_clause_they_rest_on(
    client_for: Callable[..., Client], world: World, typed: str, shown: bool
) -> None:
    """What is no number of a clause asks for nothing; a clause without rules has no rows."""
    client_for("a1-homeroom").get(reverse("people-pupil", kwargs={"pupil_id": world.pupil("hana")}))
    for page in (school(world), school(world) + "export.csv"):
        answer = client_for("a1-head").get(page, {"clause": typed}).content.decode("utf-8-sig")
        assert ("学籍　見た" in answer) == shown


def test_words() -> None:
    assert spoken("register:mark") == "出席簿　記録した"
    assert spoken("result:settle") == "テスト結果を確定する"  # a word of the room's own
    assert spoken("dragon:eat") == "dragon　eat"
    assert label("Incident") == "事故" and label("Dragon") == "記録"


def test_a_row_says_whom_it_is_about_to_who_may_see_them(world: World, client_for: Callable[..., Client]) -> None:
    a1 = world.school("a1")
    client_for("a1-homeroom").get(f"/pupils/{world.pupil('hana')}/")
    client_for("a1-homeroom").get(f"/classes/{world.klass('a1-1')}/register/")
    page = client_for("a1-head").get(f"/schools/{a1}/trail/").content.decode()
    assert "児童生徒　高橋 花" in page and "学級　" in page and "5年1組" in page
    assert str(world.klass("a1-1"))[:8] not in page and "SchoolClass" not in page
    exported = client_for("a1-head").get(f"/schools/{a1}/trail/export.csv").content.decode("utf-8-sig")
    assert "高橋 花" in exported and "SchoolClass" not in exported
    header, line = exported.splitlines()[0], next(row for row in exported.splitlines() if "高橋 花" in row)
    assert header.endswith('"端末","番号"') and "校務" in line.rsplit(",", 2)[1] and "校務" in page


def test_a_row_is_found_by_the_number_a_verification_names(
    world: World, client_for: Callable[..., Client], system_for: Callable[..., Any]
) -> None:
    head, trail = client_for("a1-head"), school(world)
    for child in ("hana", "yui"):
        client_for("a1-homeroom").get(f"/pupils/{world.pupil(child)}/")
    system_for("A")
    number, other = Entry.objects.filter(action="pupil:read").order_by("-id").values_list("id", flat=True)[:2]
    cell = '<td class="n" data-label="番号">{}</td>'
    page = head.get(trail).content.decode()
    assert cell.format(number) in page and cell.format(other) in page
    for text in (str(number), f" {number} "):
        page = head.get(trail, {"number": text}).content.decode()
        assert cell.format(number) in page and cell.format(other) not in page
    assert cell.format(other) in head.get(trail, {"number": "x" * 30}).content.decode()  # no number: nothing is sought
    assert head.get(trail, {"number": "9" * 40}).status_code == 200
    exported = head.get(f"{trail}export.csv", {"number": number}).content.decode("utf-8-sig").splitlines()
    assert len(exported) == 2 and exported[1].rsplit(",", 1)[1].strip('"') == str(number)
    assert (
        cell.format(number) not in client_for("a2-head").get(school(world, "a2"), {"number": number}).content.decode()
    )


def test_names_are_a_query_for_each_kind(
    world: World, client_for: Callable[..., Client], count_queries: Callable[..., Any]
) -> None:
    head, a1 = client_for("a1-head"), world.school("a1")
    for child in ("hana", "yui", "ren", "sora"):
        client_for("a1-homeroom").get(f"/pupils/{world.pupil(child)}/")
    client_for("a1-homeroom").get(f"/classes/{world.klass('a1-1')}/register/")
    head.get(f"/schools/{a1}/trail/")
    with count_queries() as asked:
        assert head.get(f"/schools/{a1}/trail/").status_code == 200
    assert len(asked) <= 9
