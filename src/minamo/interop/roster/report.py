"""報告: one JSON shape for the command line, the page and the record of the import; and the same for reading aloud."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from minamo.interop.roster.checked import Checked
from minamo.interop.roster.naming import short_name
from minamo.interop.roster.plan import EVENTS, Event

EVENT_ROWS = 300
MANY = 60  # newcomers of one kind: beyond it is a first roster, and the schools' counts say more than names
# What the rows of a file are, for people.
FILES = {
    "academicSessions": "年度", "orgs": "学校・教育委員会", "courses": "教科", "classes": "学級・授業", "users": "人", "roles": "役割",
    "enrollments": "在籍・担当", "demographics": "生年月日・性別", "userProfiles": "ほかの仕組みの登録",
}  # fmt: skip


def report_of(checked: Checked, *, applied: bool) -> dict[str, Any]:
    """The report. Rows are named by sourcedId, school and class; never by a name, birth date or address."""
    findings, plan, merged = checked.findings, checked.plan, checked.merged
    town = plan.town if plan else None
    return {
        "file": checked.filename,
        "sha256": checked.sha256,
        "accepted": checked.accepted,
        "applied": applied,
        "unchanged": bool(merged and merged.unchanged),
        "profile": checked.package.profile.version if checked.package else "",
        "mode": checked.package.mode if checked.package and checked.package.tables else "",
        "municipality": {"code": town.code if town else checked.code, "name": town.name if town else ""},
        "problems": [problem.as_json() for problem in findings.problems],
        "problems_left_out": findings.left_out,
        "warnings": [warning.as_json() for warning in findings.warnings],
        "rows": {name: len(table.rows) for name, table in checked.package.tables.items()} if checked.package else {},
        "changes": plan.counts() if plan else {},
        "events": plan.event_counts() if plan else {},
        "summary": plan.sentence() if plan else "",
        "event_rows": [_event(checked, event) for event in _interesting(plan.events)] if plan else [],
        "schools": list(_schools(checked)),
        "ended_by_absence": _vanished(checked),
        "posts_to_confirm": _posts_to_confirm(checked),
    }


def _interesting(events: list[Event]) -> list[Event]:
    """What a person looks through: not the hundreds of a first roster."""
    counts = Counter(event.kind for event in events)
    crowd = {kind for kind in ("registered", "staff_in") if counts[kind] > MANY}
    return [event for event in events if event.kind not in crowd][:EVENT_ROWS]


def _event(checked: Checked, event: Event) -> dict[str, Any]:
    return {
        "kind": event.kind, "label": EVENTS[event.kind], "userSourcedId": event.user,
        "school": _org(checked, event.school).get("name", ""), "class": _class_title(checked, event.klass),
        "grade": event.grade, "number": event.number, "date": event.day.isoformat(),
        "class_before": _class_title(checked, event.klass_before),
        "school_before": _org(checked, event.school_before).get("name", "") if event.school_before else "",
    }  # fmt: skip


def _org(checked: Checked, sid: str) -> Any:
    merged = checked.merged
    return (merged.after["orgs"].get(sid) or merged.before["orgs"].get(sid) or {}) if merged else {}


def _class_title(checked: Checked, sid: str | None) -> str:
    merged = checked.merged
    if merged is None or sid is None:
        return ""
    row = merged.after["classes"].get(sid) or merged.before["classes"].get(sid) or {}
    return str(row.get("title", ""))


def _schools(checked: Checked) -> Iterator[dict[str, Any]]:
    """Per school: pupils and homerooms after the import, and its events."""
    merged, plan = checked.merged, checked.plan
    if merged is None or plan is None:
        return
    pupils: dict[str, int] = defaultdict(int)
    homerooms: dict[str, int] = defaultdict(int)
    events: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for role in merged.after["roles"].values():
        pupils[role["orgSourcedId"]] += role.get("role") == "student"
    for row in merged.after["classes"].values():
        homerooms[row["schoolSourcedId"]] += row.get("classType") == "homeroom"
    for event in plan.events:
        events[event.school][event.kind] += 1
    town = plan.town.name if plan.town else ""
    for sid, org in merged.after["orgs"].items():
        if org.get("type") == "school":
            told = [f"{EVENTS[kind]} {events[sid][kind]}" for kind in EVENTS if events[sid].get(kind)]
            yield {
                "code": org.get("identifier", ""), "name": org.get("name", ""), "short_name": short_name(org["name"], town),
                "pupils": pupils[sid], "homerooms": homerooms[sid], "events": dict(events[sid]),
                "summary": "・".join(told) or "変わりなし",
            }  # fmt: skip


def _vanished(checked: Checked) -> dict[str, int]:
    """Rows that a whole file (bulk) no longer has: they end, they are not deleted."""
    if checked.merged is None or checked.package is None:
        return {}
    bulk = {name for name, table in checked.package.tables.items() if table.mode == "bulk"}
    return {name: len(rows) for name, rows in checked.merged.removed.items() if rows and name in bulk}


def _posts_to_confirm(checked: Checked) -> int:
    """siteAdministrator means 教頭 as well as 事務職員, and 養護教諭 has no mark at all: somebody has to say which."""
    return sum(value.post == "clerk" for value in checked.plan.posts.new.values()) if checked.plan else 0


def spoken(report: dict[str, Any], *, check_only: bool) -> str:
    """The report as text for a terminal."""
    lines = [
        f"名簿：{report['file']}（{report['municipality']['name'] or report['municipality']['code'] or '自治体は不明'}）"
    ]
    lines += [f"注意：{_placed(warning)}" for warning in report["warnings"]]
    if not report["accepted"]:
        total = len(report["problems"]) + report["problems_left_out"]
        lines.append(f"取り込めません。直すところが {total} か所あります。何も変えていません。")
        lines += [f"  {_placed(problem)}" for problem in report["problems"]]
        if report["problems_left_out"]:
            lines.append(f"  ほか {report['problems_left_out']} か所")
        return "\n".join(lines)
    lines += [
        f"  {school['short_name']}：児童生徒 {school['pupils']}人・学級 {school['homerooms']}（{school['summary']}）"
        for school in report["schools"]
    ]
    if report["ended_by_absence"]:
        told = "・".join(f"{FILES[name]} {number}" for name, number in report["ended_by_absence"].items())
        lines.append(f"ファイルからなくなった行は、終わりにします（消しません）：{told}")
    lines.append(f"変わること：{report['summary']}")
    if report["posts_to_confirm"]:
        lines.append(
            f"教頭と事務職員の別は名簿にないので、{report['posts_to_confirm']}件を事務職員として登録します。職の画面で確かめてください。"
        )
    lines.append("確認だけをしました。何も変えていません。" if check_only else "取り込みました。")
    return "\n".join(lines)


def _placed(problem: dict[str, Any]) -> str:
    parts = [problem["file"], f"{problem['line']}行目" if problem["line"] else "", problem["column"]]
    value = f"（{problem['value']}）" if problem["value"] else ""
    place = " ".join(part for part in parts if part)
    return f"{place}：{problem['message']}{value}" if place else f"{problem['message']}{value}"
