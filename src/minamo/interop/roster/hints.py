"""気になる点 (pure): what may be so, but a person should look at. Hints refuse nothing; each has its file, line and column."""

import datetime as dt

from minamo.interop.roster.cells import date_of, items
from minamo.interop.roster.merge import Merged
from minamo.interop.roster.problems import Findings, Problem
from minamo.interop.roster.rules import COMPULSORY_GRADES
from minamo.kernel.age import expected_grade
from minamo.kernel.schoolyear import SchoolYear


def give_hints(merged: Merged, findings: Findings) -> None:
    """All hints about rows of the file."""
    _home_classes(merged, findings)
    _titles(merged, findings)
    _grades(merged, findings)


def _home_classes(merged: Merged, findings: Findings) -> None:
    """homeClass that says something else than the enrolment (the enrolment counts)."""
    homerooms = {
        (c.get("userSourcedId"), c.get("classSourcedId"))
        for c in merged.after["enrollments"].values()
        if c.get("role") == "student"
    }
    students = _students(merged)
    for sid in merged.places["users"]:
        home = merged.after["users"].get(sid, {}).get("metadata.jp.homeClass", "")
        if sid in students and items(home) and (sid, home) not in homerooms:
            message = "homeClass が enrollments の学級と違います。enrollments のほうを使います。"
            _hint(merged, findings, "users", sid, "metadata.jp.homeClass", "home_class", message)


def _titles(merged: Merged, findings: Findings) -> None:
    """Two homerooms of one school and year with the same name."""
    seen: set[tuple[str, str, str]] = set()
    for sid, cells in merged.after["classes"].items():
        if cells.get("classType") != "homeroom":
            continue
        key = (cells.get("schoolSourcedId", ""), cells.get("termSourcedIds", ""), cells.get("title", ""))
        if key in seen and sid in merged.places["classes"]:
            message = "同じ学校に、同じ名前の学級がもう一つあります。"
            _hint(merged, findings, "classes", sid, "title", "title_twice", message)
        seen.add(key)


def _grades(merged: Merged, findings: Findings) -> None:
    """A grade that does not follow from the birthday: 就学猶予 and 原級留置 make it so, and so do mistakes."""
    stated = [c["schoolYear"] for c in merged.after["academicSessions"].values() if c.get("schoolYear", "").isdigit()]
    year = SchoolYear(int(max(stated))) if stated else SchoolYear.of(merged.today)
    students = _students(merged)
    for sid in merged.places["demographics"]:
        born = date_of(merged.after["demographics"].get(sid, {}).get("birthDate", ""))
        if born is not None and sid in students:
            _grade(merged, findings, sid, born, year)


def _grade(merged: Merged, findings: Findings, sid: str, born: dt.date, year: SchoolYear) -> None:
    grades = items(merged.after["users"].get(sid, {}).get("grades", ""))
    by_age = expected_grade(born, year)
    if grades and grades[0] in COMPULSORY_GRADES and (by_age is None or by_age.value != grades[0]):
        expected = f"生年月日からは{by_age.label}" if by_age else "小・中学校の年齢ではありません"
        message = f"学年と生年月日が合いません（{expected}）。どちらも、このまま取り込みます。"
        _hint(merged, findings, "demographics", sid, "birthDate", "grade_by_age", message)


def _students(merged: Merged) -> set[str]:
    return {c.get("userSourcedId", "") for c in merged.after["roles"].values() if c.get("role") == "student"}


def _hint(merged: Merged, findings: Findings, name: str, sid: str, column: str, code: str, message: str) -> None:
    row = merged.places[name][sid]
    findings.warn(Problem(code, f"{name}.csv", message, row.record, row.line, column))
