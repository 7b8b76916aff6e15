"""帳票 (printed forms) by Typst. Fonts come from wheels, never from the machine: a form looks the same everywhere."""

import json
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import noto_cjk_sans_jp_bold  # type: ignore[import-untyped]
import noto_cjk_sans_jp_regular  # type: ignore[import-untyped]

if TYPE_CHECKING:
    import typst

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


def render_pdf(template: Path, data: dict[str, Any], *, pdf_standard: str | None = None) -> bytes:
    """Compile `template` with `data` (read by `json(bytes(sys.inputs.data))`); shared parts are `/base.typ`-relative.

    The template's folder and design/typst are both readable: import shared parts from "base.typ" passed as input.
    Raises typst.TypstError with place and reason when the template is wrong.
    """
    import typst

    root = Path(__file__).resolve().parents[1]
    inputs = {"data": json.dumps(data, ensure_ascii=False, default=str)}
    options: dict[str, Any] = {"pdf_standards": [pdf_standard]} if pdf_standard else {}
    result = typst.Compiler(str(template), root=str(root), font_paths=fonts(), sys_inputs=inputs).compile(**options)
    if not isinstance(result, bytes):
        raise TypeError("typst returned several files for one form")
    return result
