"""別の作業者: a sheet from outside is taken in by a process of its own (`blank.take_in`).

A file that breaks a library breaks nothing else, and the web loads neither OpenCV nor pdfium for it: what opens pictures is
imported only over there.
"""

from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import BoundedSemaphore

from minamo.marking.setup import Box, Question
from minamo.marking.vision.errors import BrokenFile, PageError

LONGEST = 60  # seconds one sheet may take
AT_ONCE = BoundedSemaphore(2)


@dataclass(frozen=True)
class Blank:
    """受け取った用紙: PDF of one page, its picture (PNG), size at 200 dpi, and the proposal."""

    pdf: bytes
    picture: bytes
    size: tuple[int, int]
    vertical: bool
    questions: tuple[Question, ...]
    number: Box | None
    name: Box | None


def apart(path: Path) -> Blank:
    """別の作業者で受け取る. Raises PageError, also for a file that takes too long or kills its process."""
    context = get_context("spawn")
    with AT_ONCE:
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_send, args=(there, path), daemon=True)
        process.start()
        there.close()
        try:
            if not here.poll(LONGEST):
                raise BrokenFile(
                    path.name, None, "開くのに時間がかかりすぎます。PDFに保存しなおして、もう一度選んでください。"
                )
            found = here.recv()
        except EOFError as problem:
            raise BrokenFile(path.name) from problem
        finally:
            process.kill()
            process.join()
            here.close()
    if isinstance(found, PageError):
        raise found
    if not isinstance(found, Blank):
        raise TypeError("the process sent something else")
    return found


def _send(there: Connection, path: Path) -> None:
    """What the process does: one sheet, sent back whole."""
    from minamo.marking.blank import take_in  # the eye: only in this process

    try:
        there.send(take_in(path))
    except PageError as problem:
        there.send(problem)
