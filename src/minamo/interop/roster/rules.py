"""名簿の規則 (pure): what must hold between rows of the merged picture. Japan profile rules where the file is of it."""

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise

from minamo.interop.roster.cells import date_of, items, shown
from minamo.interop.roster.cells import empty as nothing
from minamo.interop.roster.merge import Cells, Merged
from minamo.interop.roster.problems import Findings, Problem
from minamo.interop.roster.profile import Profile
from minamo.kernel.schoolyear import SchoolYear

OFFICERS = frozenset({"principal", "districtAdministrator", "siteAdministrator"})
SCHOOL_KINDS = {"B1": "elementary", "C1": "lower_secondary", "C2": "compulsory"}
COMPULSORY_GRADES = frozenset({"P1", "P2", "P3", "P4", "P5", "P6", "J1", "J2", "J3"})
FOREVER = dt.date.max


class Judge:
    """Looks at one merged picture and notes what cannot be; each note with the place of the row that says it."""

    def __init__(self, merged: Merged, profile: Profile, findings: Findings) -> None:
        self.merged = merged
        self.after = merged.after
        self.profile = profile
        self.findings = findings
        self.next_year_ends = SchoolYear(SchoolYear.of(merged.today).year + 1).ends
        self.student_roles = {
            c.get("userSourcedId", "") for c in self.after["roles"].values() if c.get("role") == "student"
        }

    def fault(self, name: str, sid: str, column: str, code: str, message: str) -> None:
        """Note a problem at a row of the file; rows received earlier have no line."""
        row = self.merged.places[name].get(sid)
        value = self.after[name].get(sid, {}).get(column, "")[:80] if shown(name, column) else ""
        record, line = (row.record, row.line) if row else (None, None)
        self.findings.refuse(Problem(code, f"{name}.csv", message, record, line, column, value))

    def judge(self) -> None:
        """All rules."""
        for check in (self.orgs, self.classes, self.roles, self.users, self.enrollments, self.homerooms, self.births):
            check()
        if self.profile.japanese:
            self.japanese_sessions()
            self.japanese_courses()
            self.japanese_roles()

    # --- places -------------------------------------------------------------------------------------------------

    def orgs(self) -> None:
        """One board; schools belong to it; each has its code, and a kind this house knows."""
        orgs = self.after["orgs"]
        districts = [sid for sid, org in orgs.items() if org.get("type") == "district"]
        for sid in districts[1:]:
            self.fault("orgs", sid, "type", "two_districts", "教育委員会（district）は一つだけです。")
        if orgs and not districts:
            self.findings.refuse(Problem("no_district", "orgs.csv", "教育委員会（district）がありません。"))
        for sid, org in orgs.items():
            if org.get("type") == "district":
                self._district(sid, org)
            elif org.get("type") == "school":
                self._school(sid, org, districts)
        self._once(
            "orgs", "identifier", ((s, o.get("identifier", "")) for s, o in orgs.items()), "同じコードが二つあります。"
        )

    def _district(self, sid: str, org: Cells) -> None:
        if not nothing(org.get("parentSourcedId", "")):
            self.fault("orgs", sid, "parentSourcedId", "district_has_parent", "教育委員会に上位の組織は書きません。")
        if not re.fullmatch(r"\d{6}", org.get("identifier", ""), re.ASCII):
            self.fault("orgs", sid, "identifier", "bad_code", "教育委員会コード（数字6桁）を書きます。")

    def _school(self, sid: str, org: Cells, districts: list[str]) -> None:
        if org.get("parentSourcedId", "") not in districts:
            self.fault("orgs", sid, "parentSourcedId", "school_without_district", "学校は、教育委員会の下に置きます。")
        code = org.get("identifier", "")
        if not re.fullmatch(r"[A-H][12]\d{11}", code, re.ASCII):
            self.fault("orgs", sid, "identifier", "bad_code", "学校コード（13桁）を書きます。")
        elif code[:2] not in SCHOOL_KINDS:
            self.fault("orgs", sid, "identifier", "school_kind", "取り込めるのは、小学校・中学校・義務教育学校です。")

    def classes(self) -> None:
        """A class belongs to a school, has its year, and a homeroom its grades."""
        for sid, cells in self.after["classes"].items():
            if self.after["orgs"].get(cells.get("schoolSourcedId", ""), {}).get("type", "school") != "school":
                self.fault("classes", sid, "schoolSourcedId", "not_a_school", "学級は学校に置きます。")
            grades = items(cells.get("grades", ""))
            if cells.get("classType") == "homeroom" and (not grades or not set(grades) <= COMPULSORY_GRADES):
                self.fault("classes", sid, "grades", "grades", "学級の学年を P1〜P6・J1〜J3 で書きます。")
            if len(items(cells.get("subjects", ""))) != len(items(cells.get("subjectCodes", ""))):
                self.fault("classes", sid, "subjectCodes", "subject_count", "subjects と subjectCodes の数が違います。")
            if cells.get("classType") not in {"homeroom", "scheduled"}:
                self.fault("classes", sid, "classType", "bad_enum", "classType は homeroom か scheduled にします。")
            sessions = [self.after["academicSessions"].get(term, {}) for term in items(cells.get("termSourcedIds", ""))]
            if len({s.get("schoolYear") for s in sessions if s}) > 1:
                self.fault("classes", sid, "termSourcedIds", "two_years", "一つの学級が二つの年度にまたがっています。")

    # --- people -------------------------------------------------------------------------------------------------

    def roles(self) -> None:
        """Exactly one primary role each; a pupil is a pupil only, at a school."""
        primary: dict[str, list[str]] = defaultdict(list)
        for sid, role in self.after["roles"].items():
            self._period("roles", sid, role)
            if role.get("roleType") == "primary":
                primary[role.get("userSourcedId", "")].append(sid)
            if role.get("role") == "student":
                self._student_role(sid, role)
            elif role.get("userSourcedId", "") in self.student_roles:
                self.fault("roles", sid, "role", "mixed_roles", "児童生徒にほかの役割は付けられません。")
        for user in self.after["users"]:
            found = primary.get(user, [])
            if not found:
                self.fault("users", user, "sourcedId", "no_primary_role", "roles.csv に primary の役割がありません。")
            for sid in found[1:]:
                self.fault("roles", sid, "roleType", "two_primary_roles", "primary の役割は1人に一つだけです。")

    def _student_role(self, sid: str, role: Cells) -> None:
        if role.get("roleType") != "primary":
            self.fault("roles", sid, "roleType", "student_not_primary", "student は primary にします。")
        if self.after["orgs"].get(role.get("orgSourcedId", ""), {}).get("type", "school") != "school":
            self.fault("roles", sid, "orgSourcedId", "not_a_school", "児童生徒は学校に在籍します。")

    def users(self) -> None:
        """What must be unique among people, and what a pupil needs."""
        users = self.after["users"]
        for column, message in (
            ("username", "同じ username が二人にあります。"), ("userMasterIdentifier", "同じ userMasterIdentifier が二人にあります。"),
            ("email", "同じメールアドレスが二人にあります。"),
        ):  # fmt: skip
            self._once("users", column, ((sid, u.get(column, "").casefold()) for sid, u in users.items()), message)
        pupils = [(sid, users[sid]) for sid in users if sid in self.student_roles]
        self._once(
            "users", "identifier", ((s, u.get("identifier", "")) for s, u in pupils), "同じ学籍番号が二人にあります。"
        )
        for sid, user in pupils:
            grades = items(user.get("grades", ""))
            if len(grades) != 1 or grades[0] not in COMPULSORY_GRADES:
                self.fault("users", sid, "grades", "grades", "児童生徒の学年を一つ、P1〜P6・J1〜J3 で書きます。")

    def births(self) -> None:
        """A birth date lies in the past."""
        for sid, cells in self.after["demographics"].items():
            born = date_of(cells.get("birthDate", ""))
            if born is not None and not dt.date(1900, 1, 1) <= born <= self.merged.today:
                self.fault("demographics", sid, "birthDate", "birth_date", "生年月日が、ありえない日です。")

    # --- places in classes --------------------------------------------------------------------------------------

    def enrollments(self) -> None:
        """A place is at the school of its class; who teaches is no pupil; `primary` is for teachers only."""
        classes = self.after["classes"]
        for sid, cells in self.after["enrollments"].items():
            self._period("enrollments", sid, cells)
            school = classes.get(cells.get("classSourcedId", ""), {}).get("schoolSourcedId")
            if school is not None and school != cells.get("schoolSourcedId"):
                self.fault("enrollments", sid, "schoolSourcedId", "other_school", "学級の学校と違います。")
            role = cells.get("role")
            if role != "teacher" and cells.get("primary") == "true":
                self.fault(
                    "enrollments",
                    sid,
                    "primary",
                    "primary_not_teacher",
                    "primary を true にできるのは teacher だけです。",
                )
            user = cells.get("userSourcedId", "")
            if user not in self.after["users"]:
                continue
            if role == "student" and user not in self.student_roles:
                self.fault("enrollments", sid, "role", "not_a_student", "roles.csv では児童生徒ではありません。")
            elif role in {"teacher", "administrator"} and user in self.student_roles:
                self.fault("enrollments", sid, "role", "not_staff", "roles.csv では児童生徒です。")

    def homerooms(self) -> None:
        """On every day one homeroom each, and a number once in a homeroom."""
        places: dict[str, list[tuple[dt.date, dt.date, str]]] = defaultdict(list)
        numbers: dict[tuple[str, str], list[tuple[dt.date, dt.date, str]]] = defaultdict(list)
        for sid, cells in self.after["enrollments"].items():
            klass = self.after["classes"].get(cells.get("classSourcedId", ""), {})
            if cells.get("role") != "student" or klass.get("classType") != "homeroom":
                continue
            begins, ends = date_of(cells.get("beginDate", "")), date_of(cells.get("endDate", ""))
            period = (begins or dt.date.min, ends or FOREVER, sid)
            places[cells.get("userSourcedId", "")].append(period)
            if number := cells.get("metadata.jp.shussekiNo", ""):
                numbers[cells["classSourcedId"], number].append(period)
        for sid in self._overlapping(places.values()):
            self.fault("enrollments", sid, "classSourcedId", "two_homerooms", "同じ日に二つの学級に在籍しています。")
        for sid in self._overlapping(numbers.values()):
            message = "同じ学級に同じ出席番号の児童生徒がいます。"
            self.fault("enrollments", sid, "metadata.jp.shussekiNo", "number_twice", message)
        for user in self.student_roles & self.after["users"].keys() - places.keys():
            self.fault(
                "users", user, "sourcedId", "no_homeroom", "enrollments.csv に学級（homeroom）の在籍がありません。"
            )

    @staticmethod
    def _overlapping(groups: Iterable[list[tuple[dt.date, dt.date, str]]]) -> list[str]:
        found = []
        for group in groups:
            group.sort(key=lambda period: period[:2])  # ties stay in the order of the file
            # One place may end on the very day the next begins: exporters read the end as exclusive or inclusive.
            found += [b[2] for a, b in pairwise(group) if b[0] < a[1] or b[0] == a[0]]
        return found

    # --- Japan profile v1.0 -------------------------------------------------------------------------------------

    def japanese_sessions(self) -> None:
        """年度 only: title NNNN年度, 1 April to 31 March, no parent."""
        for sid, cells in self.after["academicSessions"].items():
            year = cells.get("schoolYear", "")
            if cells.get("title") != f"{year}年度":
                self.fault("academicSessions", sid, "title", "session_title", f"title は「{year}年度」にします。")
            if cells.get("startDate") != f"{year}-04-01":
                self.fault("academicSessions", sid, "startDate", "session_dates", "年度の始まりは4月1日です。")
            if cells.get("endDate") != f"{int(year or 0) + 1 if year.isdigit() else ''}-03-31":
                self.fault("academicSessions", sid, "endDate", "session_dates", "年度の終わりは翌年3月31日です。")
            if not nothing(cells.get("parentSourcedId", "")):
                self.fault(
                    "academicSessions", sid, "parentSourcedId", "session_parent", "年度に上位の期間は書きません。"
                )

    def japanese_courses(self) -> None:
        """Title begins with NNNN年度, no course code, as many subject codes as subjects."""
        for sid, cells in self.after["courses"].items():
            if not re.match(r"\d{4}年度", cells.get("title", "")):
                self.fault("courses", sid, "title", "course_title", "title は「2026年度」のように年度で始めます。")
            if cells.get("courseCode"):
                self.fault("courses", sid, "courseCode", "course_code", "courseCode は空欄にします。")
            if len(items(cells.get("subjects", ""))) != len(items(cells.get("subjectCodes", ""))):
                self.fault("courses", sid, "subjectCodes", "subject_count", "subjects と subjectCodes の数が違います。")

    def japanese_roles(self) -> None:
        """校長・教頭・教委 are secondary roles of a teacher."""
        teachers = {
            c.get("userSourcedId") for c in self.after["roles"].values()
            if c.get("role") == "teacher" and c.get("roleType") == "primary"
        }  # fmt: skip
        for sid, cells in self.after["roles"].items():
            if cells.get("role") not in OFFICERS:
                continue
            if cells.get("roleType") == "primary":
                message = "校長・教頭・教育委員会の役割は secondary にし、primary は teacher にします。"
                self.fault("roles", sid, "roleType", "officer_primary", message)
            elif cells.get("userSourcedId") not in teachers:
                message = "校長・教頭・教育委員会の役割を持つ人の primary は teacher にします。"
                self.fault("roles", sid, "role", "officer_not_teacher", message)

    # --- shared -------------------------------------------------------------------------------------------------

    def _once(self, name: str, column: str, values: Iterable[tuple[str, str]], message: str) -> None:
        pairs = [(sid, value) for sid, value in values if value]
        counts = Counter(value for _, value in pairs)
        seen: set[str] = set()
        for sid, value in pairs:
            if counts[value] > 1 and value in seen:
                self.fault(name, sid, column, "not_unique", message)
            seen.add(value)

    def _period(self, name: str, sid: str, cells: Cells) -> None:
        begins, ends = date_of(cells.get("beginDate", "")), date_of(cells.get("endDate", ""))
        if begins and ends and ends < begins:
            self.fault(name, sid, "endDate", "dates_reversed", "終わりの日が始まりの日より前です。")
        if begins and begins > self.next_year_ends:
            self.fault(name, sid, "beginDate", "far_date", "始まりの日が、来年度の終わりより先です。")


def judge(merged: Merged, profile: Profile, findings: Findings) -> None:
    """Apply all rules to a merged picture."""
    check: Callable[[], None] = Judge(merged, profile, findings).judge
    check()
