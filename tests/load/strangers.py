"""よその先生の用紙: six sheets the eye was not made on, drawn for this purpose in HTML and printed by a browser, not by the house's drawing board.

Primary 算数, 理科 as one spreadsheet, 英語 on four lines, 国語 across B4 in two storeys, 社会 in round frames, 数学 on A3. A folder holds what the browser
printed at 200 dpi (four levels of gray), the true boxes in reading order and the letters the file has. Nothing is copied from anybody's sheet.

The mends of the eye were made on eight other sheets. What these six lacked at first was seen once; 四線, which only one of them had, was
then mended on a sheet drawn for it. Since then they are only counted.
"""

import json
from pathlib import Path

from PIL import Image

from minamo.marking.vision.letters import Letter
from tests.fixtures.papers.canvas import Sheet

FOLDER = Path(__file__).parent / "strangers"
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.json")))


def stranger(name: str) -> tuple[Sheet, tuple[Letter, ...]]:
    """The sheet with its truth, and the letters of its file."""
    facts = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    picture = Image.open(FOLDER / f"{name}.png").convert("L")
    sheet = Sheet(name, picture.size, vertical=facts["vertical"])
    sheet.page = picture
    sheet.boxes = [(x0, y0, x1, y1) for x0, y0, x1, y1 in facts["boxes"]]
    letters = tuple(
        Letter(text, (x0, y0, x1, y1)) for text, (x0, y0, x1, y1) in zip(facts["text"], facts["letters"], strict=True)
    )
    return sheet, letters
