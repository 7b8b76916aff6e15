"""粗い位置合わせ: skew from ruled lines, then phase correlation over the four turns and copy scales."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from minamo.marking.vision.ink import Gray, Matrix, resized

SIDE = 384  # transform side of the correlation: A4 at 25 dpi plus room to shift
LONG = 292  # long side of a page there
ANGLES = np.arange(-12.0, 12.01, 0.6)


@dataclass(frozen=True)
class Guess:
    """見当: blank → scan in working pixels, with the height of its correlation peak."""

    peak: float
    homography: Matrix
    turn: int
    scale: float


def _lines(image: Gray, angle: float) -> float:
    height, width = image.shape
    turned = cv2.warpAffine(image, cv2.getRotationMatrix2D((width / 2, height / 2), angle, 1), (width, height))
    rows = cv2.reduce(turned, 1, cv2.REDUCE_SUM, dtype=cv2.CV_32F).ravel()
    columns = cv2.reduce(turned, 0, cv2.REDUCE_SUM, dtype=cv2.CV_32F).ravel()
    return float(np.square(np.diff(rows)).sum() + np.square(np.diff(columns)).sum())


def skew(work: Gray) -> float:
    """傾き: degrees to turn the page anticlockwise so that its lines lie straight (−12 … 12)."""
    tiny = resized(work, max(8, work.shape[1] // 4), max(8, work.shape[0] // 4))
    first = max(ANGLES, key=lambda angle: _lines(tiny, float(angle)))
    half = resized(work, max(8, work.shape[1] // 2), max(8, work.shape[0] // 2))
    fine = first + np.arange(-0.6, 0.61, 0.15)
    return float(max(fine, key=lambda angle: _lines(half, float(angle))))


def spectrum(image: np.ndarray) -> np.ndarray:
    """Fourier transform of an image set into the correlation square, mean taken away."""
    square = np.zeros((SIDE, SIDE), np.float32)
    part = image[:SIDE, :SIDE]
    square[: part.shape[0], : part.shape[1]] = part
    return np.asarray(cv2.dft(square, flags=cv2.DFT_COMPLEX_OUTPUT))


def lowpass(sigma: float = 1.6) -> np.ndarray:
    """A soft limit in frequency: a page one or two per cent off in scale still answers."""
    axis = np.fft.fftfreq(SIDE).astype(np.float32)
    radius = axis[:, None] ** 2 + axis[None, :] ** 2
    soft = np.exp(-2 * (np.pi * sigma) ** 2 * radius)
    soft[0, 0] = 0
    return np.dstack([soft, soft]).astype(np.float32)


LOWPASS = lowpass()


def shift_between(first: np.ndarray, second: np.ndarray) -> tuple[float, float, float]:
    """ずれ: (dx, dy, peak) of the second spectrum against the first."""
    product = cv2.mulSpectrums(second, first, 0, conjB=True)
    size = cv2.magnitude(product[..., 0], product[..., 1]) + 1e-6
    whitened = product / np.sqrt(size)[..., None] * LOWPASS
    answer = cv2.dft(whitened, flags=cv2.DFT_INVERSE | cv2.DFT_REAL_OUTPUT)
    energy = float(np.sqrt(np.mean(answer * answer))) + 1e-6
    _, peak, _, (x, y) = cv2.minMaxLoc(answer)
    dx, dy = (x - SIDE if x > SIDE // 2 else x), (y - SIDE if y > SIDE // 2 else y)
    return float(dx), float(dy), float(peak) / energy


def guesses(template: Gray, page: Gray, angle: float, turns: Iterable[int], scales: Iterable[float]) -> list[Guess]:
    """見当を立てる: hypotheses over turns (degrees) and scales, the best first. Both images evened, working size."""
    factor = LONG / max(template.shape)
    width, height = round(template.shape[1] * factor), round(template.shape[0] * factor)
    reference = spectrum(cv2.GaussianBlur(resized(template, width, height), (0, 0), 1.0))
    quarter = resized(page, max(8, round(page.shape[1] * factor)), max(8, round(page.shape[0] * factor)))
    grow = np.diag([1 / factor, 1 / factor, 1.0])
    found = []
    for turn in turns:
        for scale in scales:
            back = cv2.getRotationMatrix2D((quarter.shape[1] / 2, quarter.shape[0] / 2), angle + turn, 1 / scale)
            back[0, 2] += width / 2 - quarter.shape[1] / 2
            back[1, 2] += height / 2 - quarter.shape[0] / 2
            turned = cv2.warpAffine(quarter, back, (width, height))
            dx, dy, peak = shift_between(reference, spectrum(cv2.GaussianBlur(turned, (0, 0), 1.0)))
            forward = np.linalg.inv(np.vstack([back, [0, 0, 1]])) @ np.array([[1, 0, dx], [0, 1, dy], [0, 0, 1.0]])
            found.append(Guess(peak, grow @ forward @ np.linalg.inv(grow), turn, scale))
    return sorted(found, key=lambda guess: -guess.peak)
