"""あったことが残る: settled disagreements, corrections and withdrawals stay to be seen, each as it was when it happened."""

import datetime as dt
import re

import pytest
import time_machine

from minamo.attendance.actions.marks import MonthClosed, RowChange, save_register
from minamo.attendance.actions.notice_changes import correct_notice, withdraw_notice
from minamo.attendance.actions.resolutions import ResolutionError, resolve
from minamo.attendance.models import Mark, MarkChange, MonthClosing, Resolution
from minamo.attendance.tests.test_entered import close
from minamo.attendance.tests.test_register import DAY, klass, tell, url
from minamo.audit.models import Entry

pytestmark = pytest.mark.django_db
FETCH = {"X-Requested-With": "fetch"}
JST = dt.timezone(dt.timedelta(hours=9))
MONTH = "months/2026/11/"


def at(hour, minute, day=24):
    return time_machine.travel(dt.datetime(2026, 11, day, hour, minute, tzinfo=JST), tick=False)


def text_of(page):
    """What stands on a page, without markup."""
    body = re.sub(r"<(script|style|template)\b.*?</\1>", " ", page, flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def lines(page):
    """けさの動き as (time, sentence)."""
    return re.findall(r'<li><time class="num">([^<]*)</time><span>([^<]*)</span>', page)


def row_of(page, pupil):
    return text_of(re.search(rf'<tr id="p-{pupil}".*?</tr>', page, re.S)[0])


def disagreed(world, actor_for, hour=8, minute=5):
    """空: the family says 欠席 at 7:12, the teacher records 出席."""
    actor_for("a1-homeroom")
    told = tell(world, "sora", hours=-0.5)
    with at(hour, minute):
        save_register(actor=actor_for("a1-homeroom"), school_class=klass(world), day=DAY,
                      rows=[RowChange(world.pupil("sora"), code="PRESENT")])  # fmt: skip
    return told


# --- 食い違いの決着 ----------------------------------------------------------------------------------------------------
def test_settling_for_the_notice_is_a_correction_and_keeps_both(world, actor_for, client_for):
    with at(8, 10):
        told, client = disagreed(world, actor_for), client_for("a1-homeroom")
        answer = client.post(url(world), {"holds": "notice", "notice": str(told.pk)}, headers=FETCH)
    assert answer.status_code == 200
    page = seen(world, client_for)
    row = row_of(page, world.pupil("sora"))
    assert "保護者 欠席 7:40／先生 出席 8:05" in row and "連絡を採りました 8:10" in row
    assert lines(page)[:2] == [
        ("8:10", "佐藤 空さんの連絡を採りました：「出席」→「欠席」（あなた）"),
        ("8:05", "佐藤 空さんを「出席」に（あなた）"),
    ]
    month = text_of(client_for("a1-head").get(f"/classes/{world.klass('a1-1')}/{MONTH}").content.decode())
    assert "佐藤 空 出席 病気による欠席 保護者の連絡を採った" in month and "11月24日（火） 8:10" in month
    actor_for("a1-head")
    assert Mark.objects.get(pupil_id=world.pupil("sora")).code == "PRESENT", "the teacher's mark stays"
    change = MarkChange.objects.get()
    assert (change.before, change.after, change.before_by_label) == ("PRESENT", "ABS_SICK", "原澤 美咲")
    entry = Entry.objects.filter(action="register:mark").order_by("id").last()
    assert (entry.detail["holds"], entry.detail["notice"]) == ("notice", str(told.pk))


def test_the_family_reads_what_was_settled(world, actor_for, client_for):
    with at(8, 10):
        told, mother = disagreed(world, actor_for), client_for("sato-mother")
        path = f"/children/{world.pupil('sora')}/"
        assert re.search(r'class="good today"><b class="num">24</b><span>出席', mother.get(path).content.decode())
        resolve(actor=actor_for("a1-homeroom"), school_class=klass(world), day=DAY, notice_id=told.pk, holds="notice")
        assert re.search(r'class="bad today"><b class="num">24</b><span>欠席', mother.get(path).content.decode())
        home = mother.get("/").content.decode()
    assert "学校が確かめています" not in home and "欠席の連絡が学校に届いています" in home and "原澤" not in home


def test_settling_for_the_mark_changes_nothing_but_is_seen(world, actor_for, client_for):
    with at(8, 10):
        told = disagreed(world, actor_for)
        resolve(actor=actor_for("a1-homeroom"), school_class=klass(world), day=DAY, notice_id=told.pk, holds="mark")
        page = client_for("a1-homeroom").get(url(world)).content.decode()
    assert "先生の記録を採りました 8:10" in row_of(page, world.pupil("sora"))
    assert ("8:10", "佐藤 空さんの先生の記録を採りました（あなた）") in lines(page)
    actor_for("a1-head")
    assert not MarkChange.objects.exists()


def test_a_mark_after_the_decision_is_measured_against_it(world, actor_for):
    with at(8, 10):
        told, teacher = disagreed(world, actor_for), actor_for("a1-homeroom")
        resolve(actor=teacher, school_class=klass(world), day=DAY, notice_id=told.pk, holds="notice")
    with at(8, 12):
        save_register(actor=actor_for("a1-homeroom"), school_class=klass(world), day=DAY,
                      rows=[RowChange(world.pupil("sora"), code="PRESENT")])  # fmt: skip
    changes = MarkChange.objects.order_by("changed_at").values_list("before", "after")
    assert list(changes) == [("PRESENT", "ABS_SICK"), ("ABS_SICK", "PRESENT")]


def test_what_does_not_disagree_is_not_settled(world, actor_for):
    teacher, told = actor_for("a1-homeroom"), tell(world, "hana")
    with pytest.raises(ResolutionError, match="もうありません"):
        resolve(actor=teacher, school_class=klass(world), day=DAY, notice_id=told.pk, holds="notice")
    assert not Resolution.objects.exists()


def test_after_the_closing_a_decision_needs_a_reason(world, actor_for):
    told, head = disagreed(world, actor_for), actor_for("a1-head")
    MonthClosing.objects.create(
        municipality_id=world.municipality("A"), school_id=world.school("a1"), school_class_id=world.klass("a1-1"),
        month=DAY.replace(day=1), closed_by_id=head.account_id, closed_by_label="校長", closed_at=head.now, digest="x")  # fmt: skip
    case = {"actor": head, "school_class": klass(world), "day": DAY, "notice_id": told.pk, "holds": "notice"}
    with pytest.raises(MonthClosed):
        resolve(**case)
    resolve(**case, reason="家庭に確かめた")
    change = MarkChange.objects.get()
    assert (change.after_closing, change.reason) == (True, "家庭に確かめた")


def test_settling_within_the_budget_of_a_save(world, actor_for, client_for, count_queries):
    told, client = disagreed(world, actor_for), client_for("a1-homeroom")
    client.get(url(world))
    with count_queries() as asked:
        assert client.post(url(world), {"holds": "notice", "notice": str(told.pk)}, headers=FETCH).status_code == 200
    assert len(asked) <= 10, asked.statements


# --- 訂正と取り消し -----------------------------------------------------------------------------------------------------
def correct(world, actor_for, told, hour, minute, who="takahashi-mother", **changes):
    with at(hour, minute):
        content = {"kind": told.kind, "reason": told.reason, "begins": told.begins, "ends": told.ends} | changes
        correct_notice(actor=actor_for(who), notice=told, **content)


def seen(world, client_for, who="a1-homeroom", hour=8, minute=40):
    with at(hour, minute):
        return client_for(who).get(url(world)).content.decode()


def test_a_correction_does_not_rewrite_what_came_before(world, actor_for, client_for):
    actor_for("a1-homeroom")
    told = tell(world, "hana", sender="父")
    correct(world, actor_for, told, 8, 5, kind="late", arrives_at=dt.time(10, 0))
    page = seen(world, client_for)
    assert lines(page)[-1] == ("6:42", "高橋 花さんの父から欠席の連絡")
    sentence = lines(page)[0]
    assert sentence[0] == "8:05" and "訂正：欠席 → 遅刻・10:00ごろ登校（" in sentence[1] and "締切後" not in sentence[1]
    row = row_of(page, world.pupil("hana"))
    assert "訂正 8:05" in row and "締切後" not in row


def test_a_correction_after_the_deadline_is_marked_with_what_it_was(world, actor_for, client_for):
    actor_for("a1-homeroom")
    told = tell(world, "hana")
    correct(world, actor_for, told, 8, 33, kind="late")
    page = seen(world, client_for)
    row = row_of(page, world.pupil("hana"))
    assert "締切後の訂正 8:33" in row and "前は 欠席 体調不良" in row
    assert re.search(r'<span class="tag warn">締切後の訂正 8:33</span>', page)
    assert "欠席 → 遅刻（" in lines(page)[0][1] and "・締切後）" in lines(page)[0][1]


def test_a_withdrawal_after_the_deadline_is_marked_with_what_it_was(world, actor_for, client_for):
    actor_for("a1-homeroom")
    told = tell(world, "hana")
    with at(8, 33):
        withdraw_notice(actor=actor_for("takahashi-mother"), notice=told)
    page = seen(world, client_for)
    row = row_of(page, world.pupil("hana"))
    assert "締切後に取り消し 8:33" in row and "前は 欠席 体調不良" in row
    assert "高橋 花さんの欠席の連絡を取り消し（" in lines(page)[0][1] and "締切後）" in lines(page)[0][1]
    assert lines(page)[1][1] == "高橋 花さんの母から欠席の連絡"


def test_a_notice_moved_away_from_today_after_the_deadline_is_still_seen_today(world, actor_for, client_for):
    actor_for("a1-homeroom")
    told = tell(world, "hana")
    later = dt.date(2026, 11, 26)
    correct(world, actor_for, told, 8, 33, begins=later, ends=later)
    page = seen(world, client_for)
    row = row_of(page, world.pupil("hana"))
    assert "締切後の訂正 8:33" in row and "前は 欠席 体調不良" in row and "いまは 11/26 欠席 体調不良" in row
    assert 'data-code=""' in page and "訂正：11/24 → 11/26（" in lines(page)[0][1]


def test_before_the_deadline_a_withdrawal_leaves_the_row(world, actor_for, client_for):
    actor_for("a1-homeroom")
    told = tell(world, "hana")
    with at(8, 5):
        withdraw_notice(actor=actor_for("takahashi-mother"), notice=told)
    page = seen(world, client_for)
    assert "取り消し" not in row_of(page, world.pupil("hana")) and "取り消し" in lines(page)[0][1]


def test_the_board_reads_neither_reason_nor_who(world, actor_for, client_for):
    actor_for("a1-homeroom")
    told = tell(world, "hana", sender="父")
    correct(world, actor_for, told, 8, 33, kind="late", reason="hospital", arrives_at=dt.time(10, 0))
    page = seen(world, client_for, who="a-board")
    assert "欠席 → 遅刻（締切後）" in page and "締切後の訂正 8:33" in page
    assert not [word for word in ("体調不良", "通院", "10:00", "父", "高橋 由美") if word in text_of(page)]


def test_a_mark_corrected_keeps_its_line(world, actor_for, client_for):
    with at(8, 5):
        save_register(actor=actor_for("a1-homeroom"), school_class=klass(world), day=DAY, rest_present=True)
    with at(8, 20):
        save_register(actor=actor_for("a1-head"), school_class=klass(world), day=DAY,
                      rows=[RowChange(world.pupil("ren"), code="LATE")])  # fmt: skip
    found = lines(seen(world, client_for))
    assert found[0][1].startswith("渡邉 蓮さんを「出席」から「遅刻」に（") and found[1] == (
        "8:05",
        "3人を「出席」に（あなた）",
    )


# --- 休業の日 ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("day", [28, 27], ids=["Saturday", "closed class"])
def test_a_period_says_nothing_on_a_day_without_lessons(world, actor_for, client_for, day):
    nurse = actor_for("a1-nurse")
    told = tell(world, "hana", reason="family", begins=dt.date(2026, 11, 27), ends=dt.date(2026, 11, 30), text="旅行")
    if day == 27:
        close(world, nurse, dt.date(2026, 11, 27), dt.date(2026, 11, 27))
    with at(7, 43):
        row = row_of(client_for("a1-homeroom").get(url(world, day=f"2026-11-{day}")).content.decode(), told.pupil_id)
    assert not [word for word in ("いま届きました", "母", "まで", "家庭", "旅行", "11/27") if word in row], row


def test_the_tag_of_a_period_is_the_notices_own(world, actor_for, client_for):
    actor_for("a1-homeroom")
    tell(world, "hana", reason="infection", begins=dt.date(2026, 11, 21), ends=dt.date(2026, 12, 2), hours=-70)
    page = client_for("a1-homeroom").get(url(world)).content.decode()
    assert "11/21–12/2 停止" in row_of(page, world.pupil("hana"))


# --- 訂正の一覧 ---------------------------------------------------------------------------------------------------------
def test_a_tap_undone_is_no_correction_and_its_successor_is_one(world, actor_for, client_for):
    with at(8, 5):
        teacher = actor_for("a1-homeroom")
        saved = save_register(actor=teacher, school_class=klass(world), day=DAY, rest_present=True)
    with at(8, 6):
        rows = [RowChange(pupil, code="") for pupil in saved.changed]
        save_register(actor=actor_for("a1-homeroom"), school_class=klass(world), day=DAY, rows=rows)
    page = seen(world, client_for, hour=8, minute=7)
    assert lines(page) == [("8:06", "3人の「出席」を取り消し（あなた）"), ("8:05", "3人を「出席」に（あなた）")]
    path = f"/classes/{world.klass('a1-1')}/{MONTH}"
    assert "訂正" not in text_of(client_for("a1-head").get(path).content.decode())
    with at(8, 9):
        save_register(actor=actor_for("a1-homeroom"), school_class=klass(world), day=DAY,
                      rows=[RowChange(world.pupil("ren"), code="LATE")])  # fmt: skip
        save_register(actor=actor_for("a1-homeroom"), school_class=klass(world), day=DAY, rest_present=True)
    month = text_of(client_for("a1-head").get(path).content.decode())
    assert month.count("出席 遅刻") >= 1 and "記録なし" not in month
    actor_for("a1-head")
    assert MarkChange.objects.filter(after="LATE", before="PRESENT").count() == 1


def test_many_corrections_at_one_stroke_are_one_line(world, actor_for, client_for):
    past = dt.date(2026, 11, 20)
    head = actor_for("a1-head")
    saved = save_register(actor=head, school_class=klass(world), day=past, rest_present=True)
    save_register(actor=head, school_class=klass(world), day=past,
                  rows=[RowChange(pupil, code="") for pupil in saved.changed])  # fmt: skip
    page = client_for("a1-head").get(f"/classes/{world.klass('a1-1')}/{MONTH}").content.decode()
    assert page.count("記録なし") == 1 and "3人" in text_of(page)
