"""待っていること on the start pages: everybody's clauses, the board's services and requests, heads' assets; nobody else's."""

import dataclasses
import datetime as dt
import re
import uuid

import pytest

from minamo.access.api import set_scope
from minamo.policy.actions import assets, exceptions, revisions, services
from minamo.policy.models import Asset
from minamo.policy.queries import waiting
from minamo.policy.queries.acknowledged import register
from minamo.policy.queries.own_data import own_data
from minamo.policy.queries.texts import issue_in_force
from minamo.policy.queries.waiting import waiting_for
from minamo.policy.tests.test_assets import OWN, TYPED
from minamo.policy.tests.test_exceptions import typed
from minamo.policy.tests.test_outside import TYPED as SITE
from minamo.tenancy.models import Membership, School

pytestmark = pytest.mark.django_db


def titles(actor):
    return [line.title for line in waiting_for(actor)]


def test_clauses_to_read_with_their_day(issued, actor_for, client_for):
    def change(row):
        revisions.set_limit(actor=actor_for("a-board"), revision=row, name="reauth_minutes", value=10)

    issued(change)
    actor = actor_for("a1-teacher")
    (line,) = waiting_for(actor)
    assert (
        line.title.startswith("規程：読んで確認する条文が") and "期限は12月8日（火）です" in line.text and not line.late
    )
    assert "reading/" in line.url
    late = actor_for("a1-teacher", today=dt.date(2026, 12, 9))
    assert waiting_for(late)[0].late and "でした" in waiting_for(late)[0].text
    assert "読んで確認する条文" in client_for("a1-teacher").get("/policy-waiting/").content.decode()
    for who in ("takahashi-mother", "pupil-hana", "b1-head"):
        assert client_for(who).get("/policy-waiting/").content.decode().strip() == ""


def test_the_board_hears_of_services_requests_and_its_own_data(board, town, world, actor_for):
    services.add(actor=board, town=town, sent=SITE)
    exceptions.request(actor=actor_for("a1-head"), town=town.pk, school=world.school("a1"), sent=typed(template="roll", person=world.account("a2-homeroom")))  # fmt: skip
    found = titles(actor_for("a-board"))
    assert any("認めを待っています" in title for title in found)
    assert any("外部サービス" in title for title in found)
    assert f"情報資産：見直すものが{len(own_data())}件あります" in found
    assets.complete_own(actor=actor_for("a-board"), town=town, kind="Mark", sent=OWN)
    assert f"情報資産：見直すものが{len(own_data()) - 1}件あります" in titles(actor_for("a-board"))


def test_a_head_hears_of_the_own_schools_assets_after_a_year(world, actor_for, town):
    row = assets.add(actor=actor_for("a1-head"), town=town.pk, school=world.school("a1"), sent=TYPED)
    assert titles(actor_for("a1-head")) == []
    later = row.confirmed_on + dt.timedelta(days=370)
    assert titles(actor_for("a1-head", today=later))[0] == "情報資産：見直すものが1件あります"
    assert "情報資産：見直すものが1件あります" not in titles(actor_for("a2-head", today=later))
    assert not [title for title in titles(actor_for("a1-teacher", today=later)) if "情報資産" in title]


def test_an_exception_that_ends_soon(world, actor_for, town):
    head, teacher = actor_for("a1-head"), world.account("a2-homeroom")
    sent = typed(template="roll", person=teacher, ends=(head.today + dt.timedelta(days=9)).isoformat())
    row = exceptions.request(actor=head, town=town.pk, school=world.school("a1"), sent=sent)
    assert titles(actor_for("a2-homeroom")) == []
    exceptions.grant(actor=actor_for("a-board"), row=row)
    assert "あと10日で終わります" in titles(actor_for("a2-homeroom"))[0]


def test_the_start_pages_ask_for_it_and_it_is_few_statements(client_for, issued, count_queries):
    issued()
    for who in ("a1-teacher", "a1-head", "a-board", "a12-nurse"):
        client = client_for(who)
        assert 'hx-get="/policy-waiting/"' in client.get("/").content.decode()
        with count_queries() as asked:
            assert client.get("/policy-waiting/").status_code == 200
        assert len(asked) <= 12, (who, asked.statements)


def test_a_head_hears_who_at_the_school_has_not_read(issued, read, actor_for, client_for, world):
    """Among the tasks, with the way to the list; nobody else hears it."""
    issue = issued()
    head = actor_for("a1-head")
    read(head, issue)
    read(actor_for("a1-teacher"), issue)
    (line,) = [w for w in waiting_for(actor_for("a1-head")) if w.title.startswith("確認：")]
    people = [r for r in register(issue, head.today, school=world.school("a1")) if not r.standing.done]
    assert (
        line.title == f"確認：自校で、まだの人が{len(people)}人います"
        and "期限は12月8日（火）です" in line.text
        and not line.late
    )
    assert line.url == f"/schools/{world.school('a1')}/policy/acknowledged/"
    (late,) = [w for w in waiting_for(actor_for("a1-head", today=dt.date(2026, 12, 9))) if w.title.startswith("確認：")]
    assert late.late and "期限を過ぎた人がいます" in late.text
    for who in ("a1-teacher", "a-board", "a1-nurse"):
        assert not [w for w in waiting_for(actor_for(who)) if w.title.startswith("確認：")], who
    page = client_for("a1-head").get("/").content.decode()
    assert page.index('hx-get="/policy-waiting/"') < page.index("学校のけさ")  # where the tasks are
    page = client_for("a1-teacher").get("/").content.decode()
    assert page.rindex('hx-get="/policy-waiting/"') > page.rindex("data-live")


def test_the_link_to_what_is_due_shows_as_many_as_it_says(client_for, actor_for, world, town):
    school_line = {"name": "家庭訪問の地図", "grade": "II"}
    Asset.objects.create(municipality=town, school_id=world.school("a1"), **school_line)
    Asset.objects.create(municipality=town, name="事故報告のつづり", grade="II")
    for who in ("a-board", "a1-head"):
        line = next(w for w in waiting_for(actor_for(who)) if w.title.startswith("情報資産"))
        count = int(re.search(r"(\d+)件", line.title)[1])
        rows = client_for(who).get(line.url).content.decode().partition("<tbody>")[2].partition("</tbody>")[0]
        assert rows.count("<tr") == count, who
        set_scope(municipalities=[town.pk], side="school")


def test_a_head_of_two_schools_has_a_line_for_each(issued, actor_for, client_for, world, town):
    """Each with its own number and its own way; whoever leads one school goes on reading 「自校」."""
    issued()
    set_scope(municipalities=[town.pk], side="school")
    Membership.objects.create(municipality=town, school_id=world.school("a2"), account_id=world.account("a1-head"),
                              post="head", begins=dt.date(2026, 4, 1))  # fmt: skip
    for name, count in (("a1", 1), ("a2", 2)):
        for number in range(count):
            Asset.objects.create(municipality=town, school_id=world.school(name), name=f"地図{number}", grade="II")
    head = actor_for("a1-head")
    names = {name: School.objects.get(pk=world.school(name)).short_name for name in ("a1", "a2")}
    found = {line.title: line.url for line in waiting_for(head)}
    for name, count in (("a1", 1), ("a2", 2)):
        school = world.school(name)
        people = [r for r in register(issue_in_force(town.pk), head.today, school=school) if not r.standing.done]
        way = f"/schools/{school}/policy/acknowledged/"
        assert found[f"確認：{names[name]}で、まだの人が{len(people)}人います"] == way
        assert f"whose={school}" in found[f"情報資産：{names[name]}で、見直すものが{count}件あります"]
    assert "確認：自校で" in "".join(titles(actor_for("a2-head")))


def test_clauses_of_every_town_one_serves_are_said(issued, actor_for, monkeypatch, world):
    asked = []
    monkeypatch.setattr(waiting, "_unread", lambda actor, town: asked.append(town) or [])
    three = [uuid.uuid4() for _ in range(3)]
    actor = dataclasses.replace(actor_for("a1-teacher"), posts=[{"municipality": str(town)} for town in three])
    waiting_for(actor)
    assert asked == three
