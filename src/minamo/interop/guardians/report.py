"""取り込みの報告: what became of each row of a list, for the page, the command line and programs."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from minamo.interop.guardians.flags import FLAGS
from minamo.interop.guardians.match import Known, Outcome
from minamo.people.api import Written


@dataclass
class Report:
    """報告: what became of each row, and of the file as a whole."""

    filename: str
    encoding: str = ""
    columns: Mapping[str, int] = field(default_factory=dict)
    problem: str = ""
    unmapped: list[str] = field(default_factory=list)
    rows: list[Outcome] = field(default_factory=list)
    missing_pupils: list[str] = field(default_factory=list)
    known: Mapping[UUID, Known] = field(default_factory=dict)
    written: Written | None = None
    applied: bool = False
    waiting: int = 0  # rows that are not taken until somebody decides
    put_aside: int = 0  # those of them that are new in the tray
    settled: int = 0  # rows that waited there and could be taken now

    @property
    def accepted(self) -> bool:
        """Whether the file could be read and its columns were understood."""
        return not self.problem

    def counts(self) -> dict[str, int]:
        """Rows by outcome."""
        return dict(Counter(row.outcome for row in self.rows))

    def summary(self) -> dict[str, Any]:
        """What the record of the run keeps."""
        return {"counts": self.counts(), "waiting": self.waiting, "columns": dict(self.columns)}

    def as_json(self) -> dict[str, Any]:
        """For programs: record numbers, student numbers and flags; no phones, mails or addresses."""
        return {
            "file": self.filename,
            "accepted": self.accepted,
            "problem": self.problem,
            "encoding": self.encoding,
            "unmapped_columns": self.unmapped,
            "counts": self.counts(),
            "waiting": self.waiting,
            "put_aside": self.put_aside,
            "settled": self.settled,
            "applied": self.applied,
            "rows_written": self.written.total if self.written else 0,
            "missing_student_numbers": self.missing_pupils,
            "rows": [
                {
                    "record": row.record,
                    "outcome": row.outcome,
                    "student_number": row.student_number,
                    "flags": list(row.flags),
                }
                for row in self.rows
            ],
        }


def spoken(report: Report) -> str:
    """The report for the command line, in words."""
    if not report.accepted:
        return f"受け付けられません：{report.filename}　{report.problem}\n何も変わっていません。"
    counts = report.counts()
    lines = [
        f"{report.filename}（{report.encoding}）",
        f"  合いました {counts.get('match', 0)}行　見てほしい点があります {counts.get('match_flag', 0)}行"
        f"　名簿にいません {counts.get('refuse', 0)}行　同じ行 {counts.get('ignore', 0)}行",
        f"  表に行のない児童生徒 {len(report.missing_pupils)}人（登録はそのままです）",
    ]
    if report.unmapped:
        lines.append(f"  使わない列：{'、'.join(report.unmapped)}")
    lines += [
        f"  {row.record}行目　{'、'.join(FLAGS[flag][0] for flag in row.flags)}" for row in report.rows if row.flags
    ]
    told = f"書き込み {report.written.total if report.written else 0}件　確認待ち {report.waiting}行（新しく{report.put_aside}行）"
    lines.append(f"  {told}" if report.applied else f"  取り込むと：{told}\n  確かめただけで、何も変えていません。")
    return "\n".join(lines)
