"""答案の画像の保管: until which day pictures are kept, and who said so. Pure.

◇ The default is ours (no law sets one for answer sheets): a municipality, and within it a school, sets its own days.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

DEFAULT_DAYS = 365  # ◇
LEAST_DAYS, MOST_DAYS = 60, 1825
AFTER_REVIEWS = 14  # days after the last day for reviews
DEFAULT, TOWN, SCHOOL = "default", "town", "school"


@dataclass(frozen=True, slots=True)
class Said:
    """決めたこと: days (None = as the municipality says), for a school or ("") the whole municipality, and when."""

    days: int | None
    school: str
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Rule:
    """効いている決まり: days and where they come from."""

    days: int
    source: str


def rule_for(school: str, said: Iterable[Said]) -> Rule:
    """学校で効いている日数: the school's last word, else the municipality's, else the default."""
    rows = sorted(said, key=lambda one: one.at, reverse=True)
    own = next((one for one in rows if one.school == school), None)
    if own is not None and own.days is not None:
        return Rule(own.days, SCHOOL)
    town = next((one for one in rows if not one.school), None)
    return Rule(town.days, TOWN) if town is not None and town.days is not None else Rule(DEFAULT_DAYS, DEFAULT)


def due_on(held_on: dt.date, rule: Rule, reviews_until: Sequence[dt.date] = ()) -> dt.date:
    """消す日: the days are counted from the test; while a family may still ask for a review nothing goes."""
    day = held_on + dt.timedelta(days=rule.days)
    return max([day, *(until + dt.timedelta(days=AFTER_REVIEWS) for until in reviews_until)])


def refusal(days: int | None) -> str:
    """日数を断る理由; empty when they may be."""
    if days is None or LEAST_DAYS <= days <= MOST_DAYS:
        return ""
    return f"日数は{LEAST_DAYS}日から{MOST_DAYS}日（5年）までの整数で入れてください。いまの決まりは変わっていません。"
