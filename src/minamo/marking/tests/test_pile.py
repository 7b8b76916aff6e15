"""A whole pile: every page a sheet or a reason, no pupil given another's, the scorer's format."""

import json
import random
import subprocess
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from minamo.marking.pile import BACK, Exam, Pile, Question, Sheet, gather, read_pile
from minamo.marking.pile_command import report
from minamo.marking.tests.papers import BY_NAME, pdf, worst
from minamo.marking.vision.align import BLANK, OK, REVIEW
from minamo.marking.vision.duplicates import Trace, unit
from tests.fixtures.papers.layouts import FAMILIES
from tests.fixtures.papers.pupils import write
from tests.fixtures.papers.scanner import finish, scan

ROOT = Path(__file__).resolve().parents[4]
SHEET = FAMILIES["grid"](31)
PUPILS = (1, 2, 4, 3, 6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[np.ndarray]]:
    """Five pupils (two swapped, one upside down), one sheet twice, another test, blank paper."""
    made = tmp_path_factory.mktemp("piles") / "shakai"
    made.mkdir()
    pages, truths = [], []
    for number in PUPILS:
        page, _ = write(SHEET, number, number=str(number))
        picture, truth = scan(page, BY_NAME["upside" if number == 6 else "feeder"], number)
        pages.append(picture)
        truths.append(truth)
    again, _ = scan(write(SHEET, 2, number="2")[0], BY_NAME["crooked"], 77)
    other, _ = scan(write(FAMILIES["grid"](31, 1), 9, number="5")[0], BY_NAME["feeder"], 9)
    paper = finish(np.full((2339, 1654), 250, np.uint8), "scan", np.random.default_rng(1))
    pdf(made / "scan.pdf", [*pages, again, other, paper])
    pdf(made / "blank.pdf", [SHEET.image])
    key = {
        "identity": {"number": SHEET.number, "name": SHEET.person},
        "questions": [
            {"id": str(at), "box": box, "kind": "symbol" if at % 2 else "free", "alphabet": "アイウエオ"}
            for at, box in enumerate(SHEET.boxes)
        ],
        "roster": [{"number": number, "name": "—"} for number in range(1, 8)],
    }
    (made / "key.json").write_text(json.dumps(key), encoding="utf-8")
    return made, truths


def test_the_command_speaks_the_scorers_format(folder: tuple[Path, list[np.ndarray]]) -> None:
    out = StringIO()
    call_command("marking", "pile", str(folder[0]), "--json", "--processes", "1", stdout=out)
    rows = json.loads(out.getvalue())["shakai"]
    assert [row["page"] for row in rows] == list(range(8))
    assert [row["status"] for row in rows] == ["sheet"] * 6 + ["reject", "blank"]
    for row, truth in zip(rows[:5], folder[1], strict=True):
        assert worst(SHEET, np.array(row["H"]), truth) < 4
    assert all(row["pupil"] in {None, number} for row, number in zip(rows, (*PUPILS, 2), strict=False))
    assert all(row["pupil"] is None and row["H"] is None for row in rows[6:])
    assert all(set(cell) == {"text", "conf"} for row in rows for cell in row["boxes"].values())


def test_two_processes_find_what_one_finds(folder: tuple[Path, list[np.ndarray]]) -> None:
    questions = tuple(Question(str(at), box) for at, box in enumerate(SHEET.boxes))
    test = Exam(folder[0] / "blank.pdf", questions, SHEET.number, tuple(range(1, 8)))
    told: list[tuple[int, int]] = []
    together = read_pile(
        test, folder[0] / "scan.pdf", workers=2, progress=lambda ready, whole: told.append((ready, whole))
    )
    alone = read_pile(test, folder[0] / "scan.pdf", workers=1)
    assert told[-1] == (8, 8)
    assert together.bound == alone.bound
    assert together.copies == alone.copies == {5: 1}
    assert [sheet.status for sheet in together.sheets] == [sheet.status for sheet in alone.sheets]
    assert [sheet.answers for sheet in together.sheets] == [sheet.answers for sheet in alone.sheets]


def test_for_human_eyes(folder: tuple[Path, list[np.ndarray]]) -> None:
    out = StringIO()
    call_command("marking", "pile", str(folder[0].parent), "--processes", "1", stdout=out)
    assert "8ページ、答案 6枚、見てほしいもの 2枚" in out.getvalue()


def test_a_folder_without_a_key_says_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"key\.json"):
        call_command("marking", "pile", str(tmp_path))


def test_a_folder_that_cannot_be_read_is_named_and_the_others_are_read(
    folder: tuple[Path, list[np.ndarray]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, key in (("kagi", "{}"), ("scan", (folder[0] / "key.json").read_text())):
        bad = tmp_path / name
        bad.mkdir()
        (bad / "key.json").write_text(key)
        (bad / "blank.pdf").write_bytes((folder[0] / "blank.pdf").read_bytes())
        (bad / "scan.pdf").write_bytes(b"%PDF-1.7 and nothing more")
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("marking", "pile", str(tmp_path), str(folder[0]), "--json", "--processes", "1", stdout=out)
    assert end.value.code == 1
    assert list(json.loads(out.getvalue())) == ["shakai"]
    told = capsys.readouterr().err.splitlines()
    assert [str(tmp_path / name) in line for name, line in zip(("kagi", "scan"), told, strict=True)] == [True, True]
    assert "key.json" in told[0] and "scan.pdf" in told[1]


def test_files_are_named_from_where_the_command_is_typed(folder: tuple[Path, list[np.ndarray]]) -> None:
    command = [ROOT / "bin" / "minamo", "marking", "pile", "shakai", "--json", "--processes", "1"]
    done = subprocess.run(command, cwd=folder[0].parent, capture_output=True, text=True, check=True)
    assert (list(json.loads(done.stdout)), done.stderr) == (["shakai"], "")


def shadow(dice: np.random.Generator) -> Trace:
    return Trace(dice.integers(-127, 127, 400).astype(np.int8), unit(dice.integers(0, 255, (5, 10)).astype(np.uint8)))


def gathered(sheets: list[Sheet]) -> Pile:
    return gather(sheets, range(1, 40))


def test_every_second_page_empty_is_a_back() -> None:
    sheets = [
        Sheet(page, OK, None, numbers=((str(page + 1), 0.99),)) if page % 2 == 0 else Sheet(page, REVIEW, BLANK)
        for page in range(8)
    ]
    assert [sheet.reason for sheet in gathered(sheets).sheets] == [None, BACK] * 4
    single = [*sheets[:1], Sheet(1, REVIEW, BLANK), *(Sheet(page, OK, None) for page in range(2, 8))]
    assert gathered(single).sheets[1].reason == BLANK


def test_who_is_asked_about_is_not_called_absent() -> None:
    sure = Sheet(0, OK, None, numbers=(("1", 0.99),))
    assert "このうち1人までは、だれの答案か決まっていない答案の人です" in "".join(
        report("社会", gathered([sure, Sheet(1, OK, None)]))
    )
    assert "このうち" not in "".join(report("社会", gathered([sure])))


@pytest.mark.parametrize("seed", range(5))
def test_gathering_does_not_depend_on_completion(seed: int) -> None:
    dice = np.random.default_rng(3)
    sheets = [Sheet(page, OK, None, numbers=((str(page % 9 + 1), 0.6),), trace=shadow(dice)) for page in range(12)]
    shuffled = sheets.copy()
    random.Random(seed).shuffle(shuffled)
    assert gathered(shuffled) == gathered(sheets)
