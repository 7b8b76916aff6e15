"""同じ紙: two scans of one sheet, recognised by the pupil's own ink, never by file or place in the pile."""

from collections.abc import Mapping

import cv2
import numpy as np

from minamo.marking.vision.align import Alignment
from minamo.marking.vision.crops import crop
from minamo.marking.vision.ink import Gray, ink, resized
from minamo.marking.vision.template import Template

SIDE = 320  # long side of a trace: fine enough that two pupils' equal answers differ
ALIKE = 0.92  # two scans of one sheet reach 0.99, two pupils who write the same words 0.80
LEAST_INK = 0.004  # a page with less own ink than this share is too empty to be compared
Trace = np.ndarray


def trace(template: Template, blank: Gray, gray: Gray, found: Alignment) -> Trace | None:
    """筆跡の影: the pupil's ink of an aligned page, small and normalised; None when there is too little of it."""
    width, height = template.size
    factor = 3 * SIDE / max(width, height)
    page = ink(crop(gray, found, (0, 0, width, height), margin=0, scale=factor))
    sheet = ink(resized(blank, page.shape[1], page.shape[0]))
    own = cv2.subtract(page, cv2.dilate(sheet, np.ones((5, 5), np.uint8)))
    own = cv2.threshold(cv2.medianBlur(own, 3), 36, 0, cv2.THRESH_TOZERO)[1]
    if float((own > 0).mean()) < LEAST_INK:
        return None
    small = resized(
        np.asarray(cv2.GaussianBlur(own, (0, 0), 1.5), np.uint8), max(1, page.shape[1] // 3), max(1, page.shape[0] // 3)
    )
    values = small.astype(np.float32).ravel()
    values -= values.mean()
    return np.asarray(values / max(1e-6, float(np.linalg.norm(values))), np.float16)


def duplicates(traces: Mapping[int, Trace]) -> dict[int, int]:
    """二度読み: page → the first page with the same ink. Pages come as they come; the answer depends on their numbers only."""
    copies: dict[int, int] = {}
    numbers = sorted(traces)
    for at, page in enumerate(numbers):
        for earlier in numbers[:at]:
            if earlier in copies or traces[earlier].shape != traces[page].shape:
                continue
            if float(traces[earlier].astype(np.float32) @ traces[page].astype(np.float32)) >= ALIKE:
                copies[page] = earlier
                break
    return copies
