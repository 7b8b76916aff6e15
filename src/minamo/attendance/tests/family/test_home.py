"""ホームと用紙: what a family can do next, what a closure does to a notice, when the deadline is said."""

import datetime as dt
import re

import pytest
import time_machine
from django.test import Client

from minamo.attendance.tests.family.test_endpoints import a_notice, body
from minamo.attendance.tests.test_entered import close
from minamo.attendance.tests.test_register import DAY
from minamo.home.tests.test_furigana_pages import bare
from tests.fixtures.world import TODAY

pytestmark = pytest.mark.django_db
JST = dt.timezone(dt.timedelta(hours=9))


def card(world, client: Client, child: str = "hana") -> str:
    page = client.get("/").content.decode()
    found = re.search(rf'<section class="card kid" data-child="{world.pupil(child)}".*?</section>', page, re.S)
    assert found
    return found[0]


def test_a_day_told_of_offers_its_correction(world, client_for):
    notice = a_notice(world, client_for)
    shown = card(world, client_for("takahashi-mother"))
    assert f'<a class="btn" href="/notices/{notice.pk}/">きょうの連絡をなおす</a>' in shown
    assert "遅刻・早退</a>" not in shown and "kind=early" not in shown and "あした以降" in shown


def test_a_day_without_lessons_offers_the_days_to_come(world, actor_for, client_for):
    close(world, actor_for("a1-nurse"), DAY, DAY)
    shown = card(world, client_for("takahashi-mother"))
    assert "きょうは学級閉鎖です" in shown and "kind=early" not in shown and "あした以降の欠席・遅刻を連絡" in shown


@pytest.mark.parametrize(
    ("begins", "words"),
    [
        (25, "学級閉鎖のため、この連絡は要らなくなりました。"),
        (30, "11月30日（月）は学級閉鎖です。ほかの日の連絡は、届いています。"),
    ],
)
def test_a_closure_stands_on_the_card_and_beside_the_notice(world, actor_for, client_for, begins, words):
    a_notice(world, client_for, when="period", begins="2026-11-27", ends="2026-11-30")
    close(world, actor_for("a1-nurse"), dt.date(2026, 11, begins), dt.date(2026, 11, 30))
    shown = card(world, client_for("takahashi-mother"))
    first = dt.date(2026, 11, begins)
    assert re.search(rf'<span class="tag stop">11月{first.day}日（.）(〜11月30日（月）)?</span> 学級閉鎖', shown)
    assert words in shown
    assert "学級閉鎖" not in card(world, client_for("takahashi-mother"), "taku")


def test_the_deadline_is_said_once_and_at_the_day(world, client_for):
    with time_machine.travel(dt.datetime(2026, 11, 24, 8, 32, tzinfo=JST), tick=False):
        page = client_for("takahashi-mother").get("/notices/new/?when=later").content.decode()
    assert page.count("を過ぎています") == 1 and page.count('class="alert warn late"') == 1
    day, place = page.index(">いつのことですか<"), page.index("を過ぎています")
    assert day < place < page.index(">理由<")
    assert page.count("data-today") == 1 and re.search(rf'value="{TODAY.isoformat()}" data-today', page)


def test_the_only_child_ticked_stays_ticked(world, client_for):
    a_notice(world, client_for)
    mother = client_for("takahashi-mother")
    answer = mother.post("/notices/", body(world, "hana", kind="late"))
    assert answer.status_code == 422 and "すでに届いています" in answer.content.decode()
    box = re.search(
        rf'<input type="checkbox" name="pupil" value="{world.pupil("hana")}"[^>]*>', answer.content.decode()
    )
    assert box and "checked" in box[0]


def test_the_history_speaks_of_days_as_people_do(world, client_for):
    notice = a_notice(world, client_for, when="period", begins="2026-11-24", ends="2026-11-26")
    mother = client_for("takahashi-mother")
    mother.post(f"/notices/{notice.pk}/corrections/", body(world, "hana", kind="late", arrives_at="9:30"))
    mother.post(f"/notices/{notice.pk}/corrections/", body(world, "hana"))
    page = mother.get(f"/notices/{notice.pk}/").content.decode()
    assert "前は「欠席 体調不良 11月24日（火）〜11月26日（木）」" in page
    assert "前は「遅刻 体調不良 11月24日（火） 9:30ごろ登校」" in page
    assert not re.search(r"前は「[^」]*2026-", page)


def test_what_is_new_on_the_pages_has_its_reading(world, actor_for, client_for):
    a_notice(world, client_for)
    a_notice(world, client_for, when="period", begins="2026-11-26", ends="2026-11-27")
    a_notice(world, client_for, when="period", begins="2026-11-30", ends="2026-12-02")
    nurse = actor_for("a1-nurse")
    close(world, nurse, dt.date(2026, 11, 26), dt.date(2026, 11, 30))
    close(world, nurse, DAY, DAY, name="a1-2")
    with time_machine.travel(dt.datetime(2026, 11, 24, 8, 32, tzinfo=JST), tick=False):
        mother = client_for("takahashi-mother")
        mother.cookies["minamo_furigana"] = "on"
        home, form = (mother.get(path).content.decode() for path in ("/", "/notices/new/"))
    assert "<ruby>" in home and not bare(home) and not bare(form)
