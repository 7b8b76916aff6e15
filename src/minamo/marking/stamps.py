"""スタンプ: short words that stand at the head of a comment, each in 【 】, and are drawn as stamps on the paper given back. Pure.

They are words of the comment and nothing else: the log, undo, what a screen reader says and what a file shows hold them without
knowing of them.
"""

import re
from collections.abc import Iterable

MOST, LONGEST = 6, 10  # stamps of one person, letters of one
USUAL = ("よくできました", "もう少し", "おしい！", "見直そう", "単位", "途中式")
_HEAD = re.compile(rf"【([^【】]{{1,{LONGEST}}})】")


def parted(comment: str) -> tuple[tuple[str, ...], str]:
    """スタンプと残りのことば."""
    found: list[str] = []
    rest = comment
    while head := _HEAD.match(rest):
        found.append(head[1])
        rest = rest[head.end() :]
    return tuple(found), rest.strip()


def counted(comments: Iterable[str]) -> str:
    """コメント 2件、スタンプ 3個: what stands at the answers, each kind for itself; empty where nothing does."""
    seen = [parted(one) for one in comments]
    words, stamps = sum(bool(rest) for _, rest in seen), sum(len(found) for found, _ in seen)
    return "、".join([*([f"コメント {words}件"] if words else []), *([f"スタンプ {stamps}個"] if stamps else [])])


def tidied(words: Iterable[str]) -> tuple[str, ...]:
    """入れたことば, without empty ones and without the same twice. Raises ValueError for one that cannot stand on a stamp."""
    found = list(dict.fromkeys(word for one in words if (word := "".join(c for c in one if c.isprintable()).strip())))
    for word in found:
        if len(word) > LONGEST or "【" in word or "】" in word:
            raise ValueError(
                f"「{word[:20]}」はスタンプにできません。{LONGEST}字まで、【】のないことばで入れてください。"
            )
    return tuple(found[:MOST])
