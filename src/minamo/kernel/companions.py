"""伴走 (companions): loops that run beside the jobs of a worker, one thread each, until the worker ends.

A room offers a function that takes a `threading.Event` and returns soon after it is set. For work every second, which as
jobs would leave a row each.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Loop = Callable[[threading.Event], None]
_offered: dict[str, Loop] = {}


def offer_companion(name: str, loop: Loop) -> None:
    """Called by a room when it starts."""
    _offered[name] = loop


@contextmanager
def companions() -> Iterator[None]:
    """Run all offered loops while the block runs."""
    stop = threading.Event()
    threads = [threading.Thread(target=loop, args=(stop,), name=name, daemon=True) for name, loop in _offered.items()]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join(timeout=5)
