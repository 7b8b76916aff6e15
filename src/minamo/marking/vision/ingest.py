"""取り込む: a scanned page to its place on the blank, by printed squares where minamo printed the sheet, else by its print alone."""

import numpy as np

from minamo.marking.vision.align import Alignment, Scanned, confirmed, lay
from minamo.marking.vision.form import Placing
from minamo.marking.vision.ink import Gray, Matrix
from minamo.marking.vision.markers import read_marked
from minamo.marking.vision.template import Template


def lay_printed(template: Template, frame: Matrix, placing: Placing, gray: Gray, page: Scanned) -> Alignment:
    """紙を合わせる that may carry minamo's squares and code. `frame`: pixels of the blank → the blank at 200 dpi; `placing`: how that
    stands on the printed sheet. The squares only say where to look first: the page must show its print there as every page must.
    Without squares, without a code, or where the print does not agree (bowed, torn, another test's sheet), it is laid like any other."""
    if not page.empty:
        marked = read_marked(gray, size_at_200_dpi(template.size, frame), page.small)
        if marked is not None:
            found = confirmed(template, page, marked.homography @ np.array(placing.matrix()) @ frame)
            if found is not None:
                return found
    return lay(template, page)


def size_at_200_dpi(size: tuple[int, int], frame: Matrix) -> tuple[int, int]:
    """The blank's size in the frame it is printed in."""
    corner = frame @ np.array([size[0] - 0.5, size[1] - 0.5, 1.0])
    return round(corner[0] + 0.5), round(corner[1] + 0.5)
