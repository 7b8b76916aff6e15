"""過去の版: every edition can be read as it was, and the difference it made never changes."""

import datetime as dt
import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.access.api import DEFAULTS, set_scope
from minamo.kernel.schoolyear import JST
from minamo.policy.actions import impact, issues, revisions
from minamo.policy.models import Issue
from minamo.policy.queries.archive import difference_made, editions_of
from minamo.policy.refusals import Refused
from minamo.policy.rules.archive import Span, before, crowded, follower, replaced_by, standing
from minamo.policy.rules.text import Text, differing

PUBLIC = "/policy/990011/"


def minutes(value, text=""):
    """A change of a number, and of a clause."""

    def change(row):
        row.limits = {"reauth_minutes": value}
        if text:
            row.clauses = {"2.5.3": {"title": "研修", "text": text, "who": ["教職員"]}}
        row.save()

    return change


@pytest.fixture
def home(world):
    return f"/municipalities/{world.municipality('A')}/policy/"


@pytest.fixture
def three(issued, other, town):
    """第1版, 第2版 (20 minutes and a clause), back to the first as 第3版, 第4版 (10 minutes)."""
    issued(title="はじめて定める")
    issued(minutes(20, "年に四度、研修をします。"), title="研修をふやす")
    issues.roll_back(actor=other, town=town, leaves=2, reason="授業に差し支えたため")
    return issued(minutes(10), title="本人確認を短く")


@pytest.mark.django_db
def test_every_edition_is_read_as_it_was(three, client_for, client, home):
    """By the staff and by anybody: the words and numbers of then, and a word that they hold no more."""
    staff = client_for("a1-teacher")
    for page in (staff.get(f"{home}editions/2/"), client.get(f"{PUBLIC}editions/2/")):
        text = page.content.decode()
        assert page.status_code == 200 and "これは過去の版です" in text and "いまの規程（第4版）を読む" in text
        assert "年に四度、研修をします。" in text and "20分" in text and "第3版で、この版から戻しました" in text
        assert "規則が守る" not in text and "授業に差し支えた" not in text
    now = client.get(f"{PUBLIC}editions/4/").content.decode()
    assert "いま施行している版です" in now and "これは過去の版です" not in now and "年に四度" not in now
    assert client.get(PUBLIC).content.decode().count("policy/990011/editions/") == 4


@pytest.mark.django_db
def test_the_list_says_when_and_what(three, client_for, home):
    text = client_for("a1-teacher").get(f"{home}editions/").content.decode()
    assert re.findall(r"/editions/(\d)/", text) == ["4", "3", "2", "1"]
    assert "本人確認をやり直すまでの時間（重要性分類Ⅰ） 15分→10分、条文 2.6.7・4.10" in text
    assert "条文 2.5.3・2.6.7・4.10" in text and "第3版で戻しました" in text and "わけ　授業に差し支えたため" in text
    assert "令和8年11月24日まで" in text and "施行中" in text
    assert client_for("b1-head").get(f"{home}editions/").status_code == 404
    assert client_for("b1-head").get(f"{home}editions/2/").status_code == 404
    assert client_for("takahashi-mother").get(f"{home}editions/2/").status_code == 403


@pytest.mark.django_db
def test_editions_of_one_day_have_their_times(three, client, client_for, home):
    """In the list, in public, over the difference and in print; a day on which one took one other's place needs none."""
    held = [dt.datetime(2026, 11, 24, hour, 5, tzinfo=JST) for hour in (8, 9, 13, 16)]
    for number, (begins, ends) in enumerate(pairwise([*held, None]), start=1):
        Issue.objects.filter(number=number).update(activated_at=begins, ended_at=ends)
    clock = [f"令和8年11月24日 {at:%-H:%M}" for at in held]
    staff = client_for("a1-teacher")
    for text in (staff.get(f"{home}editions/").content.decode(), client.get(PUBLIC).content.decode()):
        assert all(f"{time}から" in text for time in clock) and f"{clock[1]}まで" in text
    for page in (staff.get(f"{home}editions/4/"), client.get(f"{PUBLIC}editions/4/")):
        assert f"第3版（{clock[2]}から）からの違いです" in page.content.decode()
    assert f"{clock[0]}から{clock[1]}まで施行していました" in client.get(f"{PUBLIC}editions/1/").content.decode()
    Issue.objects.filter(number=1).update(activated_at=held[0] - dt.timedelta(days=7))
    assert "令和8年11月17日から" in staff.get(f"{home}editions/").content.decode()


@pytest.mark.django_db
def test_why_it_was_revised_is_told(issued, other, town, client, client_for, home, read, actor_for):
    """In the archive, in public and to whoever reads what changed; why somebody went back stays with the staff."""
    teacher = actor_for("a1-teacher")
    read(teacher, issued(reason="町の規程を、はじめて定めます。"))
    issued(minutes(20, "年に四度、研修をします。"), title="研修をふやす", reason="新しく来た人が多い年だからです。")
    staff = client_for("a1-teacher")
    for asks, page in (
        (staff, f"{home}editions/"),
        (client, PUBLIC),
        (client, f"{PUBLIC}editions/2/"),
        (staff, f"{home}reading/"),
    ):
        assert "新しく来た人が多い年だからです。" in asks.get(page).content.decode(), page
    assert "はじめて定めます" not in staff.get(f"{home}reading/").content.decode()  # she has read that one
    assert "改正理由：新しく来た人が多い年だからです。" in staff.get("/policy-waiting/").content.decode()
    assert "改正理由" not in client_for("a1-nurse").get("/policy-waiting/").content.decode()  # to her all of it is new
    set_scope(municipalities=[town.pk], side="school")
    issues.roll_back(actor=other, town=town, leaves=2, reason="授業に差し支えたため")
    assert "授業に差し支えたため" in client_for("a1-teacher").get(f"{home}editions/").content.decode()
    assert "授業に差し支えたため" not in client.get(PUBLIC).content.decode()
    set_scope(municipalities=[town.pk], side="school")
    issued(minutes(10), title="本人確認を短く")
    back = issues.roll_back(actor=other, town=town, leaves=4)
    assert back.note == "第4版「本人確認を短く」を取りやめ、第3版のとおりにしました。"


@pytest.mark.django_db
def test_what_never_was_in_force_is_not_public(three, issued, client_for, client, home, town, other):
    issued(minutes(30), activate=False)
    assert client.get(f"{PUBLIC}editions/5/").status_code == 404
    assert "これから施行する版です" in client_for("a1-teacher").get(f"{home}editions/5/").content.decode()
    issues.roll_back(actor=other, town=town, leaves=4)  # overtakes it
    shown = client_for("a1-teacher").get(f"{home}editions/5/").content.decode()
    assert "施行される前に取りやめになりました" in shown
    text = client.get(PUBLIC).content.decode()
    assert "施行されませんでした" in text and "editions/5/" not in text
    for number in ("9", "99999999999"):
        assert client.get(f"{PUBLIC}editions/{number}/").status_code == 404
        assert client_for("a1-teacher").get(f"{home}editions/{number}/").status_code == 404
    assert client.get("/policy/990022/editions/1/").status_code == 404


@pytest.mark.django_db
def test_the_document_of_then(three, client):
    import pypdfium2

    response = client.get(f"{PUBLIC}editions/2/policy.pdf")
    text = "".join(
        page.get_textpage().get_text_bounded() for page in pypdfium2.PdfDocument(response.content)
    ).replace("\r\n", "").replace(" ", "")  # fmt: skip
    assert "これは過去の版です" in text and "年に四度、研修をします。" in text and "20分" in text
    assert client.get(f"{PUBLIC}editions/9/policy.pdf").status_code == 404


@pytest.mark.django_db
def test_a_revision_shows_the_difference_it_made_for_ever(three, client_for):
    second = Issue.objects.get(number=2)
    page = f"/policy-revisions/{second.revision_id}/"
    shown = client_for("a-board").get(page).content.decode()
    assert "第1版から第2版になったときの違いです" in shown and "まだ違いはありません" not in shown
    assert "15分</del>" in shown and "20分</ins>" in shown and "四度" in shown
    first = client_for("a-board").get(f"/policy-revisions/{Issue.objects.get(number=1).revision_id}/").content.decode()
    assert "手本の規程から第1版になったときの違いです" in first and "言葉の違いはありません" in first


@pytest.mark.django_db
def test_what_was_found_out_before_stays(three, board, client_for, system_for, town):
    """Neither asked again nor worked out late does it speak of another edition."""
    revision = Issue.objects.get(number=2).revision
    with pytest.raises(Refused, match="もう決まっています"):
        impact.estimate(actor=board, revision=revision, kind="proof")
    answer = client_for("a-board").post(f"/policy-revisions/{revision.pk}/impacts/", {"kind": "shadow"})
    assert answer.status_code == 422 and "もう決まっています" in answer.content.decode()
    set_scope(municipalities=[town.pk], side="school")
    old, new = impact.terms(revision)
    assert (old.limits["reauth_minutes"], new.limits["reauth_minutes"]) == (15, 20)


@pytest.mark.django_db
def test_a_withdrawn_draft_lies_on_its_own_base(three, board, other, town, issued, client_for):
    row = revisions.start_revision(actor=board, town=town, title="やめた案", reason="試験のために改めます。")
    revisions.set_limit(actor=board, revision=row, name="reauth_minutes", value=5)
    revisions.withdraw(actor=board, revision=row)
    issued(minutes(50))
    shown = client_for("a-board").get(f"/policy-revisions/{row.pk}/").content.decode()
    assert "10分</del>" in shown and "5分</ins>" in shown and "50分" not in shown


@pytest.mark.django_db
def test_an_edition_overtaken_before_its_day_is_no_ground(issued, board, other, town, prove):
    """What is put in force follows what held, also when it was written on one that never did."""
    issued()
    issued(minutes(30), activate=False)
    third = issued(minutes(40))
    assert difference_made(third).after == 1 and set(third.changed) == {"2.6.7", "4.10"}
    assert [(one.number, one.standing) for one in editions_of(town.pk)] == [
        (3, "in_force"), (2, "never"), (1, "former"),
    ]  # fmt: skip
    assert [(one.old, one.new) for one in difference_made(third).limits] == [(15, 40)]


@pytest.mark.django_db
def test_the_pages_are_few_statements(three, client, client_for, home, count_queries):
    staff = client_for("a-board")
    revision = f"/policy-revisions/{three.revision_id}/"
    for asks, path, most in ((staff, f"{home}editions/", 12), (staff, f"{home}editions/2/", 12), (staff, revision, 12),
                             (client, f"{PUBLIC}editions/2/", 2)):  # fmt: skip
        asks.get(path)
        with count_queries() as asked:
            asks.get(path)
        assert len(asked) <= most, (path, asked.statements)


clauses = st.dictionaries(
    st.sampled_from(["2.1.1", "2.1.2", "3.1"]),
    st.fixed_dictionaries(
        {"title": st.just("題"), "text": st.sampled_from(["15分です。", "{reauth_minutes}分です。", "別の文。"])}
    ),
)
texts = st.builds(
    Text,
    st.just(0),
    clauses,
    st.integers(15, 17).map(lambda n: {**DEFAULTS, "reauth_minutes": n}),
    st.sampled_from(["", "x"]),
)


@given(texts, texts)
def test_what_is_kept_gives_the_same_difference(old, new):
    """Without the other edition, for every two texts."""
    kept = before(new, replaced_by(old, new))
    assert differing(kept, new) == differing(old, new)
    assert (kept.limits, kept.overlay) == (old.limits, old.overlay)
    assert set(kept.clauses) == set(old.clauses)


def test_a_day_is_crowded_by_two_changes():
    day = [dt.datetime(2026, 11, 1, hour, tzinfo=dt.UTC) for hour in (1, 2)]
    later = dt.datetime(2026, 11, 2, 1, tzinfo=dt.UTC)
    assert crowded([Span(1, day[0], later), Span(2, later, None)]) == frozenset()
    assert crowded([Span(1, day[0], day[1]), Span(2, day[1], later), Span(3, later, None)]) == {dt.date(2026, 11, 1)}


def test_how_an_edition_stands():
    day = [dt.datetime(2026, 11, n, tzinfo=dt.UTC) for n in (1, 2, 3)]
    one, two = Span(1, day[0], day[1]), Span(2, day[1], day[2])
    back, coming = Span(3, day[2], None, goes_back=True), Span(4, None, None)
    overtaken = Span(5, None, day[2])
    all_of = [one, two, back, coming, overtaken]
    assert [standing(span, follower(span, all_of)) for span in all_of] == [
        "former", "undone", "in_force", "coming", "never",
    ]  # fmt: skip
    assert follower(one, all_of) == two and follower(back, all_of) is None
