"""書き入れる: number and name go where the printed box is free, and nowhere else."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from minamo.marking.inscribing import DARK, LINE, SMALLEST, TALLEST, free_part, lettering
from minamo.marking.sheet_values import Words

BOX = (100.0, 50.0, 500.0, 130.0)
TALL = (100.0, 50.0, 180.0, 450.0)


def page(*prints: tuple[int, int, int, int], box: tuple[float, ...] = BOX) -> Image.Image:
    """A page with a ruled box and dark print in it."""
    image = Image.new("L", (600, 500), 255)
    draw = ImageDraw.Draw(image)
    draw.rectangle([round(value) for value in box], outline=0, width=3)
    for one in prints:
        draw.rectangle(one, fill=0)
    return image


def test_print_in_the_box_is_left_free() -> None:
    area = free_part(page((110, 60, 170, 80)), BOX)  # 氏名 in the corner
    assert area is not None and area[0] > 170 and area[2] < 500
    area = free_part(page((430, 100, 470, 120)), BOX)  # 番 at the end
    assert area is not None and area[0] >= 100 and area[2] < 430
    area = free_part(page((130, 60, 160, 120), box=TALL), TALL)
    assert area is not None and area[1] > 120 and area[3] < 450


@pytest.mark.parametrize(
    "image, box",
    [
        (page(*((x, 60, x + 4, 120) for x in range(104, 500, 30))), BOX),  # a word all over it
        (page(), (100.0, 50.0, 110.0, 58.0)),  # hardly a box
        (page((90, 40, 510, 140)), BOX),  # black
    ],
)
def test_without_room_the_box_stays_as_it_is(image: Image.Image, box: tuple[float, float, float, float]) -> None:
    assert lettering(image, Words(box, "高橋 花")) is None


def test_the_name_of_a_tall_box_stands_upright_and_a_number_lies() -> None:
    name, number = (lettering(page(box=TALL), Words(TALL, text, up)) for text, up in (("高橋 花", True), ("12", False)))
    assert name is not None and name.upright and number is not None and not number.upright
    flat = lettering(page(), Words(BOX, "高橋 花", upright=True))
    assert flat is not None and not flat.upright
    assert lettering(page(), Words(BOX, "")) is None


@given(
    st.lists(st.tuples(st.integers(60, 520), st.integers(30, 140), st.integers(1, 90), st.integers(1, 60)), max_size=4),
    st.text("高橋花A1", min_size=1, max_size=40), st.booleans(), st.booleans(),
)  # fmt: skip
def test_letters_fit_and_meet_no_print(
    prints: list[tuple[int, int, int, int]], text: str, upright: bool, tall: bool
) -> None:
    box = TALL if tall else BOX
    image = page(*((x, y, x + wide, y + high) for x, y, wide, high in prints), box=box)
    found = lettering(image, Words(box, text, upright))
    if found is None:
        return
    x0, y0, x1, y1 = found.area
    assert box[0] + LINE <= x0 < x1 <= box[2] - LINE and box[1] + LINE <= y0 < y1 <= box[3] - LINE
    under = np.asarray(image)[round(y0) : round(y1), round(x0) : round(x1)] < DARK
    assert under.sum(axis=1 if tall else 0).max(initial=0) <= 1
    assert SMALLEST <= found.size <= TALLEST
    long = len(text) * found.size if found.upright else sum(0.6 if one.isascii() else 1 for one in text) * found.size
    assert long <= (y1 - y0 if found.upright else x1 - x0)
