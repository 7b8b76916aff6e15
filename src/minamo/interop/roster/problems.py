"""取り込みの誤り: every error with its place, collected; a personal value is never repeated."""

from dataclasses import asdict, dataclass, field
from typing import Any

LIMIT = 500


@dataclass(frozen=True, slots=True)
class Problem:
    """誤りの一つ. `record` counts CSV records from 1 (the header), `line` physical lines; None where there is none."""

    code: str
    file: str
    message: str
    record: int | None = None
    line: int | None = None
    column: str = ""
    value: str = ""

    @property
    def place(self) -> str:
        """users.csv 12行目 givenName."""
        parts = [self.file, f"{self.line}行目" if self.line else "", self.column]
        return " ".join(part for part in parts if part)

    def as_json(self) -> dict[str, Any]:
        """For the report."""
        return asdict(self)


@dataclass(slots=True)
class Findings:
    """見つかったこと: errors (they refuse the file) and warnings (they do not). Beyond the limit only counted."""

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    left_out: int = 0

    def refuse(self, problem: Problem) -> None:
        """Note an error."""
        if len(self.problems) < LIMIT:
            self.problems.append(problem)
        else:
            self.left_out += 1

    def warn(self, problem: Problem) -> None:
        """Note a warning."""
        if len(self.warnings) < LIMIT:
            self.warnings.append(problem)

    @property
    def clean(self) -> bool:
        """Whether nothing stands against the import."""
        return not self.problems
