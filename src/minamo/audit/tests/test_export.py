"""An export is checked by a program that knows nothing of minamo, in a process of its own."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as real
from django.core.management import call_command
from django.db import connection, transaction

from minamo.audit import checkpoints, seal
from minamo.audit.merkle import leaf_hash, root_of
from minamo.audit.publish import published
from minamo.audit.roots import leaves, stored_roots
from minamo.audit.seal import as_sealer, logs
from minamo.audit.tests.settled import seal_all

pytestmark = pytest.mark.usefixtures("own_database")
TOOL = real.PROJECT_ROOT / "tools" / "audit_verify.py"


@pytest.fixture
def sealed(write: Callable[..., None], settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three rounds of rows of municipality A (and some of others), sealed in batches of ten."""
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(seal, "BATCH", 10)
    for _ in range(3):
        write(25, ("A",))
        write(3)
        seal_all()
    return tmp_path / "export"


def take_out(out: Path, *more: str) -> Path:
    with pytest.raises(SystemExit) as ended:
        call_command("audit", "export", "--from", "2020-01-01", "--to", "2100-01-01", "--out", str(out), *more)
    assert ended.value.code == 0
    return out / "990011"


def check(*words: object) -> tuple[int, str]:
    done = subprocess.run([sys.executable, "-I", TOOL, *words], capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_the_tool_is_short_and_needs_no_minamo() -> None:
    text = TOOL.read_text()
    assert len(text.splitlines()) <= 200
    assert "import minamo" not in text
    assert "from minamo" not in text


def test_a_folder_of_exports_is_gone_through_and_what_cannot_be_read_is_named(sealed: Path, tmp_path: Path) -> None:
    folder = take_out(sealed)
    code, said = check(folder.parent)
    assert (code, said.count("OK ")) == (0, len(list(folder.parent.iterdir()))), said
    code, said = check(tmp_path / "nothing")
    assert code == 2 and f"{tmp_path / 'nothing' / 'log.json'}: cannot be read / 読めません" in said
    kept = tmp_path / "kept.txt"
    kept.write_text("no checkpoint")
    for words in (("--known", kept), ("--known", "/etc/passwd")):
        code, said = check(folder, *words)
        assert code == 2 and f"{words[1]}: cannot be read / 読めません" in said
        assert "署名つきのチェックポイントの文面が要ります" in said and "unpack" not in said
    code, said = check(folder, "--known", tmp_path / "none.txt")
    assert code == 2 and "none.txt" in said and "署名つき" not in said
    for key in ("garbage", "a+b+c", "a+00000000+", "a+00000000+AQID"):
        code, said = check(folder, "--key", key)
        assert (
            code == 2
            and f"{key}: cannot be read / 読めません" in said
            and "検証鍵は、名前+8桁+base64 の1行です" in said
        )
        assert "invalid Key" not in said and "Traceback" not in said
    assert "操作記録の書き出しを確かめます" in check("--help")[1]


def test_all_fits(sealed: Path) -> None:
    folder = take_out(sealed)
    code, said = check(folder, sealed / "990022", sealed / "instance")
    assert (code, said.count("OK ")) == (0, 3), said
    assert json.loads((folder / "entries.jsonl").read_text().split("\n")[0])["action"] == "pupil:read"


def test_one_municipality_only(sealed: Path) -> None:
    folder = take_out(sealed, "--municipality", "990011")
    assert [path.name for path in sealed.iterdir()] == ["990011"]
    assert check(folder)[0] == 0


def test_one_row_edited_in_the_database_is_named_offline(sealed: Path, tamper: Callable[..., None]) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        as_sealer()
        cursor.execute("SELECT entries[4] FROM audit_batch WHERE first = 20 ORDER BY log_id LIMIT 1")
        entry = cursor.fetchone()[0]
    tamper(f"UPDATE audit_entry SET actor_label = '別人' WHERE id = {entry}")
    code, said = check(take_out(sealed))
    assert code == 1
    [line] = [line for line in said.splitlines() if line.startswith("x")]
    begin = f"x row {entry} (leaf 23) / 行 {entry}（24件目）: it was altered / 内容が変えられています (now / いま: "
    assert line.startswith(begin)
    assert re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d:\d\d pupil:read 別人\)", line.removeprefix(begin)), line


def test_rows_taken_out_put_in_and_moved_are_located(sealed: Path) -> None:
    folder = take_out(sealed)
    lines = (folder / "entries.jsonl").read_bytes().split(b"\n")[:-1]
    where = [
        f"x row {entry} (leaf {seq}) / 行 {entry}（{int(seq) + 1}件目）: "
        for seq, entry, _ in map(str.split, (folder / "leaves.txt").read_text().splitlines())
    ]
    missing, altered = "it is missing / ありません", "it was altered / 内容が変えられています"
    over = "x entries.jsonl has rows that stand for no leaf here / 余った行か、順序の違う行があります"
    strange = _other_digits(lines[0].decode()).encode()
    for changed, findings in (
        ([*lines[:9], *lines[10:]], [where[9] + missing]),
        ([*lines[:9], *lines[12:]], [where[at] + missing for at in (9, 10, 11)]),
        ([*lines[:9], strange, *lines[12:]], [where[9] + altered, where[10] + missing, where[11] + missing]),
        ([*lines[:9], *lines[10:20], strange, *lines[21:]], [where[9] + missing, where[20] + altered]),
        ([*lines[:9], strange, *lines[9:]], [where[9] + altered, over]),
        ([*lines[:9], lines[3], *lines[9:]], [where[9] + altered, over]),
        ([*lines[:9], lines[10], lines[9], *lines[11:]], [where[9] + missing, over]),
        ([*lines, strange], [over]),
        (lines[:-2], [where[-2] + missing, where[-1] + missing]),
    ):
        (folder / "entries.jsonl").write_bytes(b"".join(line + b"\n" for line in changed))
        code, said = check(folder)
        said = re.sub(r"(変えられています) \(now / いま: [^)]+\)", r"\1", said)
        assert (code, [line for line in said.splitlines() if line.startswith("x")]) == (1, findings)


def test_any_file_altered_is_noticed(sealed: Path) -> None:
    folder = take_out(sealed)
    for file in ("entries.jsonl", "leaves.txt", "checkpoints.jsonl", "inclusion.jsonl"):
        _spoil(folder, file)


def _other_digits(line: str) -> str:
    """The line with every digit another one: never the same line."""
    return re.sub(r"\d", lambda digit: str(9 - int(digit[0])), line)


def _spoil(folder: Path, file: str) -> None:
    path = folder / file
    lines = [f"{line}\n" for line in path.read_text().split("\n")[:-1]]
    at = next(n for n, line in enumerate(lines) if n > 3 and any(c.isdigit() for c in line))
    for changed in (lines[:at] + lines[at + 1 :], [*lines[:at], _other_digits(lines[at]), *lines[at + 1 :]],
                    lines[:-1], [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]]):  # fmt: skip
        path.write_text("".join(changed))
        if file in {"checkpoints.jsonl", "inclusion.jsonl"} and sorted(changed) == sorted(lines):
            continue  # their order says nothing
        assert check(folder)[0] in {1, 2}, (file, changed)
    path.write_text("".join(lines))
    assert check(folder)[0] == 0


@pytest.mark.parametrize("name", ["origin", "first", "end", "size", "left", "right", "keys"])
def test_the_place_in_the_tree_cannot_be_moved(sealed: Path, name: str) -> None:
    folder = take_out(sealed)
    (folder / "signature.txt").unlink()  # the list as a whole is signed; here it has to be noticed without that
    assert check(folder)[0] == 0
    place = json.loads((folder / "log.json").read_text())
    value = place[name]
    place[name] = (
        value + 1 if isinstance(value, int) else f"{value}x" if isinstance(value, str) else [*value, *value, "00"]
    )
    if name == "keys":
        place[name] = []
    (folder / "log.json").write_text(json.dumps(place))
    assert check(folder)[0] in {1, 2}


def test_row_and_record_altered_together(sealed: Path) -> None:
    folder = take_out(sealed)
    rows = (folder / "entries.jsonl").read_bytes().split(b"\n")
    records = (folder / "leaves.txt").read_text().splitlines()
    rows[33] = rows[33].replace(b"pupil:read", b"pupil:list")
    (folder / "entries.jsonl").write_bytes(b"\n".join(rows))
    records[33] = f"{records[33].rsplit(' ', 1)[0]} {leaf_hash(rows[33]).hex()}"
    (folder / "leaves.txt").write_text("\n".join(records) + "\n")
    code, said = check(folder)
    assert code == 1
    assert f"row {records[33].split()[1]}" in said


def kept_outside(folder: Path) -> tuple[Any, Path]:
    """The log of a town, and the note of its newest checkpoint as somebody keeps it."""
    log = next(log for log in logs() if log.origin.endswith("990011"))
    with transaction.atomic():
        as_sealer()
        newest = checkpoints.latest(log.id, log.origin)
        assert newest is not None
        kept = folder / "kept.txt"
        kept.write_text(checkpoints.note_of(log.id, newest))
    return log, kept


def test_what_one_kept_outside_decides(sealed: Path, write: Callable[..., None], tmp_path: Path) -> None:
    folder = take_out(sealed)
    log, kept = kept_outside(tmp_path)
    key = str(published(log.id)[0].key)
    assert check(folder, "--key", key, "--known", kept)[0] == 0
    other = str(published(next(log for log in logs() if log.origin.endswith("990022")).id)[0].key)
    code, said = check(folder, "--key", other)
    assert (code, "NOT PINNED" in said, "ALTERED" in said) == (1, True, False)


def test_the_key_of_one_town_does_not_call_the_others_altered(sealed: Path, tamper: Callable[..., None]) -> None:
    """Several towns in one folder: what the pinned key says nothing about is not pinned; only what was touched is altered."""
    folder = take_out(sealed)
    own = next(log for log in logs() if log.origin.endswith("990011"))
    key = str(published(own.id)[0].key)
    code, said = check(folder.parent, "--key", key)
    states = {line.split(": rows")[0] for line in said.splitlines() if ": rows" in line}
    assert code == 1 and len(states) == 3 and f"OK {own.origin}" in states and "ALTERED" not in said
    assert sum(state.startswith("NOT PINNED ") for state in states) == 2 and "x " not in said
    assert check(folder, "--key", key)[0] == 0
    lines = (sealed / "990022" / "entries.jsonl").read_text().replace('"action":"', '"action":"x', 1)
    (sealed / "990022" / "entries.jsonl").write_text(lines)
    said = check(folder.parent, "--key", key)[1]
    assert said.count("ALTERED ") == 1 and said.count("NOT PINNED ") == 1 and said.count("it was altered") == 1


def test_a_checkpoint_one_kept_of_another_tree_is_said(
    sealed: Path, write: Callable[..., None], tmp_path: Path
) -> None:
    folder = take_out(sealed)
    _, kept = kept_outside(tmp_path)
    text = kept.read_text().split("\n")
    text[2] = "A" * 43 + "="
    kept.write_text("\n".join(text))
    assert "another tree" in check(folder, "--known", kept)[1]


def test_a_folder_with_something_in_it_is_left_alone(sealed: Path) -> None:
    (sealed / "990011").mkdir(parents=True)
    (sealed / "990011" / "mine.txt").write_text("x")
    with pytest.raises(SystemExit) as ended:
        call_command("audit", "export", "--from", "2020-01-01", "--to", "2100-01-01", "--out", str(sealed))
    assert ended.value.code == 1


def test_ranges_from_stored_nodes(write: Callable[..., None], settings: Any, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    write(600, ("A",))
    seal_all()
    log = next(log for log in logs() if log.origin.endswith("990011"))
    with transaction.atomic():
        as_sealer()
        roots, own = stored_roots(log.id), leaves(log.id, 0, 600)
        for low, high in ((0, 600), (0, 512), (256, 512), (512, 600), (256, 300), (599, 600)):
            assert roots(low, high) == root_of(own[low:high])
