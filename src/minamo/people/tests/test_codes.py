"""登録コード: what is printed can be typed, and every slip is caught."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.people import codes

BODIES = st.text(alphabet=codes.ALPHABET, min_size=codes.LENGTH, max_size=codes.LENGTH)


def test_no_lookalikes() -> None:
    assert not set(codes.ALPHABET) & set("01OIL") and len(codes.ALPHABET) == 31
    assert all(
        len(codes.new_code().replace("-", "")) == 12 + 1 for _ in range(50)
    )  # twelve by chance: 59 bits, and one that checks
    made = {codes.new_code() for _ in range(200)}
    assert len(made) == 200 and all(codes.read_code(code) == code for code in made)


@given(BODIES)
def test_however_it_is_typed(body: str) -> None:
    code = codes.printed(body)
    wide = "".join(chr(ord(c) + 0xFEE0) for c in code.replace("-", "").lower())
    for typed in (code, code.lower(), f" {code.replace('-', ' ')} ", wide):
        assert codes.read_code(typed) == code


@given(BODIES, st.integers(0, codes.LENGTH), st.sampled_from(codes.ALPHABET))
def test_one_wrong_character_is_always_caught(body: str, place: int, other: str) -> None:
    plain = codes.printed(body).replace("-", "")
    wrong = plain[:place] + other + plain[place + 1 :]
    if wrong != plain:
        with pytest.raises(codes.MistypedCode):
            codes.read_code(wrong)


@given(BODIES, st.integers(0, codes.LENGTH - 2))
def test_two_neighbours_swapped_are_always_caught(body: str, place: int) -> None:
    swapped = body[:place] + body[place + 1] + body[place] + body[place + 2 :]
    if swapped != body:
        with pytest.raises(codes.MistypedCode):
            codes.read_code(codes.printed(swapped)[:-1] + codes.check_character(body))


@pytest.mark.parametrize("text", ["", "ABCD", "0O1I-LLLL-0000-0", "４K7M-PQ2R-XY9Z", "あ" * 13])
def test_what_cannot_be_a_code(text: str) -> None:
    with pytest.raises(codes.MistypedCode):
        codes.read_code(text)
