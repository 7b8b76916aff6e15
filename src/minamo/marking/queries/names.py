"""番号と氏名の絵: the strip of a page as the screens show it, that of a vertical sheet laid so that it is read in a row (`vision/tall.py`,
by whoever cuts the page: a web process looks at no pictures)."""

import base64
from dataclasses import dataclass
from typing import Any

from minamo.marking.cover import COLUMNS, LINE, NAME
from minamo.marking.queries.scans import part


@dataclass(frozen=True)
class NamePicture:
    """絵: `row` for a row of a list; `large` where it is another one; `tall`: higher than wide, as it is on the paper."""

    row: str = ""
    large: str = ""
    tall: bool = False


def name_picture(page: Any) -> NamePicture:
    """The pictures of a page, nothing for one without a strip."""
    if line := part(page, LINE):
        return NamePicture(_uri(line), _uri(part(page, COLUMNS)))
    if not (strip := part(page, NAME)):
        return NamePicture()
    width, height = page.places[NAME][2:4]
    return NamePicture(_uri(strip), tall=height > width)


def _uri(data: bytes) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(data).decode()
