"""ASGI entry: pages by Django, live streams by the same application (see kernel.live)."""

import asyncio
import os
import warnings
from collections.abc import Awaitable, Callable
from typing import Any

# WhiteNoise hands static files to Django as plain iterators; under ASGI that is slower, not wrong.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
warnings.filterwarnings("ignore", message="No directory at", module="django")

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minamo.config.settings")

from django.core.asgi import get_asgi_application  # noqa: E402

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
# More requests at work at once than this only take turns on the interpreter and on database connections.
AT_WORK = int(os.environ.get("MINAMO_REQUESTS_AT_WORK", "6"))


class Gate:
    """受付: at most AT_WORK requests of a process are at work; the others wait in line, first come first served.

    Live streams do not work, they wait; they pass by the gate.
    """

    def __init__(self, application: Callable[[Any, Any, Any], Awaitable[None]]) -> None:
        self.application = application
        self.places: asyncio.Semaphore | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http" or scope["path"].endswith("/stream/"):
            await self.application(scope, receive, send)
            return
        if self.places is None:
            self.places = asyncio.Semaphore(AT_WORK)
        async with self.places:
            await self.application(scope, receive, send)


application = Gate(get_asgi_application())
