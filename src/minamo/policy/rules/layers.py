"""条文の重ね方 (layers): base → county → town. A layer changes, adds or (its own additions only) takes away clauses; numbers
may only become stricter than those of the layer below that set them.

Clauses are mappings with "title", "text", "who"; a layer maps numbers to such mappings or to None.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

ClauseText = Mapping[str, Any]
Layer = Mapping[str, ClauseText | None]
NUMBER = re.compile(r"[1-9]\d?(\.[1-9]\d{0,2}){1,2}")
LONGEST_TEXT = 600


class LayerError(ValueError):
    """The layer cannot lie on the one below; the message is for the person who wrote it."""


def order(number: str) -> tuple[int, ...]:
    """2.10.1 comes after 2.9.7."""
    return tuple(int(part) for part in number.split("."))


def resolve(base: Mapping[str, ClauseText], layers: Iterable[Layer]) -> dict[str, ClauseText]:
    """The text as it reads with all layers on it, in order of numbers. Raises LayerError (see check)."""
    result = dict(base)
    for layer in layers:
        check(result, layer, base)
        for number, clause in layer.items():
            if clause is None:
                result.pop(number, None)
            else:
                result[number] = {**result.get(number, {}), **clause}
    return dict(sorted(result.items(), key=lambda item: order(item[0])))


def check(below: Mapping[str, ClauseText], layer: Layer, base: Mapping[str, ClauseText]) -> None:
    """Raises LayerError for a number that is none, an empty clause, or the removal of a clause of the model policy."""
    for number, clause in layer.items():
        if not NUMBER.fullmatch(number):
            raise LayerError(f"「{number}」は条文の番号ではありません。2.5.14 のように書いてください。")
        if clause is None and number in base:
            raise LayerError(f"{number} は手本の条文なので、なくせません。文を変えることはできます。")
        text = {**below.get(number, {}), **(clause or {})}
        if clause is not None and not (str(text.get("title", "")).strip() and str(text.get("text", "")).strip()):
            raise LayerError(f"{number} の見出しと文を入れてください。")
        if clause is not None and len(str(text["text"])) > LONGEST_TEXT:
            raise LayerError(f"{number} の文が長すぎます（{LONGEST_TEXT}字まで）。二つの条文に分けてください。")


def changed(old: Mapping[str, ClauseText], new: Mapping[str, ClauseText]) -> list[str]:
    """Numbers whose title or text differs, is new or is gone, in order."""
    numbers = set(old) | set(new)
    differing = [n for n in numbers if _words(old.get(n)) != _words(new.get(n))]
    return sorted(differing, key=order)


def _words(clause: ClauseText | None) -> tuple[str, str] | None:
    return None if clause is None else (str(clause.get("title", "")), str(clause.get("text", "")))


def filled(text: str, limits: Mapping[str, int]) -> str:
    """The text with its numbers: `{reauth_minutes}` becomes the number in force. An unknown name stays as it stands."""
    return re.sub(r"\{(\w+)\}", lambda m: str(limits.get(m[1], m[0])), text)


def reading(clauses: Mapping[str, ClauseText], limits: Mapping[str, int]) -> dict[str, ClauseText]:
    """The clauses as they read: with their numbers in them."""
    return {number: {**clause, "text": filled(str(clause["text"]), limits)} for number, clause in clauses.items()}
