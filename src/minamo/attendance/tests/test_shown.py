"""何が見えるか: what boards, months and printed sheets say of kinds, times and days to come."""

import datetime as dt
import io
import re

import pypdfium2
import pytest

from minamo.attendance.actions.marks import RowChange, save_register
from minamo.attendance.api import morning_counts
from minamo.attendance.month_print import legend_of, month_pdf
from minamo.attendance.queries.month import month_of_class
from minamo.attendance.tests.test_entered import close
from minamo.attendance.tests.test_history import row_of, text_of
from minamo.attendance.tests.test_register import DAY, klass, tell, url
from minamo.people.api import class_card

pytestmark = pytest.mark.django_db
WEDNESDAY, FRIDAY, MONDAY = dt.date(2026, 11, 25), dt.date(2026, 11, 27), dt.date(2026, 11, 30)


def board_rows(client, world):
    page = client.get(f"/schools/{world.school('a1')}/board/").content.decode()
    return [text_of(row).split() for row in re.findall(r'<div class="board-row".*?</div>', page, re.S)]


# --- 職員室の画面 -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["a1-head", "a-board"])
def test_the_large_screen_tells_late_from_early_from_suspended(world, actor_for, client_for, who):
    head = actor_for("a1-head")
    tell(world, "hana", kind="late", reason="family", arrives_at=dt.time(10, 0))
    tell(world, "sora", kind="early", reason="hospital", leaves_at=dt.time(13, 30))
    tell(world, "ren", reason="infection")
    save_register(actor=head, school_class=klass(world, "a1-2"), day=DAY,
                  rows=[RowChange(world.pupil("yui"), code="LATE_EARLY")])  # fmt: skip
    rows = {row[1]: row[3:] for row in board_rows(client_for(who), world)}
    assert [rows[name][0] for name in ("高橋", "佐藤", "渡邉", "吉田")] == ["遅刻", "早退", "停止", "遅早"]
    heard = who == "a1-head"
    assert ("13:30早退" in rows["佐藤"], "10:00ごろ" in rows["高橋"], "通院" in rows["佐藤"]) == (heard,) * 3


def test_the_leaving_time_is_on_the_lists(world, actor_for):
    actor_for("a1-head")
    tell(world, "sora", kind="early", reason="other", leaves_at=dt.time(13, 30))
    (person,) = morning_counts(world.school("a1"), DAY, words=True).late
    assert (person.short, person.tone, person.detail) == ("早退", "warn", "13:30早退 6:42")


def test_a_disagreement_says_what_the_family_said(world, actor_for):
    teacher = actor_for("a1-homeroom")
    tell(world, "sora", kind="late")
    save_register(
        actor=teacher, school_class=klass(world), day=DAY, rows=[RowChange(world.pupil("sora"), code="PRESENT")]
    )
    (person,) = morning_counts(world.school("a1"), DAY, words=True).conflicts
    assert person.label == "出席" and person.detail.startswith("連絡は遅刻")


def test_telephone_numbers_can_be_called_from_the_list(world, actor_for, client_for):
    save_register(actor=actor_for("a1-homeroom"), school_class=klass(world), day=DAY,
                  rows=[RowChange(world.pupil("hana"), button="absent")])  # fmt: skip
    page = client_for("a1-clerk").get(f"/schools/{world.school('a1')}/morning/").content.decode()
    form = re.search(r'<fieldset class="field whom">.*?</fieldset>', page, re.S)[0]
    assert (
        re.search(r'<a class="num" href="tel:[\d-]+">[\d-]+</a>', form)
        and 'type="radio" name="to" value="母" checked' in form
    )


# --- 学級閉鎖 ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("told", [False, True], ids=["without a notice", "with a notice"])
def test_a_closure_to_come_is_shown_in_the_month_and_in_no_number(world, actor_for, client_for, told):
    head = actor_for("a1-head")
    for number in range(1, 25):
        day = dt.date(2026, 11, number)
        if day.weekday() < 5 and number not in {3, 23}:
            save_register(actor=head, school_class=klass(world), day=day, rest_present=True)
    if told:
        tell(world, "hana", begins=FRIDAY, ends=MONDAY)
    before = [row.summary for row in month_of_class(klass(world), 2026, 11, DAY).rows]
    close(world, head, DAY, MONDAY)
    month = month_of_class(klass(world), 2026, 11, DAY)
    assert {row.summary.excused for row in month.rows} == {1}, "today is closed; the days to come are not counted yet"
    assert [row.summary.school_days for row in month.rows] == [summary.school_days for summary in before]
    assert not month.over and all(
        row.cells[24:30] == ["coming-closed"] * 3 + ["off"] * 2 + ["coming-closed"] for row in month.rows
    )
    page = client_for("a1-head").get(f"/classes/{world.klass('a1-1')}/months/2026/11/").content.decode()
    assert page.count("学級閉鎖（これから）") == 4 * len(month.rows)


def test_a_closed_day_to_come_says_closed_and_not_to_come(world, actor_for, client_for):
    close(world, actor_for("a1-nurse"), WEDNESDAY, MONDAY)
    page = client_for("a1-homeroom").get(url(world, day=WEDNESDAY)).content.decode()
    assert "学級閉鎖・臨時休業の日なので" in page and "先の日の出欠は" not in page
    notes = re.search(r'<div class="stack-2 notes">(.*?)<div class="strip"', page, re.S)
    assert notes and len(re.findall(r'class="alert(?![^>]*hidden)', notes[1])) == 1


def test_a_closure_of_another_grade_is_not_on_the_register(world, actor_for, client_for):
    close(world, actor_for("a1-head"), DAY, DAY, scope="grade", grade="P1")
    assert "学年の臨時休業" not in client_for("a1-homeroom").get(url(world)).content.decode()
    combined = client_for("a1-head").get(url(world, "a1-combined")).content.decode()
    assert "学年の臨時休業" in combined and "臨時休業" in row_of(combined, world.pupil("mei"))


# --- 印刷 --------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("size", [30, 33, 40])
def test_the_printed_sheet_is_used(world, actor_for, size):
    actor_for("a1-head")
    month = month_of_class(klass(world), 2026, 11, DAY)
    month.rows = (month.rows * size)[:size]
    page = pypdfium2.PdfDocument(io.BytesIO(month_pdf(month, class_card(world.klass("a1-1"), DAY), "中央小")))[0]
    text = page.get_textpage()
    found = text.search("在籍していない日").get_next()
    assert found and text.get_charbox(found[0])[1] < 0.2 * page.get_size()[1]
    assert "出席しなければ\r\nならない日数" in text.get_text_range()


def test_the_legend_says_each_sign_once(world, actor_for):
    actor_for("a1-head")
    legend = legend_of(month_of_class(klass(world), 2026, 11, DAY))
    assert [line for line in legend if line.startswith("停 ")] == [
        "停 出席停止（感染症）・出席停止（性行不良）・非常変災など校長が認めた日"
    ]
