"""情報資産: what is due."""

import datetime as dt

from minamo.policy.rules.deadlines import confirm_due


def test_an_asset_not_confirmed_for_a_year_is_due():
    assert confirm_due(dt.date(2025, 11, 24), dt.date(2026, 11, 24))
    assert not confirm_due(dt.date(2025, 11, 25), dt.date(2026, 11, 24))
