"""取り込む: one page of pixels to its place on the sheet, by printed squares where there are some, else without markers."""

from dataclasses import dataclass

import numpy as np

from minamo.marking.vision.align import EDGE, LEAST_KEPT, OK, Alignment, align
from minamo.marking.vision.ink import Gray, Matrix, evened, ink, resized
from minamo.marking.vision.markers import any_code, read_marked
from minamo.marking.vision.refine import unwarped
from minamo.marking.vision.template import Template, scaling, work_size
from minamo.marking.vision.verify import Evidence, examine


@dataclass(frozen=True)
class Laid:
    """取り込み: the alignment, and what the printed code says (None on sheets without one)."""

    alignment: Alignment
    payload: str | None = None


def lay(template: Template, gray: Gray, *, printed: bool = False) -> Laid:
    """紙を合わせる. `printed`: the sheet carries minamo's squares and code; they are believed only when the print agrees."""
    if not printed:
        return Laid(align(template, gray))
    marked = read_marked(gray, template.size)
    if marked is not None:
        evidence = agreed(template, gray, marked.homography)
        if evidence is not None:
            return Laid(Alignment(OK, None, marked.homography, round(evidence.kept, 4), None, evidence), marked.payload)
    return Laid(align(template, gray), marked.payload if marked is not None else any_code(gray))


def agreed(template: Template, gray: Gray, homography: Matrix) -> Evidence | None:
    """確かめる: the evidence when the print lies where the squares say; None for bowed, torn or foreign paper."""
    size = (gray.shape[1], gray.shape[0])
    small = work_size(size)
    work = evened(ink(resized(gray, *small)))
    height, width = template.work.shape
    inner = scaling(size, small) @ homography @ np.linalg.inv(template.to_work)
    white = np.zeros(work.shape, np.uint8)
    white[EDGE:-EDGE, EDGE:-EDGE] = 255
    found = examine(template, unwarped(work, inner, (width, height)), unwarped(white, inner, (width, height)) > 254)
    return found if found.kept >= LEAST_KEPT and not found.foreign and not found.outside else None
