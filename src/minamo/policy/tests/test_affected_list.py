"""影響を受けた人の一覧: the count names its children to whom may see them, on a page and in files, and the trail knows it."""

import datetime as dt
import io
import json

import openpyxl
import pytest
import time_machine
from django.db import connection

from minamo.access.api import set_scope
from minamo.kernel.wareki import format_ja
from minamo.people.models import Pupil
from minamo.policy.actions import incidents as verbs
from minamo.policy.models import IncidentEntry
from minamo.policy.queries.affected import affected_by
from tests.fixtures.world import uid

pytestmark = pytest.mark.django_db


@pytest.fixture
def count(client_for, actor_for, town, world):
    """Somebody used the account of 原澤 美咲: 花 was opened, her class shown. The entry of the count and the way to its list."""
    incident = verbs.report(actor=actor_for("a1-head"), town=town, kind="intrusion", school=world.school("a1"))
    thief = client_for("a1-homeroom")
    assert thief.get(f"/pupils/{world.pupil('hana')}/").status_code == 200
    assert thief.get(f"/classes/{world.klass('a1-1')}/").status_code == 200
    now = clock()
    with time_machine.travel(now):
        head = actor_for("a1-head")
    entry = verbs.count_affected(
        actor=head,
        incident=incident,
        account=world.account("a1-homeroom"),
        since=now - dt.timedelta(hours=1),
        until=now,
    )
    return entry, f"/incidents/{incident.pk}/affected/{entry.pk}/"


def clock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def last_row(action):
    """The newest row of the trail with this action: (type, detail)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT resource_type, detail FROM audit_entry WHERE action = %s ORDER BY id DESC", [action])
        kind, detail = cursor.fetchone()
    return kind, json.loads(detail) if isinstance(detail, str) else detail


def test_the_incident_leads_to_the_names(client_for, count):
    entry, page = count
    head = client_for("a1-head")
    assert f'href="{page}"' in head.get(f"/incidents/{entry.incident_id}/").content.decode()
    answer = head.get(page)
    text = answer.content.decode()
    assert "高橋 花" in text and "佐藤 空" in text and "渡邉 蓮" in text and "吉田 結衣" not in text
    assert text.count("一人ずつ開いた</span>") == 1 and text.count("表示された可能性</span>") == 2
    assert f'href="/pupils/{uid("pupil", "hana")}/"' in text and "保護者と連絡先" in text
    assert "no-store" in answer.headers["Cache-Control"]
    assert last_row("incident:affected")[0] == "Incident"


def test_the_list_is_searched_and_taken_out_as_it_is_filtered(client_for, count):
    _, page = count
    head = client_for("a1-head")
    text = head.get(page, {"q": "さとう"}).content.decode()
    assert "佐藤 空" in text and "高橋 花" not in text
    book = openpyxl.load_workbook(io.BytesIO(head.get(f"{page}list.xlsx").content)).active
    rows = [[cell.value for cell in row] for row in book.iter_rows()]
    assert rows[0][:2] == ["氏名", "ふりがな"] and [(row[0], row[5]) for row in rows[1:]] == [
        ("高橋 花", "一人ずつ開いた"), ("佐藤 空", "表示された可能性"), ("渡邉 蓮", "表示された可能性"),
    ]  # fmt: skip
    assert last_row("incident:affected")[1]["kind"] == "xlsx" and last_row("incident:affected")[1]["count"] == 3
    csv = head.get(f"{page}list.csv", {"opened": "1"}).content.decode("utf-8-sig")
    assert "高橋 花" in csv and "佐藤 空" not in csv
    assert last_row("incident:affected")[1]["count"] == 1


def test_who_may_not_manage_sees_no_names(client_for, count):
    entry, page = count
    for who in ("a1-teacher", "a1-homeroom", "a2-head", "b-board"):
        for way in (page, f"{page}list.xlsx", f"{page}list.csv"):
            assert client_for(who).get(way).status_code in (403, 404), (who, way)
    other = page.replace(str(entry.pk), str(uid("incident", "none")))
    assert client_for("a1-head").get(other).status_code == 404


def test_who_is_beyond_reach_is_counted_and_not_named(client_for, count, world):
    """空 has gone to the other school of the town, 蓮 is in no register any more."""
    entry, page = count
    set_scope(municipalities=[world.municipality("A")], side="school")
    Pupil.objects.filter(pk=world.pupil("sora")).update(school=world.school("a2"), homeroom=None)
    listed = [key for key in entry.detail["listed"] if key != str(world.pupil("ren"))] + [str(uid("pupil", "nobody"))]
    lost = IncidentEntry.objects.create(
        municipality_id=entry.municipality_id, incident_id=entry.incident_id, kind="affected", at=entry.at,
        actor_label=entry.actor_label, detail=entry.detail | {"listed": listed},
    )  # fmt: skip
    page = page.replace(str(entry.pk), str(lost.pk))
    head = client_for("a1-head").get(page).content.decode()
    assert (
        "佐藤 空" not in head and "ほかに 1人は、ここでは名前を出せません" in head and "教育委員会が見られます" in head
    )
    assert "ほかに 1人は、この自治体の名簿にいません" in head
    assert "名前を出せない人が2人" in client_for("a1-head").get(f"{page}list.csv").content.decode("utf-8-sig")
    board = client_for("a-board").get(page).content.decode()
    assert "佐藤 空" in board and "ここでは名前を出せません" not in board


def test_a_count_of_an_older_version_is_made_again_from_the_trail(client_for, count, world):
    entry, page = count
    set_scope(municipalities=[world.municipality("A")], side="school")
    detail = {name: value for name, value in entry.detail.items() if name != "listed"} | {"possible": 7}
    old = IncidentEntry.objects.create(
        municipality_id=entry.municipality_id, incident_id=entry.incident_id, kind="affected", at=entry.at,
        actor_label=entry.actor_label, detail=detail,
    )  # fmt: skip
    text = client_for("a1-head").get(page.replace(str(entry.pk), str(old.pk))).content.decode()
    assert "佐藤 空" in text and "数えたときは 7人、いまの記録では 3人です" in text
    assert "数えたときは" not in client_for("a1-head").get(page).content.decode()


def test_whoever_is_named_by_a_list_is_counted_when_its_reader_is_asked_about(client_for, count, world):
    entry, page = count
    since = clock()
    assert client_for("a1-vice").get(page).status_code == 200
    set_scope(municipalities=[world.municipality("A")], side="school")
    found = affected_by(entry.incident, world.account("a1-vice"), since - dt.timedelta(seconds=1), clock())
    assert found.possible == {world.pupil(name) for name in ("hana", "sora", "ren")}
    assert not found.uncounted


def test_a_child_that_has_left_shows_until_when(client_for, count, world):
    set_scope(municipalities=[world.municipality("A")], side="school")
    Pupil.objects.filter(pk=world.pupil("sora")).update(left_on=dt.date(2026, 11, 20))
    text = client_for("a1-head").get(count[1]).content.decode()
    assert "佐藤 空" in text and f"{format_ja(dt.date(2026, 11, 20))}まで" in text


def test_whose_pages_were_opened_stands_before_who_was_met_in_a_list(client_for, count, world):
    """空, the second of the class, was opened; 花, the first, only stood in the list."""
    entry, page = count
    detail = entry.detail | {"opened": [str(world.pupil("sora"))]}
    detail["listed"] = [str(world.pupil(name)) for name in ("hana", "ren")]
    set_scope(municipalities=[world.municipality("A")], side="school")
    turned = IncidentEntry.objects.create(
        municipality_id=entry.municipality_id, incident_id=entry.incident_id, kind="affected", at=entry.at,
        actor_label=entry.actor_label, detail=detail,
    )  # fmt: skip
    page, head = page.replace(str(entry.pk), str(turned.pk)), client_for("a1-head")
    text = head.get(page).content.decode()
    assert text.index("佐藤 空") < text.index("高橋 花") < text.index("渡邉 蓮")
    rows = head.get(f"{page}list.csv").content.decode("utf-8-sig").splitlines()
    assert [row.split(",")[0].strip('"') for row in rows[1:]] == ["佐藤 空", "高橋 花", "渡邉 蓮"]


def test_a_list_of_nobody_has_nothing_to_search_or_take_out(client_for, count, world):
    entry, page = count
    set_scope(municipalities=[world.municipality("A")], side="school")
    empty = IncidentEntry.objects.create(
        municipality_id=entry.municipality_id, incident_id=entry.incident_id, kind="affected", at=entry.at,
        actor_label=entry.actor_label, detail=entry.detail | {"opened": [], "listed": [], "possible": 0},
    )  # fmt: skip
    head = client_for("a1-head")
    text = head.get(page.replace(str(entry.pk), str(empty.pk))).content.decode()
    assert "記録に児童生徒がいません" in text and 'name="opened"' not in text and "list.xlsx" not in text
    found_nobody = head.get(page, {"q": "だれでもない"}).content.decode()
    assert "当てはまる人はいません" in found_nobody and 'name="opened"' in found_nobody and "list.xlsx" in found_nobody
