"""`bin/bench morning`: the peak of a school morning, and the same with a worker and then PostgreSQL killed in the middle.

Guardians send notices at a fixed rate while twenty registers are open live. Measured: p95, p99, errors, and the time until
an open register hears of the notice. With `--kill`, one web worker and later PostgreSQL get SIGKILL; every notice that was
acknowledged must be in the database with its audit row afterwards.
"""

import asyncio
import json
import random
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import psutil
import psycopg

from tests.load import town
from tests.load.client import Connection, percentile
from tests.load.server import Web

REGISTERS = 20


@dataclass
class Tally:
    """What the load saw."""

    acknowledged: list[tuple[uuid.UUID, uuid.UUID]] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    visible: list[float] = field(default_factory=list)
    waiting: dict[str, float] = field(default_factory=dict)
    open: set[uuid.UUID] = field(default_factory=set)
    refused: int = 0
    errors: int = 0
    retries: int = 0


Seat = tuple[int, int, int]


def seats(total: int) -> list[Seat]:
    """School, class, seat of each child somebody will write about: every child once, in no order."""
    everybody = [(school, klass, seat) for school, klass, size in town.city_classes() for seat in range(1, size + 1)]
    if total > len(everybody):
        raise SystemExit(f"at most {len(everybody)} notices: the city has no more children")
    return random.Random(7).sample(everybody, total)


async def watch(port: int, session: town.SignedIn, room: uuid.UUID, tally: Tally, stop: asyncio.Event) -> None:
    """An open register: notes when it hears of each pupil; reconnects as a browser does."""
    while not stop.is_set():
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(
                f"GET /classes/{room}/register/stream/ HTTP/1.1\r\nHost: localhost:{port}\r\n"
                f"Cookie: {session()}\r\nAccept: text/event-stream\r\n\r\n".encode()
            )
            status = await asyncio.wait_for(reader.readline(), 30)
            if b" 200 " not in status:  # refused: an outage gives no answer at all
                tally.refused += 1
                await asyncio.sleep(1)
                continue
            tally.open.add(room)
            while not stop.is_set():
                line = await asyncio.wait_for(reader.readline(), 30)
                if not line:
                    break
                if line.startswith(b"data: ") and b'"pupil"' in line:
                    pupil = json.loads(line[6:])["pupil"]
                    if pupil in tally.waiting:
                        tally.visible.append(time.perf_counter() - tally.waiting.pop(pupil))
            writer.close()
        except (OSError, TimeoutError, ValueError):
            await asyncio.sleep(0.3)


async def opened(tally: Tally) -> None:
    """Wait until every register is open; a peak that nobody watches measures nothing."""
    for _ in range(200):
        if len(tally.open) == REGISTERS:
            return
        await asyncio.sleep(0.1)
    raise SystemExit(f"only {len(tally.open)} of {REGISTERS} registers opened ({tally.refused} refusals)")


async def send(
    port: int, session: town.SignedIn, pupil: str, tally: Tally, pool: asyncio.Queue[Connection], live: bool
) -> None:
    """One guardian: sends, and on a broken line sends the same notice again with the same key."""
    key = str(uuid.uuid4())
    body = json.dumps(
        {"pupil": [pupil], "kind": "absent", "reason": "sick", "when": town.TODAY.isoformat(), "key": key}
    ).encode()
    began = time.perf_counter()
    connection = await pool.get()
    try:
        for attempt in range(60):
            connection.session = session
            if live:
                tally.waiting[pupil] = time.perf_counter()
            try:
                reply = await asyncio.wait_for(connection.request("POST", "/notices/", body), 20)
                if reply.status in {200, 201}:
                    tally.acknowledged.append((uuid.UUID(key), uuid.UUID(pupil)))
                    tally.seconds.append(time.perf_counter() - began)
                    return
                if reply.status < 500:
                    tally.errors += 1
                    return
            except (OSError, asyncio.IncompleteReadError, TimeoutError, ValueError, IndexError):
                pass
            connection.close()
            tally.retries += 1
            await asyncio.sleep(min(2.0, 0.2 * (attempt + 1)))
        tally.errors += 1
    finally:
        pool.put_nowait(connection)


@dataclass(frozen=True)
class Crowd:
    """Signed-in sessions: a guardian for each chosen child, twenty teachers by class."""

    guardians: dict[Seat, town.SignedIn]
    teachers: dict[tuple[int, int], town.SignedIn]

    @classmethod
    def signed_in(cls, total: int) -> "Crowd":
        """Write the sessions."""
        chosen = seats(total)
        rooms = [(school, klass) for school, klass, _ in town.city_classes()][:REGISTERS]
        families = town.sessions([town.uid("gaccount", *seat) for seat in chosen], "home")
        teachers = town.sessions([town.uid("teacher", *room) for room in rooms], "school")
        return cls(dict(zip(chosen, families, strict=True)), dict(zip(rooms, teachers, strict=True)))


async def peak(port: int, rate: float, tally: Tally, crowd: Crowd, chaos: Any) -> float:
    """Send the notices at `rate` per second; `chaos(t)` may break things at time t. Returns the seconds it took."""
    stop = asyncio.Event()
    watchers = [asyncio.create_task(watch(port, key, town.uid("class", *room), tally, stop))
                for room, key in crowd.teachers.items()]  # fmt: skip
    await opened(tally)
    pool: asyncio.Queue[Connection] = asyncio.Queue()
    for _ in range(400):
        pool.put_nowait(Connection(port))
    began = time.perf_counter()
    tasks = []
    for number, (seat, session) in enumerate(crowd.guardians.items()):
        due = began + number / rate
        delay = due - time.perf_counter()
        if delay > 0:
            await asyncio.sleep(delay)
        live = seat[:2] in crowd.teachers
        tasks.append(asyncio.create_task(send(port, session, str(town.uid("pupil", *seat)), tally, pool, live)))
        await chaos(time.perf_counter() - began)
    await asyncio.gather(*tasks)
    spent = time.perf_counter() - began
    await asyncio.sleep(1.0)
    stop.set()
    for watcher in watchers:
        watcher.cancel()
    return spent


def run(bench: town.Bench, *, rate: float, seconds: float, processes: int, kill: bool) -> dict[str, Any]:
    """Run the peak; with `kill`, break a worker at a third and PostgreSQL at two thirds of the time."""
    town.fill_city(bench)
    town.measured(town.uid("city"))
    forget(bench)
    total = int(rate * seconds)
    crowd = Crowd.signed_in(total)
    web = Web(bench.environment, processes=processes)
    tally = Tally()
    done: set[str] = set()

    async def chaos(now: float) -> None:
        if not kill:
            return
        if now > seconds / 3 and "worker" not in done:
            done.add("worker")
            await asyncio.to_thread(web.kill_worker)
        if now > seconds * 2 / 3 and "postgres" not in done:
            done.add("postgres")
            await asyncio.to_thread(kill_postgres, bench)

    try:
        spent = asyncio.run(peak(web.port, rate, tally, crowd, chaos))
    finally:
        web.stop()
    lost, unrecorded = missing(bench, tally)
    return {
        "notices": total,
        "rate_per_s": rate,
        "spent_s": round(spent, 1),
        "acknowledged": len(tally.acknowledged),
        "acknowledged_per_s": round(len(tally.acknowledged) / spent, 1),
        "p50_ms": round(percentile(tally.seconds, 0.5) * 1000, 1),
        "p95_ms": round(percentile(tally.seconds, 0.95) * 1000, 1),
        "p99_ms": round(percentile(tally.seconds, 0.99) * 1000, 1),
        "visible_on_open_register_p95_ms": round(percentile(tally.visible, 0.95) * 1000, 1),
        "visible_measured": len(tally.visible),
        "registers_open": len(tally.open),
        "register_streams_refused": tally.refused,
        "errors": tally.errors,
        "retries_after_a_broken_line": tally.retries,
        "acknowledged_but_lost": lost,
        "acknowledged_without_audit_row": unrecorded,
        "killed": ",".join(sorted(done)) or "nothing",
    }


def kill_postgres(bench: town.Bench) -> None:
    """SIGKILL the postmaster and every backend, then start it again."""
    pid = bench.server.get_pid()
    victims = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    for process in victims:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(victims, timeout=10)
    time.sleep(0.3)
    bench.server.ensure_postgres_running()


def forget(bench: town.Bench) -> None:
    """Notices of earlier measurements away: each child is written about once."""
    with psycopg.connect(bench.urls.owner, autocommit=True) as db:
        db.execute("TRUNCATE attendance_notice CASCADE")


def missing(bench: town.Bench, tally: Tally) -> tuple[int, int]:
    """Acknowledged notices that are not in the database; acknowledged notices without an audit row."""
    # The stored key is made of the sender's key and the pupil.
    keys = {uuid.uuid5(key, str(pupil)) for key, pupil in tally.acknowledged}
    with psycopg.connect(bench.urls.owner) as db:
        stored = {row[0]: str(row[1]) for row in db.execute("SELECT key, id FROM attendance_notice").fetchall()}
        written = db.execute("SELECT resource_id FROM audit_entry WHERE action = 'notice:send'").fetchall()
    audited = {row[0] for row in written}
    return len(keys - stored.keys()), sum(stored[key] not in audited for key in keys & stored.keys())
