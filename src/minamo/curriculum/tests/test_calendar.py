"""行事予定: which days are school days, who may change them."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.curriculum.actions import CalendarError, add_entry, remove_entry
from minamo.curriculum.api import school_days
from minamo.curriculum.models import CalendarEntry
from minamo.curriculum.rules import CalendarPeriod, is_school_day, school_days_between
from minamo.tenancy.api import School

DAY = dt.date(2026, 11, 24)
days = st.dates(dt.date(2026, 4, 1), dt.date(2027, 3, 31))


def test_the_plain_week():
    assert is_school_day(DAY, (), False)
    assert not is_school_day(DAY, (), True), "a national holiday"
    assert not is_school_day(dt.date(2026, 11, 21), (), False), "a Saturday"


def test_a_saturday_school_day_and_its_substitute():
    saturday, monday = dt.date(2026, 5, 30), dt.date(2026, 6, 1)
    entries = [
        CalendarPeriod(saturday, saturday, "school_day"),
        CalendarPeriod(monday, monday, "no_school", position=1),
    ]
    assert is_school_day(saturday, entries, False) and not is_school_day(monday, entries, False)


def test_the_later_entry_wins_and_grades_stay_apart():
    week = (dt.date(2026, 11, 23), dt.date(2026, 11, 27))
    entries = [CalendarPeriod(*week, "vacation"), CalendarPeriod(DAY, DAY, "school_day", ("P6",), 1)]
    assert is_school_day(DAY, entries, False, "P6") and not is_school_day(DAY, entries, False, "P5")


@given(st.lists(st.tuples(days, days, st.sampled_from(["school_day", "vacation", "no_school"]), st.integers(0, 5)), max_size=6),
       days, days)  # fmt: skip
def test_days_between_are_the_days_one_by_one(rows, first, last):
    entries = [CalendarPeriod(min(a, b), max(a, b), kind, (), position) for a, b, kind, position in rows]
    found = list(school_days_between(first, last, entries, lambda day: day.day == 3))
    assert found == sorted(set(found)) and all(first <= day <= last for day in found)
    assert all(is_school_day(day, entries, day.day == 3) for day in found)


@pytest.mark.django_db
class TestCalendar:
    """With the database."""

    def test_it_changes_the_school_days(self, world, actor_for):
        actor, school = actor_for("a1-coordinator"), School.objects.get(pk=world.school("a1"))
        week = (school.pk, dt.date(2026, 11, 23), dt.date(2026, 11, 29))
        assert [day.day for day in school_days(*week)] == [24, 25, 26, 27]
        entry = add_entry(
            actor=actor, school=school, begins=DAY, ends=dt.date(2026, 11, 25), kind="no_school", title="雪"
        )
        again = add_entry(
            actor=actor, school=school, begins=DAY, ends=DAY, kind="school_day", title="登校", grades=["P6"]
        )
        assert again.position > entry.position
        assert [day.day for day in school_days(*week)] == [26, 27]
        assert [day.day for day in school_days(*week, "P6")] == [24, 26, 27]
        remove_entry(actor=actor, school=school, entry_id=entry.pk)
        assert [day.day for day in school_days(*week)] == [24, 25, 26, 27]
        with pytest.raises(CalendarEntry.DoesNotExist):
            remove_entry(actor=actor, school=school, entry_id=entry.pk)

    @pytest.mark.parametrize(
        "wrong",
        [{"ends": dt.date(2026, 11, 1)}, {"ends": dt.date(2027, 11, 1)}, {"kind": "party"}, {"title": " "}],
        ids=["backwards", "too long", "kind", "no name"],
    )
    def test_what_cannot_be_is_refused(self, world, actor_for, wrong):
        actor, school = actor_for("a1-head"), School.objects.get(pk=world.school("a1"))
        given_ = {"begins": DAY, "ends": DAY, "kind": "no_school", "title": "雪"} | wrong
        with pytest.raises(CalendarError, match="。"):
            add_entry(actor=actor, school=school, **given_)
        assert not CalendarEntry.objects.exists()

    @pytest.mark.parametrize(
        ("who", "reading", "writing"),
        [("a1-coordinator", 200, 302), ("a1-head", 200, 302), ("a1-homeroom", 200, 403), ("a-board", 200, 403),
         ("a2-head", 403, 403), ("b1-head", 404, 404), ("b-board", 404, 404), ("takahashi-mother", 403, 403),
         ("pupil-hana", 403, 403)],
    )  # fmt: skip
    def test_who_may(self, world, client_for, who, reading, writing):
        client, path = client_for(who), f"/schools/{world.school('a1')}/calendar/"
        assert client.get(path).status_code == reading
        sent = {"begins": "2026-12-01", "kind": "no_school", "title": "雪", "grades": ["P5", "J9"]}
        assert client.post(path, sent).status_code == writing

    def test_the_page(self, world, client_for, actor_for, count_queries):
        client, path = client_for("a1-head"), f"/schools/{world.school('a1')}/calendar/"
        assert client.post(path, {"begins": "", "kind": "no_school", "title": "雪"}).status_code == 422
        for _ in range(2):  # a second press of the same button
            client.post(path, {"begins": "2026-12-01", "kind": "no_school", "title": "雪", "grades": ["P5", "J9"]})
        with count_queries() as asked:
            page = client.get(path).content.decode()
        assert "雪" in page and "5年" in page and len(asked) <= 6
        actor_for("a1-head")
        row = CalendarEntry.objects.get()
        assert row.grades == ["P5"]
        other = {"begins": "2026-12-01", "kind": "no_school", "title": "雪", "grades": ["P6"]}
        assert client.post(path, other).status_code == 302
        actor_for("a1-head")
        assert CalendarEntry.objects.count() == 2
        assert client.post(path, {"remove": str(row.pk)}).status_code == 302
        assert client.post(path, {"remove": str(row.pk)}).status_code == 404

    def test_nobody_signed_in(self, world, client):
        assert client.get(f"/schools/{world.school('a1')}/calendar/").status_code == 302
