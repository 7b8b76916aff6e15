"""Files: a content is copied part by part, and never one that was altered."""

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
