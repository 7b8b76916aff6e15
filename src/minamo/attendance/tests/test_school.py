"""けさの学校・職員室の画面・電話・臨時休業・月の出席簿・出欠区分."""

import datetime as dt
import io

import pypdfium2
import pytest

from minamo.attendance.actions.calls import CallError, log_call
from minamo.attendance.actions.closing import ClosingError, close_month, digest_of
from minamo.attendance.actions.closures import ClosureError, add_closure, withdraw_closure
from minamo.attendance.actions.codes import CodeEdit, CodeError, save_codes
from minamo.attendance.actions.marks import RegisterError, RowChange, save_register
from minamo.attendance.api import morning_counts, today_of, unmarked_classes
from minamo.attendance.codes import code_table, install_codes
from minamo.attendance.models import AttendanceCode, CallLog, Closure, Mark, MonthClosing
from minamo.attendance.month_print import month_pdf
from minamo.attendance.queries.month import month_of_class, month_of_school
from minamo.attendance.tests.test_register import DAY, klass, tell
from minamo.people.api import Pupil, class_card
from minamo.tenancy.api import Municipality, School

pytestmark = pytest.mark.django_db


def school(world, name="a1"):
    return School.objects.get(pk=world.school(name))


def test_the_morning_of_the_school(world, actor_for):
    actor = actor_for("a1-homeroom")
    tell(world, "hana")
    tell(world, "yui", kind="late", reason="hospital", arrives_at=dt.time(10, 0))
    before = morning_counts(world.school("a1"), DAY)
    assert (before.enrolled, before.number("absent"), before.number("late"), before.silent) == (7, 1, 1, [])
    # 5年2組 is 吉田 結衣 alone, and her family has told: nobody there is 未入力.
    assert {c.title for c in unmarked_classes(world.school("a1"), DAY)} == {"5年1組", "1・2年", "ひまわり学級"}
    save_register(actor=actor, school_class=klass(world), day=DAY, rows=[RowChange(world.pupil("ren"), code="PRESENT")])
    after = morning_counts(world.school("a1"), DAY, words=True)
    assert [p.name for p in after.silent] == ["佐藤 空"], "unmarked in a register already begun"
    assert {c.title for c in after.missing} == {"1・2年", "ひまわり学級"}
    assert [(p.name, p.detail) for p in after.late] == [("吉田 結衣", "10:00ごろ 通院 6:42")]


def test_a_call_is_logged_and_shown(world, actor_for, client_for):
    client = client_for("a1-clerk")
    actor = actor_for("a1-clerk")
    hana, here = Pupil.objects.get(pk=world.pupil("hana")), school(world)
    log_call(actor=actor, school=here, pupil=hana, outcome="no_answer", to="母", note="留守のよう")
    with pytest.raises(CallError):
        log_call(actor=actor, school=here, pupil=hana, outcome="maybe")
    with pytest.raises(CallError):
        log_call(actor=actor, school=here, pupil=Pupil.objects.get(pk=world.pupil("taku")), outcome="reached")
    save_register(actor=actor_for("a1-head"), school_class=klass(world), day=DAY,
                  rows=[RowChange(world.pupil("hana"), button="absent")])  # fmt: skip
    page = client.get(f"/schools/{world.school('a1')}/morning/").content.decode()
    assert "高橋 花" in page and "7:42 母 出ない 留守のよう（笛木 事務）" in page
    sent = {"pupil": str(world.pupil("hana")), "outcome": "reached", "to": "母"}
    assert client.post(f"/schools/{world.school('a1')}/calls/", sent).status_code == 302
    assert client.post(f"/schools/{world.school('a1')}/calls/", sent | {"outcome": "x"}).status_code == 422
    assert (
        client.post(f"/schools/{world.school('a1')}/calls/", sent | {"pupil": str(world.pupil("taku"))}).status_code
        == 404
    )
    assert CallLog.objects.count() == 2


def test_a_telephone_notice_lands_on_the_register(world, client_for, actor_for):
    client, path = client_for("a1-clerk"), f"/schools/{world.school('a1')}/phone-notices/"
    page = client.get(path)
    assert page.status_code == 200 and "5年1組　高橋 花" in page.content.decode()
    sent = {"pupil": str(world.pupil("hana")), "kind": "absent", "reason": "sick", "begins": "2026-11-24", "caller": "祖母",
            "key": "11111111-2222-4333-8444-555555555555"}  # fmt: skip
    assert client.post(path, sent).status_code == 302
    assert client.post(path, sent).status_code == 302, "pressed twice is once"
    actor_for("a1-head")
    shown = client_for("a1-homeroom").get(f"/classes/{world.klass('a1-1')}/register/").content.decode()
    assert shown.count("電話 祖母 7:42") == 1
    assert client.post(path, sent | {"begins": "11月"}).status_code == 422
    assert client.post(path, sent | {"key": "22222222-2222-4333-8444-555555555555", "caller": ""}).status_code == 422


def test_closures_decide_how_days_count(world, actor_for):
    actor = actor_for("a1-nurse")
    here = school(world)
    first, last = dt.date(2026, 11, 9), dt.date(2026, 11, 10)
    with pytest.raises(ClosureError):
        add_closure(
            actor=actor, school=here, scope="class", begins=last, ends=first, reason="x", class_id=world.klass("a1-1")
        )
    with pytest.raises(ClosureError):
        add_closure(
            actor=actor, school=here, scope="class", begins=first, ends=last, reason="x", class_id=world.klass("a2-1")
        )
    closed = add_closure(actor=actor, school=here, scope="class", begins=first, ends=last, reason="かぜ",
                         class_id=world.klass("a1-1"))  # fmt: skip
    with pytest.raises(RegisterError):
        save_register(
            actor=actor, school_class=klass(world), day=first, rows=[RowChange(world.pupil("hana"), code="LATE")]
        )
    month = month_of_class(klass(world), 2026, 11, DAY)
    assert {row.summary.excused for row in month.rows} == {2}
    withdraw_closure(actor=actor, school=here, closure_id=closed.pk)
    add_closure(actor=actor, school=here, scope="grade", begins=first, ends=last, reason="かぜ", grade="P5")
    month = month_of_class(klass(world), 2026, 11, DAY)
    assert {(row.summary.excused, row.cells[8], row.cells[9]) for row in month.rows} == {(0, "shut", "shut")}
    assert Closure.objects.get(pk=closed.pk).withdrawn_at is not None


def filled(world, actor_for, year=2026, month=10):
    """A month of 5年1組 with some exceptions."""
    actor = actor_for("a1-head")
    for number in range(1, 31):
        day = dt.date(year, month, number)
        if day.weekday() < 5 and day != dt.date(2026, 10, 12):
            save_register(actor=actor, school_class=klass(world), day=day, rest_present=True)
    for number, code in ((6, "ABS_SICK"), (7, "LATE"), (8, "MOURNING"), (9, "LATE_EARLY")):
        save_register(actor=actor, school_class=klass(world), day=dt.date(year, month, number),
                      rows=[RowChange(world.pupil("hana"), code=code)])  # fmt: skip
    return actor


def test_the_month_and_its_identities(world, actor_for, count_queries):
    filled(world, actor_for)
    school_class = klass(world)
    with count_queries() as asked:
        month = month_of_class(school_class, 2026, 10, DAY)
    assert len(asked) == 2
    hana = next(row for row in month.rows if row.pupil.pupil_id == world.pupil("hana"))
    s = hana.summary
    assert (s.school_days, s.excused, s.required, s.absent, s.attended, s.late, s.early) == (21, 1, 20, 1, 19, 2, 1)
    assert month.rows[1].summary.attended == 21
    assert hana.cells[11] == "off" and hana.cells[30 - 1] == "PRESENT"
    whole = month_of_school(world.municipality("A"), world.school("a1"), 2026, 10, DAY)
    assert [r.summary for r in whole.rows if r.pupil.class_id == world.klass("a1-1")] == [r.summary for r in month.rows]


def test_a_child_who_moved_in_has_his_own_days(world, actor_for, system_for):
    from django.db import connection

    filled(world, actor_for)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE people_classpupil SET begins = '2026-10-15' WHERE pupil_id = %s AND kind = 'homeroom'",
                       [world.pupil("ren")])  # fmt: skip
    month = month_of_class(klass(world), 2026, 10, DAY)
    ren = next(row for row in month.rows if row.pupil.pupil_id == world.pupil("ren"))
    assert ren.cells[13] == "BEFORE_IN" and ren.cells[14] == "PRESENT" and ren.summary.school_days == 12


def test_closing_a_month(world, actor_for, client_for):
    head = filled(world, actor_for)
    where = {"school_class": klass(world), "year": 2026}
    with pytest.raises(ClosingError, match="まだ授業日"):
        close_month(actor=head, month=11, **where)
    with pytest.raises(ClosingError, match="記録のない日"):
        close_month(actor=head, month=9, **where)
    closing = close_month(actor=head, month=10, **where)
    assert closing.digest == digest_of(month_of_class(klass(world), 2026, 10, DAY))
    with pytest.raises(ClosingError, match="もう締めて"):
        close_month(actor=head, month=10, **where)
    save_register(actor=head, school_class=klass(world), day=dt.date(2026, 10, 6), reason="聞き違い",
                  rows=[RowChange(world.pupil("hana"), code="PRESENT")])  # fmt: skip
    client = client_for("a1-head")
    page = client.get(f"/classes/{world.klass('a1-1')}/months/2026/10/").content.decode()
    assert "その後に訂正があります" in page and "聞き違い" in page and "締め後" in page
    assert client.post(f"/classes/{world.klass('a1-1')}/months/2026/10/", {"reopen": "1"}).status_code == 302
    actor_for("a1-head")
    assert MonthClosing.objects.get().reopened_at is not None
    assert client.post(f"/classes/{world.klass('a1-1')}/months/2026/9/", {"close": "1"}).status_code == 422


@pytest.mark.parametrize(("size", "paper"), [(3, (842, 595)), (30, (842, 595)), (40, (1191, 842))])
@pytest.mark.parametrize("name", ["a1-1", "a1-combined"])
def test_the_printed_month_is_one_sheet(world, actor_for, size, paper, name):
    actor_for("a1-head")
    month = month_of_class(klass(world, name), 2026, 11, DAY)
    month.rows = (month.rows * size)[:size]
    made = month_pdf(month, class_card(world.klass(name), DAY), "水上野町立中央小学校")
    document = pypdfium2.PdfDocument(io.BytesIO(made))
    assert len(document) == 1 and tuple(round(x) for x in document[0].get_size()) == paper
    text = "".join(document[0].get_textpage().get_text_range().split())
    assert "令和8年度" in text and "令和8年11月" in text and "出席しなければならない日数" in text
    assert ("学年" in text) == (name == "a1-combined")


def test_codes_are_data_of_the_municipality(world, actor_for):
    actor = actor_for("a-board")
    town = Municipality.objects.get(pk=world.municipality("A"))
    assert install_codes(town.pk) > 20 and install_codes(town.pk) == 0
    edit = CodeEdit("ABS_SICK", "病欠", "病欠", "ヤ", True)
    assert save_codes(actor=actor, municipality=town, codes=[edit], health={"NOSE": ("鼻水・鼻づまり", True)}) == 2
    table = code_table(town.pk)
    assert (table.codes["ABS_SICK"].label, table.codes["ABS_SICK"].mark) == ("病欠", "ヤ")
    assert table.health["NOSE"].label == "鼻水・鼻づまり"
    for wrong in (CodeEdit("PRESENT", "出席", "出席", "", False), CodeEdit("NOSUCH", "x", "x", "", True),
                  CodeEdit("LATE", "", "遅刻", "チ", True)):  # fmt: skip
        with pytest.raises(CodeError):
            save_codes(actor=actor, municipality=town, codes=[wrong], health={})
    assert AttendanceCode.objects.get(code="PRESENT", municipality=town).active


def test_the_codes_page(world, client_for, actor_for):
    client, path = client_for("a-board"), f"/municipalities/{world.municipality('A')}/attendance-codes/"
    assert "病気による欠席" in client.get(path).content.decode()
    assert (
        client.post(
            path, {"label-LATE": "遅れ", "short-LATE": "遅れ", "mark-LATE": "チ", "active-LATE": "1"}
        ).status_code
        == 302
    )
    assert "遅れ" in client_for("a1-homeroom").get(f"/classes/{world.klass('a1-1')}/register/").content.decode()
    assert client.post(path, {"label-LATE": ""}).status_code == 422


def test_the_board_leaves_infections_to_a_teacher(world, client_for, actor_for):
    client, path = client_for("a-board"), f"/municipalities/{world.municipality('A')}/attendance-codes/"
    actor_for("a1-homeroom")
    tell(world, "hana", reason="infection")
    register = f"/classes/{world.klass('a1-1')}/register/"
    row = {"label-SUSP_INFECT": "出席停止（感染症）", "short-SUSP_INFECT": "停止", "mark-SUSP_INFECT": "停",
           "active-SUSP_INFECT": "1"}  # fmt: skip

    def code_today():
        actor_for("a1-homeroom")
        return today_of([world.pupil("hana")], DAY)[world.pupil("hana")].code

    assert code_today() == "SUSP_INFECT"
    assert client.post(path, row | {"infection": "teacher"}).status_code == 302
    assert code_today() == "ABS_SICK"
    assert client.post(path, row | {"label-SUSP_INFECT": "停止（感染症）"}).status_code == 302  # nothing said: it stays
    assert code_today() == "ABS_SICK"
    assert 'value="teacher" checked' in client.get(path).content.decode()
    assert "停止（感染症）" in client_for("a1-homeroom").get(register).content.decode()
    assert client.post(path, row | {"infection": "notice"}).status_code == 302
    assert code_today() == "SUSP_INFECT"


def test_today_for_the_family(world, actor_for, count_queries):
    teacher = actor_for("a1-homeroom")
    tell(world, "hana")
    save_register(
        actor=teacher, school_class=klass(world), day=DAY, rows=[RowChange(world.pupil("sora"), code="PRESENT")]
    )
    actor_for("takahashi-mother")
    children = [world.pupil("hana"), world.pupil("taku"), world.pupil("umi")]
    with count_queries() as asked:
        found = today_of(children, DAY)
    assert len(asked) == 4
    assert (found[children[0]].label, found[children[0]].confirmed) == ("欠席", False)
    assert set(found) == set(children) and found[children[2]].label == ""


def test_budgets_of_the_school(world, client_for, actor_for, count_queries):
    client = client_for("a1-head")
    filled(world, actor_for)
    client.get(f"/schools/{world.school('a1')}/morning/")
    for path, limit in (("morning/", 7), ("board/", 6), ("months/2026/10/", 7), ("closures/", 9)):
        with count_queries() as asked:
            assert client.get(f"/schools/{world.school('a1')}/{path}").status_code == 200
        assert len(asked) <= limit, (path, asked.statements)


SCHOOL_PAGES = {
    "morning/": {"a1-homeroom": 200, "a1-head": 200, "a1-clerk": 200, "a-board": 200},
    "board/": {"a1-homeroom": 200, "a1-head": 200, "a-board": 200},
    "months/2026/10/": {"a1-head": 200, "a1-clerk": 200},
    "closures/": {"a1-head": 200, "a1-nurse": 200, "a1-coordinator": 200, "a1-homeroom": 403, "a1-clerk": 403},
    "phone-notices/": {"a1-clerk": 200, "a1-homeroom": 200, "a-board": 403},
}
STRANGERS = {"a2-head": 403, "b1-head": 404, "b-board": 404, "takahashi-mother": 403, "pupil-hana": 403}
CASES = [(p, w, s) for p, who in SCHOOL_PAGES.items() for w, s in (who | STRANGERS).items()]


@pytest.mark.parametrize(("path", "who", "status"), CASES)
def test_who_may_open_the_schools_pages(world, client_for, path, who, status):
    answer = client_for(who).get(f"/schools/{world.school('a1')}/{path}")
    assert answer.status_code == status
    assert status == 200 or "高橋 花" not in answer.content.decode()


MONTH_CASES = {"a1-homeroom": (200, 403), "a1-head": (200, 422), "a1-vice": (200, 422), "a-board": (200, 403),
               "a1-coordinator": (200, 403), "a2-head": (403, 403), "b1-head": (404, 404),
               "takahashi-mother": (403, 403), "pupil-hana": (403, 403)}  # fmt: skip


@pytest.mark.parametrize(("who", "status"), MONTH_CASES.items())
def test_who_may_see_and_close_a_month(world, client_for, who, status):
    client, path = client_for(who), f"/classes/{world.klass('a1-1')}/months/2026/10/"
    assert (client.get(path).status_code, client.post(path, {"close": "1"}).status_code) == status
    printed = client.get(f"{path}print/")
    assert printed.status_code == status[0]
    assert status[0] != 200 or printed.content.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("who", "status"), {"a-board": 200, "a1-head": 403, "b-board": 404, "takahashi-mother": 403}.items()
)
def test_who_may_edit_codes(world, client_for, who, status):
    path = f"/municipalities/{world.municipality('A')}/attendance-codes/"
    assert client_for(who).get(path).status_code == status
    assert client_for(who).post(path, {}).status_code == (302 if status == 200 else status)


def test_closures_by_the_page(world, client_for, actor_for):
    client, path = client_for("a1-head"), f"/schools/{world.school('a1')}/closures/"
    sent = {"target": f"class:{world.klass('a1-1')}", "begins": "2026-11-25", "ends": "2026-11-27", "reason": "かぜ"}
    assert client.post(path, sent).status_code == 302
    actor_for("a1-head")
    row = Closure.objects.get()
    assert client.post(path, {"withdraw": str(row.pk)}).status_code == 302
    assert client.post(path, {"withdraw": str(row.pk)}).status_code == 404
    assert client.post(path, sent | {"begins": ""}).status_code == 422
    assert "取り消し" in client.get(path).content.decode()


def test_nobody_signed_in(world, client):
    for path in ("morning/", "board/", "months/2026/10/", "closures/", "phone-notices/", "morning/stream/"):
        assert client.get(f"/schools/{world.school('a1')}/{path}").status_code == 302
    assert client.post(f"/schools/{world.school('a1')}/calls/", {}).status_code == 302
    assert client.get(f"/classes/{world.klass('a1-1')}/months/2026/10/").status_code == 302


def test_the_demo_is_the_same_every_time(world, system_for):
    from minamo.attendance.demo import load

    system_for("A")
    made = load(world.municipality("A"), [world.school("a1"), world.school("a2")])
    assert made > 700
    first = set(Mark.objects.values_list("pupil_id", "day", "code"))
    Mark.objects.all().delete()
    Closure.objects.all().delete()
    load(world.municipality("A"), [world.school("a1"), world.school("a2")])
    assert set(Mark.objects.values_list("pupil_id", "day", "code")) == first
    assert {"PRESENT", "ABS_SICK"} <= {code for _, _, code in first}
