"""`bin/minamo roster guardians FILE [--school CODE]`: exit 0 accepted, 1 refused with the report, 2 usage."""

import json
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

from minamo.access.api import system_actor, system_scope
from minamo.interop.guardians.intake import Listing, match, open_list, preview, take
from minamo.interop.guardians.report import Report, spoken
from minamo.kernel import clock
from minamo.kernel.schoolyear import jst_date
from minamo.kernel.tables import TableError
from minamo.kernel.tables.reading import MAX_BYTES
from minamo.tenancy.api import School, every_school, school_by_code

HALF, TENTH, WORTH_SAYING = 0.5, 0.1, 0.01


class Unknown(Exception):
    """Which school the list is of cannot be said; the message names what to do."""


def _school(code: str | None, listing: Listing) -> tuple[UUID, UUID]:
    """The school named, or the one whose pupils the list is about: at least half of its rows, and nobody else's."""
    if code:
        found = school_by_code(code)
        if found is None:
            raise Unknown(f"学校コード {code} の学校がありません。先に名簿を取り込んでください。")
        return found
    known = _known_rows(listing)
    best = max(known.values(), default=0.0)
    near = [code for code, share in known.items() if share > best * TENTH]
    if best >= HALF and len(near) == 1:
        chosen = school_by_code(near[0])
        assert chosen is not None
        return chosen
    candidates = (
        "、".join(f"{code}（{share:.0%}）" for code, share in sorted(known.items()) if share >= WORTH_SAYING) or "なし"
    )
    raise Unknown(
        f"どの学校の一覧か決められません。--school 学校コード で指定してください。名簿と合う行のある学校：{candidates}"
    )


def _known_rows(listing: Listing) -> dict[str, float]:
    """For each school the share of rows that name one of its pupils. The list itself has been read once; raises TableError
    when no school could make anything of it."""
    now = clock.now()
    shares: dict[str, float] = {}
    problems: list[str] = []
    for code, school_id, municipality_id in every_school():
        with system_scope(municipality_id):
            actor = system_actor(municipality_id, now=now, today=jst_date(now))
            report = match(actor=actor, school=School.objects.get(pk=school_id), listing=listing)
        problems += [report.problem] if report.problem else []
        named = [row for row in report.rows if row.pupil is not None and "NAME_DIFFERS" not in row.flags]
        shares[code] = len(named) / len(report.rows) if report.rows else 0.0
    if problems and len(problems) == len(shares):
        raise TableError(problems[0])
    return shares


def run(options: dict[str, Any], out: TextIO, err: TextIO) -> int:
    """Take in (or only check) one list; returns the exit code."""
    path = Path(options["file"])
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError:
        err.write(f"ファイルを読めません：{path.name}\n")
        return 2
    try:
        listing = open_list(path.name, content)
        school_id, municipality_id = _school(options["school"], listing)
    except TableError as error:
        return _say(Report(path.name, problem=error.message_ja), options, out)
    except Unknown as error:
        err.write(f"{error}\n")
        return 2
    now = clock.now()
    with system_scope(municipality_id):
        actor = system_actor(municipality_id, now=now, today=jst_date(now))
        verb = preview if options["check"] else take
        report = verb(actor=actor, school=School.objects.get(pk=school_id), listing=listing)
    return _say(report, options, out)


def _say(report: Report, options: dict[str, Any], out: TextIO) -> int:
    """Print the report, for people or for programs; returns the exit code."""
    told = json.dumps(report.as_json(), ensure_ascii=False, indent=1) if options["json"] else spoken(report)
    out.write(f"{told}\n")
    return 0 if report.accepted else 1
