"""Files: a content is copied part by part, and never one that was altered; at an address lies all of it or nothing."""

import os
import signal
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import pytest
from django.core.files.storage import FileSystemStorage

from minamo.kernel import files


def test_a_large_content_never_lies_in_memory(tmp_path: Path) -> None:
    storage = FileSystemStorage(tmp_path / "storage")
    digest = files.keep(bytes(range(256)) * (24 * 2**12), storage=storage)
    tracemalloc.start()
    try:
        files.copy(digest, tmp_path / "pile.pdf", storage=storage)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 6 * files.PART, "24 MB in parts of one"
    assert (tmp_path / "pile.pdf").read_bytes() == files.read(digest, storage=storage)


def test_what_was_altered_is_not_handed_out(tmp_path: Path) -> None:
    storage = FileSystemStorage(tmp_path / "storage")
    digest = files.keep(b"a pile", storage=storage)
    (tmp_path / "storage" / files.path_of(digest)).write_bytes(b"another")
    with pytest.raises(ValueError, match="digest"):
        files.copy(digest, tmp_path / "pile.pdf", storage=storage)
    assert not (tmp_path / "pile.pdf").exists()
    with pytest.raises(FileNotFoundError):
        files.copy("0" * 64, tmp_path / "pile.pdf", storage=storage)


@pytest.mark.parametrize("left", [b"", b"a pi", b"a pole", b"a pile and more"])
def test_keeping_again_mends_what_was_cut_short_or_changed(tmp_path: Path, left: bytes) -> None:
    storage = FileSystemStorage(tmp_path / "storage")
    digest = files.keep(b"a pile", storage=storage)
    (tmp_path / "storage" / files.path_of(digest)).write_bytes(left)
    assert files.keep(b"a pile", storage=storage) == digest
    assert files.read(digest, storage=storage) == b"a pile"


def test_what_is_whole_is_not_written_again(tmp_path: Path) -> None:
    storage = FileSystemStorage(tmp_path / "storage")
    place = tmp_path / "storage" / files.path_of(files.keep(b"a pile", storage=storage))
    before = place.stat()
    files.keep(b"a pile", storage=storage)
    assert (place.stat().st_ino, place.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert place.stat().st_mode & 0o777 == 0o644, "the permissions of every other stored file"
    assert list((tmp_path / "storage" / files.COMING).iterdir()) == []


def test_a_full_disk_leaves_the_address_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    storage = FileSystemStorage(tmp_path / "storage")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.keep(b"a pile", storage=storage)
    assert [one for one in (tmp_path / "storage").rglob("*") if one.is_file()] == []


LENGTH = 96 * 2**20
KEEPER = f"""
import sys
from django.conf import settings
settings.configure(USE_TZ=True)
from django.core.files.storage import FileSystemStorage
from minamo.kernel import files
content = bytes({LENGTH})
print("ready", flush=True)
sys.stdin.readline()
files.keep(content, storage=FileSystemStorage(sys.argv[1]))
print("kept", flush=True)
"""


def killed_while_keeping(folder: Path) -> bool:
    """A process of its own keeps 96 MB and gets SIGKILL as soon as some of it lies on the disk; whether it had not finished."""
    folder.mkdir()
    child = subprocess.Popen([sys.executable, "-c", KEEPER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                             text=True)  # fmt: skip
    assert child.stdin and child.stdout and child.stdout.readline() == "ready\n"
    print(file=child.stdin, flush=True)
    until = time.monotonic() + 60
    while child.poll() is None and time.monotonic() < until:
        if any(one.is_file() and one.stat().st_size for one in folder.rglob("*")):
            child.send_signal(signal.SIGKILL)
            break
        time.sleep(0.001)
    told = child.communicate()[0]
    return child.returncode == -signal.SIGKILL and not told


def test_a_process_killed_while_it_keeps_leaves_nothing_wrong_at_the_address(tmp_path: Path) -> None:
    content, amid = bytes(LENGTH), 0
    for attempt in range(5):
        folder = tmp_path / f"storage{attempt}"
        amid += killed_while_keeping(folder)
        place = folder / files.path_of(files.digest_of(content))
        assert not place.exists() or files.digest_of(place.read_bytes()) == files.digest_of(content)
        storage = FileSystemStorage(folder)
        assert files.read(files.keep(content, storage=storage), storage=storage) == content
    assert amid, "at least one of the five was killed before it had finished"


def test_what_a_killed_process_left_is_swept_a_day_later(tmp_path: Path) -> None:
    storage = FileSystemStorage(tmp_path / "storage")
    assert files.sweep(storage=storage) == 0
    digest = files.keep(b"a pile", storage=storage)
    old, new = (tmp_path / "storage" / files.COMING / name for name in ("old", "new"))
    for one in (old, new):
        one.write_bytes(b"half a picture")
    os.utime(old, (0, 0))
    assert files.sweep(storage=storage) == 1
    assert (old.exists(), new.exists()) == (False, True) and files.read(digest, storage=storage) == b"a pile"
