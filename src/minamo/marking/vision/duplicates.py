"""同じ紙: two scans of one sheet, recognised by the pupil's own ink, never by file or place in the pile; and one scan sent twice."""

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from minamo.marking.vision.align import Alignment
from minamo.marking.vision.crops import crop
from minamo.marking.vision.ink import Gray, ink, resized, shrunk

SIDE = 320  # long side of a trace: fine enough that two pupils' equal answers differ
ALIKE = 0.92  # two scans of one sheet reach 0.99, two pupils who write the same words 0.80
LEAST_INK = 0.004  # a page with less own ink than this share is too empty to be compared: only the very same scan is a copy of it
DIGEST = 16
COARSE = 80  # long side of the first look, which only chooses pairs
PAIR = 0.7
BLOCK = 256  # pages compared at once: memory stays flat over thousands of pages


@dataclass(frozen=True)
class Trace:
    """筆跡の影: the pupil's ink of one page, small; `fine` in steps of 1/127, `coarse` of unit length, both nothing where there is too
    little ink; `exact`: what the very same scan has alike (empty in traces kept before it was)."""

    fine: npt.NDArray[np.int8]
    coarse: npt.NDArray[np.float32]
    exact: bytes = b""

    def packed(self) -> bytes:
        """As it is kept: lengths of both, then their values and `exact`, pressed together."""
        head = np.array([self.fine.size, self.coarse.size], np.uint32).tobytes()
        return zlib.compress(head + self.fine.tobytes() + self.coarse.astype(np.float16).tobytes() + self.exact, 6)

    @classmethod
    def unpacked(cls, kept: bytes) -> "Trace":
        """The trace again. Raises ValueError for bytes that are none."""
        try:
            kept = zlib.decompress(kept)
        except zlib.error as problem:
            raise ValueError("not a trace") from problem
        fine, coarse = (int(value) for value in np.frombuffer(kept[:8], np.uint32))
        end = 8 + fine + 2 * coarse
        if len(kept) not in (end, end + DIGEST):
            raise ValueError("not a trace")
        rough = np.frombuffer(kept[8 + fine : end], np.float16).astype(np.float32)
        return cls(np.frombuffer(kept[8 : 8 + fine], np.int8), rough, kept[end:])


@dataclass(frozen=True, eq=False)
class Underlay:
    """下地: what of a sheet is the same on every page and is taken away: the print of the blank, at the size a trace is made at."""

    print: Gray
    box: tuple[float, float, float, float]  # the whole sheet, in pixels of the blank
    factor: float


def underlay(blank: Gray, printed: Sequence[Sequence[float]] = ()) -> Underlay:
    """下地を覚える, once per test. `printed`: places where print lies that the blank has not (squares and code of a sheet made for a
    pupil): they are alike on all sheets."""
    height, width = blank.shape
    factor = 3 * SIDE / max(width, height)
    sheet = ink(resized(blank, round(width * factor), round(height * factor)))
    under = cv2.dilate(sheet, np.ones((5, 5), np.uint8))
    for x0, y0, x1, y1 in printed:
        under[max(0, int(y0 * factor)) : max(0, int(y1 * factor) + 1), max(0, int(x0 * factor)) : max(0, int(x1 * factor) + 1)] = 255  # fmt: skip
    return Underlay(np.asarray(under, np.uint8), (0, 0, width, height), factor)


def trace(under: Underlay, gray: Gray, found: Alignment, exact: bytes) -> Trace:
    """筆跡の影: the pupil's ink of an aligned page, small and normalised. `exact`: what tells this scan from every other (`digest`)."""
    page = ink(crop(gray, found, under.box, margin=0, scale=under.factor))
    own = cv2.subtract(page, under.print)
    own = cv2.threshold(cv2.medianBlur(own, 3), 36, 0, cv2.THRESH_TOZERO)[1]
    if cv2.countNonZero(own) < LEAST_INK * own.size:
        own[:] = 0
    small = shrunk(np.asarray(cv2.GaussianBlur(own, (0, 0), 1.5), np.uint8), 3)
    fine = unit(small)
    steps = 127 / max(1e-6, float(np.abs(fine).max()))
    tiny = resized(small, max(1, small.shape[1] * COARSE // SIDE), max(1, small.shape[0] * COARSE // SIDE))
    return Trace(np.asarray(np.rint(fine * steps), np.int8), unit(tiny), exact)


def digest(gray: Gray) -> bytes:
    """一枚の写しの印 of a scan at working size: the very same scan has it again, and no other."""
    return hashlib.blake2b(gray.tobytes(), digest_size=DIGEST).digest()


def unit(image: Gray) -> npt.NDArray[np.float32]:
    """Values without their mean, of length one."""
    values = image.astype(np.float32).ravel()
    values -= values.mean()
    return np.asarray(values / max(1e-6, float(np.linalg.norm(values))), np.float32)


def likeness(one: Trace, other: Trace) -> float:
    """一致 of two traces, −1 … 1."""
    if one.fine.shape != other.fine.shape:
        return 0.0
    first, second = one.fine.astype(np.float32), other.fine.astype(np.float32)
    return float(first @ second / max(1e-6, float(np.linalg.norm(first) * np.linalg.norm(second))))


def duplicates(traces: Mapping[int, Trace], words: Mapping[int, str] | None = None) -> dict[int, int]:
    """二度読み: page → the first page with the same ink. Pages come as they come; the answer depends on their numbers only. `words`: what
    the codes of sheets say that were printed for somebody ("" = none): sheets of two pupils are two, however alike they are filled in.
    """
    said = words or {}
    numbers = sorted(traces)
    firsts = {traces[number].exact: number for number in reversed(numbers)}
    copies = {n: first for n in numbers if traces[n].exact and (first := firsts[traces[n].exact]) < n}
    if len({traces[number].coarse.shape for number in numbers}) > 1:
        raise ValueError("traces of different sheets cannot be compared")
    for start in range(0, len(numbers), BLOCK):
        block = np.array([traces[number].coarse for number in numbers[start : start + BLOCK]])
        for before in range(0, start + 1, BLOCK):
            earlier = (
                block
                if before == start
                else np.array([traces[number].coarse for number in numbers[before : before + BLOCK]])
            )
            for row, column in np.argwhere(block @ earlier.T >= PAIR).tolist():
                page, first = numbers[start + row], numbers[before + column]
                if said.get(page) and said.get(first) and said[page] != said[first]:
                    continue
                if first < copies.get(page, page) and likeness(traces[page], traces[first]) >= ALIKE:
                    copies[page] = first
    return {page: original(page, copies) for page in sorted(copies)}


def original(page: int, copies: Mapping[int, int]) -> int:
    """The first of a chain of copies."""
    while page in copies:
        page = copies[page]
    return page
