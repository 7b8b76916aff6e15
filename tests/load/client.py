"""A small HTTP/1.1 client over asyncio: one kept connection, little CPU, so that the load is the server's."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Reply:
    """Status, headers, body, seconds."""

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float


class Connection:
    """One kept connection to the server on this machine; `session` tells the cookies of a signed-in person, afresh for
    each request, because a proof of a device grows old while a bench runs."""

    def __init__(self, port: int, session: Callable[[], str] | None = None) -> None:
        self.port = port
        self.session = session
        self.csrf = "a" * 32
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def request(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> Reply:
        """Send one request and read the whole answer; raises OSError or asyncio.IncompleteReadError when the line breaks."""
        if self._writer is None:
            self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.port)
        cookie = f"csrftoken={self.csrf}" + (f"; {self.session()}" if self.session else "")
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: localhost:{self.port}\r\nCookie: {cookie}\r\nX-CSRFToken: {self.csrf}\r\n"
            f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\nAccept: */*\r\n\r\n"
        )
        began = time.perf_counter()
        self._writer.write(head.encode() + body)
        await self._writer.drain()
        reply = await self._read()
        reply.seconds = time.perf_counter() - began
        return reply

    async def _read(self) -> Reply:
        assert self._reader is not None
        head = await self._reader.readuntil(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        if headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int((await self._reader.readuntil(b"\r\n")).strip(), 16):
                body += (await self._reader.readexactly(size + 2))[:-2]
            await self._reader.readexactly(2)
        else:
            body = await self._reader.readexactly(int(headers.get("content-length", 0)))
        return Reply(int(lines[0].split(" ")[1]), headers, body, 0.0)

    def close(self) -> None:
        """Drop the line."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of the values lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")
