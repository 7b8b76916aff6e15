"""言葉の問い: clauses that people keep are asked about from their own words, while these words stand."""

import pytest

from minamo.policy.clauses import base_texts, model
from minamo.policy.queries.texts import limits_of
from minamo.policy.quiz import sayings
from minamo.policy.quiz.choosing import Person, answer, question, questions
from minamo.policy.quiz.ground import Ground

STAFF = {"全員", "教職員", "校長", "情報担当", "教育委員会", "統括責任者", "CISO", "監査責任者"}
ASKED = [clause for clause in model().clauses.values() if clause.asks]
PEOPLE = [c.number for c in model().clauses.values() if c.by == "people" and STAFF & set(c.who)]


def town(number, text, title=""):
    texts = base_texts()
    texts[number] = {"title": title or texts.get(number, {}).get("title", "町の定め"), "text": text, "who": ["教職員"]}
    return Ground(texts, limits_of({}))


HOUSE = Ground(base_texts(), limits_of({}))


@pytest.mark.parametrize("number", PEOPLE)
def test_every_clause_people_keep_has_a_question(number):
    assert questions(Person([number], "seed"), HOUSE)
    asked = question(next(sayings.sayings(number, HOUSE)), HOUSE)
    assert answer(asked.key, HOUSE).clause == f"{number} {model().clauses[number].title}"
    assert asked.text.endswith("規程のとおりでしょうか。") and (asked.yes, asked.no) == ("とおり", "ちがう")


@pytest.mark.parametrize("clause", ASKED, ids=lambda clause: clause.number)
def test_a_question_rests_on_words_of_its_clause(clause):
    for ask in clause.asks:
        assert ask.words in clause.text and ask.says.endswith("。") and ask.says not in clause.text


def test_neither_answer_is_the_safe_guess():
    right = [ask.right for clause in ASKED for ask in clause.asks]
    assert 0.35 < sum(right) / len(right) < 0.65


def test_where_the_town_has_other_words_its_own_are_asked():
    ground = town("2.4.3", "Ⅱ以上の紙は、職員室の金庫に入れます。机の上に置いたまま帰りません。")
    kinds = {key.split("|")[0] for key in sayings.sayings("2.4.3", ground)}
    assert kinds == {"says", "now", "was"}
    told = {question(key, ground).text: answer(key, ground).yes for key in sayings.sayings("2.4.3", ground)}
    assert any("金庫" in text and yes for text, yes in told.items())
    assert any("鍵のかかる棚" in text and not yes for text, yes in told.items() if "書いてある" in text)
    # the question that rests on words the town has taken away is asked no more, the other is
    assert not any("家庭環境調査票" in text for text in told) and any("答案を机" in text for text in told)
    for seed in "abcd":  # what the town says itself is asked first
        assert questions(Person(["2.4.3"], seed), ground)[0].key.startswith(("now", "was"))


def test_a_clause_of_the_towns_own_is_asked_for_its_sentences():
    ground = town("2.4.9", "鍵は事務室で借ります。返した時刻を書きます。", "鍵の貸し出し")
    (first, second) = questions(Person(["2.4.9"], "seed"), ground)
    assert "「2.4.9 鍵の貸し出し」" in first.text and first.text != second.text
    assert all(answer(q.key, ground).yes for q in (first, second))


def test_keys_that_are_none_are_noticed():
    for key in ("says|2.4.3|9", "says|99.1|0", "now|99.1|0", "was|2.4.3|0", "says|2.4.3"):
        with pytest.raises((KeyError, IndexError, ValueError)):
            question(key, HOUSE)
