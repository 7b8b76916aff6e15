"""The town that is measured: the peer's shape (1,001 pupils, 10 schools, 40 classes, 150 school days), all fictional.

School 1 has 336 pupils in 12 classes of 28, schools 2–9 have 75 in 3 classes, school 10 has 65 in 4. An eleventh school
with 1,001 pupils (and no attendance) stands beside them for the long list. For the morning peak a city of 30,000 pupils
in 30 schools is added. The clock stands on a school morning, so that the day of the run does not matter.
"""

import datetime as dt
import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from minamo.config import cluster

ROOT = Path(__file__).resolve().parents[2]
TODAY = dt.date(2026, 11, 24)
MORNING = dt.datetime(2026, 11, 24, 7, 20, tzinfo=dt.timezone(dt.timedelta(hours=9)))
SPACE = uuid.UUID("b0a7b0a7-0000-4000-8000-000000000000")
SHAPE = [(28, 12)] + [(25, 3)] * 8 + [(17, 3), (14, 1)]


def uid(*parts: object) -> uuid.UUID:
    """A stable id."""
    return uuid.uuid5(SPACE, ":".join(map(str, parts)))


@dataclass(frozen=True)
class Bench:
    """Where the measured instance lives."""

    urls: cluster.ClusterUrls
    environment: dict[str, str]
    server: Any


def prepare(var: Path) -> Bench:
    """Start the cluster, make database and town on first use (kept between runs)."""
    server, urls = cluster.start(var)
    environment = (
        os.environ
        | {
            "MINAMO_VAR": str(var),
            "DATABASE_URL": urls.app,
            "MINAMO_OWNER_DATABASE_URL": urls.owner,
            "MINAMO_DEMO": "1",  # for the clock only
            "MINAMO_CLOCK_OFFSET": str((MORNING - dt.datetime.now(dt.UTC)).total_seconds()),
            "DJANGO_SETTINGS_MODULE": "minamo.config.settings",
            "MINAMO_EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",
            "MINAMO_PACE": "person=1000000/60 address=1000000/60",  # counted as ever, but one session stands for many people here
        }
    )
    os.environ.update(environment)
    marker = var / "town_v5"
    if not marker.exists():
        with psycopg.connect(urls.admin, autocommit=True) as admin:
            admin.execute("DROP DATABASE IF EXISTS minamo WITH (FORCE)")
            cluster.create_database(admin, "minamo")
    command = [sys.executable, "-m", "minamo", "migrate", "--verbosity", "0", "--skip-checks"]
    subprocess.run(command, env=environment, check=True, cwd=ROOT)
    if not marker.exists():
        fill(urls.owner)
        marker.touch()
    return Bench(urls, environment, server)


def school_days(count: int) -> list[dt.date]:
    """`count` weekdays before today."""
    days: list[dt.date] = []
    day = TODAY
    while len(days) < count:
        day -= dt.timedelta(days=1)
        if day.weekday() < 5:
            days.append(day)
    return days


LONG = 11
CITY = range(101, 131)


def long_classes() -> Iterator[tuple[int, int, int]]:
    """The eleventh school: 28 classes of 35 and one of 21."""
    yield from ((LONG, klass, 35 if klass < 28 else 21) for klass in range(29))


def city_classes() -> Iterator[tuple[int, int, int]]:
    """The city: 30 schools of 25 classes of 40."""
    yield from ((school, klass, 40) for school in CITY for klass in range(25))


def classes() -> Iterator[tuple[int, int, int]]:
    """(school, class, pupils) of the whole town; the last group belongs to school 10 as well."""
    for position, (size, count) in enumerate(SHAPE):
        school = min(position + 1, 10)
        for klass in range(count):
            yield school, klass + (10 if position == len(SHAPE) - 1 else 0), size


def fill(owner: str) -> None:
    """Write the town with COPY, as the owner (walls do not hold the owner)."""
    with psycopg.connect(owner) as db:
        add_town(db, uid("town"), "770000", "測定町", range(1, 12))
        fill_people(db, uid("town"), range(1, 12), [*classes(), *long_classes()])
        fill_marks(db, uid("town"))
    analyze(owner)


def fill_city(bench: Bench) -> None:
    """Add the city of the morning peak, once."""
    marker = Path(bench.environment["MINAMO_VAR"]) / "city_v1"
    if marker.exists():
        return
    with psycopg.connect(bench.urls.owner) as db:
        add_town(db, uid("city"), "770001", "測定市", CITY)
        fill_people(db, uid("city"), CITY, list(city_classes()))
    analyze(bench.urls.owner)
    marker.touch()


def analyze(owner: str) -> None:
    """Let the planner know what was copied in."""
    with psycopg.connect(owner, autocommit=True) as db:
        db.execute("VACUUM ANALYZE")


def add_town(db: psycopg.Connection, town: uuid.UUID, code: str, name: str, schools: range) -> None:
    """One municipality with its schools."""
    db.execute(
        "INSERT INTO tenancy_municipality (id, code, name, board_name) VALUES (%s, %s, %s, %s)",
        [town, code, name, f"{name}教育委員会"],
    )
    for number in schools:
        db.execute(
            "INSERT INTO tenancy_school (id, municipality_id, code, name, short_name, kind, position, terms,"
            " notice_deadline, phone) VALUES (%s, %s, %s, %s, %s, 'elementary', %s, 3, '23:59', '')",
            [
                uid("school", number),
                town,
                f"B1{code}0{number:04d}",
                f"{name}立第{number}小学校",
                f"第{number}小",
                number,
            ],
        )


def copy(db: psycopg.Connection, table: str, columns: str, rows: list[tuple[Any, ...]]) -> None:
    """COPY rows into a table."""
    with db.cursor().copy(f"COPY {table} ({columns}) FROM STDIN") as line:
        for row in rows:
            line.write_row(row)


def fill_people(db: psycopg.Connection, town: uuid.UUID, schools: range, rooms_of: list[tuple[int, int, int]]) -> None:
    """Accounts, posts, classes, pupils, guardians."""
    now = dt.datetime.now(dt.UTC)
    begin = dt.date(2026, 4, 1)
    accounts: list[tuple[Any, ...]] = []
    posts: list[tuple[Any, ...]] = []
    rooms: list[tuple[Any, ...]] = []
    teachers: list[tuple[Any, ...]] = []
    pupils: list[tuple[Any, ...]] = []
    stays: list[tuple[Any, ...]] = []
    places: list[tuple[Any, ...]] = []
    guardians: list[tuple[Any, ...]] = []
    links: list[tuple[Any, ...]] = []
    for school in schools:
        for post in ("head", "nurse", "clerk"):
            key = uid(post, school)
            accounts.append((key, "!", None, f"{post}{school}", "", "staff", f"{post} {school}", True, now))
            posts.append((uid("post", post, school), town, key, uid("school", school), post, True, begin))
    board = uid("board", *([] if town == uid("town") else [town]))
    accounts.append((board, "!", None, f"board-{board}", "", "staff", "教委", True, now))
    posts.append((uid("post", board), town, board, None, "board", True, begin))
    for school, klass, size in rooms_of:
        room, teacher = uid("class", school, klass), uid("teacher", school, klass)
        grade = f"P{klass % 6 + 1}"
        rooms.append((room, town, uid("school", school), 2026, "homeroom", f"{klass % 6 + 1}年{klass // 6 + 1}組", [grade],
                      False, [], [], klass))  # fmt: skip
        accounts.append((teacher, "!", None, f"t{school}-{klass}", "", "staff", f"担任 {school}-{klass}", True, now))
        posts.append((uid("post", teacher), town, teacher, uid("school", school), "teacher", True, begin))
        teachers.append((uid("cs", teacher), town, room, teacher, True, begin))
        for seat in range(1, size + 1):
            pupil, guardian, account = (uid(k, school, klass, seat) for k in ("pupil", "guardian", "gaccount"))
            family, given = f"測定{seat}", f"児童{klass}"
            pupils.append((pupil, town, uid("school", school), family, given, "そくてい", "じどう", f"{family}{given}",
                           grade, room, seat, f"{school:03d}{klass:02d}{seat:03d}", "female"))  # fmt: skip
            stays.append((uid("stay", pupil), town, pupil, uid("school", school), grade, 2026, begin, "carried"))
            places.append((uid("place", pupil), town, room, pupil, "homeroom", seat, begin))
            accounts.append(
                (account, "!", None, f"g{school}-{klass}-{seat}", "", "guardian", f"{family} 保護者", True, now)
            )
            guardians.append((guardian, town, account, family, "保護者", f"{family}保護者"))
            links.append((uid("link", guardian), town, pupil, guardian, "母", 1, ""))
    copy(
        db, "access_account", "id, password, last_login, login_id, email, kind, label, is_active, created_at", accounts
    )
    copy(db, "tenancy_membership", 'id, municipality_id, account_id, school_id, post, "primary", begins', posts)
    copy(db, "people_schoolclass", "id, municipality_id, school_id, year, kind, title, grades, special_needs,"
         " subject_codes, subjects, position", rooms)  # fmt: skip
    copy(db, "people_classstaff", 'id, municipality_id, school_class_id, account_id, "primary", begins', teachers)
    blank = ("official_family", "official_given", "official_middle", "middle", "middle_kana")
    copy(db, "people_pupil", "id, municipality_id, school_id, family, given, family_kana, given_kana, search_key, grade,"
         " homeroom_id, attendance_number, student_number, sex, " + ", ".join(blank),
         [(*row, row[3], row[4], "", "", "") for row in pupils])  # fmt: skip
    copy(db, "people_enrolment", "id, municipality_id, pupil_id, school_id, grade, year, begins, begin_kind,"
         " previous_school, end_kind, next_school", [(*row, "", "", "") for row in stays])  # fmt: skip
    copy(db, "people_classpupil", "id, municipality_id, school_class_id, pupil_id, kind, number, begins", places)
    copy(db, "people_guardian", "id, municipality_id, account_id, family, given, search_key, family_kana, given_kana,"
         " phone, email, institution, " + ", ".join(blank),
         [(*row, "", "", "", "", False, row[3], row[4], "", "", "") for row in guardians])  # fmt: skip
    copy(
        db, "people_guardianlink", "id, municipality_id, pupil_id, guardian_id, relation, contact_order, custody", links
    )


def fill_marks(db: psycopg.Connection, town: uuid.UUID) -> None:
    """150 school days of marks of the town's own classes."""
    now = dt.datetime.now(dt.UTC)
    marks = []
    for school, klass, size in classes():
        for day in school_days(150):
            for seat in range(1, size + 1):
                code = "ABS_SICK" if (seat * 7 + day.toordinal()) % 41 == 0 else "PRESENT"
                marks.append((uuid.uuid4(), town, uid("school", school), uid("pupil", school, klass, seat), day, code, "",
                              uid("teacher", school, klass), "担任", now))  # fmt: skip
    copy(db, "attendance_mark", "id, municipality_id, school_id, pupil_id, day, code, note, marked_by_id, marked_by_label,"
         " marked_at", marks)  # fmt: skip


def measured(*towns: uuid.UUID) -> None:
    """Finish the town with what only the application writes (codes); idempotent."""
    import django

    django.setup()
    from minamo.access.api import system_scope
    from minamo.attendance.codes import install_codes

    for town in (uid("town"), *towns):
        with system_scope(town):
            install_codes(town)


@dataclass
class SignedIn:
    """A signed-in person: called, the cookies of now. A staff device proves its key again each minute, as browsers do."""

    device: uuid.UUID
    key: str
    proves: bool
    proof: str = ""
    proved_at: dt.datetime | None = None

    def __call__(self) -> str:
        """A piece of a Cookie header."""
        from minamo.access.proofs import PROOF_COOKIE, cookie_value
        from minamo.kernel import clock

        if not self.proves:
            return f"minamo_session={self.key}"
        now = clock.now()
        if self.proved_at is None or now - self.proved_at > dt.timedelta(minutes=1):
            self.proof, self.proved_at = cookie_value(self.device, self.key, now), now
        return f"minamo_session={self.key}; {PROOF_COOKIE}={self.proof}"


def sessions(accounts: list[uuid.UUID], side: str) -> list[SignedIn]:
    """Signed-in sessions, written straight into the database."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    from minamo.access.cookies import SESSION_DEVICE
    from minamo.access.middleware import session_hash
    from minamo.access.models import Device
    from minamo.kernel import clock

    now, later = clock.now(), clock.now() + dt.timedelta(hours=2)
    terminal = trusted_terminal(accounts[0]) if side == "school" else None
    devices = Device.objects.bulk_create(
        Device(account_id=a, side=side, label="測定", signed_in_at=now, seen_at=later, strength=2, terminal_id=terminal)
        for a in accounts
    )
    store = SessionStore()
    rows, keys = [], []
    for device in devices:
        key = uuid.uuid4().hex
        data = {SESSION_KEY: str(device.account_id), BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[-1],
                HASH_SESSION_KEY: session_hash("!"), SESSION_DEVICE: str(device.pk)}  # fmt: skip
        rows.append(
            Session(session_key=key, session_data=store.encode(data), expire_date=timezone.now() + dt.timedelta(days=1))
        )
        keys.append(SignedIn(device.pk, key, proves=terminal is not None))
    Session.objects.bulk_create(rows)
    return keys


def trusted_terminal(account: uuid.UUID) -> uuid.UUID:
    """A trusted device of the town."""
    from minamo.access.api import system_scope
    from minamo.access.models import Terminal, TerminalState

    now = dt.datetime.now(dt.UTC)
    with system_scope(uid("town")):
        terminal = Terminal.objects.create(
            municipality_id=uid("town"), label="測定", registered_by_id=account, registered_at=now
        )
        TerminalState.objects.create(
            terminal=terminal, municipality_id=uid("town"), state="trusted", at=now, by_label="測定"
        )
    return terminal.pk


def dump(name: str, result: dict[str, Any], as_json: bool) -> None:
    """Show a result as one JSON object or as a table."""
    if as_json:
        print(json.dumps(result, ensure_ascii=False))
        return
    print(f"\n{name}")
    for key, value in result.items():
        print(f"  {key:<44} {value}")
