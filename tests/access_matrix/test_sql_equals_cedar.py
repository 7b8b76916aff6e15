"""Cedar ≡ SQL ≡ row-level security: at least 100,000 generated decisions, a fifth of them allowed, no mismatch.

The seed is kept; `bin/bench differential --decisions 1000000` is the nightly size.
"""

import random

import pytest

from minamo.access import compile as compiler
from minamo.access.api import registered, set_scope
from tests.access_matrix.differential import WALLS, WITHOUT_ROWS, Town, compare

SEED = 20261124
DECISIONS = 100_000
ALLOWED_SHARE = 0.20


@pytest.mark.django_db
def test_three_machines_agree_on_100_000_decisions() -> None:
    """Every decision gets the same answer from all three."""
    rng = random.Random(SEED)
    outcome = compare(Town(rng), rng, DECISIONS)
    assert outcome.mismatches == [], f"seed {SEED}"
    assert outcome.decisions >= DECISIONS
    assert outcome.by_emergency > 0
    assert outcome.allowed_share >= ALLOWED_SHARE, f"{outcome.allowed_share:.0%} allowed: the test would prove little"


def test_every_resource_type_is_compared_or_has_no_rows() -> None:
    """A table that comes is compared as well."""
    assert sorted([*WALLS, *WITHOUT_ROWS]) == sorted(registered())


@pytest.mark.django_db
def test_a_wrong_filter_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison can say no: a compiler that forgets the forbids disagrees with Cedar."""
    monkeypatch.setattr(compiler, "_not", lambda value: True)
    rng = random.Random(SEED)
    assert compare(Town(rng), rng, 5_000).mismatches


@pytest.mark.django_db
def test_a_scope_that_is_too_wide_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison can say no: a scope that opens every municipality disagrees with the wall."""
    rng = random.Random(SEED)
    town = Town(rng)
    monkeypatch.setattr(
        "tests.access_matrix.differential.set_scope",
        lambda **scope: set_scope(**{**scope, "municipalities": town.municipalities}),
    )
    assert compare(town, rng, 5_000).mismatches
