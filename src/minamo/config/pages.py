"""Pages under ASGI: a few threads that stay, each with its own database connection and prepared statements.

Django's own ASGI handler starts a new thread for every request and hops between it and the loop once per middleware; for
synchronous pages that is a third of the time of a request. Here the body is read by the loop, the whole chain runs in
one thread of a fixed pool, and the loop sends the answer. At most `workers` requests are at work; the others wait in
line, first come first served (受付).
"""

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
CHUNK = 2**16
END = object()
TOO_LARGE = [
    (b"content-type", b"text/plain; charset=utf-8"),
    (b"x-content-type-options", b"nosniff"),
    (b"connection", b"close"),
]


class TooLarge(Exception):
    """The request is larger than this installation takes."""


def limited(scope: Scope, receive: Receive) -> Receive:
    """Nobody fills the disk: the announced and the real size of a request are held to MAX_REQUEST_BYTES."""
    announced = dict(scope["headers"]).get(b"content-length", b"0")
    left = settings.MAX_REQUEST_BYTES

    async def counted() -> Any:
        nonlocal left
        if announced.isdigit() and int(announced) > settings.MAX_REQUEST_BYTES:
            raise TooLarge
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            raise TooLarge
        return message

    return counted


class Pages(ASGIHandler):
    """Every answer that is not a live stream."""

    def __init__(self, workers: int) -> None:
        self.load_middleware(is_async=False)
        self.pool = ThreadPoolExecutor(workers, thread_name_prefix="page")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        try:
            body = await self.read_body(limited(scope, receive))
        except RequestAborted:
            return
        except TooLarge:
            await send({"type": "http.response.start", "status": 413, "headers": TOO_LARGE})
            await send({"type": "http.response.body", "body": "送る量が多すぎます。分けて送ってください。".encode()})
            return
        work = asyncio.get_running_loop().run_in_executor
        try:
            response = await work(self.pool, self._respond, scope, body)
            if response.streaming:
                await self._stream(response, send)
            else:
                await self._whole(response, send)
        finally:
            body.close()

    def _respond(self, scope: Scope, body: Any) -> HttpResponseBase:
        """In the thread: what Django does around a request. A whole answer is closed here, where its connection lives."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, refused = self.create_request(scope, body)
        response = self.get_response(request) if request is not None else refused
        assert response is not None
        if not response.streaming:
            response.close()
        return response

    async def _whole(self, response: HttpResponseBase, send: Send) -> None:
        assert isinstance(response, HttpResponse)
        await send(_start(response))
        await send({"type": "http.response.body", "body": response.content})

    async def _stream(self, response: HttpResponseBase, send: Send) -> None:
        """A file or an export: parts are made in the pool, one at a time, as fast as the other side takes them."""
        work = asyncio.get_running_loop().run_in_executor
        response.block_size = CHUNK  # type: ignore[attr-defined]  # of FileResponse; others do not look at it
        parts = iter(response)
        try:
            await send(_start(response))
            while (part := await work(self.pool, next, parts, END)) is not END:
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            await work(self.pool, response.close)


def _start(response: HttpResponseBase) -> dict[str, Any]:
    headers = [(name.encode("ascii"), value.encode("latin1")) for name, value in response.items()]
    headers += [(b"Set-Cookie", c.output(header="").strip().encode("ascii")) for c in response.cookies.values()]
    return {"type": "http.response.start", "status": response.status_code, "headers": headers}
