"""別の人の新しい記録 (a newer record of somebody else): what was pressed without a line speaks of the row as it was then. Where somebody
else has recorded the same child meanwhile, the later arrival takes nothing away: it becomes a question to who pressed it. Pure.

What was pressed says what its writer saw (`Seen`); the own newer record is no question, the later press of one hand counts.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Seen:
    """見えていた記録: the moment of the record the row showed when something was pressed; None where there was none yet."""

    at: dt.datetime | None


@dataclass(frozen=True, slots=True)
class Newer:
    """一人の児童生徒についての問い: `health` for 健康観察, otherwise the mark; `at` is the record that stands."""

    pupil_id: UUID
    at: dt.datetime
    health: bool = False


def overtaken(seen: Seen | None, at: dt.datetime | None, by: str, me: UUID | None) -> bool:
    """Whether the record that stands (made `at`, by the account `by`) is somebody else's and another than the one that was seen.
    Who did not say what was seen is not asked."""
    return seen is not None and at is not None and seen.at != at and by != str(me)


class NewerRecord(Exception):
    """別の人がそのあとに記録した: nothing was saved; `newer` says of whom, so that the writer can be asked."""

    def __init__(self, newer: Iterable[Newer]) -> None:
        self.newer = tuple(newer)
        super().__init__(f"{len(self.newer)} newer records")
