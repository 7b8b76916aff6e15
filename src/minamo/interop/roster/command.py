"""`bin/minamo roster import FILE.zip`: exit 0 accepted, 1 refused with the report, 2 usage."""

import json
from pathlib import Path
from typing import Any, TextIO

from django.db import transaction

from minamo.access.api import set_scope, system_actor
from minamo.interop.models import ImportRun
from minamo.interop.roster import run as roster
from minamo.interop.roster.package import LIMITS
from minamo.interop.roster.report import report_of, spoken
from minamo.kernel import clock, files
from minamo.kernel.ids import new_id
from minamo.kernel.schoolyear import jst_date


def run(options: dict[str, Any], out: TextIO, err: TextIO) -> int:
    """Import (or only check) one ZIP; returns the exit code."""
    path = Path(options["file"])
    try:
        with path.open("rb") as file:
            content = file.read(LIMITS.packed + 1)  # one more than allowed is told from allowed; a device never ends
    except OSError:
        err.write(f"ファイルを読めません：{path.name}\n")
        return 2
    report = import_roster(content, path.name, check_only=options["check"])
    if options["json"]:
        out.write(json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    else:
        out.write(spoken(report, check_only=options["check"]) + "\n")
    return 0 if report["accepted"] else 1


def import_roster(content: bytes, filename: str, *, check_only: bool = False) -> dict[str, Any]:
    """名簿を取り込む as the operator, in one transaction; also for the demo. Returns the report (`accepted`, `applied`)."""
    now = clock.now()
    opened = roster.open_roster(content, filename)
    known = roster.municipality_of(opened) if opened.package else None
    municipality_id = known or new_id()
    with transaction.atomic():
        set_scope(municipalities=[municipality_id], side="school")
        actor = system_actor(municipality_id, now=now, today=jst_date(now))
        roster.lock(municipality_id)
        checked = roster.check(opened, municipality_id=known, today=actor.today)
        if check_only or checked.package is None:
            return report_of(checked, applied=False)
        if checked.accepted and roster.apply(checked, actor=actor, municipality_id=municipality_id):
            roster.keep_run(checked, actor=actor, municipality_id=municipality_id, state=ImportRun.State.APPLIED)
            files.keep(content)
            return report_of(checked, applied=True)
        if known:
            run = roster.keep_run(checked, actor=actor, municipality_id=known, state=ImportRun.State.REFUSED)
            roster.note_run(run, actor=actor)
        return report_of(checked, applied=False)
