"""台帳を紙とExcelに: the rows of a register once, as a book and as a printed form."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from minamo.design.typst import render_pdf
from minamo.kernel.schoolyear import JST
from minamo.kernel.tables import Cell, Sheet, write_xlsx
from minamo.kernel.wareki import format_wareki
from minamo.policy.queries.assets import UNDECIDED, AssetLine
from minamo.policy.queries.inspections import InspectionPage
from minamo.policy.queries.services import ServiceLine

TYPST = Path(__file__).parent / "typst"
# Heading, width of the column in Excel, share of the width on paper.
ASSETS = (
    ("名称", 22, 22), ("分類", 6, 7), ("機密性", 7, 7), ("完全性", 7, 7), ("可用性", 7, 7), ("学校", 12, 13), ("持ち主", 12, 13),
    ("置き場所", 20, 18), ("閲覧できる役割", 20, 20), ("持ち出し", 12, 12), ("外部送信", 12, 12), ("送る手段", 14, 13),
    ("暗号化", 18, 17), ("印刷", 12, 12), ("透かし", 8, 9), ("保存期間", 12, 12), ("廃棄の方法", 16, 15), ("最終確認日", 12, 14), ("次の見直し", 12, 14),
    ("ひとこと", 24, 18),
)  # fmt: skip


def asset_rows(lines: Sequence[AssetLine]) -> list[tuple[Cell, ...]]:
    """The register of information assets as rows under ASSETS."""
    return [
        (
            line.name, line.grade_label, _told(line, "confidentiality"), _told(line, "integrity"), _told(line, "availability"),
            line.school, _told(line, "owner"), line.place, line.readers, _told(line, "take_out"), _told(line, "send_out"),
            _told(line, "means"), line.encrypted, _told(line, "printing"), _told(line, "watermark"),
            _told(line, "kept_for"), _told(line, "disposal"),
            line.confirmed_on, _gone(line.retired_on, "になくした") or line.due_on or "いま", line.row.note if line.row else "",
        )
        for line in lines
    ]  # fmt: skip


def _told(line: AssetLine, name: str) -> str:
    """What people have decided; one short word where they have not, for nine columns may say so."""
    words = line.said(name)
    return "まだ" if words == UNDECIDED else words


def _gone(on: dt.date | None, words: str) -> str:
    """Instead of the next day: that the line is no more."""
    return f"{on.isoformat()} {words}" if on else ""


def assets_book(rows: Sequence[tuple[Cell, ...]]) -> bytes:
    """The register as an Excel book."""
    return book("情報資産台帳", ASSETS, rows)


def assets_pdf(rows: Sequence[tuple[Cell, ...]], town: str, today: dt.date) -> bytes:
    """The register on A3, broadside."""
    return paper("情報資産台帳", ASSETS, rows, town, today)


def book(title: str, columns: Sequence[tuple[str, int, int]], rows: Sequence[tuple[Cell, ...]]) -> bytes:
    """One sheet."""
    return write_xlsx([Sheet(title, tuple(c[0] for c in columns), list(rows), tuple(c[1] for c in columns))])


def paper(
    title: str, columns: Sequence[tuple[str, int, int]], rows: Sequence[tuple[Cell, ...]], town: str, today: dt.date
) -> bytes:
    """A register as a printed table. Raises typst.TypstError when the form cannot be made."""
    return render_pdf(TYPST / "register.typ", {
        "title": title, "town": town, "printed": format_wareki(today), "heading": [c[0] for c in columns],
        "widths": [c[2] for c in columns], "rows": [[_said(cell) for cell in row] for row in rows],
    })  # fmt: skip


def _said(cell: Cell) -> str:
    return "" if cell is None else cell.isoformat() if isinstance(cell, dt.date) else str(cell)


SERVICES = (
    ("名称", 20, 18), ("提供者", 18, 16), ("種類", 14, 14), ("目的", 22, 20), ("渡す情報", 24, 22), ("分類", 6, 7),
    ("置き場所（国）", 14, 13), ("契約の始まり", 12, 13), ("契約の終わり", 12, 13), ("ISMAP", 10, 10), ("ISO 27001", 10, 10),
    ("ISO 27017", 10, 10), ("Pマーク", 10, 10), ("再委託", 12, 12), ("再委託先と仕事", 18, 17), ("事故のときの連絡先", 20, 18),
    ("最後に確かめた日", 14, 14), ("次の確かめ", 12, 14), ("気をつけること", 26, 22),
)  # fmt: skip


def service_rows(lines: Sequence[ServiceLine]) -> list[tuple[Cell, ...]]:
    """The register of outside services and contractors as rows under SERVICES."""
    return [
        (
            line.row.name, line.row.provider, line.said("kind"), line.row.purpose, line.row.given, line.grade_label,
            line.row.place, line.row.contract_begins, line.row.contract_ends, line.said("ismap"), line.said("iso27001"),
            line.said("iso27017"), line.said("privacy_mark"), line.said("subcontracting"), line.row.subcontract,
            line.row.contact, line.row.checked_on, _gone(line.row.ended_on, "にやめた") or line.check_by or "いま", "、".join(line.due),
        )
        for line in lines
    ]  # fmt: skip


def services_book(rows: Sequence[tuple[Cell, ...]]) -> bytes:
    """The register as an Excel book."""
    return book("外部サービスと委託先", SERVICES, rows)


def services_pdf(rows: Sequence[tuple[Cell, ...]], town: str, today: dt.date) -> bytes:
    """The register on A3, broadside."""
    return paper("外部サービスと委託先の台帳", SERVICES, rows, town, today)


def inspection_pdf(page: InspectionPage, place: str) -> bytes:
    """点検の記録: a finished round. Raises typst.TypstError when the form cannot be made."""
    row = page.row
    assert row.finished_at is not None
    marks = {True: "○", False: "△", None: ""}
    return render_pdf(TYPST / "inspection.typ", {
        "title": f"{row.year}年度　教育情報セキュリティ{row.get_kind_display()}の記録", "place": place, "auditor": row.auditor,
        "finished": format_wareki(row.finished_at.astimezone(JST).date()), "by": row.finished_by, "summary": row.summary,
        "counts": [page.counts[name] for name in ("machine", "done", "partly", "not")],
        "chapters": [
            {
                "title": f"{chapter.number}　{chapter.title}",
                "rows": [
                    [line.data["number"], line.data["title"],
                     line.verdict_label if line.people else marks[line.data["good"]] or "仕組み",
                     "　".join(part for part in (line.data["evidence"], line.note) if part), line.by]
                    for line in chapter.lines
                ],
            }
            for chapter in page.chapters
        ],
    })  # fmt: skip
