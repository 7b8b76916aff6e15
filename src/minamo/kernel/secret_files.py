"""渡された秘密 (secrets): from the environment, from a file the environment names, or from a file of our own place (knows no Django).

A file that is *named* must be there: a slip in its name, or a volume that is not mounted, must not begin a fresh secret that makes
everything sealed under the right one unreadable. Only at our own place (one host, `var/`) a secret is made on first use.
"""

import os
import re
import secrets
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

LEAST = 32  # characters; what `make` writes has 64
_OPEN = stat.S_IRWXO | stat.S_IWGRP | stat.S_IXGRP  # a group may read (root:minamo 0640), nobody else may do anything


class SecretTrouble(RuntimeError):
    """秘密の不都合; the message says in Japanese what to do, and never the secret."""


def named(variable: str, environment: Mapping[str, str] = os.environ) -> Path | None:
    """The file that `VARIABLE_FILE` names; None when it names none. Raises SecretTrouble when it is not there or open to others."""
    text = environment.get(f"{variable}_FILE", "")
    if not text:
        return None
    path = Path(text)
    if not path.is_file():
        raise SecretTrouble(
            f"{variable}_FILE の {path} がありません。名前とマウントを確かめてください（新しい秘密は作りません）。"
        )
    guarded(path)
    return path


def guarded(path: Path) -> None:
    """Raises SecretTrouble when others on the host can read or change the file."""
    if path.stat().st_mode & _OPEN:
        raise SecretTrouble(f"{path} をほかの人が読めます。chmod 600 を実行してください。")


def read(path: Path) -> str:
    """What a file of secrets holds, without blank ends. Raises SecretTrouble when this process may not read it."""
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretTrouble(f"{path} を読めません。だれのファイルかと権限を確かめてください。") from error


def several(variable: str, own: Path, environment: Mapping[str, str] = os.environ) -> list[str]:
    """秘密、新しい順: of the variable, of the file it names, or of `own`, which is made when there is none.

    Separated by commas, blanks or line ends. Raises SecretTrouble when one is shorter than LEAST characters.
    """
    text = environment.get(variable, "")
    if not text:
        path = named(variable, environment)
        if path is None:
            path = own
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)  # var/ itself: the database's own user goes through it
                write(path, secrets.token_urlsafe(48), first=True)
            guarded(path)
        text = read(path)
    found = [part for part in re.split(r"[\s,]+", text) if part]
    if not found or min(map(len, found)) < LEAST:
        raise SecretTrouble(
            f"{variable} は{LEAST}文字以上にしてください（例：openssl rand -hex 32）。"
            "いくつか書くときは、新しいものから順に、改行かコンマで区切ります。"
        )
    return found


def optional(variable: str, environment: Mapping[str, str] = os.environ) -> str:
    """A secret that need not be there: of the file VARIABLE_FILE names, or of VARIABLE; else empty. Raises SecretTrouble."""
    path = named(variable, environment)
    return read(path) if path else environment.get(variable, "")


def write(path: Path, text: str, *, first: bool = False) -> None:
    """A file of mode 0600, whole, on the disk before it takes its place; a folder that is not there is made 0700.

    `first`: only where there is none yet. Whoever of several processes or threads comes first, its file stands, the others' are
    dropped; read it again to know which. Without `first` it takes the place of what was there.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    opened, name = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".new", dir=path.parent)
    fresh = Path(name)
    try:
        with os.fdopen(opened, "w") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        if first:
            with suppress(FileExistsError):
                os.link(fresh, path)
        else:
            fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
