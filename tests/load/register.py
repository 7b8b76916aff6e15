"""`bin/bench register`: CPU per request and requests per second for the pages of the morning.

CPU is what web processes and PostgreSQL spent together, policy and audit on. The peer's figures (RosarioSIS 12 on the
same shape of data) are printed beside it; they were measured on another day and are no run of this machine.
"""

import asyncio
import time
from typing import Any
from urllib.parse import urlencode

import psycopg

from tests.load import town
from tests.load.client import Connection
from tests.load.server import Cpu, Web

PEER = {"login": 9, "register_show": 33, "register_save": 220, "pupils_336": 27, "pupils_1001": 42, "month_336": 1198,
        "home_head": 252}  # fmt: skip
SERIAL = 120
PARALLEL = 8
DAY = "2026-11-20"  # a Friday that is past on any clock this is measured on
SECONDS = 6.0


def pages() -> dict[str, tuple[str, str, bytes, str]]:
    """name → (who, path, body, kind); a body makes it a POST."""
    room = town.uid("class", 1, 0)
    school = town.uid("school", 1)
    form = "application/x-www-form-urlencoded"
    save = everybody("present")
    return {
        "login": ("", "/accounts/login/", b"", ""),
        "register_show": ("teacher", f"/classes/{room}/register/{DAY}/", b"", ""),
        "register_save": ("teacher", f"/classes/{room}/register/{DAY}/", save, form),
        "pupils_336": ("head", f"/schools/{school}/pupils/", b"", ""),
        "pupils_1001": ("long", f"/schools/{town.uid('school', town.LONG)}/pupils/", b"", ""),
        "month_336": ("head", f"/schools/{school}/months/2026/10/", b"", ""),
        "home_teacher": ("teacher", "/", b"", ""),
        "home_head": ("head", "/", b"", ""),
        "home_guardian": ("guardian", "/", b"", ""),
        "home_board": ("board", "/", b"", ""),
        "morning": ("head", f"/schools/{school}/morning/", b"", ""),
    }


def everybody(button: str) -> bytes:
    """A form that sets all 28 pupils of the class."""
    return urlencode([("set", f"{town.uid('pupil', 1, 0, seat)}:{button}") for seat in range(1, 29)]).encode()


def people() -> dict[str, town.SignedIn | None]:
    """Sessions by role."""
    staff = [town.uid("teacher", 1, 0), town.uid("head", 1), town.uid("board"), town.uid("head", town.LONG)]
    keys = town.sessions(staff, "school")
    (guardian,) = town.sessions([town.uid("gaccount", 1, 0, 1)], "home")
    return {"": None, "teacher": keys[0], "head": keys[1], "board": keys[2], "long": keys[3], "guardian": guardian}


async def serial(connection: Connection, path: str, body: bytes, kind: str, count: int) -> list[float]:
    """The same request over and over; seconds of each."""
    times = []
    for number in range(count):
        # Every second save sets another code, so that each writes 28 marks and 28 changes.
        sent = everybody("late") if body and number % 2 else body
        reply = await connection.request("POST" if body else "GET", path, sent, kind or "text/plain")
        if reply.status >= 400:
            raise SystemExit(f"{path}: HTTP {reply.status}")
        times.append(reply.seconds)
    return times


async def parallel(port: int, session: town.SignedIn | None, path: str, body: bytes, kind: str) -> float:
    """Requests per second over eight connections."""
    stop_at = time.perf_counter() + SECONDS
    done = 0

    async def one() -> None:
        nonlocal done
        connection = Connection(port, session)
        while time.perf_counter() < stop_at:
            reply = await connection.request("POST" if body else "GET", path, body, kind or "text/plain")
            if reply.status >= 400:
                raise SystemExit(f"{path}: HTTP {reply.status}")
            done += 1
        connection.close()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(PARALLEL)))
    return done / (time.perf_counter() - began)


def forget(bench: town.Bench) -> None:
    """Corrections of earlier measurements away: no class has thousands of them on one day."""
    with psycopg.connect(bench.urls.owner, autocommit=True) as db:
        db.execute("TRUNCATE attendance_markchange")
        db.execute("VACUUM ANALYZE attendance_mark")


def run(bench: town.Bench) -> dict[str, Any]:
    """Measure every page."""
    town.measured()
    forget(bench)
    keys = people()
    web = Web(bench.environment)
    cpu = Cpu(web, bench.server.get_pid())
    result: dict[str, Any] = {}
    try:
        for name, (who, path, body, kind) in pages().items():
            connection = Connection(web.port, keys[who])
            asyncio.run(serial(connection, path, body, kind, 10))
            before = cpu.read()
            times = asyncio.run(serial(Connection(web.port, keys[who]), path, body, kind, SERIAL))
            after = cpu.read()
            web_ms, pg_ms = ((b - a) * 1000 / SERIAL for a, b in zip(before, after, strict=True))
            result[f"{name}_cpu_ms"] = round(web_ms + pg_ms, 1)
            result[f"{name}_cpu_web_ms"] = round(web_ms, 1)
            result[f"{name}_cpu_postgresql_ms"] = round(pg_ms, 1)
            result[f"{name}_median_ms"] = round(sorted(times)[len(times) // 2] * 1000, 1)
            result[f"{name}_requests_per_s"] = round(asyncio.run(parallel(web.port, keys[who], path, body, kind)), 1)
            if name in PEER:
                result[f"{name}_peer_cpu_ms"] = PEER[name]
                result[f"{name}_peer_ratio"] = round(PEER[name] / max(web_ms + pg_ms, 0.1), 1)
    finally:
        web.stop()
    return result
