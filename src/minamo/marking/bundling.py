"""写真を束ねる: several pictures in the order chosen, as one PDF whose pages carry each JPEG as the camera made it.

So a pile is one file, whoever photographed it, and everything that reads piles reads it. What a camera wrote beside the
picture (place, device) does not come along. The same pictures in the same order are the same bytes.
"""

import io
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pikepdf

from minamo.marking.giveback.backing import UPRIGHT, image_of, turn_of
from minamo.marking.vision.errors import BrokenFile, PageError
from minamo.marking.vision.images import count, opened
from minamo.marking.vision.page import DPI, checked


def bundle(pictures: Sequence[tuple[str, bytes]]) -> bytes:
    """束ねる: one page per picture (per frame of one that has several). Raises PageError naming the picture."""
    made = pikepdf.new()
    with tempfile.TemporaryDirectory() as folder:
        for at, (name, content) in enumerate(pictures):
            path = Path(folder) / f"{at:04d}"
            path.write_bytes(content)
            try:
                _put(made, path)
            except PageError as problem:
                raise type(problem)(name, None, str(problem).partition("：")[2]) from problem
            except (OSError, ValueError, SyntaxError) as problem:
                raise BrokenFile(name) from problem
        out = io.BytesIO()
        made.save(out, deterministic_id=True)
    return out.getvalue()


def _put(made: pikepdf.Pdf, path: Path) -> None:
    frames = count(path)
    for frame in range(frames):
        with opened(path) as image:
            image.seek(frame)
            checked(image.size, path.name, None)
        turn = UPRIGHT[turn_of(path)]
        picture = image_of(made, path, frame)
        stored = (int(picture.Width), int(picture.Height))
        seen = stored if turn[0][0] else (stored[1], stored[0])
        width, height = (side * 72 / DPI for side in seen)
        page = made.add_blank_page(page_size=(width, height))
        page.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Scan=made.make_indirect(picture)))
        page.Contents = made.make_stream(f"q {_placing(turn, width, height)} cm /Scan Do Q".encode())


def _placing(turn: tuple[tuple[float, float, float], tuple[float, float, float]], width: float, height: float) -> str:
    """Six numbers that draw the unit square of the stored picture upright over the page; PDF counts upwards."""
    down = np.array([[1, 0, 0], [0, -1, 1], [0, 0, 1.0]])
    matrix = np.diag([width, height, 1.0]) @ down @ np.array([*turn, (0, 0, 1)], float) @ down
    return " ".join(f"{matrix[row, column]:.5f}" for column in range(3) for row in range(2))
