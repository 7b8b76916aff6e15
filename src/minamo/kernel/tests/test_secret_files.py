"""Secrets that are given: a named file must be there and be guarded; only our own place makes one."""

import subprocess
import sys
from pathlib import Path

import pytest

from minamo.kernel.secret_files import SecretTrouble, named, optional, several, write
from tests.fixtures.moment import at_once

NAME = "MINAMO_SECRET_KEY"
LONG, LONGER = "k" * 32, "l" * 40


def put(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def test_a_named_file_that_is_not_there_is_never_made(tmp_path: Path) -> None:
    for missing in (tmp_path / "absent", tmp_path / "no" / "folder", tmp_path):
        with pytest.raises(SecretTrouble, match="がありません"):
            several(NAME, tmp_path / "own", {f"{NAME}_FILE": str(missing)})
        with pytest.raises(SecretTrouble, match="がありません"):
            optional("X", {"X_FILE": str(missing)})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o602, 0o620, 0o666])
def test_what_others_can_read_or_change_is_refused(tmp_path: Path, mode: int) -> None:
    path = put(tmp_path / "key", LONG, mode)
    with pytest.raises(SecretTrouble, match="chmod 600"):
        several(NAME, tmp_path / "own", {f"{NAME}_FILE": str(path)})
    with pytest.raises(SecretTrouble, match="chmod 600"):
        several(NAME, path, {})
    with pytest.raises(SecretTrouble, match="chmod 600"):
        optional(NAME, {f"{NAME}_FILE": str(path)})


@pytest.mark.parametrize("mode", [0o400, 0o600, 0o440, 0o640])
def test_its_owner_and_its_group_may_read(tmp_path: Path, mode: int) -> None:
    assert named("X", {"X_FILE": str(put(tmp_path / "key", LONG, mode))}) == tmp_path / "key"


@pytest.mark.parametrize("text", ["short", "", " \n", "k" * 31, f"{LONG}\nshort"])
def test_a_short_or_empty_secret_is_refused_and_not_repeated(tmp_path: Path, text: str) -> None:
    path = put(tmp_path / "key", text)
    with pytest.raises(SecretTrouble, match="32文字以上") as told:
        several(NAME, tmp_path / "own", {f"{NAME}_FILE": str(path)})
    assert "short" not in str(told.value)
    if text.strip():
        with pytest.raises(SecretTrouble, match="32文字以上"):
            several(NAME, tmp_path / "own", {NAME: text})


def test_several_newest_first(tmp_path: Path) -> None:
    for text in (f"{LONG}\n{LONGER}\n", f"{LONG},{LONGER}", f" {LONG} {LONGER}"):
        assert several(NAME, tmp_path / "own", {NAME: text}) == [LONG, LONGER]
        assert several(NAME, tmp_path / "own", {f"{NAME}_FILE": str(put(tmp_path / "key", text))}) == [LONG, LONGER]


def test_at_our_own_place_one_is_made_once_whoever_comes_first(tmp_path: Path) -> None:
    own = tmp_path / "var" / "key"
    found = at_once([lambda: several(NAME, own, {})[0]] * 32)
    assert len(set(found)) == 1 and len(found[0]) == 64 and own.stat().st_mode & 0o777 == 0o600
    assert list(own.parent.iterdir()) == [own]


def test_whoever_came_first_stands_and_nothing_lies_about(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "key"
    write(path, "first", first=True)
    write(path, "second", first=True)
    assert path.read_text() == "first" and path.stat().st_mode & 0o777 == 0o600
    write(path, "third")
    assert path.read_text() == "third" and list(path.parent.iterdir()) == [path]
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_that_cannot_take_its_place_leaves_none_beside_it(tmp_path: Path) -> None:
    (tmp_path / "key").mkdir()
    with pytest.raises(OSError):
        write(tmp_path / "key", "text")
    assert list(tmp_path.iterdir()) == [tmp_path / "key"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"MINAMO_SECRET_KEY_FILE": "{}/absent"}, "MINAMO_SECRET_KEY_FILE"),
        ({"MINAMO_SECRET_KEY": "aaaaa"}, "32文字以上"),
        ({"MINAMO_SECRET_KEY": LONG, "MINAMO_AUDIT_SEED_FILE": "{}/absent"}, "MINAMO_AUDIT_SEED_FILE"),
        ({"MINAMO_SECRET_KEY": LONG, "MINAMO_AUDIT_KEK_FILE": "{}/absent"}, "MINAMO_AUDIT_KEK_FILE"),
        ({"MINAMO_SECRET_KEY": LONG, "MINAMO_WITNESS_SEED_FILE": "{}/absent"}, "MINAMO_WITNESS_SEED_FILE"),
        ({"MINAMO_SECRET_KEY": LONG, "MINAMO_MAIL_HOST": "mail.example", "MINAMO_MAIL_PASSWORD_FILE": "{}/absent"},
         "MINAMO_MAIL_PASSWORD_FILE"),
    ],
)  # fmt: skip
def test_the_start_ends_with_a_sentence(tmp_path: Path, given: dict[str, str], words: str) -> None:
    environment = {name: value.format(tmp_path) for name, value in given.items()}
    said = start(tmp_path, environment)
    assert said.returncode == 1 and words in said.stderr and "Traceback" not in said.stderr
    assert said.stderr.count("\n") == 1 and list(tmp_path.iterdir()) == []


def test_former_secrets_are_read_at_the_start(tmp_path: Path) -> None:
    said = start(tmp_path, {"MINAMO_SECRET_KEY": f"{LONG}\n{LONGER}"})
    assert said.stdout.split() == [LONG, LONGER]


def start(var: Path, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """The settings as a process of its own reads them."""
    code = "from django.conf import settings as s; print(s.SECRET_KEY, *s.SECRET_KEY_FALLBACKS)"
    fixed = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).parents[3]), "MINAMO_VAR": str(var), "PYTHONIOENCODING": "utf-8",
             "DJANGO_SETTINGS_MODULE": "minamo.config.settings"}  # fmt: skip
    return subprocess.run(
        [sys.executable, "-c", code], env=fixed | environment, capture_output=True, text=True, check=False
    )
