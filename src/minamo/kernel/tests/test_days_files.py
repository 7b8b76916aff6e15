"""Business days, identifiers and content-addressed files."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minamo.kernel import files
from minamo.kernel.businessdays import add_business_days, business_days_between, holiday_name, is_business_day
from minamo.kernel.ids import new_id

DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31))


def test_holidays_and_substitute_holidays() -> None:
    assert holiday_name(dt.date(2026, 11, 23)) == "勤労感謝の日"
    assert not is_business_day(dt.date(2026, 5, 6))  # 振替休日
    assert is_business_day(dt.date(2026, 11, 24))


def test_year_end_is_closed_for_offices_but_can_be_asked_without() -> None:
    assert not is_business_day(dt.date(2026, 12, 29))
    assert is_business_day(dt.date(2026, 12, 29), year_end=False)


@given(DAYS, st.integers(1, 20))
def test_adding_lands_on_business_days_and_counts_right(day: dt.date, count: int) -> None:
    landed = add_business_days(day, count)
    assert is_business_day(landed)
    assert business_days_between(day + dt.timedelta(days=1), landed) == count


def test_ids_are_in_order_of_time_and_never_twice() -> None:
    ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert ids[0].version == 7
    assert [i.int >> 80 for i in ids] == sorted(i.int >> 80 for i in ids)


def test_same_content_is_kept_once_and_an_altered_file_is_noticed(settings: object) -> None:
    from django.core.files.storage import default_storage

    digest = files.keep(b"letter")
    assert files.keep(b"letter") == digest
    assert files.read(digest) == b"letter"
    with default_storage.open(files.path_of(digest), "wb") as handle:
        handle.write(b"forged")
    with pytest.raises(ValueError, match="does not match"):
        files.read(digest)
    with pytest.raises(ValueError, match="not a SHA-256"):
        files.path_of("../../etc/passwd")
