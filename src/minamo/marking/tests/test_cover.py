"""名前をおおう: the cover lies over the box however the page lies."""

from hypothesis import given
from hypothesis import strategies as st

from minamo.marking.cover import ROOM, cover

UPRIGHT = [0, 0, 1000, 0, 1000, 1000, 0, 1000]


def test_an_upright_page_is_covered_where_the_box_is() -> None:
    left, upper, width, height = cover([600, 20, 1200, 90], (1654, 2339), UPRIGHT)
    assert left <= 600 / 1654 and upper <= 20 / 2339
    assert left + width >= 1200 / 1654 and upper + height >= 90 / 2339
    assert width < 0.42 and height < 0.06, "and little else"


@given(st.lists(st.integers(-60, 60), min_size=8, max_size=8), st.floats(0, 0.8), st.floats(0, 0.8))
def test_every_corner_of_the_box_is_under_the_cover(bent: list[int], x: float, y: float) -> None:
    corners = [at + by for at, by in zip(UPRIGHT, bent, strict=True)]
    left, upper, width, height = cover([x * 1000, y * 1000, x * 1000 + 150, y * 1000 + 40], (1000, 1000), corners)
    middle = [
        sum(
            w * c / 1000
            for w, c in zip(((1 - r) * (1 - d), r * (1 - d), r * d, (1 - r) * d), corners[axis::2], strict=True)
        )
        for axis, (r, d) in ((0, (x + 0.075, y + 0.02)), (1, (x + 0.075, y + 0.02)))
    ]
    if 0 <= middle[0] <= 1 and 0 <= middle[1] <= 1:
        assert left <= middle[0] <= left + width + ROOM and upper <= middle[1] <= upper + height + ROOM
