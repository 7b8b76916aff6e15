"""Somebody who only has the database rewrites history: the verification says so, whatever he signs it with."""

import base64
import io
import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import call_command

from minamo.audit import notes, seal
from minamo.audit.keys import endorsed, rotate
from minamo.audit.memory import SEALER, Memory
from minamo.audit.merkle import leaf_hash, root_of
from minamo.audit.publish import published
from minamo.audit.seal import logs
from minamo.audit.tests.insider import forge, reseal
from minamo.audit.tests.settled import seal_all, settle
from minamo.audit.tests.test_export import check, take_out
from minamo.audit.verify import verify
from minamo.audit.witness import name_of, witness_all

pytestmark = pytest.mark.usefixtures("own_database")
EDIT = "UPDATE audit_entry SET actor_label = '別人' WHERE id = (SELECT min(id) FROM audit_entry WHERE action = 'pupil:read')"


@pytest.fixture(autouse=True)
def sealed(write: Callable[..., None], settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    write(12)
    seal_all()


def kinds() -> set[str]:
    return {problem.kind for problem in verify().problems}


def run(*words: str) -> tuple[int, str]:
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("audit", *words, stdout=out, stderr=out)
    return int(ended.value.code or 0), out.getvalue()


def key_of(origin_end: str) -> str:
    return str(published(next(log for log in logs() if log.origin.endswith(origin_end)).id)[-1].key)


def test_a_key_put_before_the_genuine_one_is_not_trusted_for_endorsing_it(own_database: str, tmp_path: Path) -> None:
    genuine = key_of("990011")
    assert run("verify", "--key", genuine)[0] == 0
    forge(own_database, "990011", EDIT)
    shutil.rmtree(tmp_path / "witness")  # the keys alone have to say it
    assert kinds() == {"key", "signature"}
    assert run("verify", "--key", genuine)[0] == 1
    folder = take_out(tmp_path / "export", "--municipality", "990011")
    assert "none of the keys" in check(folder, "--key", genuine)[1]
    assert check(folder, "--key", genuine)[0] == 1


def test_the_memory_of_the_sealer_says_it_too_and_is_not_moved_on(
    own_database: str, write: Callable[..., None]
) -> None:
    forge(own_database, "990011", EDIT)
    assert "memory" in kinds()
    write(4)
    seal_all()
    assert {"memory", "refused", "key", "signature"} <= kinds()


def test_trees_taken_away_and_sealed_again_with_the_genuine_key_are_caught(own_database: str) -> None:
    reseal(own_database, EDIT)
    assert seal_all() > 0
    assert kinds() == {"memory", "refused"}
    code, said = run("verify")
    assert (code, "封をした側" in said) == (1, True)


def test_a_tree_ahead_of_the_memory_is_recomputed(write: Callable[..., None], own_database: str) -> None:
    """After a stop between commit and memory; but stored nodes of the true tree do not help a forger."""
    before = Memory(SEALER)
    write(6, ("A",))
    seal_all()
    before.write()
    write(2, ("A",))
    seal_all()
    assert verify().ok
    before.write()
    forge(own_database, "990011", EDIT)
    write(2, ("A",))
    seal_all()
    assert "refused" in kinds()


def test_a_refusal_of_a_witness_stays_until_it_countersigns_again(own_database: str) -> None:
    assert not any(outcome.refused for outcome in witness_all())
    forge(own_database, "990011", EDIT)
    assert any(outcome.refused for outcome in witness_all())
    refusals = [problem.text for problem in verify().problems if problem.kind == "refused"]
    assert len(refusals) == 1
    assert "断りました" in refusals[0]


def test_without_any_key_or_memory_it_says_loudly_what_it_could_not_rest_on(tmp_path: Path) -> None:
    assert "固定されていません" not in run("verify")[1]
    shutil.rmtree(tmp_path / "keys")
    shutil.rmtree(tmp_path / "witness")
    code, said = run("verify")
    assert code == 0
    assert "検証鍵が固定されていません" in said
    assert "控え（var/witness）のない木" in said
    assert run("keys")[0] == 1


def test_a_memory_that_cannot_be_read_is_said_and_does_not_end_the_sealing(
    tmp_path: Path, write: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    class Once(threading.Event):
        rounds = 0

        def wait(self, timeout: float | None = None) -> bool:
            self.rounds += 1
            return self.rounds > 2

    whole = (tmp_path / "witness" / "sealer.json").read_text()
    write(3)
    for broken in (whole[:-5], "[]"):
        (tmp_path / "witness" / "sealer.json").write_text(broken)
        code, said = run("verify")
        assert (code, "sealer.json が読めません" in said) == (1, True)
        settle()
        seal.keep_sealing(Once())  # comes back
        assert "sealer.json" in caplog.text
    (tmp_path / "witness" / "sealer.json").write_text(whole)
    assert seal_all() == 3
    assert verify().ok


def test_the_present_key_reaches_back_over_rotations_and_only_over_those(write: Callable[..., None]) -> None:
    first = key_of("990011")
    for _ in range(2):
        rotate("audit")
        write(3)
        seal_all()
    assert len({first, key_of("990011")}) == 2
    rotate("audit", forget=True)
    assert verify().ok
    for pin in (first, key_of("990011")):
        assert run("verify", "--key", pin)[0] == 0
    assert key_of("990011") in run("keys", "--municipality", "990011")[1]


def test_only_pinned_witnesses_are_named(tmp_path: Path) -> None:
    witness_all()
    report = verify()
    assert sum(log.cosignatures for log in report.logs) == 4
    names = [name_of(log.origin) for log in logs() if log.municipality_id]
    keys = [line for line in run("keys")[1].splitlines() if line.split("+")[0] in names]
    folder = take_out(tmp_path / "export")
    genuine = key_of("990011")
    assert "witnesses []" in check(folder, "--key", genuine)[1]
    code, said = check(folder, "--key", genuine, *(word for key in keys for word in ("--key", key)))
    assert (code, "990022/witness" in said) == (0, True), said
    (tmp_path / "keys" / "witness_seed").unlink()
    report = verify()
    assert report.ok
    assert [sum(log.cosignatures for log in report.logs), sum(log.unpinned_cosignatures for log in report.logs)] == [
        0,
        4,
    ]


def forged_folder(folder: Path, away: Path, genuine: str) -> Path:
    """What an auditor is handed by a forger who has only the folder: one row and all that hangs on it, signed anew."""
    shutil.copytree(folder, away)
    place = json.loads((away / "log.json").read_text())
    own = notes.Signer(place["origin"], notes.LOG, Ed25519PrivateKey.generate())
    rows = (away / "entries.jsonl").read_bytes().split(b"\n")[:-1]
    rows[2] = rows[2].replace(b"pupil:read", b"pupil:list")
    leaves = [leaf_hash(row) for row in rows]
    records = [line.split(" ") for line in (away / "leaves.txt").read_text().splitlines()]
    (away / "entries.jsonl").write_bytes(b"\n".join(rows) + b"\n")
    (away / "leaves.txt").write_text(
        "".join(f"{r[0]} {r[1]} {leaf.hex()}\n" for r, leaf in zip(records, leaves, strict=True))
    )
    signed = []
    for line in (away / "checkpoints.jsonl").read_text().splitlines():
        size = notes.read(json.loads(line)["note"])[0].size
        checkpoint = notes.Checkpoint(place["origin"], size, root_of(leaves[:size]))
        signed.append(json.dumps({"note": notes.note(checkpoint, notes.sign(own, checkpoint))}) + "\n")
    (away / "checkpoints.jsonl").write_text("".join(signed))
    mark = own.private.sign(endorsed(notes.VerifierKey.parse(genuine))).hex()
    place["keys"] = [{"key": str(own.verifier), "endorsement": None, "succession": None},
                     {"key": genuine, "endorsement": mark, "succession": None}]  # fmt: skip
    (away / "log.json").write_text(json.dumps(place | {"proofs": False, "earlier": []}))
    (away / "signature.txt").unlink()
    return away


def test_a_forged_folder_does_not_pass_with_the_genuine_key(tmp_path: Path) -> None:
    folder, genuine = take_out(tmp_path / "export"), key_of("990011")
    assert check(folder, "--key", genuine)[0] == 0
    away = forged_folder(folder, tmp_path / "forged", genuine)
    code, said = check(away)
    assert (code, "vouches for itself" in said) == (0, True)  # without a pin it can only say that it has none
    code, said = check(away, "--key", genuine)
    assert (code, "none of the keys" in said, "signature does not hold" in said) == (1, True, True)


def test_lists_that_no_tree_covers_are_signed(tmp_path: Path, write: Callable[..., None], monkeypatch: Any) -> None:
    monkeypatch.setattr(seal, "BATCH", 2)
    write(6, ("A",))
    seal_all()
    folder, genuine = take_out(tmp_path / "export"), key_of("990011")
    said = check(folder, "--key", genuine)[1]
    assert "(JST)" in said
    assert f"rows 1-{len((folder / 'leaves.txt').read_text().splitlines())} of" in said
    lines = (folder / "checkpoints.jsonl").read_text().splitlines(keepends=True)
    assert len(lines) > 2
    assert all(set(json.loads(line)) == {"note"} for line in lines)
    (folder / "checkpoints.jsonl").write_text("".join(lines[:1] + lines[2:]))
    assert check(folder, "--key", genuine)[0] == 1
    (folder / "signature.txt").unlink()
    assert "not signed" in check(folder, "--key", genuine)[1]


def test_an_earlier_note_of_an_empty_tree_ends(tmp_path: Path) -> None:
    folder = take_out(tmp_path / "export")
    place = json.loads((folder / "log.json").read_text())
    note = f"{place['origin']}\n0\n{base64.b64encode(bytes(32)).decode()}\n\n"
    place["earlier"] = [{"note": note, "proof": []}]
    (folder / "log.json").write_text(json.dumps(place))
    assert check(folder)[0] == 1
