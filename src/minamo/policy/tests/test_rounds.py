"""問いの回: only what was to be read is asked about; what was answered wrong comes again as another question; the register says how many
were right at first."""

import pytest

from minamo.access.api import set_scope
from minamo.policy.models import Acknowledgement, Issue, QuizRound
from minamo.policy.overlays import TEMPLATES, text_of
from minamo.policy.queries.course import course
from minamo.policy.queries.texts import limits_of, model_text
from minamo.policy.quiz.asked import quiz_of
from minamo.policy.quiz.choosing import Person, answer, question, rests_on
from minamo.policy.quiz.ground import Ground
from minamo.policy.quiz.rounds import Round, asked_next, right_at_first
from minamo.policy.quiz.sayings import spare
from minamo.policy.rules.reading import ROLES, concerning, parts
from minamo.policy.rules.text import Text

OVERLAYS = ("", "\n".join(text_of(t, "990011") for t in TEMPLATES))


def way(post, overlay=""):
    """The parts of somebody new, each with what is known when it is read, and the ground of its questions."""
    text = Text(1, model_text().clauses, limits_of({}), overlay)
    ground, known = Ground(text.clauses, text.limits, overlay), frozenset()
    for part in parts(concerning(text, [post])):
        known |= set(part)
        yield Person(part, f"seed {post}", known), ground


@pytest.mark.parametrize("overlay", OVERLAYS, ids=("house", "overlay"))
@pytest.mark.parametrize("post", sorted(ROLES))
def test_nobody_is_asked_about_what_was_not_to_be_read(post, overlay):
    """Not about clauses of a later part, nor about those that concern other posts; also not when something was wrong."""
    asked = 0
    for person, ground in way(post, overlay):
        first = asked_next(person, ground, ())
        again = asked_next(person, ground, (Round(tuple(q.key for q in first), tuple(q.key for q in first)),))
        for one in (*first, *again):
            assert rests_on(one.key, ground) <= person.known, (person.numbers, one)
        asked += len(first)
    assert asked >= 12  # enough is left to ask


@pytest.mark.parametrize("post", ["nurse", "head", "board"])
def test_what_was_wrong_comes_again_as_another_question(post):
    """Until it is right; the same one only where a part has no other."""
    of_the_same_rule = 0
    for person, ground in way(post):
        rounds: list[Round] = []
        for _ in range(3):
            now = asked_next(person, ground, rounds)
            seen = {key for each in rounds for key in each.asked}
            for one in now if rounds else ():
                assert one.key not in seen and one.text not in {question(key, ground).text for key in seen}
                before = {rests_on(key, ground) for key in rounds[-1].wrong}
                of_the_same_rule += rests_on(one.key, ground) in before
            rounds.append(Round(tuple(q.key for q in now), tuple(q.key for q in now[:1])))
    assert of_the_same_rule >= 5


def test_a_clause_with_one_question_has_others_in_reserve():
    """Changed alone, 4.13 has one saying; its sentences follow, and at last, when nothing else is left, the same again."""
    text = model_text()
    ground = Ground(text.clauses, text.limits)
    person, rounds = Person(("4.13",), "seed", frozenset({"4.13"})), []
    for _ in range(6):
        (one,) = asked_next(person, ground, rounds)[:1]
        rounds.append(Round((one.key,), (one.key,)))
    keys = [each.asked[0] for each in rounds]
    assert keys[0] == "says|4.13|0" and set(keys[1:3]) == {"now|4.13|0", "now|4.13|1"} and keys[3] == keys[2]
    neighbours = list(spare("4.13", ("4.12", "4.13"), ground))
    assert "not|4.13|4.12:0" in neighbours and not answer("not|4.13|4.12:0", ground).yes


def test_what_is_no_question_any_more_is_asked_no_more():
    text = model_text()
    person = Person(("4.13",), "seed", frozenset({"4.13"}))
    gone = Round(("says|4.13|9",), ("says|4.13|9",))
    assert [q.key for q in asked_next(person, Ground(text.clauses, text.limits), (gone,))] == ["says|4.13|0"]


def test_right_at_first_counts_the_first_round():
    assert right_at_first([Round(("a", "b", "c"), ("b",)), Round(("d",), ())]) == 2
    assert right_at_first([]) == 0


def sent(actor, issue, numbers, right):
    """The form as it stands now, with this many right answers."""
    quiz, ground = quiz_of(actor, issue, numbers), Ground.of(issue)
    said = {f"q{n}": "yes" if answer(q.key, ground).yes == (n < right) else "no" for n, q in enumerate(quiz.asked)}
    return {"issue": issue.number, "numbers": ",".join(numbers), "round": len(quiz.rounds)} | said


@pytest.mark.django_db
def test_the_page_asks_again_and_the_register_says_what_was_right_at_first(
    issued, client_for, actor_for, world, count_queries
):
    issued()
    issue, nurse, page = Issue.objects.get(), "a1-nurse", f"/municipalities/{world.municipality('A')}/policy/reading/"
    scope = {"municipalities": [world.municipality("A")], "side": "school"}
    client, actor = client_for(nurse), actor_for(nurse)
    part = course(actor, issue).parts[0].left
    quiz = quiz_of(actor, issue, part)
    asked = len(quiz.asked)
    assert asked >= 2
    form = sent(actor, issue, part, asked - 1)
    done = client.post(f"{page}?done=part", form)
    assert done.status_code == 302 and done["Location"].endswith("?done=again")
    shown = client.get(done["Location"]).content.decode()
    missed = quiz.asked[-1]
    assert (
        f"{asked}問のうち{asked - 1}問が正しい答えでした" in shown and missed.text in shown and "あなたの答え" in shown
    )
    assert (
        'name="q0"' not in shown
        and "確認できませんでした" not in shown
        and "残しました" not in shown.replace("残りました", "")
    )
    with count_queries() as queries:
        again = client.get(page).content.decode()
    assert len(queries) <= 12, queries.statements
    assert 'name="q0"' in again and 'name="q1"' not in again and missed.text not in again
    stale = client.post(page, form)
    assert stale.status_code == 422 and "もう答えています" in stale.content.decode()
    set_scope(**scope)
    assert not Acknowledgement.objects.exists() and QuizRound.objects.count() == 1
    assert client.post(page, sent(actor_for(nurse), issue, part, 1))["Location"].endswith("?done=part")
    set_scope(**scope)
    row = Acknowledgement.objects.get()
    assert (row.asked, row.right_at_first) == (asked, asked - 1)
    register = client_for("a1-head").get(f"/schools/{world.school('a1')}/policy/acknowledged/").content.decode()
    assert f'data-label="はじめに正しかった問い">{asked - 1} / {asked}<' in register
    sheet = (
        client_for("a1-head")
        .get(f"/schools/{world.school('a1')}/policy/acknowledged/?as=csv")
        .content.decode("utf-8-sig")
    )
    assert "はじめに正しかった問い" in sheet


@pytest.mark.django_db
def test_whoever_had_nothing_right_reads_whose_answers_were_wrong(issued, client_for, actor_for, world):
    issue, page = issued(), f"/municipalities/{world.municipality('A')}/policy/reading/"
    part = course(actor_for("a1-nurse"), issue).parts[0].left
    form = sent(actor_for("a1-nurse"), issue, part, 0)
    client = client_for("a1-nurse")
    shown = client.get(client.post(page, form)["Location"]).content.decode()
    assert "問とも、答えがちがっていました" in shown and "ありませんでした" not in shown


@pytest.mark.django_db
def test_one_outcome_has_one_message(issued, client_for, actor_for, world):
    """A form that is not taken says so, and not besides what the address still says of the deed before."""
    issued()
    issue, page = Issue.objects.get(), f"/municipalities/{world.municipality('A')}/policy/reading/"
    part = course(actor_for("a1-nurse"), issue).parts[0].left
    refused = client_for("a1-nurse").post(f"{page}?done=part", {"issue": 1, "numbers": ",".join(part), "round": 0})
    text = refused.content.decode()
    assert refused.status_code == 422 and "確認できませんでした" in text and "残しました" not in text


@pytest.mark.django_db
def test_acknowledgements_of_before_say_nothing_about_first_answers(issued, read, actor_for, client_for, world):
    issue = issued()
    read(actor_for("a1-nurse"), issue)
    Acknowledgement.objects.update(right_at_first=None)
    shown = client_for("a1-head").get(f"/schools/{world.school('a1')}/policy/acknowledged/").content.decode()
    assert 'data-label="はじめに正しかった問い"></td>' in shown
