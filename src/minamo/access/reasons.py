"""理由の文 (a reason in words): what counts of it is what somebody can read. Pure."""

import unicodedata

SHORTEST, LONGEST = 20, 2000
DIFFERENT = 8  # characters that differ: a sentence of twenty has more, a key held down has one
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and a symbol that are drawn as nothing


def readable(text: str) -> str:
    """The text as it is kept: what is drawn as nothing is gone, runs of spaces are one."""
    drawn = (" " if c.isspace() else "" if c in _BLANK or unicodedata.category(c)[0] == "C" else c for c in text)
    return " ".join("".join(drawn).split())


def problem_with(text: str) -> str:
    """Why the text is no reason, in words for who wrote it; empty when it is one."""
    letters = [c for c in readable(text) if unicodedata.category(c)[0] not in "ZM"]
    if len(letters) < SHORTEST:
        return (
            f"理由は{SHORTEST}文字以上で、何が起きていて、なぜ必要かを書いてください。空白や見えない文字は数えません。"
        )
    if len(text) > LONGEST:
        return f"理由は{LONGEST}文字までです（いま{len(text)}文字）。短くして、もう一度送ってください。"
    if len(set(letters)) < DIFFERENT:
        return "同じ文字のくり返しでは、校長・教頭が点検できません。何が起きていて、なぜ必要かを文で書いてください。"
    return ""
