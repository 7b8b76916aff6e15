"""`bin/minamo marking pile`: folders with blank.pdf, key.json and scan.pdf, read to the end, as JSON. No database."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from minamo.marking.pile import BACK, Exam, Pile, Question, Sheet, read_pile
from minamo.marking.reading.reader import read_cells
from minamo.marking.reading.symbols import UnknownSymbol
from minamo.marking.vision.align import BLANK, OK
from minamo.marking.vision.errors import PageError

READ = {"symbol", "letter", "mb", "digit"}


class BrokenKey(Exception):
    """A folder whose key cannot be used; the message says what is missing."""


def describe(parser: argparse.ArgumentParser) -> None:
    """The arguments of `pile`."""
    parser.add_argument(
        "folders", nargs="+", type=Path, metavar="DIR", help="blank.pdf・key.json・scan.pdf の入ったフォルダ"
    )
    parser.add_argument("--json", action="store_true", help="読み取りの結果を JSON で出力します")
    parser.add_argument("--processes", type=int, help="同時に動かす数（既定は CPU の数）")


def run(folders: Sequence[Path], as_json: bool, processes: int | None = None) -> tuple[str, int]:
    """What to print and the exit code: 1 when a folder could not be read, which is told on stderr with its name and leaves the
    others as they are. Raises BrokenKey when there is no folder at all."""
    piles: dict[str, Pile] = {}
    failed = 0
    for folder in piles_in(folders):
        try:
            piles[folder.resolve().name] = read_pile(load(folder), folder / "scan.pdf", workers=processes)
        except (PageError, BrokenKey) as problem:
            failed = 1
            sys.stderr.write(f"{folder}：{problem}\n")
    if as_json:
        return json.dumps(
            {name: [row(pile, sheet) for sheet in pile.sheets] for name, pile in piles.items()}, ensure_ascii=False
        ), failed
    return "\n".join(line for name, pile in piles.items() for line in report(name, pile)), failed


def piles_in(paths: Sequence[Path]) -> list[Path]:
    """The folders given, or those one level below; files beside them (a README) are passed over."""
    found: list[Path] = []
    for path in paths:
        if (path / "key.json").exists():
            found.append(path)
        elif path.is_dir():
            found += sorted(below for below in path.iterdir() if (below / "key.json").exists())
    if not found:
        raise BrokenKey(
            "key.json の入ったフォルダが見つかりません。blank.pdf・key.json・scan.pdf のフォルダを指定してください。"
        )
    return found


def load(folder: Path) -> Exam:
    """The test of a folder, from its key."""
    try:
        key = json.loads((folder / "key.json").read_text(encoding="utf-8"))
        questions = tuple(Question(one["id"], box_of(one["box"]), alphabet(one)) for one in key["questions"])
        number = key.get("identity", {}).get("number")
        roster = tuple(int(pupil["number"]) for pupil in key.get("roster", ()))
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise BrokenKey("key.json が読めません。ファイルがあるか、項目が足りているか確かめてください。") from problem
    return Exam(folder / "blank.pdf", questions, box_of(number) if number else None, roster)


def box_of(values: Sequence[float]) -> tuple[float, float, float, float]:
    """Four numbers."""
    x0, y0, x1, y1 = (float(value) for value in values)
    return x0, y0, x1, y1


def alphabet(question: dict[str, Any]) -> str:
    """The alphabet when the reader was taught it; "" leaves the question to people."""
    given = str(question.get("alphabet") or "")
    if question.get("kind") not in READ or not given:
        return ""
    try:
        read_cells([], given)
    except UnknownSymbol:
        return ""
    return given


def row(pile: Pile, sheet: Sheet) -> dict[str, Any]:
    """One page: what it is, where it lies (pixels of the stored image), whose it is, what it says."""
    good = sheet.status == OK
    binding = pile.bound.pages.get(sheet.page)
    return {
        "page": sheet.page,
        "status": "sheet" if good else sheet.reason if sheet.reason in {BLANK, BACK} else "reject",
        "H": sheet.homography.tolist() if good and sheet.homography is not None else None,
        "pupil": binding.pupil if binding else None,
        "boxes": {
            name: {"text": answer.text, "conf": round(answer.confidence, 4)}
            for name, answer in sheet.answers.items()
            if answer.text is not None
        },
    }


def report(name: str, pile: Pile) -> list[str]:
    """For human eyes: what needs a person, page by page."""
    good = sum(sheet.status == OK for sheet in pile.sheets)
    lines = [f"{name}：{len(pile.sheets)}ページ、答案 {good}枚、見てほしいもの {len(pile.sheets) - good}枚"]
    lines += [f"  {sheet.page + 1}ページ\t{sheet.message}" for sheet in pile.sheets if sheet.status != OK]
    lines += [
        f"  {one.page + 1}ページ\tだれの答案か：{one.why}"
        for one in pile.bound.pages.values()
        if one.pupil is None or one.why
    ]
    if pile.bound.unseen:
        asked = sum(one.pupil is None for one in pile.bound.pages.values())
        among = f"（このうち{asked}人までは、だれの答案か決まっていない答案の人です）" if asked else ""
        lines.append(f"  答案の見つからない番号：{'、'.join(map(str, pile.bound.unseen))}{among}")
    return lines
