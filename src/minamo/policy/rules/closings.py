"""上乗せの言葉 (closings): what an overlay closes, clause by clause, in the sentences its rules carry themselves (`@clause`, `@ja`).

Read from the text alone, without the engine: an edition of years ago says the same for ever, also under rules it no longer fits.
"""

import re
from dataclasses import dataclass

HERE = "この町では"
# Comments and strings first, so that nothing inside them is taken for an annotation or the head of a rule.
_PARTS = re.compile(r'//[^\n]*|@(\w+)\s*\(\s*"((?:[^"\\]|\\.)*)"\s*\)|"(?:[^"\\]|\\.)*"|\b(forbid|permit)\b', re.DOTALL)


@dataclass(frozen=True)
class Closing:
    """一つの閉じる規則 in words: the clause it stands at (「6.5 名簿の書き出し」) and its sentence."""

    clause: str
    sentence: str

    @property
    def number(self) -> str:
        """「6.5」"""
        return self.clause.partition(" ")[0]

    @property
    def note(self) -> str:
        """As it stands beside the clause: it holds in this town only."""
        return self.sentence if self.sentence.startswith(HERE) else f"{HERE}、{self.sentence}"


def closings(overlay: str) -> tuple[Closing, ...]:
    """What an overlay closes, in its order; a rule without both annotations says nothing."""
    found: list[Closing] = []
    said: dict[str, str] = {}
    for part in _PARTS.finditer(overlay):
        if part[1]:
            said[part[1]] = re.sub(r"\\(.)", r"\1", part[2])
        elif part[3]:
            if "clause" in said and "ja" in said:
                found.append(Closing(said["clause"], said["ja"]))
            said = {}
    return tuple(found)
