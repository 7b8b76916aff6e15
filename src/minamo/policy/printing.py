"""規程の印刷: the policy as a document, the report of an incident."""

from pathlib import Path
from typing import Any

from minamo.design.typst import render_pdf
from minamo.kernel.wareki import format_wareki
from minamo.policy.queries.texts import Document

TYPST = Path(__file__).parent / "typst"


def policy_pdf(found: dict[str, Any], document: Document, limits: list[tuple[str, str, str, bool]]) -> bytes:
    """規程 as a PDF. `found` is public_policy(). Raises typst.TypstError when the form cannot be made."""
    return render_pdf(TYPST / "policy.typ", {
        "municipality": found["municipality"], "board": found["board"], "number": found["number"],
        "effective": format_wareki(found["effective_on"]), "digest": found["digest"],
        "parts": [{"title": part, "chapters": [_chapter(c) for c in chapters]} for part, chapters in document.parts],
        "limits": [[label, value] for _, label, value, _ in limits],
    })  # fmt: skip


def _chapter(chapter: Any) -> dict[str, Any]:
    return {
        "number": chapter.number, "title": chapter.title,
        "clauses": [
            {"number": line.number, "title": line.title, "text": line.text, "who": "・".join(line.who), "kept": line.kept_label}
            for line in chapter.lines
        ],
    }  # fmt: skip
