"""別の作業者: files from outside are opened by a process of their own, and so is whatever looks at pictures.

A file that breaks a library breaks nothing else, and the web loads neither OpenCV nor pdfium for it: what opens pictures is
imported only over there (by the functions at the end, which are all that is sent).
"""

from collections.abc import Callable, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from threading import BoundedSemaphore
from typing import ParamSpec, TypeVar

from minamo.marking.leaves import Leaf
from minamo.marking.sheet_values import Blank, Printed
from minamo.marking.vision.errors import BrokenFile, PageError

LONGEST = 60  # seconds one piece of work may take
AT_ONCE = BoundedSemaphore(2)

Given = ParamSpec("Given")
Made = TypeVar("Made")


def apart(name: str, work: Callable[Given, Made], *given: Given.args, **named: Given.kwargs) -> Made:
    """別の作業者でする. Raises PageError (about the file `name` when it takes too long or kills its process)."""
    context = get_context("spawn")
    with AT_ONCE:
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_send, args=(there, work, given, named), daemon=True)
        process.start()
        there.close()
        try:
            if not here.poll(LONGEST):
                raise BrokenFile(
                    name, None, "開くのに時間がかかりすぎます。PDFに保存しなおして、もう一度選んでください。"
                )
            found: Made | PageError = here.recv()
        except EOFError as problem:
            raise BrokenFile(name) from problem
        finally:
            process.kill()
            process.join()
            here.close()
    if isinstance(found, PageError):
        raise found
    return found


def _send(there: Connection, work: Callable[..., object], given: tuple[object, ...], named: dict[str, object]) -> None:
    """What the process does: one piece of work, sent back whole."""
    try:
        there.send(work(*given, **named))
    except PageError as problem:
        there.send(problem)


def blank_of(path: Path) -> Blank:
    """用紙を受け取る. Raises PageError."""
    from minamo.marking.blank import take_in

    return take_in(path)


def pile_of(pictures: Sequence[tuple[str, bytes]]) -> bytes:
    """写真を束ねる. Raises PageError naming the picture."""
    from minamo.marking.bundling import bundle

    return bundle(pictures)


def sheets_of(blank: bytes, picture: bytes, leaves: Sequence[Leaf], sheets: Sequence[Printed], title: str) -> bytes:
    """用紙を印刷する: one page for each of `sheets`."""
    from minamo.marking.sheets import faces_of, print_sheets

    return print_sheets(blank, faces_of(picture, leaves), sheets, title)
