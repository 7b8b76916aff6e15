"""読むべき条文: everything that changed since it was read, per person and post; the register counts the same."""

import csv
import datetime as dt
import importlib
import io
import re

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from minamo.access.api import set_scope
from minamo.policy.actions import issues, revisions
from minamo.policy.models import Acknowledgement
from minamo.policy.queries.acknowledged import mine, register
from minamo.policy.queries.texts import issue_in_force
from minamo.policy.refusals import Refused
from minamo.policy.rules.layers import order
from minamo.policy.rules.reading import ROLES, Asked, Read, concerning, kept, left
from minamo.policy.rules.text import Text
from minamo.tenancy.api import School
from minamo.tenancy.models import Membership, Post

POSTS = sorted(ROLES)
NUMBERS = ("2.4.3", "2.4.4", "2.12.5", "6.3")
LISTENERS = ("全員", "教職員", "校長", "情報担当", "教育委員会", "保護者")
TEXTS = st.dictionaries(
    st.sampled_from(NUMBERS),
    st.tuples(st.sampled_from("あいう"), st.frozensets(st.sampled_from(LISTENERS), min_size=1)),
)


def text(of):
    return Text(1, {n: {"title": "見出し", "text": word, "who": sorted(who)} for n, (word, who) in of.items()}, {})


def writes(actor, number, words):
    title = {"2.4.3": "紙の保管", "2.4.4": "印刷物"}.get(number, "町の定め")
    return lambda row: revisions.write_clause(
        actor=actor, revision=row, number=number, title=title, text=words, who=["教職員"]
    )


def in_register(issue, actor, world, name, school=None):
    return next(r for r in register(issue, actor.today, school=school) if r.account_id == world.account(name))


@given(st.lists(TEXTS, min_size=1, max_size=5), st.lists(st.booleans(), min_size=5, max_size=5), st.sampled_from(POSTS))
def test_nothing_that_changed_is_ever_missed(issues_, acknowledged, post):
    """Over any editions of which some were read: what was read with these words is not asked again, all else is."""
    reads, known = [], {}
    for of, reads_it in zip(issues_, acknowledged, strict=False):
        now = text(of)
        wanted = left(now, [post], reads)
        assert set(wanted) == {n for n in concerning(now, [post]) if now.words[n] not in known.get(n, set())}
        if reads_it:
            reads.append(Read(list(wanted), [post], now))
            for n in wanted:
                known.setdefault(n, set()).add(now.words[n])
            assert left(now, [post], reads) == {}


@given(
    st.lists(TEXTS, min_size=1, max_size=6), st.lists(st.sets(st.sampled_from(NUMBERS)), min_size=6, max_size=6),
    st.sampled_from(POSTS),
)  # fmt: skip
def test_no_edition_puts_a_deadline_off(editions, looked, post):
    """Walked forward edition by edition: a clause that is left has the day on which it was asked first since it was last read (or did not
    concern the post), over any editions and any partial reading."""
    reads, asked, since = [], [], {}
    for place, (of, numbers) in enumerate(zip(editions, looked, strict=False)):
        now, by = text(of), dt.date(2026, 4, 1) + dt.timedelta(days=place)
        owed = left(now, [post], reads)
        since = {n: since.get(n, by) for n in owed}
        assert kept(owed, [post], reads, asked, by) == since
        done = sorted(numbers & owed.keys())
        if done:
            reads.append(Read(done, [post], now))
            for n in done:
                del since[n]
        asked.insert(0, Asked(now, by))


@given(TEXTS, st.sampled_from(POSTS), st.sampled_from(POSTS))
def test_a_new_post_is_asked_for_what_names_it(of, before, after):
    now = text(of)
    reads = [Read(concerning(now, [before]), [before], now)]
    names_it = {n for n in concerning(now, [after]) if now.who[n] & (ROLES[after] - ROLES[before])}
    assert set(left(now, [after], reads)) == names_it


def test_every_post_that_exists_is_known():
    assert set(ROLES) == set(Post.values)


@pytest.mark.django_db
def test_every_clause_since_the_last_reading_is_asked_in_its_final_words(issued, read, actor_for, board, world):
    first = issued()
    teacher = actor_for("a1-teacher")
    read(teacher, first)
    assert mine(teacher, first) == []
    issued(writes(board, "2.4.3", "紙は金庫に入れます。"))
    issued(writes(board, "2.4.4", "印刷したら数えます。"))
    third = issued(writes(board, "2.4.3", "紙は金庫に入れ、鍵を二つかけます。"))
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert mine(teacher, third) == ["2.4.3", "2.4.4"]
    assert in_register(third, board, world, "a1-teacher").standing.left == ("2.4.3", "2.4.4")
    read(teacher, third)
    assert in_register(third, board, world, "a1-teacher").standing.done
    with pytest.raises(Refused, match="もう確認が済んで"):
        read(teacher, third, ["2.4.3"])


@pytest.mark.django_db
def test_going_back_to_what_was_read_asks_nothing(issued, read, actor_for, board, other, town):
    first = issued()
    teacher = actor_for("a1-teacher")
    read(teacher, first)
    issued(writes(board, "2.4.3", "紙は金庫に入れます。"))
    back = issues.roll_back(actor=other, town=town, leaves=2)
    assert back.changed == ["2.4.3"] and mine(teacher, back) == []


@pytest.mark.django_db
def test_a_number_that_changed_is_a_changed_clause(issued, read, actor_for, board):
    first = issued()
    teacher = actor_for("a1-teacher")
    read(teacher, first)
    second = issued(lambda row: revisions.set_limit(actor=board, revision=row, name="reauth_minutes", value=60))
    assert mine(teacher, second) == ["2.6.7", "4.10"]


@pytest.mark.django_db
def test_a_teacher_who_becomes_head_reads_what_is_said_to_heads(issued, read, actor_for, world):
    issue = issued()
    read(actor_for("a1-teacher"), issue)
    post = Membership.objects.get(account=world.account("a1-teacher"))
    last, begins = dt.date(2026, 11, 30), dt.date(2026, 12, 1)
    Membership.objects.filter(pk=post.pk).update(ends=last)
    Membership.objects.create(
        municipality_id=world.municipality("A"), school_id=world.school("a2"), account_id=world.account("a1-teacher"),
        post="head", begins=begins,
    )  # fmt: skip
    promoted = actor_for("a1-teacher", today=begins)
    wanted = mine(promoted, issue)
    assert wanted == sorted((n for n in issue.clauses if "校長" in issue.clauses[n]["who"]), key=order)
    assert {"2.2.5", "2.3.10"} <= set(wanted)  # only for 校長; and for 校長 besides 教職員, who have read it
    line = next(r for r in register(issue, begins) if r.account_id == promoted.account_id)
    assert line.standing.left == tuple(wanted) and line.posts == ("校長",)
    read(promoted, issue)
    assert mine(promoted, issue) == []
    assert Acknowledgement.objects.filter(issue=issue, account=promoted.account_id).count() == 2


@pytest.mark.django_db
def test_whoever_keeps_the_devices_reads_what_is_said_to_him(issued, read, actor_for, board, world):
    issue = issued()
    keeper, teacher = actor_for("a1-ict"), actor_for("a1-teacher")
    more = set(mine(keeper, issue)) - set(mine(teacher, issue))
    assert more == {
        n for n, c in issue.clauses.items() if "情報担当" in c["who"] and not {"全員", "教職員"} & set(c["who"])
    }
    assert "2.4.5" in more
    line = in_register(issue, board, world, "a1-ict", world.school("a1"))
    assert set(line.standing.left) == set(mine(keeper, issue)) and "情報担当" in line.posts


@pytest.mark.django_db
def test_the_register_of_a_school_counts_posts_held_elsewhere(issued, read, board, world):
    issue = issued()
    Membership.objects.create(
        municipality_id=world.municipality("A"), school_id=world.school("a2"), account_id=world.account("a1-nurse"),
        post="ict", begins=dt.date(2026, 10, 1),
    )  # fmt: skip
    at_a1 = in_register(issue, board, world, "a1-nurse", world.school("a1"))
    assert "2.4.5" in at_a1.standing.left and at_a1.school_ids == (world.school("a1"), world.school("a2"))
    with pytest.raises(StopIteration):
        in_register(issue, board, world, "a2-head", world.school("a1"))


@pytest.mark.django_db
def test_who_serves_at_two_schools_counts_at_both(issued, client_for, world):
    issued()
    board = (
        client_for("a-board").get(f"/municipalities/{world.municipality('A')}/policy/acknowledged/").content.decode()
    )
    for name in ("a1", "a2"):
        school = world.school(name)
        own = client_for(f"{name}-head").get(f"/schools/{school}/policy/acknowledged/").content.decode()
        count = re.search(r"確認した人 <span class=\"num\">0 / (\d+)", own)[1]
        label = School.objects.get(pk=school).short_name
        assert f'<b>{label}</b><span class="sub num">確認した人 0 / {count}</span>' in board, label
        assert ">　確認の状況</caption>" not in own
    assert "どちらの学校にも数えています" in board


@pytest.mark.django_db
def test_acknowledgements_from_before_keep_their_meaning(issued, read, actor_for, board, world):
    """Rows made before posts were kept stand for the posts of their day: nothing is asked again, what was missed is."""
    posts_then = importlib.import_module("minamo.policy.migrations.0011_posts_of_readers").POSTS_THEN
    first = issued()
    for name in ("a1-head", "a1-teacher"):
        read(actor_for(name), first)
    Acknowledgement.objects.update(posts=[], at=dt.datetime(2026, 11, 16, 1, tzinfo=dt.UTC))
    assert "2.2.5" in mine(actor_for("a1-head"), first)  # without its post it says less
    with connection.cursor() as cursor:
        cursor.execute(posts_then)
    assert mine(actor_for("a1-head"), first) == [] and mine(actor_for("a1-teacher"), first) == []
    assert Acknowledgement.objects.get(account=world.account("a1-head")).posts == ["head"]


@pytest.mark.django_db
def test_the_register_is_few_statements_for_any_number_of_issues(issued, read, actor_for, board, count_queries):
    read(actor_for("a1-teacher"), issued())
    second = issued(writes(board, "2.4.3", "紙は金庫に入れます。"))
    read(actor_for("a1-teacher"), second)
    third = issued(writes(board, "2.4.4", "印刷したら数えます。"))
    with count_queries() as asked:
        register(issue_in_force(third.municipality_id), board.today)
    assert len(asked) <= 6, asked.statements  # one for what the former editions said, once in a process


@pytest.mark.django_db
def test_whoever_has_read_a_clause_is_shown_what_changed_in_it(
    issued, read, actor_for, client_for, board, world, count_queries
):
    page = f"/municipalities/{world.municipality('A')}/policy/reading/"
    first = issued(writes(board, "2.4.3", "紙は職員室に置きます。"))
    read(actor_for("a1-nurse"), first)
    issued(writes(board, "2.4.3", "紙は鍵のかかる棚に置きます。"))
    nurse = client_for("a1-nurse")
    with count_queries() as asked:
        shown = nurse.get(page).content.decode()
    assert len(asked) <= 12, asked.statements
    assert f"前に読んだ版（第{first.number}版）からの違い" in shown
    assert "<del>" in shown and "<ins>" in shown and "職員室" in shown and "鍵のかかる棚" in shown
    new = client_for("a1-homeroom").get(page).content.decode()
    assert "前に読んだ版" not in new and "<ins>" not in new, (
        "nothing has changed for whoever reads it for the first time"
    )


@pytest.mark.django_db
def test_the_register_says_which_clauses_and_under_which_edition(issued, read, actor_for, client_for, world):
    """Who has acknowledged what: clause by clause, on the page and in the file; what got other words since is among what is left."""
    first, teacher = issued(), actor_for("a1-teacher")
    changed, kept_, later = mine(teacher, first)[:3]
    read(teacher, first, [changed, kept_])
    second = issued(writes(actor_for("a-board"), changed, "金庫に入れます。"))
    read(actor_for("a1-teacher"), second, [later])
    reader = in_register(second, teacher, world, "a1-teacher")
    assert [(one.edition, one.numbers) for one in reader.sittings] == [
        (first.number, (kept_,)), (second.number, (later,)),
    ]  # fmt: skip
    assert changed in reader.standing.left
    head, page = client_for("a1-head"), f"/schools/{world.school('a1')}/policy/acknowledged/"
    rows = list(csv.DictReader(io.StringIO(head.get(f"{page}?as=csv").content.decode("utf-8-sig"))))
    row = next(row for row in rows if row["氏名"] == teacher.label)
    assert row["まだの条文"].split("、") == list(reader.standing.left)
    said = row["読んだ条文（第何版を、いつ）"].split("／")
    assert [re.sub(r" .*：", "：", one) for one in said] == [
        f"第{first.number}版：{kept_}",
        f"第{second.number}版：{later}",
    ]
    shown = head.get(page).content.decode()
    assert re.search(rf"第{second.number}版を [^<]+ に確認</b>　{re.escape(later)}<", shown)
    assert f"まだの条文</b>　{'、'.join(reader.standing.left)}<" in shown
