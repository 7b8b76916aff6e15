"""Builds the piles of the demo: `python -m tools.papers.build --pack PACK --fonts DIR --out tests/fixtures/piles`.

The same seed, pack and fonts give the same answers; README.md says where they come from.
"""

import argparse
import csv
import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import noto_cjk_sans_jp_regular  # type: ignore[import-untyped]
import numpy as np
import pikepdf
import pypdfium2
import typst
from PIL import Image

from tests.fixtures.papers.scanner import similar
from tools.papers.hand import Cabinet, Gray, Hand
from tools.papers.sheets import SHEETS, Question, Sheet

HERE = Path(__file__).parent
ROSTER = HERE.parents[1] / "tests" / "fixtures" / "roster" / "oneroster" / "RO_20260401_480441.zip"
DPI, SCAN_DPI, QUALITY = 200, 150, 26
SCHOOLS = {"central": "B148204410010", "tsukikage": "B148204410027"}


@dataclass(frozen=True)
class Order:
    """一つの山: which sheet, whose class, who is away, what went wrong at the copier (positions in the pile)."""

    file: str
    sheet: str
    school: str
    seed: int
    away: tuple[int, ...]
    swapped: int
    turned: tuple[int, ...]
    nameless: int


ORDERS = (
    Order("shakai/scan.pdf", "shakai", "central", 11, (12,), 6, (17,), 23),
    Order("rika/scan.pdf", "rika", "central", 12, (4,), 9, (20,), 15),
    Order("sansu/scan.pdf", "sansu", "central", 13, (27,), 3, (8,), 19),
    Order("sansu/scan-tsukikage.pdf", "sansu", "tsukikage", 14, (9,), 5, (2,), 14),
)


def roster(school: str) -> list[tuple[int, str]]:
    """名簿 of 5年1組 in the demo's roster file: number and name."""
    with zipfile.ZipFile(ROSTER) as package:
        tables = {
            name: list(csv.DictReader(io.StringIO(package.read(f"{name}.csv").decode("utf-8-sig"))))
            for name in ("orgs", "classes", "users", "enrollments")
        }
    home = next(row["sourcedId"] for row in tables["orgs"] if row["identifier"] == school)
    klass = next(
        row["sourcedId"] for row in tables["classes"] if row["title"] == "5年1組" and row["schoolSourcedId"] == home
    )
    names = {row["sourcedId"]: f"{row['familyName']} {row['givenName']}" for row in tables["users"]}
    return sorted(
        (int(row["metadata.jp.shussekiNo"]), names[row["userSourcedId"]])
        for row in tables["enrollments"]
        if row["classSourcedId"] == klass and row["role"] == "student"
    )


def printed(sheet: Sheet) -> bytes:
    """The blank as PDF."""
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(Path(noto_cjk_sans_jp_regular.__file__).parent)])
    data = json.dumps({"size": sheet.size, "words": sheet.words, "frames": sheet.frames}, ensure_ascii=False)
    made = typst.Compiler(
        str(HERE / "sheet.typ"), root=str(HERE), font_paths=fonts, sys_inputs={"data": data}
    ).compile()
    if not isinstance(made, bytes):
        raise TypeError("typst returned several files")
    return made


def key_of(sheet: Sheet) -> dict[str, Any]:
    """key.json: the same names as the marking piles of others, and what an edition keeps."""
    return {
        "title": sheet.title, "subject": sheet.subject, "blank_size_px": list(sheet.size), "blank_dpi": DPI,
        "identity": {"number": list(sheet.number), "name": list(sheet.name)},
        "questions": [question.plain() for question in sheet.questions],
    }  # fmt: skip


def said(question: Question, skill: float, dice: np.random.Generator) -> str:
    """What a pupil of this skill answers; "" = nothing."""
    luck = dice.random()
    if luck < skill:
        return str(dice.choice(question.keys))
    if luck > 0.97 or (luck > 0.9 and not question.alphabet):
        return ""
    return str(dice.choice(question.others))


def filled(blank: Gray, sheet: Sheet, hand: Hand, number: str, name: str, answers: dict[str, str]) -> Gray:
    """One pupil's paper."""
    page = blank.copy()
    if number:
        hand.answer(page, (sheet.number[0] - 60, sheet.number[1], sheet.number[2] - 30, sheet.number[3]), number)
    hand.words(page, (sheet.name[0], sheet.name[1] + 10, sheet.name[2], sheet.name[3]), name, 46)
    for question in sheet.questions:
        text = answers[question.id]
        if not text:
            continue
        if question.alphabet:
            if question.others and hand.dice.random() < 0.03:
                hand.strike(page, question.box, question.others[0])
            hand.answer(page, question.box, text)
        else:
            hand.words(page, question.box, text, 48 if question.kind == "short" else 44)
    return page


def copied(page: Gray, dice: np.random.Generator, *, turned: bool) -> tuple[Gray, np.ndarray]:
    """Through the copier at 150 dpi: a little crooked, a little soft, the paper cleared to white; true homography blank → picture."""
    height, width = page.shape
    lying = similar(width, height, dice.uniform(-0.7, 0.7) + 180 * turned, 0.995, *dice.uniform(-9, 9, 2))
    share = SCAN_DPI / DPI
    half = np.array([[share, 0, share / 2 - 0.5], [0, share, share / 2 - 0.5], [0, 0, 1]])
    matrix = half @ lying
    size = (round(width * share), round(height * share))
    soft = cv2.warpPerspective(cv2.GaussianBlur(page, (0, 0), 0.7), matrix, size, flags=cv2.INTER_AREA, borderValue=250)
    noise = dice.normal(0, 0.7, soft.shape)
    return np.clip(soft.astype(np.float32) * 1.02 + noise, 0, 255).astype(np.uint8), matrix


def pile(order: Order, sheet: Sheet, blank: Gray, cabinet: Cabinet) -> tuple[list[Gray], dict[str, Any]]:
    """All pages of a class in the order of the copier, and the truth about them."""
    dice = np.random.default_rng(order.seed)
    pupils = [one for one in roster(SCHOOLS[order.school]) if one[0] not in order.away]
    at = order.swapped
    pupils[at], pupils[at + 1] = pupils[at + 1], pupils[at]
    ease = {question.id: dice.normal(0, 0.13) for question in sheet.questions}
    pages, truth = [], []
    for index, (number, name) in enumerate(pupils):
        hand = Hand(cabinet, dice)
        skill = dice.triangular(0.35, 0.82, 1.0)
        answers = {one.id: said(one, float(np.clip(skill + ease[one.id], 0.05, 0.97)), dice) for one in sheet.questions}
        shown = "" if index == order.nameless else str(number)
        picture, matrix = copied(filled(blank, sheet, hand, shown, name, answers), dice, turned=index in order.turned)
        pages.append(picture)
        truth.append({
            "page": index, "kind": "sheet", "pupil": number, "number_written": shown, "answers": answers,
            "H_blank_to_scan": np.round(matrix, 6).tolist(),
        })  # fmt: skip
    return pages, {"pages": truth, "absent": list(order.away), "dpi": SCAN_DPI}


def bind(path: Path, pages: Sequence[Gray]) -> None:
    """A copier's PDF: one JPEG per page, with Huffman tables of its own (a fifth smaller)."""
    book = pikepdf.new()
    for page in pages:
        coded = io.BytesIO()
        Image.fromarray(page).save(coded, "JPEG", quality=QUALITY, optimize=True)
        height, width = page.shape
        picture = book.make_stream(
            coded.getvalue(), Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image, Width=width, Height=height,
            ColorSpace=pikepdf.Name.DeviceGray, BitsPerComponent=8, Filter=pikepdf.Name.DCTDecode,
        )  # fmt: skip
        size = (width * 72 / SCAN_DPI, height * 72 / SCAN_DPI)
        made = book.add_blank_page(page_size=size)
        made.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Scan=book.make_indirect(picture)))
        made.Contents = book.make_stream(f"q {size[0]:.4f} 0 0 {size[1]:.4f} 0 0 cm /Scan Do Q".encode())
    book.save(path, deterministic_id=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Build everything."""
    parser = argparse.ArgumentParser(prog="tools.papers.build", description=__doc__)
    for name in ("--pack", "--fonts", "--out"):
        parser.add_argument(name, type=Path, required=True)
    options = parser.parse_args(arguments)
    cabinet = Cabinet.of(options.pack, options.fonts)
    for name, make in SHEETS.items():
        sheet, folder = make(), options.out / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "blank.pdf").write_bytes(printed(sheet))
        (folder / "key.json").write_text(
            json.dumps(key_of(sheet), ensure_ascii=False, indent=1) + "\n", encoding="utf8"
        )
        drawn = pypdfium2.PdfDocument(folder / "blank.pdf")[0].render(scale=DPI / 72, grayscale=True).to_numpy()
        blank = np.ascontiguousarray(drawn.reshape(drawn.shape[:2])[: sheet.size[1], : sheet.size[0]])
        for order in (one for one in ORDERS if one.sheet == name):
            pages, truth = pile(order, sheet, blank, cabinet)
            path = options.out / order.file
            bind(path, pages)
            path.with_suffix(".truth.json").write_text(
                json.dumps(truth, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf8"
            )
            print(f"{order.file}: {len(pages)} pages, {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
