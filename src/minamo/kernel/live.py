"""いまの動き (live events): PostgreSQL NOTIFY → server-sent events.

`publish` follows the business transaction: nothing is announced that was not committed. An event carries ids only;
the screen then asks for the row it may see. One LISTEN connection per process serves every open stream. After a
lost line the browser reconnects and asks for the whole screen again, so a missed event is never a missed fact.
"""

import asyncio
import contextlib
import json
import logging
import re
import secrets
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg
from django.db import DatabaseError, connection, connections, transaction
from django.http import StreamingHttpResponse

logger = logging.getLogger(__name__)
CHANNEL = "minamo_live"
_AN_ID = re.compile(r"[\w.:-]{0,64}", re.ASCII)
HEARTBEAT_SECONDS = 15.0
GUARD_SECONDS = 4.0
WATCH_SECONDS = 300.0  # after this a watched page asks anew: what runs out by the clock is announced by nobody
QUEUE_LIMIT = 200


@dataclass(frozen=True)
class Event:
    """One event on a topic, e.g. topic `school:<id>`, name `notice`, data ids."""

    topic: str
    name: str
    data: dict[str, str]

    def as_sse(self) -> bytes:
        """The wire format of server-sent events."""
        return f"event: {self.name}\ndata: {json.dumps(self.data)}\n\n".encode()


def publish(topic: str, name: str, **data: object) -> None:
    """Announce an event once (and only if) the current transaction has committed. Ids only: raises ValueError for anything that
    is not one, so that no name and no text ever travels on a stream.

    Not inside the transaction: NOTIFY holds a lock of the whole server until its commit is on disk, so every notice of a
    busy morning would wait for the disk in single file. The announcement follows in a statement of its own that waits
    for no disk; should the process die in between, screens learn of the fact with their next event or reconnect.
    """
    values = {key: str(value) for key, value in data.items()}
    if strange := [key for key, value in values.items() if not _AN_ID.fullmatch(value)]:
        raise ValueError(f"an event carries ids only: {', '.join(strange)}")
    payload = json.dumps({"t": topic, "n": name, "d": values})
    transaction.on_commit(partial(_announce, payload))


def _announce(payload: str) -> None:
    """One NOTIFY in a transaction of its own that does not wait for the disk."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('synchronous_commit', 'off', true), pg_notify(%s, %s)", [CHANNEL, payload])


Guard = Callable[[frozenset[str]], Mapping[str, str]]
_guards: list[Guard] = []


def offer_guard(guard: Guard) -> None:
    """A room watches over open streams: `guard(topics)` gives a fingerprint of what each topic it knows rests on. When a
    fingerprint changes, the streams that end on the topic end, within GUARD_SECONDS. Called in a thread of its own."""
    if guard not in _guards:
        _guards.append(guard)


def _fingerprints(topics: frozenset[str]) -> dict[str, str]:
    try:
        return {topic: value for guard in _guards for topic, value in guard(topics).items()}
    finally:
        connection.close()


class Line(asyncio.Queue[Event]):
    """What waits for one open stream. A reader that stalls loses what waits and is told to fetch its screen anew; the end of the
    stream, any event of the topic `ends_on`, overtakes all that waits and is lost to nothing that comes after it."""

    def __init__(self, ends_on: str = "") -> None:
        super().__init__(maxsize=QUEUE_LIMIT)
        self._ends_on = ends_on
        self._ended = False

    def offer(self, event: Event) -> None:
        """Add an event; nothing follows the end."""
        if self._ended:
            return
        self._ended = bool(event.topic) and event.topic == self._ends_on
        if not self._ended and not self.full():
            self.put_nowait(event)
            return
        while not self.empty():
            self.get_nowait()
        self.put_nowait(event if self._ended else Event("", "resync", {}))


class Hub:
    """Fans out notifications of one process to its open streams."""

    def __init__(self) -> None:
        self._queues: dict[str, set[Line]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None
        self._watch: asyncio.Task[None] | None = None
        self._asked = asyncio.Event()
        self._prints: dict[str, str] = {}

    def open(self, topics: tuple[str, ...], ends_on: str = "") -> Line:
        """Register a stream of these topics that ends on one of its own; starts listening with the first one."""
        queue = Line(ends_on)
        for topic in (*topics, ends_on) if ends_on else topics:
            self._queues[topic].add(queue)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._listen())
        if _guards and (self._watch is None or self._watch.done()):
            self._asked = asyncio.Event()
            self._watch = asyncio.get_running_loop().create_task(self._keep_watch())
        self._asked.set()
        return queue

    def close(self, queue: Line) -> None:
        """Forget a stream."""
        for topic in [topic for topic, queues in self._queues.items() if queue in queues]:
            self._queues[topic].discard(queue)
            if not self._queues[topic]:
                del self._queues[topic]

    async def _listen(self) -> None:
        """Listen for ever; when the database goes away every stream is told to fetch its screen anew."""
        while self._queues:
            try:
                async with await psycopg.AsyncConnection.connect(**_parameters(), autocommit=True) as line:
                    await line.execute(f"LISTEN {CHANNEL}")
                    self._broadcast(Event("", "resync", {}))
                    async for notification in line.notifies():
                        self._deliver(notification.payload)
            except (psycopg.Error, OSError) as error:
                logger.warning("live line lost (%s); trying again", type(error).__name__)
                await asyncio.sleep(0.5)

    async def _keep_watch(self) -> None:
        """Ask the guards at once about a new stream and every few seconds about all: what an open screen rests on may change
        without anybody announcing it (a post that ended at midnight, a row changed by hand)."""
        now, due = asyncio.get_running_loop().time, 0.0
        while self._queues:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._asked.wait(), max(0.0, due - now()))
            self._asked.clear()
            topics = frozenset(self._queues)
            if now() < due:
                topics -= self._prints.keys()  # every page opens a stream: the others are not asked about each time
            else:
                due = now() + GUARD_SECONDS
            try:
                self.compare(topics, await asyncio.to_thread(_fingerprints, topics))
            except (DatabaseError, OSError) as error:
                logger.warning("open screens could not be checked (%s); trying again", type(error).__name__)

    def compare(self, topics: frozenset[str], prints: Mapping[str, str]) -> None:
        """End the streams whose fingerprint is another one than before, or is gone."""
        for topic in topics & self._prints.keys():
            if prints.get(topic) != self._prints[topic]:
                self._deliver(json.dumps({"t": topic, "n": "revoked", "d": {}}))
        others = self._queues.keys() - topics
        self._prints = {topic: kept for topic, kept in self._prints.items() if topic in others} | dict(prints)

    def _deliver(self, payload: str) -> None:
        message = json.loads(payload)
        event = Event(message["t"], message["n"], message["d"])
        for queue in tuple(self._queues.get(event.topic, ())):
            queue.offer(event)

    def _broadcast(self, event: Event) -> None:
        for queue in {queue for queues in self._queues.values() for queue in queues}:
            queue.offer(event)


def _parameters() -> dict[str, Any]:
    parameters: dict[str, Any] = connections["default"].get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold", "pool", "server_side_binding", "isolation_level"):
        parameters.pop(name, None)
    return parameters


hub = Hub()


async def stream(topics: tuple[str, ...], ends_on: str) -> AsyncIterator[bytes]:
    """Bytes of one event stream; it ends at once on any event of the topic `ends_on` (device signed out)."""
    queue = hub.open(topics, ends_on)
    try:
        yield b"retry: 1500\n: open\n\n"
        while True:
            try:
                event = await asyncio.wait_for(queue.get(), HEARTBEAT_SECONDS)
            except TimeoutError:
                yield b": still here\n\n"
                continue
            if event.topic == ends_on:
                return
            yield event.as_sse()
    finally:
        hub.close(queue)


async def watch(ends_on: str, opening: Event) -> AsyncIterator[bytes]:
    """Bytes of a stream that carries nothing but its own end: `opening`, a beat now and then, and `revoked` on any event of the
    topic. After WATCH_SECONDS it is asked for anew, by each browser at a moment of its own."""
    queue = hub.open((), ends_on)
    now = asyncio.get_running_loop().time
    until = now() + WATCH_SECONDS
    try:
        yield f"retry: {1000 + secrets.randbelow(3000)}\n".encode() + opening.as_sse()  # spreads a herd
        while now() < until:
            try:
                event = await asyncio.wait_for(queue.get(), HEARTBEAT_SECONDS)
            except TimeoutError:
                yield Event("", "beat", {}).as_sse()
                continue
            if event.topic == ends_on:
                yield Event("", "revoked", {}).as_sse()
                return
    finally:
        hub.close(queue)


def response(*topics: str, ends_on: str) -> StreamingHttpResponse:
    """An HTTP response that streams the topics. Authorise before calling; holds no database connection."""
    return _streamed(stream(topics, ends_on))


def watching(ends_on: str, **opening: object) -> StreamingHttpResponse:
    """An HTTP response for a page that only wants to know when its sign-in ends; `opening` says what it was opened for."""
    told = Event("", "here", {key: str(value) for key, value in opening.items()})
    return _streamed(watch(ends_on, told))


def _streamed(content: AsyncIterator[bytes]) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(content, content_type="text/event-stream")
    answer["Cache-Control"] = "no-store"
    answer["X-Accel-Buffering"] = "no"
    return answer
