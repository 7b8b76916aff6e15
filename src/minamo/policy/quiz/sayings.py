"""言葉の問い (sayings): questions about clauses that no rule can answer, from the clause's own words.

The model policy says for a clause what somebody did, whether that is as the clause says, and on which words of it that rests
(`asks` in `model/*.toml`); it is asked while these words stand in the town's text. Where a layer has written a clause itself,
its sentences are asked for: is this what it says now? What it said in the model, and says no more, is the wrong one. For whoever
has answered all of these, any clause can be asked for its sentences, with one of its neighbours' as the wrong one (`spare`).
"""

import re
from collections.abc import Iterator, Sequence

from minamo.policy.clauses import Ask, model
from minamo.policy.quiz.ground import Answer, Ground, Question
from minamo.policy.rules.layers import filled

KINDS = ("says", "now", "was", "not")


def is_one(key: str) -> bool:
    """Whether a key is one of these questions."""
    return key.partition("|")[0] in KINDS


def of_the_town(key: str) -> bool:
    """Whether it is about words that a layer has written itself."""
    return key.startswith(("now|", "was|"))


def sayings(number: str, ground: Ground) -> Iterator[str]:
    """Keys of the questions about a clause of the town's text."""
    text = str(ground.clauses[number]["text"])
    yield from (f"says|{number}|{place}" for place, ask in enumerate(_asks(number)) if ask.words in text)
    if text != _model_text(number):
        yield from (f"now|{number}|{place}" for place in range(len(_sentences(text, ground))))
        yield from (f"was|{number}|{place}" for place in range(len(_gone(number, ground))))


def spare(number: str, numbers: Sequence[str], ground: Ground) -> Iterator[str]:
    """Keys of questions that any clause has: its own sentences, and sentences of others of these clauses that it does not have."""
    text = filled(str(ground.clauses[number]["text"]), ground.limits)
    yield from (f"now|{number}|{place}" for place in range(len(_sentences(text, ground))))
    for other in numbers:
        found = enumerate(_sentences(str(ground.clauses[other]["text"]), ground))
        yield from (f"not|{number}|{other}:{place}" for place, sentence in found if sentence not in text)


def question(key: str, ground: Ground) -> Question:
    """A question in words. Raises KeyError, IndexError or ValueError for a key that is none."""
    kind, number, place = key.split("|")
    if kind == "says":
        return Question(key, f"{_asks(number)[int(place)].says}　規程のとおりでしょうか。", "とおり", "ちがう")
    return Question(
        key,
        f"「{ground.named(number)}」には、いま、こう書いてあるでしょうか。「{_quoted(key, ground)}」",
        "ある",
        "ない",
    )


def answer(key: str, ground: Ground) -> Answer:
    """What is right, with the clause as it stands in the town. Raises KeyError, IndexError or ValueError for none."""
    kind, number, place = key.split("|")
    right = _asks(number)[int(place)].right if kind == "says" else kind == "now"
    return Answer(right, ground.named(number), filled(str(ground.clauses[number]["text"]), ground.limits))


def _quoted(key: str, ground: Ground) -> str:
    kind, number, place = key.split("|")
    if kind == "not":
        number, _, place = place.partition(":")
    found = _gone(number, ground) if kind == "was" else _sentences(str(ground.clauses[number]["text"]), ground)
    return found[int(place)]


def _gone(number: str, ground: Ground) -> list[str]:
    """Sentences of the model's clause that the town's does not have."""
    now = filled(str(ground.clauses[number]["text"]), ground.limits)
    return [sentence for sentence in _sentences(_model_text(number), ground) if sentence not in now]


def _sentences(text: str, ground: Ground) -> list[str]:
    return [found.strip() for found in re.findall(r"[^。]+。?", filled(text, ground.limits)) if found.strip()]


def _asks(number: str) -> tuple[Ask, ...]:
    known = model().clauses.get(number)
    return known.asks if known else ()


def _model_text(number: str) -> str:
    known = model().clauses.get(number)
    return known.text if known else ""
