"""外部サービス: what is due."""

import datetime as dt

from minamo.policy.rules.deadlines import confirm_due


def test_a_service_not_checked_for_a_year_is_due():
    assert confirm_due(None, dt.date(2026, 11, 24))
    assert confirm_due(dt.date(2024, 2, 29), dt.date(2025, 2, 28))
