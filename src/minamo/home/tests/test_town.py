"""管内のけさ: the board's start page and the school's own morning count the same children the same way."""

import datetime as dt
import re

import pytest

from minamo.attendance.actions.marks import RowChange, save_register
from minamo.attendance.actions.resolutions import resolve
from minamo.attendance.api import morning_counts, town_numbers
from minamo.attendance.tests.test_entered import close
from minamo.attendance.tests.test_register import DAY, klass, tell

pytestmark = pytest.mark.django_db
GROUPS = ("present", "absent", "late", "excused")


def both(world):
    """(the board's numbers, the school's numbers) of the elementary school."""
    line, morning = (
        town_numbers(world.municipality("A"), DAY).get(world.school("a1")),
        morning_counts(world.school("a1"), DAY),
    )
    return line and tuple(getattr(line, g) for g in GROUPS), tuple(morning.number(g) for g in GROUPS)


def test_notices_without_a_mark_are_counted(world, actor_for, client_for):
    actor_for("a-board")
    tell(world, "hana")
    tell(world, "yui", kind="late", reason="hospital")
    tell(world, "ren", reason="mourning")
    town, school = both(world)
    assert town == school == (1, 1, 1, 1)
    page = client_for("a-board").get("/").content.decode()
    row = re.search(r"中央小学校</a></td>(.*?)</tr>", page, re.S)
    assert re.findall(r'data-label="([^"]*)">(\d+)<', row[1]) == [
        ("出席", "1"), ("欠席", "1"), ("遅刻・早退", "1"), ("出席停止・忌引", "1"), ("記録した人数", "0"), ("連絡だけの人数", "3"),
    ]  # fmt: skip


def test_marks_and_notices_and_what_was_settled(world, actor_for):
    teacher, told = actor_for("a1-homeroom"), tell(world, "sora")
    tell(world, "hana", reason="infection", begins=dt.date(2026, 11, 21), ends=dt.date(2026, 11, 26))
    rows = [RowChange(world.pupil("sora"), code="PRESENT"), RowChange(world.pupil("ren"), code="EARLY")]
    save_register(actor=teacher, school_class=klass(world), day=DAY, rows=rows)
    town, school = both(world)
    assert town == school == (2, 0, 1, 1), "a disagreement counts as the teacher recorded"
    assert town_numbers(world.municipality("A"), DAY)[world.school("a1")].recorded == 2
    resolve(actor=teacher, school_class=klass(world), day=DAY, notice_id=told.pk, holds="notice")
    town, school = both(world)
    assert town == school == (1, 1, 1, 1)


@pytest.mark.parametrize("scope", ["class", "grade", "school"])
def test_a_closure(world, actor_for, scope):
    head = actor_for("a1-head")
    save_register(actor=head, school_class=klass(world), day=DAY, rest_present=True)
    save_register(actor=head, school_class=klass(world, "a1-combined"), day=DAY, rest_present=True)
    tell(world, "yui")
    close(world, head, DAY, DAY, scope=scope, grade="P5" if scope == "grade" else "")
    town, school = both(world)
    assert town == school and (sum(school) == 0) == (scope == "school")


def test_two_queries_for_the_whole_town(world, actor_for, count_queries):
    actor_for("a-board")
    tell(world, "hana")
    with count_queries() as asked:
        town_numbers(world.municipality("A"), DAY)
    assert len(asked) == 2
