"""確認の知らせ: by themselves before and at the day, once; by heads and the board, once a day; nothing personal in the mail."""

import dataclasses
import datetime as dt

import pytest
from django.core import mail
from hypothesis import given
from hypothesis import strategies as st

from minamo.access.api import Account, set_scope
from minamo.audit.models import Entry
from minamo.policy import jobs
from minamo.policy.actions import issues, revisions
from minamo.policy.actions.reminders import remind, remind_by_itself
from minamo.policy.clauses import model
from minamo.policy.models import Reminder
from minamo.policy.queries.acknowledged import register
from minamo.policy.queries.course import course
from minamo.policy.queries.waiting import waiting_for
from minamo.policy.refusals import Refused
from minamo.policy.rules.reading import BEFORE_DAYS, LONGEST_PART, READING_DAYS, Held, due, parts, reminder_due
from minamo.tenancy.api import School
from minamo.tenancy.models import Membership

DAYS = st.dates(dt.date(2026, 4, 1), dt.date(2027, 3, 31))
MODEL_NUMBERS = st.lists(
    st.tuples(st.sampled_from(["1", "2.1", "2.2", "2.5", "3", "4"]), st.integers(1, 30)).map(
        lambda p: f"{p[0]}.{p[1]}"
    ),
    unique=True,
)


@given(MODEL_NUMBERS)
def test_parts_are_short_and_leave_nothing_out(numbers):
    found = parts(numbers)
    assert sorted(n for part in found for n in part) == sorted(numbers)
    assert all(1 <= len(part) <= LONGEST_PART for part in found)
    assert all(len({min(int(n.split(".")[0]), 3) for n in part}) == 1 for part in found)
    assert parts([n for part in found for n in part]) == found


STAFF, HEADS = {"2.4.3": frozenset({"教職員"})}, {"2.2.5": frozenset({"校長"})}  # left to read, and as whom


@given(DAYS, DAYS)
def test_nobody_is_late_within_the_days_of_a_new_post(by, begins):
    until = due(STAFF, [Held("teacher", begins)], dict.fromkeys(STAFF, by), by)
    assert until == max(by, begins + dt.timedelta(days=READING_DAYS))
    assert due(STAFF, [Held("teacher", begins)], {}, None) is None


@given(
    DAYS,
    st.lists(st.tuples(st.sampled_from(["teacher", "nurse", "head"]), st.integers(1, 200)), min_size=1, max_size=4),
)
def test_posts_that_follow_each_other_are_one(by, posts):
    """Whatever the appointments: what concerns everybody has its days from the first of them, what is said to heads from the first
    as head without a break."""
    day, held = dt.date(2025, 4, 1), []
    for post, days in posts:
        held.append(Held(post, day, day + dt.timedelta(days=days - 1)))
        day += dt.timedelta(days=days)
    held[-1] = Held(held[-1].post, held[-1].begins)
    wait, both = dt.timedelta(days=READING_DAYS), dict.fromkeys(STAFF | HEADS, by)
    assert due(STAFF, held, both, by) == max(by, dt.date(2025, 4, 1) + wait)
    as_head = [one.begins for one in held[len(held) - _last_heads(held) :]]
    if as_head:
        assert due(HEADS, held, both, by) == max(by, as_head[0] + wait)
        assert due(STAFF | HEADS, held, both, by) == due(STAFF, held, both, by)  # the first of both


def _last_heads(held):
    """How many of the last posts are those of a head."""
    return next((n for n, one in enumerate(reversed(held)) if one.post != "head"), len(held))


def test_a_break_ends_what_one_has_read_for():
    held = [Held("teacher", dt.date(2025, 4, 1), dt.date(2026, 3, 30)), Held("teacher", dt.date(2026, 4, 1))]
    assert due(STAFF, held, {"2.4.3": dt.date(2025, 5, 1)}, None) == dt.date(2026, 4, 15)


@given(DAYS, st.integers(-40, 40))
def test_which_reminder_is_due(by, days):
    today = by - dt.timedelta(days=days)
    assert reminder_due(by, today) == ("" if days > BEFORE_DAYS else "before" if days > 0 else "due")
    assert reminder_due(None, today) == ""


WRITTEN = {"title": "紙", "text": "紙は金庫に入れます。", "who": ["教職員"]}


def at_school(world):
    return School.objects.get(pk=world.school("a1"))


@pytest.fixture
def a1(world):
    """Who serves at a1 and was issued a policy."""
    rows = Membership.objects.filter(school=world.school("a1"), ends=None, begins__lte=dt.date(2026, 11, 24))
    return set(rows.values_list("account", flat=True))


@pytest.mark.django_db
def test_a_head_reminds_who_has_not_read_once_a_day(issued, read, actor_for, world, a1):
    issue = issued()
    read(actor_for("a1-teacher"), issue)
    head = actor_for("a1-head")
    rows = remind(actor=head, place=at_school(world))
    assert {row.account_id for row in rows} == a1 - {world.account("a1-teacher")}
    with pytest.raises(Refused, match="一日に一度まで"):
        remind(actor=head, place=at_school(world))
    later = actor_for("a1-head", today=head.today + dt.timedelta(days=1))
    assert len(remind(actor=later, place=at_school(world))) == len(rows)
    entry = Entry.objects.filter(action="policy:remind").latest("at")
    assert entry.actor_id == head.account_id and entry.detail["people"] == len(rows)
    (line,) = [w for w in waiting_for(actor_for("a1-nurse")) if w.group == "policy"]
    assert "原澤 校長 から 11月24日（火） に知らせがありました。" in line.text


@pytest.mark.django_db
def test_a_new_edition_does_not_begin_the_day_anew(issued, actor_for, other, board, client_for, world, town):
    issued()
    issued(lambda row: revisions.write_clause(actor=board, revision=row, number="2.4.3", **WRITTEN))
    rows = remind(actor=actor_for("a1-head"), place=at_school(world))
    issues.roll_back(actor=other, town=town, leaves=2)
    with pytest.raises(Refused, match="一日に一度まで"):
        remind(actor=actor_for("a1-head"), place=at_school(world))
    shown = client_for("a1-head").get(f"/schools/{world.school('a1')}/policy/acknowledged/").content.decode()
    assert "最後に知らせたのは" in shown and "人に知らせる</button>" not in shown
    assert Reminder.objects.count() == len(rows)
    (line,) = [w for w in waiting_for(actor_for("a1-nurse")) if w.group == "policy"]
    assert "原澤 校長 から 11月24日（火） に知らせがありました。" in line.text  # she was asked under the edition before
    set_scope(municipalities=[], side="learning")
    assert jobs.tell_readers(municipality=str(town.pk)) == len(mail.outbox) == len(rows) - 1  # whose account is shut


@pytest.mark.django_db
def test_a_new_edition_puts_no_deadline_off(issued, read, actor_for, other, board, client_for, system_for, world, town):
    """What was unread stays due when it was, over a revision and over going back; what is new has its own days."""
    first, begun = issued(), board.today
    day = begun + dt.timedelta(days=10)
    later = dataclasses.replace(other, today=day)

    def change(row):
        revisions.write_clause(actor=board, revision=row, number="2.4.3", **WRITTEN)

    read(actor_for("a1-nurse"), first)
    second = issues.activate_issue(actor=later, issue=issued(change, activate=False))
    assert second.acknowledge_by == day + dt.timedelta(days=READING_DAYS)

    def dues(issue):
        lines = {line.account_id: line.due for line in register(issue, day)}
        names = ("a1-teacher", "a1-nurse")
        assert [course(actor_for(n, today=day), issue).due for n in names] == [lines[world.account(n)] for n in names]
        return [lines[world.account(n)] for n in names]

    assert dues(second) == [first.acknowledge_by, second.acknowledge_by]
    third = issues.roll_back(actor=later, town=town, leaves=2)
    assert course(actor_for("a1-teacher", today=day), third).due == first.acknowledge_by
    assert course(actor_for("a1-nurse", today=day), third).due is None  # nothing is left of what she had read
    over = first.acknowledge_by + dt.timedelta(days=1)
    assert next(w for w in waiting_for(actor_for("a1-teacher", today=over)) if w.group == "policy").late
    assert (
        "期限を過ぎた人がいます"
        in next(w for w in waiting_for(actor_for("a1-head", today=over)) if "自校" in w.title).text
    )


@pytest.mark.django_db
def test_the_board_reminds_the_town_and_nobody_is_left_when_all_have_read(issued, read, actor_for, board, world, town):
    issue = issued()
    assert len(remind(actor=board, place=town)) == len(register(issue, board.today))
    for reader in register(issue, board.today):
        name = Account.objects.get(pk=reader.account_id).login_id
        if name != "disabled-head":
            read(actor_for(name), issue)
    Membership.objects.filter(account=world.account("disabled-head")).delete()
    with pytest.raises(Refused, match="まだの人はいません"):
        remind(actor=actor_for("a-board", today=board.today + dt.timedelta(days=1)), place=town)


@pytest.mark.django_db
def test_nothing_in_force_is_said(town, board):
    with pytest.raises(Refused, match="まだ施行した版がありません"):
        remind(actor=board, place=town)


@pytest.mark.django_db
def test_mails_go_to_who_is_still_to_read_and_say_nothing_of_anybody(issued, read, actor_for, world, settings, town):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    issue = issued()
    rows = remind(actor=actor_for("a1-head"), place=at_school(world))
    read(actor_for("a1-nurse"), issue)  # has read before the job came
    Account.objects.filter(login_id="a1-clerk").update(email="")
    set_scope(municipalities=[], side="learning")
    sent = jobs.tell_readers(municipality=str(town.pk))
    assert sent == len(mail.outbox) == len(rows) - 3  # the nurse, the clerk, and whose account is shut
    addresses = {address for message in mail.outbox for address in message.to}
    assert "a1-teacher@example.jp" in addresses and not {"a1-nurse@example.jp", "disabled-head@example.jp"} & addresses
    assert all(len(message.to) == 1 for message in mail.outbox)
    text = "".join(message.subject + message.body for message in mail.outbox)
    names = Account.objects.values_list("label", flat=True)
    assert "12月8日（火）です" in text and "/policy/reading/" in text and not any(name in text for name in names)
    assert jobs.tell_readers(municipality=str(town.pk)) == 0 and len(mail.outbox) == sent
    set_scope(municipalities=[town.pk], side="school")
    assert not Reminder.objects.filter(told_at=None).exists()


@pytest.mark.django_db
def test_an_address_that_fails_keeps_nobody_else_waiting(issued, actor_for, world, settings, town, monkeypatch):
    issued()
    rows = remind(actor=actor_for("a1-head"), place=at_school(world))
    told = []

    def one_fails(subject, text, sender, to):
        if to == ["a1-aide@example.jp"]:
            raise OSError("no such mailbox")
        told.append(to[0])

    monkeypatch.setattr(jobs, "send_mail", one_fails)
    with pytest.raises(OSError, match="no such mailbox"):
        jobs.tell_readers(municipality=str(town.pk))
    assert len(told) == len(rows) - 2  # whose account is shut, too
    set_scope(municipalities=[town.pk], side="school")
    assert Reminder.objects.get(told_at=None).account_id == world.account("a1-aide")


@pytest.mark.django_db
@pytest.mark.parametrize(("day", "kind"), [(4, ""), (7, "before"), (8, "due"), (9, "due")])
def test_before_and_at_the_day_by_themselves_and_once(issued, read, actor_for, system_for, board, town, day, kind):
    """In force on the 24th, to be read by the 8th of December."""
    issue = issued()
    read(actor_for("a1-teacher"), issue)
    actor = system_for("A")
    actor = type(actor)(**{**actor.__dict__, "today": dt.date(2026, 12, day)})
    rows = remind_by_itself(actor=actor, issue=issue)
    assert {row.kind for row in rows} == ({kind} if kind else set())
    assert len(rows) == (len(register(issue, board.today)) - 1 if kind else 0)
    assert remind_by_itself(actor=actor, issue=issue) == []
    if kind:
        assert Entry.objects.filter(action="policy:remind").count() == 1


@pytest.mark.django_db
def test_the_job_of_the_morning_rests_on_days_off_and_writes_once(issued, monkeypatch, town, board):
    issue = issued()
    people = len(register(issue, board.today))
    for day, found in ((6, 0), (7, people), (7, 0), (8, people), (8, 0)):
        at = dt.datetime(2026, 12, day, 7, 30, tzinfo=dt.timezone(dt.timedelta(hours=9)))
        monkeypatch.setattr(jobs.clock, "now", lambda at=at: at)
        assert jobs.remind_everywhere(timestamp=0) == found, day


def test_the_clauses_say_the_days_that_are_kept():
    clauses = model().clauses
    assert (
        f"期限の{BEFORE_DAYS}日前から" in clauses["2.5.1"].text and f"{READING_DAYS}日以内に" in clauses["2.5.2"].text
    )
    assert "仕事を止めることはしません" in clauses["2.5.2"].text and "扱う前に" not in clauses["2.5.2"].text


@pytest.mark.django_db
def test_a_new_post_has_its_own_days(issued, actor_for, world):
    issue = issued()
    begins = dt.date(2027, 1, 7)
    Membership.objects.create(
        municipality_id=world.municipality("A"), school_id=world.school("a2"), account_id=world.account("b1-homeroom"),
        post="teacher", begins=begins,
    )  # fmt: skip
    newcomer = actor_for("b1-homeroom", today=begins)
    until = begins + dt.timedelta(days=READING_DAYS)
    assert course(newcomer, issue).due == until
    line = next(r for r in register(issue, begins) if r.account_id == newcomer.account_id)
    assert line.due == until and not line.late(until) and line.late(until + dt.timedelta(days=1))
    assert next(r for r in register(issue, begins) if r.label == "林 専科").late(begins)


@pytest.mark.django_db
def test_the_same_post_for_another_year_puts_nothing_off(issued, actor_for, world):
    """林 teaches on under a new appointment: late stays late. What she reads as head of another school has its own days."""
    issue, last, begins = issued(), dt.date(2027, 3, 31), dt.date(2027, 4, 1)
    town, teacher = world.municipality("A"), world.account("a1-teacher")
    Membership.objects.filter(account=teacher).update(ends=last)
    new = Membership.objects.create(
        municipality_id=town, school_id=world.school("a1"), account_id=teacher, post="teacher", begins=begins
    )
    assert (
        course(actor_for("a1-teacher", today=begins), issue).due == issue.acknowledge_by
        and waiting_for(actor_for("a1-teacher", today=begins))[0].late
    )
    line = next(r for r in register(issue, begins) if r.account_id == teacher)
    assert line.due == issue.acknowledge_by and line.late(begins)
    Membership.objects.filter(pk=new.pk).update(post="head", school_id=world.school("a2"))
    assert (
        course(actor_for("a1-teacher", today=begins), issue).due == issue.acknowledge_by
    )  # what everybody reads is late


@pytest.mark.django_db
def test_who_has_read_and_becomes_head_has_the_days_of_a_head(issued, read, actor_for, world):
    issue, begins = issued(), dt.date(2027, 4, 1)
    read(actor_for("a1-teacher"), issue)
    Membership.objects.filter(account=world.account("a1-teacher")).update(ends=begins - dt.timedelta(days=1))
    Membership.objects.create(
        municipality_id=world.municipality("A"), school_id=world.school("a2"), account_id=world.account("a1-teacher"),
        post="head", begins=begins,
    )  # fmt: skip
    assert course(actor_for("a1-teacher", today=begins), issue).due == begins + dt.timedelta(days=READING_DAYS)


@pytest.mark.django_db
def test_the_list_says_who_has_not_read_and_when_they_were_reminded(issued, client_for, world, count_queries):
    issued()
    school = f"/schools/{world.school('a1')}/policy/"
    head = client_for("a1-head")
    shown = head.get(f"{school}acknowledged/").content.decode()
    assert "人に知らせる" in shown and "まだ知らせていません" in shown
    assert head.post(f"{school}reminders/")["Location"].endswith("?done=told")
    with count_queries() as asked:
        shown = head.get(f"{school}acknowledged/?done=told").content.decode()
    assert len(asked) <= 12, asked.statements
    assert "まだの人に知らせました" in shown and "（原澤 校長）です" in shown and "人に知らせる</button>" not in shown
    again = head.post(f"{school}reminders/")
    assert again.status_code == 422 and "一日に一度まで" in again.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "status"), [("a1-head", 403), ("a2-head", 403), ("a1-teacher", 403), ("b-board", 404), ("takahashi-mother", 403), ("a-board", 302)],
)  # fmt: skip
def test_only_the_board_reminds_the_town(issued, client_for, world, who, status):
    issued()
    assert client_for(who).post(f"/municipalities/{world.municipality('A')}/policy/reminders/").status_code == status


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("who", "status"), [("a1-vice", 302), ("a-board", 302), ("a2-head", 403), ("a1-teacher", 403), ("b1-head", 404), ("takahashi-mother", 403)],
)  # fmt: skip
def test_only_its_heads_and_the_board_remind_a_school(issued, client_for, client, world, who, status):
    issued()
    page = f"/schools/{world.school('a1')}/policy/reminders/"
    assert client_for(who).post(page).status_code == status
    assert client.post(page)["Location"].startswith("/accounts/login/")
