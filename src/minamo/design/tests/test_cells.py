"""Escaping a table at one stroke is escaping each of its cells."""

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from minamo.design.cells import CELL, ROW, escaped

CELLS = st.text(alphabet=st.sampled_from(list("ab<>&\"'髙" + CELL + ROW)), max_size=6)


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=6))
def test_same_as_one_by_one(rows: list[list[str]]) -> None:
    assert escaped(rows) == [[str(escape(cell)) for cell in row] for row in rows]


def test_nothing_live_is_left() -> None:
    assert escaped([["<script>", '" onclick="x']]) == [["&lt;script&gt;", "&#34; onclick=&#34;x"]]
