"""証明の報告 (report): everything `bin/minamo policy prove` finds, as one object, as JSON and as a table in Japanese."""

import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from minamo.access.policyset import Policies
from minamo.access.proof.invariant import FACTS, Words, collected
from minamo.access.proof.kill import Hunt, Verdict, explanations, stale
from minamo.access.proof.prove import Life, Prover, Result
from minamo.access.proof.sentences import witness_in_words

HELD, BROKEN = "証明", "破れ"


@dataclass(frozen=True)
class Report:
    """What was proved about one rule set. `verdicts` is empty unless the mutants were asked for."""

    digest: str
    environments: int
    results: tuple[Result, ...]
    lives: tuple[Life, ...]
    verdicts: tuple[Verdict, ...]
    stale: tuple[str, ...]
    cpu_ms: float
    words: Words

    @property
    def broken(self) -> list[Result]:
        """Invariants with a witness against them."""
        return [result for result in self.results if not result.proved]

    @property
    def dead(self) -> list[Life]:
        """Rules that never decide anything."""
        return [life for life in self.lives if life.witness is None]

    @property
    def survivors(self) -> list[Verdict]:
        """Mutants nobody noticed and nobody explained."""
        return [verdict for verdict in self.verdicts if verdict.fate == "survived"]

    @property
    def good(self) -> bool:
        """Whether everything is as it must be."""
        return not (self.broken or self.dead or self.survivors or self.stale)


def prove(rules: Policies, *, mutants: bool = False) -> Report:
    """Prove every invariant of every room against the rules, for every number a municipality may set.

    With `mutants` also try every small change of every rule (only when the rules themselves keep all invariants). Raises
    UnsupportedPolicy for a rule that cannot be encoded, ProofBroken when solver and Cedar disagree.
    """
    began = time.process_time()
    invariants, words = collected()
    prover = Prover(rules)
    results = tuple(prover.check(invariant) for invariant in invariants)
    lives = tuple(prover.lives())
    spent = (time.process_time() - began) * 1000
    verdicts: tuple[Verdict, ...] = ()
    outdated: tuple[str, ...] = ()
    if mutants and all(result.proved for result in results):
        known = explanations()
        verdicts = tuple(Hunt(prover, invariants, known).verdicts())
        outdated = tuple(stale(verdicts, known))
    return Report(rules.digest, len(prover.environments), results, lives, verdicts, outdated, spent, words)


def as_json(report: Report) -> dict[str, Any]:
    """The report as plain values."""
    return {
        "good": report.good, "digest": report.digest, "environments": report.environments, "cpu_ms": round(report.cpu_ms),
        "facts": FACTS,
        "invariants": [
            {"id": r.invariant.id, "clause": r.invariant.clause, "sentence": r.invariant.sentence,
             "kind": r.invariant.kind, "proved": r.proved, "environments": r.environments, "ms": round(r.ms, 1),
             "witness": witness_in_words(r.witness, report.words) if r.witness else None}
            for r in report.results
        ],
        "dead_rules": [life.rule.id for life in report.dead],
        "mutants": dict(Counter(v.fate for v in report.verdicts)),
        "survivors": [{"id": v.mutant.id, "change": v.mutant.change} for v in report.survivors],
        "explained": {v.mutant.id: v.by for v in report.verdicts if v.fate == "explained"},
        "stale_explanations": list(report.stale),
    }  # fmt: skip


def as_lines(report: Report) -> Iterator[str]:
    """The report for a terminal."""
    yield f"規則の版 {report.digest[:12]} ／ 操作と対象の組 {report.environments}"
    yield ""
    yield from _table([("条文", "不変条件", "結果", "ミリ秒"), *map(_row, report.results)])
    yield ""
    for result in report.broken:
        assert result.witness is not None
        what = "できてしまいます" if result.invariant.kind == "wall" else "できません"
        yield f"破れ {result.invariant.clause} {result.invariant.sentence}"
        yield f"    反例：{witness_in_words(result.witness, report.words)}が{what}。（Cedar で確かめました）"
    yield from (
        f"働かない規則 {life.rule.clause} {life.rule.id}：この規則で決まる求めがひとつもありません。"
        for life in report.dead
    )
    if report.verdicts:
        yield from _mutants(report)
    proved = len(report.results) - len(report.broken)
    yield f"不変条件 {len(report.results)} のうち {proved} を、すべての求めについて証明しました（CPU {report.cpu_ms / 1000:.1f} 秒）。"
    yield "前提：" + "。".join(FACTS.values()) + "。"


def _row(result: Result) -> tuple[str, str, str, str]:
    one = result.invariant
    return (one.clause, f"{one.sentence}", HELD if result.proved else BROKEN, f"{result.ms:.0f}")


def _mutants(report: Report) -> Iterator[str]:
    fates = Counter(verdict.fate for verdict in report.verdicts)
    real = len(report.verdicts) - fates["same"] - fates["refused"]
    yield (
        f"変異 {real}：見つけた {fates['killed']}、理由つきで残した {fates['explained']}、見逃した {fates['survived']}"
        f"（ほかに、同じ意味と証明した {fates['same']}、起動時に止まる {fates['refused']}）"
    )
    for verdict in report.survivors:
        yield f"見逃した変異 {verdict.mutant.id}（{verdict.mutant.change}）"
        if verdict.witness is not None:
            yield f"    答えの変わる求め：{witness_in_words(verdict.witness, report.words)}"
    yield from (f"古い説明 {name}：explained.toml から消してください。" for name in report.stale)


def _table(rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()


def _width(text: str) -> int:
    """Columns on a terminal; Japanese letters take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in text)
