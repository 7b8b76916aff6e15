"""Lists of guardians for tests, as a school would have them, and the command that takes them."""

import csv
import io
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.fixtures.world import SCHOOLS, hash_number

HEADER = ["学籍番号", "氏名", "学年", "組", "出席番号", "住所", "保護者1氏名", "保護者1続柄", "保護者1電話", "保護者1メール", "保護者2氏名",
          "保護者2続柄", "保護者2電話", "備考"]  # fmt: skip
CODE = SCHOOLS["a1"][1]


def row(pupil: str = "yui", **values: str) -> list[str]:
    """A row about 吉田結衣 unless told otherwise."""
    known = {"学籍番号": str(hash_number(pupil)), "氏名": "𠮷田 結衣", "学年": "5", "組": "2", "出席番号": "1",
             "住所": "架空県水上野町1番地", "保護者1氏名": "吉田 恵子", "保護者1続柄": "母", "保護者1電話": "090-0000-1111"}  # fmt: skip
    return [{**known, **values}.get(heading, "") for heading in HEADER]


def listing(*rows: list[str], header: list[str] = HEADER) -> bytes:
    """A CSV as Excel saves it."""
    text = io.StringIO()
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode("utf-8-sig")


def command(path: Path, *words: str) -> tuple[int, str]:
    """`bin/minamo roster guardians …`: exit code and output."""
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("roster", "guardians", str(path), *words, stdout=out, stderr=out)
    return int(ended.value.code or 0), out.getvalue()
