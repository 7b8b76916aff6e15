"""問い: asked and answered by the policy in force in the town, by the engine that decides there."""

import pytest

from minamo.access.api import as_resource, decide, set_scope
from minamo.people.models import Pupil
from minamo.policy.actions import revisions
from minamo.policy.clauses import base_texts
from minamo.policy.models import Issue
from minamo.policy.overlays import TEMPLATES, text_of
from minamo.policy.queries.acknowledged import mine
from minamo.policy.queries.texts import limits_of
from minamo.policy.quiz.asked import quiz_of
from minamo.policy.quiz.choosing import Person, answer, of_another, pool, questions
from minamo.policy.quiz.ground import Ground
from minamo.policy.quiz.scenarios import ROLES, question, role_of, scenarios

HOUSE = Ground(base_texts(), limits_of({}))


def under(*templates, **limits):
    texts = [text_of(next(t for t in TEMPLATES if t.key == key), "990011") for key in templates]
    return Ground(base_texts(), limits_of(limits), "\n".join(texts))


def wrongly(key, ground):
    """As the rules of the house alone would answer."""
    return answer(key, HOUSE).yes if key.startswith("6.5|") else answer(key, ground).yes


def test_the_answers_are_the_engines():
    found = questions(Person(["6.2", "6.3", "4.10"], "seed"), HOUSE)
    assert len(found) == 3 and found == questions(Person(["6.2", "6.3", "4.10"], "seed"), HOUSE)
    assert {answer(q.key, HOUSE).yes for q in found} == {True, False}
    assert len({q.key.split("|")[0] for q in found}) == 3  # of different clauses
    assert answer("6.3|pupil:protected|Pupil|heads|own", HOUSE).yes
    assert not answer("6.3|pupil:protected|Pupil|homerooms|own", HOUSE).yes
    late = answer("4.10|pupil:protected|Pupil|heads|late", HOUSE)
    assert not late.yes and late.clause.startswith("4.10")
    for wrong in ("nonsense", "6.3|pupil:erase|Pupil|heads|own", "6.3|pupil:read|Moon|heads|own"):
        with pytest.raises((ValueError, KeyError)):
            answer(wrong, HOUSE)


@pytest.mark.parametrize("post", ROLES)
def test_somebody_is_asked_about_her_own_posts_before_others(post):
    for seed in "abcdef":
        person = Person(["6.2", "6.3", "4.10"], seed, posts=frozenset({post}))
        asked = [q.key for q in questions(person, HOUSE)]
        assert {answer(key, HOUSE).yes for key in asked} == {True, False}
        assert any(role_of(key) == post for key in asked)
        for key in asked:  # about somebody else only for an answer that nothing about herself has
            if of_another(key, person):
                own = [one for one in pool(key.split("|")[0], person, HOUSE) if not of_another(one, person)]
                assert answer(key, HOUSE).yes not in {answer(one, HOUSE).yes for one in own}


def test_a_clause_kept_through_others_is_asked_by_their_rules():
    assert {key.split("|")[1] for key in scenarios("2.3.12", HOUSE)} == {"pupil:export"}
    assert list(scenarios("2.4.3", HOUSE)) == []


def test_what_an_overlay_closes_is_closed_in_the_quiz_by_its_clause():
    """The reproduction: 「校長・教頭だけ」 in force, and 教務主任 who asks to export."""
    town, key = under("export"), "6.5|pupil:export|Pupil|coordinators|own"
    assert answer(key, HOUSE).yes and not answer(key, town).yes
    told = answer(key, town)
    assert (
        told.clause == "6.5 名簿の書き出し"
        and told.sentence == "この町では、名簿の書き出しは校長・教頭だけが行います。"
    )
    for seed in "abcdefgh":  # what the town decides is asked first
        assert any(answer(q.key, town) == told for q in questions(Person(["6.1", "6.2", "6.5"], seed), town))


@pytest.mark.parametrize(
    ("key", "words"), [("night", "夜の10時に"), ("holiday", "休みの日に"), ("posture", "状態の分からない")]
)
def test_circumstances_are_asked_about_where_an_overlay_reads_them(key, words):
    town, number = under(key), {"night": "2.3.3", "holiday": "2.3.2", "posture": "2.12.8"}[key]
    asked = questions(Person([number], "seed"), town)
    closed = [q.key for q in asked if words in q.text and not answer(q.key, town).yes]
    assert closed
    house = [k for k in scenarios(number, HOUSE) if words in question(k, HOUSE).text]
    if key == "posture":  # the clause asks about it anyway: what is unknown closes nothing by itself
        assert any(answer(k, HOUSE).yes for k in house if k.split("|")[1] == "audit:read")
    else:
        assert house == []


def test_times_are_told_and_answered_by_the_towns_number():
    for minutes, within, late in ((60, "30分たって", "65分たって"), (5, "3分たって", "10分たって")):
        town = under(reauth_minutes=minutes)
        asked = {name: f"4.10|pupil:protected|Pupil|heads|{name}" for name in ("within", "late")}
        assert within in question(asked["within"], town).text and answer(asked["within"], town).yes
        assert late in question(asked["late"], town).text and not answer(asked["late"], town).yes


@pytest.mark.django_db
def test_the_page_takes_the_answers_of_the_policy_in_force(issued, read, actor_for, client_for, board, world):
    def only_heads(row):
        revisions.set_overlay(actor=board, revision=row, text=text_of(TEMPLATES[-1], "990011"))
        row.refresh_from_db()
        words = "この町では、名簿の書き出しは校長・教頭だけが行います。"
        revisions.write_clause(
            actor=board, revision=row, number="6.5", title="名簿の書き出し", text=words, who=["教職員"]
        )

    first = issued()
    teacher = actor_for("a1-coordinator")
    read(teacher, first)
    second = issued(only_heads)
    page = f"/municipalities/{world.municipality('A')}/policy/reading/"
    client = client_for("a1-coordinator")
    shown = client.get(page).content.decode()
    ground = Ground.of(Issue.objects.get(pk=second.pk))
    asked = quiz_of(teacher, second, ["6.5"]).asked
    assert asked and all(q.text in shown for q in asked)
    sent = {"issue": second.number, "numbers": "6.5"}
    believed = sent | {f"q{n}": "yes" if wrongly(q.key, ground) else "no" for n, q in enumerate(asked)}
    told = client.post(page, believed)["Location"]  # as the house alone would answer
    assert "この町では、名簿の書き出しは校長・教頭だけ" in client.get(told).content.decode()
    set_scope(municipalities=[world.municipality("A")], side="school")
    again = quiz_of(teacher, second, ["6.5"]).asked
    believed = (
        sent | {f"q{n}": "yes" if answer(q.key, ground).yes else "no" for n, q in enumerate(again)} | {"round": 1}
    )
    assert client.post(page, believed)["Location"].endswith("?done=all")
    set_scope(municipalities=[world.municipality("A")], side="school")
    assert mine(actor_for("a1-coordinator"), second) == []


@pytest.mark.django_db
def test_the_quiz_and_a_real_decision_say_the_same(issued, actor_for, board, world):
    """Real people of the town and the people of the questions, for every kind of post, at the own school."""
    issue = issued(lambda row: revisions.set_overlay(actor=board, revision=row, text=text_of(TEMPLATES[-1], "990011")))
    ground = Ground.of(Issue.objects.get(pk=issue.pk))
    pupil = as_resource(Pupil.objects.get(pk=world.pupil("hana")))
    people = {"heads": "a1-head", "coordinators": "a1-coordinator", "nurses": "a1-nurse", "clerks": "a1-clerk", "homerooms": "a1-homeroom"}  # fmt: skip
    for action in ("pupil:read", "pupil:contacts", "pupil:export", "pupil:edit"):
        for role, name in people.items():
            real = decide(actor_for(name), action, pupil)
            told = answer(f"6.1|{action}|Pupil|{role}|own", ground)
            assert told.yes == real.allowed, (action, role)
            if real.rules:
                assert told.sentence == real.sentence, (action, role)
            else:  # by no rule at all: who may is said, by the clause that permits it
                assert told.sentence.startswith("これができるのは"), (action, role)


@pytest.mark.parametrize("seed", "abcdefgh")
def test_a_new_number_is_asked_about_for_those_whom_it_concerns(seed):
    """Not who may at all: who may still, and who may no more, so many minutes after the proof."""
    town = under(reauth_minutes=60)
    told = [(q.text, answer(q.key, town)) for q in questions(Person(["4.10"], seed), town)]
    assert all("分たって" in text for text, _ in told), told
    assert any(said.yes and "30分たって" in text for text, said in told), told
    late = [said for text, said in told if "65分たって" in text]
    assert late and not late[0].yes and late[0].clause.startswith("4.10"), told
