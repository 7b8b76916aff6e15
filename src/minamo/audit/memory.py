"""控え (memory) outside the database: what witnesses and the sealer have last seen of each tree, in `var/witness/`.

Who rewrites only the database does not reach it. A file per witness (`HOST_CODE_witness.json`) and one of the sealer
(`sealer.json`) hold size, root and first key by origin, and a refusal as long as it stands. `keys.txt` holds the keys of
witnesses elsewhere that an operator entered. Share the folder between worker hosts, keep it out of backups of the database.
"""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from minamo.audit import notes
from minamo.kernel import secret_files

SEALER = "sealer"
SPOKEN = {SEALER: "封をした側"}


class MemoryTrouble(RuntimeError):
    """控えが読めない; the message says in Japanese what to do."""


def folder() -> Path:
    """Where it lies."""
    return Path(settings.VAR_DIR) / "witness"


class Memory:
    """控え: what one witness (or the sealer) has last seen of each log (size, root and the key it began with)."""

    def __init__(self, witness: str) -> None:
        self.path = folder() / f"{witness.replace('/', '_')}.json"
        self.seen: dict[str, Any] = _read(self.path) if self.path.exists() else {}

    def last(self, origin: str) -> notes.Checkpoint | None:
        """The last checkpoint seen, if any."""
        return checkpoint_of(origin, self.seen.get(origin, {}))

    def key(self, origin: str) -> notes.VerifierKey | None:
        """The key of that log which this witness saw first."""
        text = self.seen.get(origin, {}).get("key")
        return notes.VerifierKey.parse(text) if text else None

    def refused(self, origin: str) -> bool:
        """Whether the last look at that log ended in a refusal."""
        return "refused" in self.seen.get(origin, {})

    def note(self, checkpoint: notes.Checkpoint, first_key: notes.VerifierKey) -> None:
        """Remember a checkpoint, in place of the one before and of a refusal; `write` follows."""
        key = self.seen.get(checkpoint.origin, {}).get("key", str(first_key))
        self.seen[checkpoint.origin] = {"size": checkpoint.size, "root": checkpoint.root.hex(), "key": key}

    def keep(self, checkpoint: notes.Checkpoint, first_key: notes.VerifierKey) -> None:
        """Remember a checkpoint and write it down."""
        self.note(checkpoint, first_key)
        self.write()

    def refuse(self, origin: str, size: int, why: str, at: dt.datetime) -> None:
        """断り: what was seen before stays, and that the tree of now does not fit it."""
        row = self.seen.get(origin, {})
        self.seen[origin] = row | {"refused": {"at": at.isoformat(), "size": size, "why": why}}
        self.write()

    def write(self) -> None:
        """Whole or not at all, readable by nobody else."""
        secret_files.write(self.path, json.dumps(self.seen, indent=1))


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text())
    except ValueError as error:
        found = error
    if not isinstance(found, dict):
        raise MemoryTrouble(
            f"{path} が読めません。控えのファイルが壊れています。消さずに脇へ移し、なぜ壊れたかを調べてください。"
        )
    return found


def checkpoint_of(origin: str, row: Mapping[str, Any]) -> notes.Checkpoint | None:
    """The checkpoint in one line of a memory."""
    return notes.Checkpoint(origin, row["size"], bytes.fromhex(row["root"])) if "size" in row else None


def remembered() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(who, origin, line) of all memories there are."""
    for path in sorted(folder().glob("*.json")):
        for origin, row in _read(path).items():
            yield path.stem, origin, row


def spoken(who: str) -> str:
    """Whose memory it is, in words."""
    return SPOKEN.get(who, who)


def foreign_pins() -> list[notes.VerifierKey]:
    """Keys of witnesses elsewhere as an operator entered them, kept outside the database."""
    path = folder() / "keys.txt"
    return [notes.VerifierKey.parse(line) for line in path.read_text().splitlines()] if path.exists() else []


def pin_foreign(key: notes.VerifierKey) -> None:
    """Keep a key of a witness elsewhere."""
    known = foreign_pins()
    if key not in known:
        secret_files.write(folder() / "keys.txt", "".join(f"{each}\n" for each in [*known, key]))
