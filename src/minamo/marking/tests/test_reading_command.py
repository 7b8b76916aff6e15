"""`bin/minamo marking read`, and the network that belongs to its record."""

import io
import json
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from django.core.management import CommandError, call_command

from minamo.marking.reading import model
from minamo.marking.reading.command import UnreadableImage, load
from minamo.marking.reading.model import facts
from tools.reader import evaluate


@cache
def cell() -> evaluate.Cell:
    """An エ of the held-out pack."""
    found = evaluate.load(evaluate.HELDOUT)
    return next(cell for cell in found if cell.kind == "symbol" and cell.truth == "エ" and not cell.flags)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "解答欄.png"
    path.write_bytes(cv2.imencode(".png", cell().picture)[1].tobytes())
    return path


def run(*arguments: str) -> tuple[str, int]:
    out = io.StringIO()
    try:
        call_command("marking", "read", *arguments, stdout=out)
    except SystemExit as ended:
        return out.getvalue(), int(ended.code or 0)
    return out.getvalue(), 0


def test_a_cell_is_read_as_json(picture: Path) -> None:
    text, code = run(str(picture), str(picture), "--alphabet", "アイウエオ", "--json")
    rows = json.loads(text)
    assert code == 0
    assert [row["image"] for row in rows] == [str(picture)] * 2
    assert rows[0]["text"] == "エ"
    assert rows[0]["confidence"] > facts().threshold("ア–コ")
    assert rows[0]["model"] == facts().name


def test_a_broken_file_is_named_and_the_others_are_read(picture: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"not a picture")
    text, code = run(str(broken), str(picture), "--alphabet", "アイウエオ", "--json")
    rows = json.loads(text)
    assert code == 1
    assert rows[0]["text"] is None
    assert "broken.png" in rows[0]["error"]
    assert rows[1]["text"] == "エ"


def test_for_people_there_is_one_line_per_cell(picture: Path) -> None:
    text, _ = run(str(picture), "--alphabet", "アイウエオ")
    assert text.strip().split("\t")[1] == "エ"


def test_an_alphabet_not_taught_is_an_error_in_words(picture: Path) -> None:
    with pytest.raises(CommandError, match="目で採点"):
        run(str(picture), "--alphabet", "ア鬱")


def test_a_page_is_not_a_cell(tmp_path: Path) -> None:
    path = tmp_path / "huge.png"
    path.write_bytes(cv2.imencode(".png", np.zeros((8000, 8000), np.uint8))[1].tobytes())
    with pytest.raises(UnreadableImage, match="大きすぎます"):
        load(path)


@pytest.mark.parametrize("of", ["symbols", "numbers"])
def test_a_network_without_its_record_is_refused(of: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = tmp_path / "reader.json"
    record = json.loads(model.FACTS.read_text(encoding="utf8"))
    (record if of == "symbols" else record["numbers"])["sha256"] = "0" * 64
    wrong.write_text(json.dumps(record), encoding="utf8")
    monkeypatch.setattr(model, "FACTS", wrong)
    model.facts.cache_clear()
    try:
        with pytest.raises(ValueError, match="一致しません"):
            model.facts()
    finally:
        model.facts.cache_clear()


def test_the_networks_are_small() -> None:
    assert model.NETWORK.stat().st_size + model.NUMBERS.stat().st_size <= 1_500_000
