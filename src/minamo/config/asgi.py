"""ASGI entry: pages by a fixed pool of threads, live streams by Django's own asynchronous handler (see kernel.live)."""

import gc
import os
import warnings

# WhiteNoise hands static files to Django as plain iterators; under ASGI that is slower, not wrong.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")
warnings.filterwarnings("ignore", message="No directory at", module="django")

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "minamo.config.settings")

from django.core.asgi import get_asgi_application  # noqa: E402

_streams = get_asgi_application()

from django.urls import get_resolver  # noqa: E402

from minamo.access.api import refuse_bad_settings  # noqa: E402
from minamo.config.pages import Pages, Receive, Scope, Send  # noqa: E402

# More requests at work at once than this only take turns on the interpreter and on database connections.
_pages = Pages(workers=int(os.environ.get("MINAMO_REQUESTS_AT_WORK", "6")))


def _settle() -> None:
    """Load what every request needs, then take it out of the garbage collector's rounds: a list of 1,000 rows
    otherwise makes it walk through the whole program several times."""
    len(get_resolver().url_patterns)
    refuse_bad_settings()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve one connection."""
    live = scope["type"] == "http" and scope["path"].endswith("/stream/")
    await (_streams if live or scope["type"] != "http" else _pages)(scope, receive, send)


_settle()
