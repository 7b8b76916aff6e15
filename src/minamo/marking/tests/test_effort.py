"""手間の見積もり: what is counted, and that a class costs less than on paper under the stated model."""

from minamo.marking.effort import COMPARE, DECIDE, GLANCE, KEY, LOOK, NAME, OWNER, Asked, here, on_paper, whose


def test_one_question_counted_by_hand() -> None:
    question = Asked("symbol", ["ア"] * 18 + ["イ", None], [True] * 18 + [False, False])
    effort = here([question])
    assert effort.seconds["一覧で確かめる"] == (DECIDE + 2 * KEY) * 2 + GLANCE * 19
    assert effort.seconds["1人ずつ"] == LOOK["symbol"] + KEY
    assert effort.seconds["抜き取り"] == LOOK["symbol"] + KEY, "one of nineteen"
    paper = on_paper([question], aspects=1)
    assert paper.seconds["見る"] == 20 * LOOK["symbol"]
    assert paper.actions == 20 + 20 + 40 + 40


def test_wrong_numbers_of_few_are_confirmed_together() -> None:
    """Four sheets instead of ten: the right number, 154 (four wrote it), the seven that one wrote each, and the blank."""
    wrong = ["154"] * 4 + [f"{at}" for at in range(7)]
    question = Asked("number", ["645"] * 15 + wrong + ["", None], [True] * 15 + [False] * 13)
    effort = here([question])
    assert effort.seconds["一覧で確かめる"] == (DECIDE + 2 * KEY) * 4 + GLANCE * 20 + COMPARE * 7, (
        "blanks are a sheet of their own"
    )
    symbols = Asked("symbol", question.readings, question.right)
    assert here([symbols]).seconds["一覧で確かめる"] == (DECIDE + 2 * KEY) * 10 + GLANCE * 27


def test_words_cost_their_look_and_a_fix_for_each_wrong_one() -> None:
    effort = here([Asked("short", [None] * 10, [True] * 8 + [False] * 2)])
    assert effort.seconds["直す"] == 3 * KEY * 2
    assert effort.seconds["見る"] == 10 * LOOK["short"]


def test_sentences_cost_the_same_look_as_on_paper() -> None:
    question = Asked("writing", [None] * 30, [False] * 30)
    assert here([question]).seconds["見る"] == on_paper([question]).seconds["見る"]
    assert here([question]).actions < on_paper([question]).actions


def test_whose_papers_they_are_counted_by_hand() -> None:
    effort = whose(sure=25, doubtful=2, wrong=[7, 12], absent=1)
    assert effort.actions == 2 + (1 + 2) + 1 + 1
    assert effort.seconds["番号を入れる"] == 2 * (OWNER + DECIDE) + 3 * KEY
    assert effort.seconds["氏名を見くらべる"] == 25 * NAME
    assert "欠席" not in whose(30, 0, [], 0).seconds and whose(30, 0, [], 0).actions == 1
