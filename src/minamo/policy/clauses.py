"""手本の規程 (model policy): the clauses of `model/*.toml`, read once.

`by` says how a clause is kept: "rules" (Cedar rules name it), "code" (tests, or other clauses in `through`), "people". What a
clause that is kept without people honestly cannot have is said in the same table, with its reason: `unproved` (it is no decision of
the rules, so that nothing can be proved about one), `unmeasured` (no figure of a running town speaks of it).
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from minamo.policy.rules.layers import order

MODEL = Path(__file__).parent / "model"
WHO = (
    "全員",
    "CISO",
    "統括責任者",
    "教育委員会",
    "校長",
    "情報担当",
    "監査責任者",
    "教職員",
    "保護者",
    "児童生徒",
    "受託者",
)
PARTS = ("基本方針", "対策基準", "実施手順")


@dataclass(frozen=True)
class Ask:
    """問い about a clause that no rule can answer: what somebody did, whether that is as the clause says, and the words of the
    clause it rests upon. It is asked only where these words stand."""

    says: str
    right: bool
    words: str


@dataclass(frozen=True)
class Clause:
    """条文 of the model policy."""

    number: str
    part: str
    chapter: str
    title: str
    text: str
    who: tuple[str, ...]
    by: str
    through: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    evidence: str = ""
    unproved: str = ""
    unmeasured: str = ""
    asks: tuple[Ask, ...] = ()


@dataclass(frozen=True)
class Chapter:
    """章."""

    number: str
    title: str
    part: str


@dataclass(frozen=True)
class Model:
    """手本の規程: chapters and clauses by number, in order."""

    chapters: Mapping[str, Chapter]
    clauses: Mapping[str, Clause]


@lru_cache(maxsize=1)
def model() -> Model:
    """The model policy. Raises ValueError for a number twice, an unknown role or a clause without its chapter."""
    chapters: dict[str, Chapter] = {}
    clauses: dict[str, Clause] = {}
    for path in sorted(MODEL.glob("*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        for row in data.get("chapter", ()):
            chapters[row["number"]] = Chapter(row["number"], row["title"], data["part"])
        for row in data["clause"]:
            clause = _clause(row, data["part"])
            if clause.number in clauses or clause.chapter not in chapters or not set(clause.who) <= set(WHO):
                raise ValueError(f"{path.name}: clause {clause.number}")
            clauses[clause.number] = clause
    return Model(
        MappingProxyType(dict(sorted(chapters.items(), key=lambda item: order(item[0])))),
        MappingProxyType(dict(sorted(clauses.items(), key=lambda item: order(item[0])))),
    )


def _clause(row: Mapping[str, Any], part: str) -> Clause:
    number = str(row["n"])
    return Clause(
        number, part, number.rpartition(".")[0], row["title"], row["text"], tuple(row["who"]), row["by"],
        tuple(row.get("through", ())), tuple(row.get("tests", ())), row.get("evidence", ""),
        row.get("unproved", ""), row.get("unmeasured", ""),
        tuple(Ask(**ask) for ask in row.get("asks", ())),
    )  # fmt: skip


def chapter_of(number: str) -> str:
    """The chapter a number lies in; a number of a town's own chapter lies in that."""
    return number.rpartition(".")[0]


def base_texts() -> dict[str, dict[str, Any]]:
    """The model policy as the lowest layer."""
    return {c.number: {"title": c.title, "text": c.text, "who": list(c.who)} for c in model().clauses.values()}
