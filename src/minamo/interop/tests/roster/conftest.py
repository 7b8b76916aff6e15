"""Fixtures of the roster tests."""

from collections.abc import Callable
from typing import Any

import pytest

from minamo.access.api import set_scope
from minamo.interop.roster.command import import_roster
from minamo.interop.tests.roster.packages import SMALL, TOWN, content
from minamo.tenancy.api import municipality_by_code


@pytest.fixture
def village(db: None) -> Any:
    """花霞村, imported; its scope is open. The id of the municipality."""
    assert import_roster(content(SMALL), SMALL)["applied"]
    return _opened("480444")


@pytest.fixture
def town(db: None) -> Any:
    """水上野町, imported; its scope is open."""
    assert import_roster(content(TOWN), TOWN)["applied"]
    return _opened("480441")


@pytest.fixture
def opened() -> Callable[[str], Any]:
    """Open the scope of a municipality by its code (an import leaves its own behind)."""
    return _opened


def _opened(code: str) -> Any:
    municipality_id = municipality_by_code(code)
    assert municipality_id is not None
    set_scope(municipalities=[municipality_id], side="school")
    return municipality_id
