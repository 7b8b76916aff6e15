"""The supply chain: what is locked, what is known about it, and that an audit not made is never a green one."""

import datetime as dt
import io
import json
import os
import re
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from packaging.utils import canonicalize_name

from minamo.kernel.supply import (
    Package,
    SourceMissing,
    advisories,
    audit,
    bill_of_materials,
    locked,
    touches,
    unlisted,
)

LOCK = Path(__file__).parents[4] / "requirements.lock"
TODAY = dt.date(2026, 11, 23)


def advisory(name: str = "Django", **part: Any) -> dict[str, Any]:
    return {
        "id": "PYSEC-2026-1", "modified": "2026-11-20T00:00:00Z", "summary": "something",
        "affected": [{"package": {"ecosystem": "PyPI", "name": name}, **part}],
    }  # fmt: skip


def ranges(*events: dict[str, str]) -> dict[str, Any]:
    return {"ranges": [{"type": "ECOSYSTEM", "events": list(events)}]}


def test_the_whole_lock_is_read_and_each_package_has_a_hash() -> None:
    text = LOCK.read_text()
    packages = locked(text)
    assert len(packages) == len(re.findall(r"^[A-Za-z0-9][^\s=]*==", text, re.MULTILINE)) > 40
    assert all(package.hashes for package in packages)
    assert "django" in {package.name for package in packages}


def test_a_package_without_a_hash_is_no_lock() -> None:
    with pytest.raises(ValueError, match="without a hash"):
        locked("django==5.2.8\n")


@pytest.mark.parametrize(
    ("version", "part", "hit"),
    [
        ("5.2.1", ranges({"introduced": "0"}, {"fixed": "5.2.2"}), True),
        ("5.2.2", ranges({"introduced": "0"}, {"fixed": "5.2.2"}), False),
        ("5.2.1", ranges({"introduced": "5.2"}, {"last_affected": "5.2.1"}), True),
        ("5.2.2", ranges({"introduced": "5.2"}, {"last_affected": "5.2.1"}), False),
        ("4.2.9", ranges({"introduced": "5.0"}, {"fixed": "5.2.2"}), False),
        ("6.0", ranges({"introduced": "0"}, {"fixed": "5.2.2"}, {"introduced": "6.0"}), True),
        ("5.2.1", {"versions": ["5.2.1"]}, True),
        ("5.2.1", {"versions": ["5.2.0"]}, False),
        ("no version", ranges({"introduced": "0"}), True),
    ],
)
def test_which_versions_an_advisory_covers(version: str, part: dict[str, Any], hit: bool) -> None:
    assert touches(part, version) is hit


def test_names_are_compared_as_pypi_does_and_withdrawn_ones_do_not_count() -> None:
    mine = [Package("django-axes", "8.0", ("0",)), Package("other", "1", ("0",))]
    record = advisory("Django_Axes", versions=["8.0"])
    assert [f.package for f in audit(mine, [record])] == ["django-axes"]
    assert audit(mine, [record | {"withdrawn": "2026-11-21T00:00:00Z"}]) == []
    assert audit(mine, [advisory("django-axes", versions=["8.0"]) | {"affected": [{"package": {"name": "x"}}]}]) == []


def test_a_folder_and_an_archive_give_the_same(tmp_path: Path) -> None:
    folder = tmp_path / "osv"
    folder.mkdir()
    (folder / "a.json").write_text(json.dumps(advisory()))
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr("a.json", json.dumps(advisory()))
    assert advisories(folder, today=TODAY, most_days=14) == advisories(archive, today=TODAY, most_days=14)


@pytest.mark.parametrize("kind", ["absent", "empty", "broken", "old"])
def test_an_audit_without_its_source_is_a_failure(tmp_path: Path, kind: str) -> None:
    source = tmp_path / "osv"
    if kind != "absent":
        source.mkdir()
    if kind == "broken":
        (source / "a.json").write_text("{")
    if kind == "old":
        (source / "a.json").write_text(json.dumps(advisory() | {"modified": "2026-10-01T00:00:00Z"}))
    with pytest.raises(SourceMissing):
        advisories(source, today=TODAY, most_days=14)


def run(*arguments: str) -> tuple[int, dict[str, Any]]:
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("security", "audit", *arguments, "--json", stdout=out)
    return int(ended.value.code or 0), json.loads(out.getvalue())


def test_the_command_says_so_with_its_exit_code(tmp_path: Path) -> None:
    today = dt.datetime.now(dt.UTC).isoformat()
    code, said = run("--lock", str(LOCK))
    assert code == 2 and not said["audited"] and "--advisories" in said["why"]
    clean = advisory("nothing-of-ours", versions=["1"]) | {"modified": today}
    (tmp_path / "a.json").write_text(json.dumps(clean))
    code, said = run("--lock", str(LOCK), "--advisories", str(tmp_path))
    assert (code, said["findings"]) == (0, []) and said["advisories"] == 1
    (tmp_path / "b.json").write_text(
        json.dumps(advisory("django", **ranges({"introduced": "0"})) | {"modified": today})
    )
    code, said = run("--lock", str(LOCK), "--advisories", str(tmp_path))
    assert code == 1 and said["findings"][0]["package"] == "django"


ROOT = LOCK.parent


def audited(**environment: str) -> tuple[int, str]:
    """`.ci/audit` as CI runs it."""
    plain = {name: value for name, value in os.environ.items() if name not in {"MINAMO_ADVISORIES", "MINAMO_RELEASE"}}
    done = subprocess.run(["bash", ROOT / ".ci" / "audit"], capture_output=True, text=True, check=False, timeout=120,
                          env=plain | environment)  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_ci_says_that_nothing_was_audited_and_a_release_fails_without_it(tmp_path: Path) -> None:
    code, said = audited()
    assert code == 0 and "NOT AUDITED" in said and "ありません" not in said
    assert audited(MINAMO_RELEASE="1")[0] == 2
    assert audited(MINAMO_ADVISORIES=str(tmp_path / "absent"))[0] == 2
    today = dt.datetime.now(dt.UTC).isoformat()
    (tmp_path / "a.json").write_text(json.dumps(advisory("nothing-of-ours", versions=["1"]) | {"modified": today}))
    assert audited(MINAMO_ADVISORIES=str(tmp_path), MINAMO_RELEASE="1")[0] == 0
    (tmp_path / "b.json").write_text(
        json.dumps(advisory("django", **ranges({"introduced": "0"})) | {"modified": today})
    )
    code, said = audited(MINAMO_ADVISORIES=str(tmp_path))
    assert code == 1 and "PYSEC-2026-1" in said
    assert "bash .ci/audit" in (ROOT / ".ci" / "run").read_text()


def test_what_runs_here_stands_in_the_bill(tmp_path: Path) -> None:
    mine = [Package("django", "5.2.8", ("0",)), Package("other-part", "1", ("0",))]
    assert unlisted(mine, [("Django", "5.2.8"), ("Other_Part", "1"), ("pip", "25.0")]) == []
    assert unlisted(mine, [("Django", "5.2.7"), ("sneaked.in", "3")]) == ["django 5.2.7", "sneaked-in 3"]
    out = io.StringIO()
    call_command("security", "sbom", "--check", "--lock", str(LOCK), stdout=out)
    assert "すべて挙げています" in out.getvalue()
    short = tmp_path / "short.lock"
    short.write_text(re.sub(r"(?m)^django==(?:.*\\\n)+.*\n", "", LOCK.read_text()))
    assert "django" not in {package.name for package in locked(short.read_text())}
    with pytest.raises(SystemExit) as ended:
        call_command("security", "sbom", "--check", "--lock", str(short), stdout=out)
    assert ended.value.code == 1 and "\ndjango " in out.getvalue()
    assert "security sbom --check" in (ROOT / "bin" / "check").read_text()


def test_the_bill_of_materials_names_every_package_with_its_hashes() -> None:
    packages = locked(LOCK.read_text())
    bill = json.loads(bill_of_materials(packages, "1.0"))
    assert bill["bomFormat"] == "CycloneDX" and bill["specVersion"] == "1.6"
    listed = {
        (canonicalize_name(c["name"]), c["version"]): {h["content"] for h in c["hashes"]} for c in bill["components"]
    }
    assert listed == {(p.name, p.version): set(p.hashes) for p in packages}
