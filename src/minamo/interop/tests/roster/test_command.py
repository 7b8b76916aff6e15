"""`bin/minamo roster import`: exit codes, the JSON report, and what is said in Japanese."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from minamo.interop.tests.roster.packages import SMALL, changed, content
from minamo.tenancy.api import municipality_by_code

KEYS = {
    "file", "sha256", "accepted", "applied", "unchanged", "profile", "mode", "municipality", "problems", "problems_left_out",
    "warnings", "rows", "changes", "events", "summary", "event_rows", "schools", "ended_by_absence", "posts_to_confirm",
}  # fmt: skip


@pytest.fixture
def small(tmp_path: Path) -> str:
    path = tmp_path / SMALL
    path.write_bytes(content(SMALL))
    return str(path)


def run(capsys: Any, *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        call_command("roster", *arguments)
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def test_accepted(db: None, small: str, capsys: Any) -> None:
    code, out, _ = run(capsys, "import", small)
    assert code == 0
    assert "取り込みました。" in out
    assert "花霞小：児童生徒 57人" in out
    assert municipality_by_code("480444") is not None


def test_check_changes_nothing(db: None, small: str, capsys: Any) -> None:
    code, out, _ = run(capsys, "import", small, "--check")
    assert code == 0
    assert "何も変えていません" in out
    assert municipality_by_code("480444") is None


def test_json(db: None, small: str, capsys: Any) -> None:
    code, out, _ = run(capsys, "import", small, "--json")
    report = json.loads(out)
    assert code == 0
    assert set(report) == KEYS
    assert (report["accepted"], report["applied"], report["profile"], report["mode"]) == (True, True, "1.2_JP", "bulk")
    assert report["municipality"] == {"code": "480444", "name": "花霞村"}
    assert report["rows"]["enrollments"] == 930


def test_refused(db: None, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "bad.zip"
    path.write_bytes(changed(lambda r: r.put("users", 3, "familyName", "")))
    code, out, _ = run(capsys, "import", str(path))
    assert code == 1
    assert "users.csv 4行目 familyName：空欄にできません。" in out
    code, out, _ = run(capsys, "import", str(path), "--json")
    problem = json.loads(out)["problems"][0]
    assert code == 1
    assert problem == {"code": "required", "file": "users.csv", "message": "空欄にできません。", "record": 4, "line": 4,
                       "column": "familyName", "value": ""}  # fmt: skip


def test_usage(db: None, capsys: Any) -> None:
    assert run(capsys, "import", "/nonexistent.zip")[0] == 2
    with pytest.raises(CommandError):
        call_command("roster", "import")
    with pytest.raises(CommandError):
        call_command("roster", "eat", "x.zip")
