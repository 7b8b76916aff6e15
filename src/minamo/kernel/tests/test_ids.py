"""Identifiers: in order of time, and read from outside without surprises."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.kernel.ids import id_of, new_id


def test_new_ones_are_of_version_7_and_differ() -> None:
    made = [new_id() for _ in range(100)]
    assert {key.version for key in made} == {7}
    assert len(set(made)) == 100


@given(st.uuids())
def test_an_id_is_read_as_it_is_written(key: uuid.UUID) -> None:
    assert id_of(str(key)) == id_of(key) == key


@pytest.mark.parametrize("text", ["", "x", "1", None, 7, "../..", "00000000-0000-4000-8000-00000000000g", "\x00" * 32])
def test_what_is_no_id_is_nothing(text: object) -> None:
    assert id_of(text) is None


@given(st.text(max_size=40))
def test_whatever_comes_it_is_an_id_or_nothing(text: str) -> None:
    assert isinstance(id_of(text), uuid.UUID | None)
