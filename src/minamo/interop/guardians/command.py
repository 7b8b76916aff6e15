"""`bin/minamo roster guardians FILE --school CODE`: exit 0 accepted, 1 refused with the report, 2 usage."""

import json
from pathlib import Path
from typing import Any, TextIO

from minamo.access.api import system_actor, system_scope
from minamo.interop.guardians.intake import check, spoken, take
from minamo.kernel import clock
from minamo.kernel.schoolyear import jst_date
from minamo.tenancy.api import School, school_by_code

LIMIT = 30 * 1024 * 1024


def run(options: dict[str, Any], out: TextIO, err: TextIO) -> int:
    """Take in (or only check) one list; returns the exit code."""
    path = Path(options["file"])
    try:
        content = path.read_bytes() if path.stat().st_size <= LIMIT else b""
    except OSError:
        err.write(f"ファイルを読めません：{path.name}\n")
        return 2
    if not options["school"]:
        err.write("どの学校の一覧かを --school 学校コード で指定してください。\n")
        return 2
    found = school_by_code(options["school"])
    if found is None:
        err.write(f"学校コード {options['school']} の学校がありません。先に名簿を取り込んでください。\n")
        return 2
    school_id, municipality_id = found
    now = clock.now()
    with system_scope(municipality_id):
        actor = system_actor(municipality_id, now=now, today=jst_date(now))
        school = School.objects.get(pk=school_id)
        verb = check if options["check"] else take
        report = verb(actor=actor, school=school, filename=path.name, content=content)
    if options["json"]:
        out.write(json.dumps(report.as_json(), ensure_ascii=False, indent=1) + "\n")
    else:
        out.write(spoken(report, applied=not options["check"]) + "\n")
    return 0 if report.accepted else 1
