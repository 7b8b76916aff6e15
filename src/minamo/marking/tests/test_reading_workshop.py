"""The reader's workshop: what it draws with (the middle of a stroke, the pen along it), and the recipe of the committed networks."""

import hashlib
from collections import Counter
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tools.reader import evaluate, make, simulate


def shape(kind: str) -> np.ndarray:
    """A thick bar, a ring, a cross."""
    page = np.zeros((80, 80), np.uint8)
    if kind == "bar":
        cv2.line(page, (15, 15), (62, 60), 255, 13)
    elif kind == "ring":
        cv2.circle(page, (40, 40), 25, 255, 11)
    else:
        cv2.line(page, (10, 40), (70, 40), 255, 9)
        cv2.line(page, (40, 10), (40, 70), 255, 9)
    return page


def pieces_and_holes(page: np.ndarray) -> tuple[int, int]:
    ink = np.pad((page > 0).astype(np.uint8), 1)
    return cv2.connectedComponents(ink, connectivity=8)[0] - 1, cv2.connectedComponents(1 - ink, connectivity=4)[0] - 2


@pytest.mark.parametrize("kind", ["bar", "ring", "cross"])
def test_the_middle_of_a_stroke_is_one_pixel_wide_and_holds_together(kind: str) -> None:
    page = shape(kind)
    middle = simulate.middle_of(page)
    assert pieces_and_holes(middle) == pieces_and_holes(page)
    assert not (middle[page == 0] > 0).any()
    assert cv2.erode(middle, np.ones((2, 2), np.uint8)).sum() <= 255 * 4
    edge = cv2.distanceTransform(page, cv2.DIST_L2, 5)
    assert np.median(edge[middle > 0]) >= 0.6 * edge.max()


def test_a_pen_along_the_middle_is_as_wide_as_asked_whatever_the_brush_was() -> None:
    for pen in (4.0, 9.0):
        drawn = simulate.penned(simulate.middle_of(shape("ring")), 61, pen)
        assert cv2.distanceTransform(drawn, cv2.DIST_L2, 5).max() * 2 == pytest.approx(pen * 80 / 61, abs=2.5)


def test_strokes_that_run_on_keep_every_point() -> None:
    strokes = [np.array([[at, 0], [at, 9]], np.float32) for at in range(6)]
    for seed in range(20):
        joined = simulate.running(strokes, np.random.default_rng(seed))
        points = np.concatenate(joined)
        assert 1 <= len(joined) <= 6
        assert all((points == corner).all(axis=1).any() for stroke in strokes for corner in stroke)
    assert any(len(simulate.running(strokes, np.random.default_rng(seed))) < 6 for seed in range(20))


@pytest.mark.parametrize("network", list(make.RECIPES))
def test_the_committed_network_was_made_from_nothing_by_the_recipe(network: str) -> None:
    recipe, record = make.RECIPES[network], make.committed(network)
    training = record["training"]
    assert "start" not in training, "a network that goes on from another one cannot be made from what is here"
    assert (training["steps"], training["rate"], training["seed"]) == (recipe.steps, recipe.rate, recipe.seed)
    assert training["sha256"] == record["sha256"]
    assert len(training["built"]) == 1
    assert training[recipe.data] == training["built"][0][recipe.data]


@pytest.mark.parametrize("network", list(make.RECIPES))
def test_a_recipe_says_every_step_and_fixes_thresholds_on_the_dev_part(network: str, tmp_path: Path) -> None:
    recipe = make.RECIPES[network]
    steps = list(recipe.commands(Path("pack"), Path("packages"), tmp_path, install=True))
    (_, learnt), (_, trained), (_, judged), *more, (_, installed) = steps
    for path, words in more:
        assert words[words.index("--part") + 1] == "dev" and str(path) in installed
        assert words[words.index("--seed") + 1] not in judged, "other draws than those of the dev part"
    assert "dev" not in learnt
    assert judged[judged.index("--part") + 1] == "dev"
    assert "--seed" in learnt and "--seed" in judged and "--seed" in trained
    assert trained[trained.index("--threads") + 1] == "1"
    assert "--start" not in trained
    made = [str(path) for path, _ in steps[:3]]
    assert made[0] in trained and made[2] not in trained
    assert made[2] in installed and made[0] not in installed
    assert not any("heldout" in word for _, words in steps for word in words)
    assert [words for _, words in recipe.commands(Path("pack"), Path("packages"), tmp_path)] == [
        learnt, trained, judged, *(words for _, words in more),
    ]  # fmt: skip


@pytest.mark.parametrize("network", list(make.RECIPES))
def test_a_probe_is_the_same_course_cut_short_and_fixes_nothing(network: str, tmp_path: Path) -> None:
    recipe = make.RECIPES[network]
    whole = list(recipe.commands(Path("pack"), Path("packages"), tmp_path))
    first, (out, trained) = recipe.commands(Path("pack"), Path("packages"), tmp_path, install=True, probe=True)
    assert first == whole[0]
    assert out not in {path for path, _ in whole}
    longer = [word.replace(f"{recipe.data}.onnx", f"probe_{recipe.data}.onnx") for word in whole[1][1]]
    longer[longer.index("--steps") + 1] = str(make.PROBE)
    assert list(trained) == longer


def test_what_is_made_is_held_against_the_record(tmp_path: Path) -> None:
    network = tmp_path / "tiles.onnx"
    network.write_bytes(b"a network")
    digest = hashlib.sha256(b"a network").hexdigest()
    recipe = replace(make.RECIPES["symbols"], probe=digest, at="abc1234", judged_at="def5678")
    assert make.compared(network, {"sha256": digest}, recipe).endswith("as committed")
    assert make.compared(network, {"sha256": "0" * 64}, recipe).endswith(
        f"committed is {'0' * 64}, made by the code of abc1234"
    )
    probe = network.rename(tmp_path / "probe_tiles.onnx")
    assert make.compared(probe, {"sha256": "0" * 64}, recipe).endswith("as committed")
    more = probe.rename(tmp_path / "more_tiles.npz")
    assert make.compared(more, {"dev_sha256": "0" * 64, "dev_more_sha256": digest}, recipe).endswith("as committed")
    assert make.compared(more, {"dev_more_sha256": "0" * 64}, recipe).endswith("made by the code of def5678")


def test_the_held_out_pack_holds_two_thousand_cells_of_the_usual_alphabets() -> None:
    sets = evaluate.sets_of(evaluate.load(evaluate.HELDOUT))
    wide = evaluate.pooled(sets, wide=True)
    assert len(wide) >= 2000
    truths = Counter(cell.truth for cell in wide)
    assert all(truths[symbol] >= 15 for symbol in "アイウエオカキクケコあいうえおかきくけこ0123456789ABCDE"), truths
    assert len({id(cell) for cell in wide}) == len(wide)
