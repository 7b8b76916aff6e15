"""Neighbours countersign what has only grown, and refuse what was rewritten, in one instance and between two."""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from minamo.audit import notes
from minamo.audit.keys import rotate
from minamo.audit.seal import logs
from minamo.audit.tests.settled import seal_all, settle
from minamo.audit.verify import verify
from minamo.audit.witness import neighbours, witness_all

pytestmark = pytest.mark.usefixtures("own_database")


@pytest.fixture(autouse=True)
def grown(write: Callable[..., None], settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    write(9)
    seal_all()


def forget_rows(tamper: Callable[..., None]) -> None:
    """The whole history rewritten, as somebody could who has database and signing key."""
    tamper(
        "UPDATE audit_entry SET actor_label = 'x'",
        "DELETE FROM audit_batch; DELETE FROM audit_node; DELETE FROM audit_cursor; DELETE FROM audit_cosignature",
        "UPDATE audit_head SET size = 0, frontier = ''",
    )


def test_neighbours_are_others() -> None:
    for log in logs():
        assert log not in neighbours(log, logs())
    assert [log.origin.rsplit("/", 1)[1] for log in neighbours(logs()[0], logs())]


def test_a_round_countersigns_and_verifies(write: Callable[..., None]) -> None:
    first = witness_all()
    assert {(o.origin.rsplit("/", 1)[1], o.witness.split("/")[1]) for o in first} == {
        ("990011", "990022"), ("990022", "990011"), ("instance", "990011"), ("instance", "990022")}  # fmt: skip
    assert not any(outcome.refused for outcome in first)
    assert witness_all() == []
    write(6)
    seal_all()
    assert len(witness_all()) == 4
    report = verify()
    assert report.ok, report.problems
    assert sum(log.cosignatures for log in report.logs) == 8


def test_a_rewritten_history_verifies_without_memories_and_is_refused_by_the_neighbour(
    tamper: Callable[..., None], tmp_path: Path
) -> None:
    witness_all()
    forget_rows(tamper)
    (tmp_path / "witness").rename(tmp_path / "aside")
    seal_all()
    assert verify().ok  # which is why memories and witnesses are needed
    for path in (tmp_path / "aside").iterdir():
        path.replace(tmp_path / "witness" / path.name)
    assert {problem.kind for problem in verify().problems} == {"memory"}
    refused = [outcome for outcome in witness_all() if outcome.refused]
    assert len(refused) == 4
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('minamo.sealer', 'on', false)")
        cursor.execute("SELECT outcome FROM audit_entry WHERE action = 'audit:witness'")
        assert cursor.fetchall() == [("error",)] * 4


def test_what_a_witness_saw_contradicts_the_log(tamper: Callable[..., None]) -> None:
    witness_all()
    tamper(
        "UPDATE audit_entry SET actor_label = 'x'",
        "DELETE FROM audit_batch; DELETE FROM audit_node; DELETE FROM audit_cursor",
        "UPDATE audit_head SET size = 0, frontier = ''",
    )
    seal_all()
    assert {problem.kind for problem in verify().problems} == {"witness", "memory", "refused"}


def test_a_log_with_another_key_is_refused(
    tmp_path: Path, tamper: Callable[..., None], write: Callable[..., None]
) -> None:
    witness_all()
    shutil.rmtree(tmp_path / "keys")
    tamper("DELETE FROM audit_key")
    write(3)
    seal_all()
    assert all("鍵" in outcome.refused for outcome in witness_all())


def test_a_rotated_key_is_followed(write: Callable[..., None]) -> None:
    witness_all()
    rotate("audit")
    rotate("witness")
    write(3)
    seal_all()
    outcomes = witness_all()
    assert outcomes
    assert not any(outcome.refused for outcome in outcomes)
    assert verify().ok


def run(*words: str) -> tuple[int, str]:
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("audit", *words, stdout=out, stderr=out)
    return int(ended.value.code or 0), out.getvalue()


def test_between_instances(
    tmp_path: Path, settings: Any, tamper: Callable[..., None], write: Callable[..., None]
) -> None:
    """One database plays both parts; what the witness elsewhere knows is only its folder and the file."""
    sent, back = tmp_path / "sent.json", tmp_path / "back.json"
    foreign = notes.VerifierKey("elsewhere.example/480442/witness", notes.WITNESS, bytes(32))
    assert run("checkpoint", "--out", str(sent))[0] == 0
    code, said = run("countersign", str(sent), "--municipality", "990022", "--out", str(back))
    assert (code, said.count("○")) == (0, 3)
    code, said = run("accept", str(back))
    assert (code, "--key" in said) == (1, True)
    key = json.loads(back.read_text())["key"]
    assert run("accept", str(back), "--key", str(foreign))[0] == 1
    assert run("accept", str(back), "--key", key)[0] == 0
    report = verify()
    assert report.ok, report.problems
    assert sum(log.cosignatures for log in report.logs) == 3
    write(6)
    seal_all()
    run("checkpoint", "--out", str(sent))
    assert run("countersign", str(sent), "--municipality", "990022", "--out", str(back))[0] == 0
    forget_rows(tamper)
    seal_all()
    run("checkpoint", "--out", str(sent))
    code, said = run("countersign", str(sent), "--municipality", "990022", "--out", str(back))
    assert (code, said.count("×")) == (1, 3)
    assert list((tmp_path / "witness").iterdir())


def test_a_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("{}")
    assert run("accept", str(tmp_path / "x"))[0] == 1
    assert run("countersign", str(tmp_path / "x"), "--municipality", "990022", "--out", str(tmp_path / "y"))[0] == 1
    assert run("countersign", str(tmp_path / "x"), "--municipality", "000000", "--out", str(tmp_path / "y"))[0] == 1


def test_a_lost_key_can_be_replaced_but_not_in_silence(tmp_path: Path, write: Callable[..., None]) -> None:
    (tmp_path / "keys" / "audit_seed").unlink()
    write(1)
    settle()
    assert run("seal")[0] == 1
    assert run("rotate", "audit", "--lost")[0] == 0
    assert run("seal")[0] == 0
    assert "key" in {problem.kind for problem in verify().problems}


def test_what_is_given_wrongly_is_said_in_japanese_and_names_the_file(tmp_path: Path) -> None:
    broken = tmp_path / "kept.txt"
    broken.write_text("x\n")
    for words, said in (
        (("verify", "--key", "zzz"), "検証鍵の形ではありません"),
        (("verify", "--known", str(tmp_path / "none")), f"{tmp_path / 'none'} を使えません"),
        (("verify", "--known", str(broken)), f"{broken}：署名つきの文面ではありません"),
        (("checkpoint", "--out", str(tmp_path / "none" / "x")), f"{tmp_path / 'none' / 'x'} を使えません"),
        (("export", "--from", "2026-11-02", "--to", "2026-11-01", "--out", str(tmp_path / "e")), "よりあとです"),
    ):
        code, told = run(*words)
        assert code == 1
        assert said in told
        assert "Errno" not in told
    assert not (tmp_path / "e").exists()
