"""番号と氏名の絵: the strip of a page as the screens show it, that of a vertical sheet laid so that it is read in a row."""

import base64
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from minamo.marking.queries.scans import part
from minamo.marking.vision.crops import packed
from minamo.marking.vision.ink import Gray
from minamo.marking.vision.tall import is_tall, laid


@dataclass(frozen=True)
class NamePicture:
    """絵: `row` for a row of a list; `large` where it is another one; `tall`: higher than wide, as it is on the paper."""

    row: str = ""
    large: str = ""
    tall: bool = False


def name_picture(page: Any) -> NamePicture:
    """The pictures of a page, nothing for one without a strip. One file."""
    data = part(page, "name")
    if not data:
        return NamePicture()
    width, height = page.places["name"][2:4]
    if is_tall(width, height):
        lying = laid(_gray(data))
        if lying is not None:
            return NamePicture(_uri(packed(lying.line)), _uri(packed(lying.columns)))
    return NamePicture(_uri(data), tall=height > width)


def _gray(data: bytes) -> Gray:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE)
    if image is None:
        raise ValueError("the strip of a page is no picture")
    return np.asarray(image, np.uint8)


def _uri(data: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(data).decode()
