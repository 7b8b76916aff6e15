"""漏れたパスワード (breached passwords): a list the operator has downloaded, asked when a password is set. Nothing goes out.

The public list has one line for each password that is known to have leaked: SHA-1 in hex, a colon, how often; sorted by hash, about a
thousand million lines. It is never loaded: a lookup halves the file some forty times. Configured means required: while the list
cannot be read, no password is set.
"""

import hashlib
import logging
import re
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.core.exceptions import ValidationError

logger = logging.getLogger(__name__)
LINE = re.compile(rb"([0-9A-Fa-f]{40}):\d+\r?\n?")
LONGEST = 80  # bytes of a line
PLACES, RUN = 64, 20  # the check at start looks at so many places, and at so many lines in each
LEAKED = "このパスワードは、よそから漏れて知られているものの一覧にあります。別のパスワードにしてください。"
CLOSED = "いま、パスワードを確かめられません。何も変わっていません。少したってから、もう一度お試しください。"


class ListUnusable(ValueError):
    """一覧が使えない; the message says what is wrong with the file and what to do."""


class NotBreached:
    """Django's validator: refuses what stands on the list. Without a configured list it has nothing to say."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for a leaked password, and while the list cannot be read."""
        if not settings.BREACHED_PASSWORDS:
            return
        try:
            leaked = contains(Path(settings.BREACHED_PASSWORDS), password)
        except (OSError, ListUnusable) as problem:
            logger.error("the list of breached passwords cannot be read: %s", type(problem).__name__)
            raise ValidationError(CLOSED, code="breached-closed") from None
        if leaked:
            raise ValidationError(LEAKED, code="breached")

    def get_help_text(self) -> str:
        """What a good password is."""
        return "漏れて知られているパスワードは使えません。"


def contains(path: Path, password: str) -> bool:
    """Whether a password stands on the list. Raises OSError, ListUnusable."""
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with path.open("rb") as file:
        low, high = 0, file.seek(0, 2)  # both always at the beginning of a line
        while low < high:
            start, end, key = _line_at(file, (low + high) // 2)
            if key == wanted:
                return True
            low, high = (end, high) if key < wanted else (low, start)
    return False


def check(path: Path) -> None:
    """一覧を確かめる, at start: first and last line, and runs of lines all over the file, in order. Raises ListUnusable in words."""
    try:
        with path.open("rb") as file:
            size, before, reached = file.seek(0, 2), b"", 0
            if not size:
                raise ListUnusable(f"{path} が空です。一覧をダウンロードし直してください。")
            for place in range(PLACES + 1):
                at = max(reached, min(size - 1, size * place // PLACES))
                for _ in range(RUN):
                    if at >= size:
                        break
                    start, at, key = _line_at(file, at)
                    if key <= before:
                        raise ListUnusable(
                            f"{path} がハッシュの順に並んでいません（{start:,} バイト目）。「ordered by hash」の一覧をダウンロードし直してください。"
                        )
                    before, reached = key, at
    except OSError as problem:
        raise ListUnusable(f"{path} を読めません。場所と読み取りの権限を確かめてください。") from problem


def _line_at(file: BinaryIO, at: int) -> tuple[int, int, bytes]:
    """The line that holds the byte `at`: where it begins, where the next one begins, and its hash."""
    before = max(0, at - LONGEST)
    file.seek(before)
    start = before + file.read(at - before).rfind(b"\n") + 1
    file.seek(start)
    line = file.readline(LONGEST)
    found = LINE.fullmatch(line)
    if found is None or (start == before and before > 0):
        raise ListUnusable(
            f"{file.name} の {start:,} バイト目の行が「SHA-1（40文字）:回数」の形ではありません。SHA-1 の一覧をダウンロードし直してください。"
        )
    return start, start + len(line), found[1].upper()
