"""粗い位置合わせ: skew from ruled lines, then phase correlation over the four turns and copy scales."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np

from minamo.marking.vision.ink import Gray, Matrix, shrunk

SIDE = 384  # transform side of the correlation: A4 at 25 dpi plus room to shift
SHRUNK = 4  # working pixels to one there: a page is some 292 high
STRIPS = 32  # across a page, when its lines are looked for
SLIDING = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
CLEAR = 18.0  # height of a correlation peak that no other turn of the page reaches
ANGLES = np.arange(-12.0, 12.01, 0.6)


@dataclass(frozen=True)
class Guess:
    """見当: blank → scan in working pixels, with the height of its correlation peak."""

    peak: float
    homography: Matrix
    turn: int
    scale: float


def _lines(image: Gray, angles: np.ndarray) -> np.ndarray:
    """How sharply lines stand out when the page is turned by each of the angles (degrees): it is taken as strips side by side, which
    are slid against each other as the turn would slide them, and added up."""
    found = np.zeros(len(angles))
    for picture, sign in ((image, 1.0), (cv2.transpose(image), -1.0)):
        height, width = picture.shape
        strips = cv2.resize(picture, (STRIPS, height), interpolation=cv2.INTER_AREA).astype(np.float32)
        for at, angle in enumerate(angles):
            slope = sign * np.tan(np.radians(angle)) * width / STRIPS
            slide = np.array([[1, 0, 0], [slope, 1, -slope * (STRIPS - 1) / 2]], np.float32)
            slid = cv2.warpAffine(strips, slide, (STRIPS, height), flags=SLIDING, borderMode=cv2.BORDER_REPLICATE)
            rows = cv2.reduce(slid, 1, cv2.REDUCE_AVG).ravel() * width
            found[at] += float(np.square(np.diff(rows)).sum())
    return found


def skew(work: Gray) -> float:
    """傾き: degrees to turn the page anticlockwise so that its lines lie straight (−12 … 12)."""
    first = ANGLES[int(np.argmax(_lines(shrunk(work, 4), ANGLES)))]
    fine = first + np.arange(-0.6, 0.61, 0.15)
    return float(fine[int(np.argmax(_lines(shrunk(work, 2), fine)))])


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


@dataclass(frozen=True, eq=False)
class Reference:
    """見当のもと: what of a blank the correlation needs, made once."""

    spectrum: np.ndarray
    size: tuple[int, int]  # width, height there


def reference(work: Gray) -> Reference:
    """From the evened blank at working size."""
    small = shrunk(work, SHRUNK)
    return Reference(spectrum(cv2.GaussianBlur(small, (0, 0), 1.0)), (small.shape[1], small.shape[0]))


def guesses(
    known: Reference, page: Gray, angle: float, turns: Iterable[int], scales: Iterable[float]
) -> Iterator[Guess]:
    """見当を立てる: hypotheses over turns (degrees) and scales, in their order. The page evened, at working size."""
    width, height = known.size
    quarter = shrunk(page, SHRUNK)
    grow = np.array([[SHRUNK, 0, (SHRUNK - 1) / 2], [0, SHRUNK, (SHRUNK - 1) / 2], [0, 0, 1.0]])
    for turn, scale in product(turns, scales):
        back = cv2.getRotationMatrix2D((quarter.shape[1] / 2, quarter.shape[0] / 2), angle + turn, 1 / scale)
        back[0, 2] += width / 2 - quarter.shape[1] / 2
        back[1, 2] += height / 2 - quarter.shape[0] / 2
        turned = cv2.warpAffine(quarter, back, (width, height))
        dx, dy, peak = shift_between(known.spectrum, spectrum(cv2.GaussianBlur(turned, (0, 0), 1.0)))
        forward = np.linalg.inv(np.vstack([back, [0, 0, 1]])) @ np.array([[1, 0, dx], [0, 1, dy], [0, 0, 1.0]])
        yield Guess(peak, grow @ forward @ np.linalg.inv(grow), turn, scale)
