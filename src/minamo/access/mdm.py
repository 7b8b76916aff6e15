"""管理ツール（MDM）の一覧を読む: which device of the register is in order, whatever the tool calls its columns. Pure.

All lines or none: every mistake is named with its line, its column and what stands there, and then nothing is taken. A device is
named by its number in the register or by its name there, when only one has that name.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from minamo.kernel.ids import id_of
from minamo.kernel.tables.values import Row, Table

DEVICE = ("device", "端末の番号", "端末の名前", "端末")
STATE = ("good", "状態", "問題なし")
KNOWN_TOO = frozenset(
    {"端末の番号", "端末の名前", "端末", "届け出た日", "device"}
)  # of the register itself: tells nothing new
WORDS = {
    **dict.fromkeys(("1", "○", "〇", "良", "問題なし", "true", "good", "ok", "compliant", "準拠"), True),
    **dict.fromkeys(("0", "×", "✕", "要確認", "false", "bad", "ng", "noncompliant", "非準拠"), False),
}
MOST_FACTS, LONGEST = 12, 60


@dataclass(frozen=True)
class Known:
    """台帳の端末: its number and its name."""

    id: UUID
    label: str


@dataclass(frozen=True)
class Line:
    """1台の報告: whether it is in order, and what else the tool says of it."""

    device: UUID
    good: bool
    facts: Mapping[str, str]


@dataclass(frozen=True)
class Problem:
    """直すところ: line of the file (0: the heading), column, what is wrong and what to do."""

    record: int
    column: str
    words: str


@dataclass(frozen=True)
class Reports:
    """読んだ一覧. With a problem there are no lines."""

    lines: tuple[Line, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_reports(table: Table, register: Iterable[Known]) -> Reports:
    """一覧を読む against the register of the place."""
    header = [_plain(name) for name in table.header]
    device, state = _column(header, DEVICE), _column(header, STATE)
    missing = [
        Problem(
            0, names[0], f"「{names[0]}」の列がありません。見出しの行に、{'・'.join(names)} のどれかを書いてください。"
        )
        for at, names in ((device, DEVICE), (state, STATE))
        if at is None
    ]
    if device is None or state is None:
        return Reports(problems=tuple(missing))
    if not table.rows:
        return Reports(problems=(Problem(0, table.header[device], "端末が1台も書かれていません。"),))
    return _Reading(table, device, state, list(register)).all()


class _Reading:
    """One file on its way: what was named already, and what is wrong so far."""

    def __init__(self, table: Table, device: int, state: int, register: Sequence[Known]) -> None:
        self.table, self.device, self.state = table, device, state
        self.numbers = {one.id: one for one in register}
        self.names: dict[str, list[Known]] = {}
        for one in register:
            self.names.setdefault(_plain(one.label), []).append(one)
        self.first: dict[UUID, int] = {}
        self.problems: list[Problem] = []
        self.others = [
            (at, name.strip())
            for at, name in enumerate(table.header)
            if at not in {device, state} and name.strip() and _plain(name) not in KNOWN_TOO
        ][:MOST_FACTS]

    def all(self) -> Reports:
        """Every line, or every problem."""
        lines = [line for row in self.table.rows if (line := self.line(row)) is not None]
        return Reports(problems=tuple(self.problems)) if self.problems else Reports(tuple(lines))

    def line(self, row: Row) -> Line | None:
        """One line, or None with its problems noted."""
        found = self.named(row)
        good = WORDS.get(_plain(row.values[self.state]))
        if good is None:
            said = row.values[self.state].strip()
            self.wrong(
                row,
                self.state,
                f"「{said}」は読めません。" if said else "空です。",
                "1（問題なし）か 0（要確認）にしてください。",
            )
        if found is None or good is None:
            return None
        facts = {name: row.values[at].strip()[:LONGEST] for at, name in self.others if row.values[at].strip()}
        return Line(found.id, good, facts)

    def named(self, row: Row) -> Known | None:
        """The device of a line; each once."""
        said = row.values[self.device].strip()
        number = id_of(said)
        candidates = [self.numbers[number]] if number in self.numbers else self.names.get(_plain(said), [])
        if not said:
            self.wrong(row, self.device, "空です。", "台帳の端末の番号か名前を書いてください。")
        elif not candidates:
            self.wrong(
                row, self.device, f"「{said[:LONGEST]}」は、この台帳にありません。", "台帳の一覧と見くらべてください。"
            )
        elif len(candidates) > 1:
            self.wrong(
                row,
                self.device,
                f"「{said[:LONGEST]}」という名前の端末が{len(candidates)}台あります。",
                "端末の番号で書いてください。",
            )
        elif candidates[0].id in self.first:
            self.wrong(
                row,
                self.device,
                f"「{said[:LONGEST]}」は{self.first[candidates[0].id]}行目にもあります。",
                "どちらかを消してください。",
            )
        else:
            self.first[candidates[0].id] = row.record
            return candidates[0]
        return None

    def wrong(self, row: Row, column: int, what: str, mend: str) -> None:
        """Note a problem."""
        self.problems.append(Problem(row.record, self.table.header[column], f"{what}{mend}"))


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _column(header: Sequence[str], names: Sequence[str]) -> int | None:
    return next((header.index(_plain(name)) for name in names if _plain(name) in header), None)
