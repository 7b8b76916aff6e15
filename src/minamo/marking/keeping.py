"""見直しの期限: how long a review may be asked for, and what a family is told when it may not. Pure."""

import datetime as dt
from dataclasses import dataclass

from minamo.kernel.businessdays import add_business_days

REVIEW_DAYS = 5  # school working days after the release


@dataclass(frozen=True, slots=True)
class Released:
    """返却のようす: day of the release (None = not given back) and the last day for reviews."""

    released_on: dt.date | None
    review_until: dt.date | None


def review_until(released_on: dt.date, days: int = REVIEW_DAYS) -> dt.date:
    """見直しの締切: the last day, counted in working days. Raises ValueError for no day at all."""
    if days < 1:
        raise ValueError("a review needs at least one day")
    return add_business_days(released_on, days)


def refusal(state: Released, today: dt.date, *, asked: bool) -> str:
    """見直しを断る理由, in words for the family; empty when it may be asked."""
    if state.released_on is None or state.review_until is None or today < state.released_on:
        return "まだ返却されていません。"
    if today > state.review_until:
        return "見直しの受付は終わりました。気になることは担任の先生に聞いてください。"
    return "この設問の見直しは、もう届いています。" if asked else ""
