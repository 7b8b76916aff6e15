"""調べた結果 of a roster: what is known of a file before anything is written."""

from dataclasses import dataclass, field
from uuid import UUID

from minamo.interop.roster.manifest import Package
from minamo.interop.roster.merge import Merged, Stored
from minamo.interop.roster.plan import Plan
from minamo.interop.roster.problems import Findings


@dataclass(slots=True)
class Checked:
    """調べた結果: what the file says, what is wrong with it, and what it would change."""

    filename: str
    sha256: str
    findings: Findings
    package: Package | None = None
    merged: Merged | None = None
    stored: Stored = field(default_factory=dict)
    plan: Plan | None = None
    municipality_id: UUID | None = None
    code: str = ""

    @property
    def accepted(self) -> bool:
        """Whether it may be applied."""
        return self.findings.clean and self.plan is not None
