"""名簿の読み (pure): rows of a picture as values: town, schools, classes, people, places, posts."""

import datetime as dt
from collections import defaultdict
from uuid import UUID

from minamo.interop.roster.cells import date_of, items
from minamo.interop.roster.merge import ONE_DAY, Cells, Merged, Picture
from minamo.interop.roster.naming import class_position, names, short_name
from minamo.interop.roster.rules import SCHOOL_KINDS
from minamo.interop.roster.values import (
    ClassValue,
    PersonValue,
    PostValue,
    PupilValue,
    SchoolValue,
    SeatValue,
    TeachingValue,
    Town,
)
from minamo.kernel.schoolyear import SchoolYear

# What a roster says of posts. `siteAdministrator` is 教頭 as well as 事務職員: the lesser right until somebody says more.
POSTS = {
    "principal": "head", "siteAdministrator": "clerk", "teacher": "teacher", "aide": "aide", "counselor": "counselor",
}  # fmt: skip
AT_BOARD = {"districtAdministrator": "board"}


class Reading:
    """One picture, read: indexes made once, values on demand."""

    def __init__(self, picture: Picture, today: dt.date) -> None:
        self.picture = picture
        self.today = today
        self.student_role: dict[str, Cells] = {}
        self.roles_of: dict[str, list[str]] = defaultdict(list)
        for sid, cells in picture["roles"].items():
            self.roles_of[cells.get("userSourcedId", "")].append(sid)
            if cells.get("role") == "student":
                self.student_role[cells.get("userSourcedId", "")] = cells
        self.homerooms: dict[str, list[tuple[dt.date, str]]] = defaultdict(list)
        for sid, cells in picture["enrollments"].items():
            klass = picture["classes"].get(cells.get("classSourcedId", ""), {})
            if cells.get("role") == "student" and klass.get("classType") == "homeroom":
                self.homerooms[cells.get("userSourcedId", "")].append((self._begins(cells), sid))
        self.positions = {sid: place for place, sid in enumerate(picture["orgs"])}

    def town(self) -> Town | None:
        """The municipality, from its board."""
        for org in self.picture["orgs"].values():
            if org.get("type") == "district":
                name = org.get("name", "")
                return Town(org.get("identifier", ""), name.removesuffix("教育委員会") or name, name)
        return None

    def school(self, sid: str) -> SchoolValue | None:
        """A school, or None for another kind of org."""
        org = self.picture["orgs"].get(sid)
        town = self.town()
        if org is None or org.get("type") != "school" or town is None:
            return None
        code, name = org.get("identifier", ""), org.get("name", "")
        return SchoolValue(code, name, short_name(name, town.name)[:40], SCHOOL_KINDS[code[:2]], int(code[-4:-1]))

    def klass(self, sid: str) -> ClassValue | None:
        """A class."""
        cells = self.picture["classes"].get(sid)
        if cells is None:
            return None
        grades = tuple(items(cells.get("grades", "")))
        special = cells.get("metadata.jp.specialNeeds") == "true"
        title = cells.get("title", "")
        return ClassValue(
            cells["schoolSourcedId"], self._year_of_class(cells), cells["classType"], title, grades, special,
            tuple(items(cells.get("subjects", ""))), tuple(items(cells.get("subjectCodes", ""))),
            class_position(grades, title, special),
        )  # fmt: skip

    def is_pupil(self, uid: str) -> bool:
        """Whether the user holds the role of a pupil."""
        return uid in self.student_role

    def person(self, uid: str) -> PersonValue | None:
        """A user as a person, or None."""
        user = self.picture["users"].get(uid)
        if user is None:
            return None
        name, search = names(user)
        more = self.picture["demographics"].get(uid, {})
        master = user.get("userMasterIdentifier", "")
        return PersonValue(
            user["username"], user.get("email", ""), user.get("enabledUser") == "true", name, search,
            UUID(master) if master else None, user.get("identifier", ""),
            date_of(more.get("birthDate", "")), more.get("sex") or None,
        )  # fmt: skip

    def pupil(self, uid: str) -> PupilValue | None:
        """A user as a pupil, or None when he is not one."""
        person, role = self.person(uid), self.student_role.get(uid)
        if person is None or role is None:
            return None
        begins = self._begins(role)
        ends = date_of(role.get("endDate", ""))
        klass, number, since = self._homeroom_now(uid)
        grades = items(self.picture["users"][uid].get("grades", ""))
        return PupilValue(
            person, role["orgSourcedId"], grades[0] if grades else "", begins,
            ends if ends and ends < SchoolYear.of(begins).ends else None, klass, number, since,
        )  # fmt: skip

    def seat(self, sid: str) -> SeatValue | None:
        """A pupil's place in a class, or None for another kind of enrolment."""
        cells = self.picture["enrollments"].get(sid)
        if cells is None or cells.get("role") != "student":
            return None
        kind = self.picture["classes"][cells["classSourcedId"]]["classType"]
        begins, ends = self._begins(cells), self._ends(cells)
        following = [
            day for day, other in self.homerooms[cells["userSourcedId"]] if kind == "homeroom" and day > begins
        ]
        if ends in following:
            ends = ends - ONE_DAY  # handed over on one day: it belongs to the new class
        number = cells.get("metadata.jp.shussekiNo", "")
        return SeatValue(
            cells["classSourcedId"], cells["userSourcedId"], kind, int(number) if number else None, begins, ends
        )

    def teaching(self, sid: str) -> TeachingValue | None:
        """Who teaches a class, or None for another kind of enrolment."""
        cells = self.picture["enrollments"].get(sid)
        if cells is None or cells.get("role") not in {"teacher", "administrator"}:
            return None
        return TeachingValue(
            cells["classSourcedId"], cells["userSourcedId"], cells.get("primary") == "true", self._begins(cells),
            self._ends(cells),
        )  # fmt: skip

    def post(self, sid: str) -> PostValue | None:
        """職, or None when the role gives none: a pupil's, a guardian's, or the formal `teacher` beside a real post."""
        cells = self.picture["roles"].get(sid)
        if cells is None:
            return None
        user, org = cells["userSourcedId"], cells["orgSourcedId"]
        at_board = self.picture["orgs"].get(org, {}).get("type") == "district"
        role = cells.get("role", "")
        post = AT_BOARD.get(role) if at_board else POSTS.get(role)
        others = (self.picture["roles"][o] for o in self.roles_of[user])
        formal = role == "teacher" and any(
            o.get("orgSourcedId") == org and o.get("role") in {"principal", "siteAdministrator"} for o in others
        )
        if post is None or formal:
            return None
        ends = date_of(cells.get("endDate", ""))
        begins = self._begins(cells)
        open_end = ends is None or ends >= SchoolYear.of(begins).ends  # the year's end is no departure
        own = self.picture["users"].get(user, {}).get("primaryOrgSourcedId") or self._primary_org(user)
        return PostValue(user, None if at_board else org, post, org == own, begins, None if open_end else ends)

    def _primary_org(self, user: str) -> str:
        rows = (self.picture["roles"][sid] for sid in self.roles_of[user])
        return next((cells["orgSourcedId"] for cells in rows if cells.get("roleType") == "primary"), "")

    def _homeroom_now(self, uid: str) -> tuple[str | None, int | None, dt.date | None]:
        places = sorted(self.homerooms.get(uid, ()))
        if not places:
            return None, None, None
        begun = [place for place in places if place[0] <= self.today]
        begins, sid = begun[-1] if begun else places[0]
        cells = self.picture["enrollments"][sid]
        number = cells.get("metadata.jp.shussekiNo", "")
        return cells["classSourcedId"], int(number) if number else None, begins

    def _year_of_class(self, cells: Cells) -> int:
        for term in items(cells.get("termSourcedIds", "")):
            session = self.picture["academicSessions"].get(term, {})
            if session.get("schoolYear", "").isdigit():
                return int(session["schoolYear"])
        return SchoolYear.of(self.today).year

    def _begins(self, cells: Cells) -> dt.date:
        """The beginning a row states, otherwise that of its class's school year."""
        if stated := date_of(cells.get("beginDate", "")):
            return stated
        klass = self.picture["classes"].get(cells.get("classSourcedId", ""))
        return SchoolYear(self._year_of_class(klass)).begins if klass else self.year().begins

    def _ends(self, cells: Cells) -> dt.date | None:
        """The end a row states, otherwise that of its class's school year."""
        if stated := date_of(cells.get("endDate", "")):
            return stated
        klass = self.picture["classes"].get(cells.get("classSourcedId", ""))
        return SchoolYear(self._year_of_class(klass)).ends if klass else None

    def year(self) -> SchoolYear:
        """The latest school year of the roster."""
        years = [
            int(s["schoolYear"]) for s in self.picture["academicSessions"].values() if s.get("schoolYear", "").isdigit()
        ]
        return SchoolYear(max(years)) if years else SchoolYear.of(self.today)


def before_and_after(merged: Merged) -> tuple[Reading, Reading]:
    """Both pictures, read."""
    return Reading(merged.before, merged.today), Reading(merged.after, merged.today)
