"""帳票 (printed forms) by Typst. Fonts come from wheels, never from the machine: a form looks the same everywhere."""

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import noto_cjk_sans_jp_bold  # type: ignore[import-untyped]
import noto_cjk_sans_jp_regular  # type: ignore[import-untyped]

if TYPE_CHECKING:
    import typst

# 絵文字: no font of the forms has them. Signs that stand for a sign become it; of the others the reader is told that there was one.
SIGNS = {
    "✅": "✓",
    "❌": "×",
    "❎": "×",
    "❓": "？",
    "❔": "？",
    "❗": "！",
    "❕": "！",
    "➕": "＋",
    "➖": "－",
    "➗": "÷",
}
_PICTURE = "[\U0001f000-\U0001f0ff\U0001f1e6-\U0001f1ff\U0001f252-\U0001faff☔☕⚽⚾⛄⛅⛎⛏⛑⛓⛔⛩⛪⛰-⛵⛷-⛺⛽✊✋✨➰➿]"
_AFTER = "[\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]"
PICTURES = re.compile(f"(?:{_PICTURE}{_AFTER}*(?:\u200d[^\\s]{_AFTER}*)*)+")
BASE = Path(__file__).parent / "typst"


@lru_cache(maxsize=1)
def font_paths() -> list[str]:
    """Folders of the Japanese fonts in the environment."""
    return [str(Path(package.__file__).parent) for package in (noto_cjk_sans_jp_regular, noto_cjk_sans_jp_bold)]


@lru_cache(maxsize=1)
def fonts() -> "typst.Fonts":
    """Those fonts, read once: reading them is nine tenths of a small form."""
    import typst  # the compiler: only who prints

    return typst.Fonts(include_system_fonts=False, font_paths=font_paths())


def printable(value: Any) -> Any:
    """The same with every emoji as a sign or a word that the fonts of the forms have."""
    if isinstance(value, str):
        if value.isascii():
            return value
        for picture, sign in SIGNS.items():
            value = value.replace(picture, sign)
        return PICTURES.sub("〔絵文字〕", value)
    if isinstance(value, dict):
        return {key: printable(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [one if isinstance(one, float) else printable(one) for one in value]
    return value


def render_pdf(template: Path, data: dict[str, Any], *, pdf_standard: str | None = None) -> bytes:
    """Compile `template` with `data` (read by `json(bytes(sys.inputs.data))`); shared parts are `/base.typ`-relative.

    The template's folder and design/typst are both readable: import shared parts from "base.typ" passed as input.
    Raises typst.TypstError with place and reason when the template is wrong.
    """
    import typst

    root = Path(__file__).resolve().parents[1]
    said = json.dumps(data, ensure_ascii=False, default=str)
    if PICTURES.search(said) or any(sign in said for sign in SIGNS):
        said = json.dumps(printable(data), ensure_ascii=False, default=str)
    inputs = {"data": said}
    options: dict[str, Any] = {"pdf_standards": [pdf_standard]} if pdf_standard else {}
    result = typst.Compiler(str(template), root=str(root), font_paths=fonts(), sys_inputs=inputs).compile(**options)
    if not isinstance(result, bytes):
        raise TypeError("typst returned several files for one form")
    return result
