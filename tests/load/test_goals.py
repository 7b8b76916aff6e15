"""What a bench says it missed: every goal has its figure, under the name the goal is written by."""

import pytest

from tests.load.goals import missed
from tests.load.marking import flat

LINES = {
    "answered": 1771, "reader all ア–コ": {"n": 10, "coverage": 0.96, "precision": 0.99},
    "foreign_pages_accepted": ["grid/901/other seed"], "pile own a": {"silent_wrong": 1, "misbound": 0},
    "pile own b": {"silent_wrong": 2, "misbound": 0},
}  # fmt: skip


def test_lines_lists_and_piles_have_figures_of_their_own() -> None:
    found = flat(LINES)
    assert (found["reader_all_ア–コ_precision"], found["foreign_pages_accepted"], found["answered"]) == (0.99, 1, 1771)
    assert (found["piles_silent_wrong"], found["piles_misbound"]) == (3, 0)


def test_what_falls_short_is_named_and_a_goal_without_figure_is_an_error() -> None:
    least, most = {"reader_all_ア–コ_precision": 0.995, "answered": 1500}, {"piles_silent_wrong": 0}
    assert missed(flat(LINES), least=least, most=most) == [
        "reader_all_ア–コ_precision 0.99 (≥ 0.995)", "piles_silent_wrong 3 (≤ 0)",
    ]  # fmt: skip
    with pytest.raises(KeyError):
        missed(flat(LINES), least={"reader_pooled_precision": 0.998})
