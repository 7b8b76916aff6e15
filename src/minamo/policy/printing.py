"""規程の印刷: the policy as a document, the report of an incident."""

import datetime as dt
from pathlib import Path
from typing import Any

from minamo.design.typst import render_pdf
from minamo.kernel.wareki import format_wareki
from minamo.policy.queries.archive import Shelved
from minamo.policy.queries.incidents import Card
from minamo.policy.queries.texts import Document
from minamo.policy.rules.archive import UNDONE
from minamo.policy.rules.incidents import WORDS, moment_words

TYPST = Path(__file__).parent / "typst"


def policy_pdf(
    found: dict[str, Any], document: Document, limits: list[tuple[str, str, str, bool]], shelved: Shelved
) -> bytes:
    """規程 as a PDF. `found` is public_policy(); `shelved`: the edition's place in the archive. Raises typst.TypstError when the
    form cannot be made."""
    past = shelved.past
    return render_pdf(TYPST / "policy.typ", {
        "municipality": found["municipality"], "board": found["board"], "number": found["number"],
        "effective": shelved.began, "digest": found["digest"], "past": _past(shelved) if past else "", "note": shelved.note,
        "parts": [{"title": part, "chapters": [_chapter(c, past) for c in chapters]} for part, chapters in document.parts],
        "limits": [[label, value] for _, label, value, _ in limits],
    })  # fmt: skip


def _past(shelved: Shelved) -> str:
    """What a former edition says on its first page. It has been in force: others are not public."""
    undone = f"第{shelved.by}版で、この版から戻しました。" if shelved.standing == UNDONE else ""
    return f"これは過去の版です。{shelved.began}から{shelved.ended}まで施行していました。{undone}"


def _chapter(chapter: Any, past: bool) -> dict[str, Any]:
    return {
        "number": chapter.number, "title": chapter.title,
        "clauses": [
            {"number": line.number, "title": line.title, "text": line.text, "notes": list(line.notes), "who": "・".join(line.who),
             "kept": "" if past else line.kept_label}
            for line in chapter.lines
        ],
    }  # fmt: skip


def incident_pdf(card: Card, today: dt.date) -> bytes:
    """漏えい等報告の下書き: the fields of the report to the commission. The caller has made sure of an assessment."""
    row, detail, due = card.row, card.detail, card.due
    first, last = (_day(due.preliminary_first), _day(due.preliminary_last)) if due else ("", "")
    final = [("速報の期限", f"{first}から{last}まで"), ("確報の期限", _day(due.final))] if due else []
    rows = [
        ("概要", f"{card.kind_label}\n{row.summary}".strip()),
        ("知った日時", moment_words(card.times.known_at)),
        ("起きた日時", moment_words(card.times.happened_at) if card.times.happened_at else ""), ("学校", row.school.name if row.school else "教育委員会"),
        ("報告の要るわけ", "\n".join(card.grounds) or "報告の要る事態には当たらない（いまの見立て）"), *final,
        ("項目", detail.get("items", "")), ("本人の数", card.people_words),
        *((label, detail.get(name, "")) for name, label in WORDS.items() if name != "items"),
    ]  # fmt: skip
    return render_pdf(TYPST / "incident.typ", {
        "printed": format_wareki(today), "municipality": row.municipality.name,
        "rows": [[label, text or "（まだ書いていません）"] for label, text in rows],
        "entries": [[moment_words(e.at), e.actor_label, _done(e.get_kind_display(), lines)] for e, lines in card.history],
    })  # fmt: skip


def _done(kind: str, lines: list[str]) -> str:
    """したこと: the kind, and what was said."""
    return "\n".join([f"{kind}　{lines[0]}" if len(lines) == 1 else kind, *(lines if len(lines) > 1 else [])])


def _day(day: dt.date) -> str:
    return format_wareki(day)
