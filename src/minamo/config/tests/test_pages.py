"""Pages under ASGI: a fixed number of threads, whole answers, parts in order, nothing for who has gone."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from minamo.config.pages import Pages, Scope

SCOPE: Scope = {
    "type": "http", "method": "POST", "path": "/x/", "query_string": b"", "headers": [(b"host", b"localhost")],
    "client": ("127.0.0.1", 1), "server": ("localhost", 80),
}  # fmt: skip


def pages(view: Callable[[HttpRequest], HttpResponseBase], workers: int = 2) -> Pages:
    made = Pages(workers)
    made.get_response = view  # type: ignore[method-assign]  # what a view answers is not what is tested here
    return made


async def ask(handler: Pages, *bodies: dict[str, Any]) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    waiting = list(bodies or ({"type": "http.request", "body": b"", "more_body": False},))

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await handler(SCOPE, receive, send)
    return sent


def test_a_whole_answer() -> None:
    def view(request: HttpRequest) -> HttpResponse:
        response = HttpResponse(request.body.upper(), status=201, headers={"X-A": "1"})
        response.set_cookie("c", "v")
        return response

    start, body = asyncio.run(
        ask(pages(view), {"type": "http.request", "body": b"ab", "more_body": True},
            {"type": "http.request", "body": b"cd", "more_body": False})
    )  # fmt: skip
    assert start["status"] == 201 and (b"X-A", b"1") in start["headers"]
    assert any(name == b"Set-Cookie" and value.startswith(b"c=v") for name, value in start["headers"])
    assert body == {"type": "http.response.body", "body": b"ABCD"}


def test_parts_come_in_order_and_the_file_is_closed() -> None:
    closed: list[str] = []

    def parts() -> Iterator[bytes]:
        yield from (b"1", b"2", b"3")

    def view(request: HttpRequest) -> StreamingHttpResponse:
        response = StreamingHttpResponse(parts())
        response._resource_closers.append(lambda: closed.append(threading.current_thread().name))  # type: ignore[attr-defined]
        return response

    _, *bodies = asyncio.run(ask(pages(view)))
    assert [b["body"] for b in bodies] == [b"1", b"2", b"3", b""]
    assert [b.get("more_body", False) for b in bodies] == [True, True, True, False]
    assert len(closed) == 1 and closed[0].startswith("page")


def test_no_more_than_the_workers_are_at_work_and_they_stay() -> None:
    names: list[str] = []
    at_work, most = [0], [0]
    lock, both = threading.Lock(), threading.Barrier(2, timeout=60)  # six times two of them meet in it

    def view(request: HttpRequest) -> HttpResponse:
        with lock:
            at_work[0] += 1
            most[0] = max(most[0], at_work[0])
            names.append(threading.current_thread().name)
        both.wait()
        with lock:
            at_work[0] -= 1
        return HttpResponse()

    async def many() -> None:
        handler = pages(view, workers=2)
        await asyncio.gather(*(ask(handler) for _ in range(12)))

    asyncio.run(many())
    assert most[0] == 2 and len(names) == 12 and len(set(names)) == 2


def test_nobody_is_served_who_left_before_the_end_of_the_request() -> None:
    called: list[bool] = []

    def view(request: HttpRequest) -> HttpResponse:
        called.append(True)
        return HttpResponse()

    gone = ({"type": "http.request", "body": b"half", "more_body": True}, {"type": "http.disconnect"})
    assert asyncio.run(ask(pages(view), *gone)) == [] and called == []


def test_an_error_while_parts_are_made_still_closes() -> None:
    closed: list[bool] = []

    def parts() -> Iterator[bytes]:
        yield b"1"
        raise OSError("disk")

    def view(request: HttpRequest) -> StreamingHttpResponse:
        response = StreamingHttpResponse(parts())
        response._resource_closers.append(lambda: closed.append(True))  # type: ignore[attr-defined]
        return response

    with pytest.raises(OSError, match="disk"):
        asyncio.run(ask(pages(view)))
    assert closed == [True]


def test_a_request_larger_than_agreed_is_not_even_kept(settings: Any) -> None:
    settings.MAX_REQUEST_BYTES = 8
    called: list[bool] = []

    def view(request: HttpRequest) -> HttpResponse:
        called.append(True)
        return HttpResponse()

    part = {"type": "http.request", "body": b"12345", "more_body": True}
    start, body = asyncio.run(ask(pages(view), part, part, part))
    assert start["status"] == 413 and "分けて" in body["body"].decode() and called == []


def test_an_announced_size_is_believed_before_a_byte_is_read(settings: Any) -> None:
    settings.MAX_REQUEST_BYTES = 8
    scope = SCOPE | {"headers": [(b"content-length", b"9")]}
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        raise AssertionError("nothing may be read")

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(pages(lambda request: HttpResponse())(scope, receive, send))
    assert sent[0]["status"] == 413
