"""期限 (deadlines) of an incident, and what counts as reportable.

Source: 個人情報保護法68条, 同規則43条・44条 and the guideline for administrative organs: 速報 promptly, as a rule within 3 to 5
days after knowing (whoever of the organ knows first, not whoever reports it); 確報 within 30 days, 60 when improper purpose is
suspected. Both are counted by one rule: the day of knowing is the first of them, Saturdays, Sundays and holidays count. Should the 30th or 60th day be one on which offices are closed, it is the next one
on which they are open. 速報 is never put off: children do not wait for Monday.

All four grounds speak of 漏えい等 of personal data that an organ holds: a leak, a loss or damage, or the danger of one (規則43条); a memory stick
left in a train counts, whoever has it now. Of nobody's data none is reportable. 0 is what somebody has
counted; while nobody can say (`people` None), a ground holds.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

SOURCE = "個人情報保護法68条、同法施行規則43条・44条、行政機関等のガイドライン"
PRELIMINARY_FIRST, PRELIMINARY_LAST, FINAL, FINAL_IMPROPER = (dt.timedelta(days=n - 1) for n in (3, 5, 30, 60))
MANY = 100  # more than this many people (administrative organs)


@dataclass(frozen=True)
class Assessment:
    """見立て: what is known so far; `people` None while nobody can say, 0 is a number."""

    leaked: bool = True
    sensitive: bool = False
    property_damage: bool = False
    improper: bool = False
    people: int | None = None


@dataclass(frozen=True)
class Deadlines:
    """期限: the preliminary report by `preliminary_first` if possible, by `preliminary_last` at the latest."""

    preliminary_first: dt.date
    preliminary_last: dt.date
    final: dt.date


def reasons(found: Assessment) -> list[str]:
    """Why it must be reported; empty when it need not."""
    if not found.leaked or found.people == 0:
        return []
    grounds = [
        (found.sensitive, "要配慮個人情報（健康・障害・指導の記録など）を含む"),
        (found.property_damage, "財産の被害につながるおそれがある"),
        (found.improper, "悪意によるおそれがある"),
        ((found.people or 0) > MANY, f"本人の数が{MANY}人を超える"),
    ]
    return [text for holds, text in grounds if holds]


def unmarked(found: Assessment) -> list[str]:
    """The grounds that hold but for the mark that something leaked, was lost or damaged; empty with the mark."""
    return [] if found.leaked else reasons(replace(found, leaked=True))


def deadlines(known_on: dt.date, found: Assessment, is_open: Callable[[dt.date], bool]) -> Deadlines | None:
    """The deadlines of a reportable incident, None when it need not be reported. `is_open` tells working days."""
    if not reasons(found):
        return None
    final = known_on + (FINAL_IMPROPER if found.improper else FINAL)
    while not is_open(final):
        final += dt.timedelta(days=1)
    return Deadlines(known_on + PRELIMINARY_FIRST, known_on + PRELIMINARY_LAST, final)


def confirm_by(confirmed_on: dt.date | None) -> dt.date | None:
    """The day on which a yearly confirmation is due again; None when there never was one."""
    if confirmed_on is None:
        return None
    try:
        return confirmed_on.replace(year=confirmed_on.year + 1)
    except ValueError:  # 29 February
        return dt.date(confirmed_on.year + 1, 2, 28)


def confirm_due(confirmed_on: dt.date | None, today: dt.date) -> bool:
    """Whether a yearly confirmation is due: never done, or a year ago or longer."""
    due = confirm_by(confirmed_on)
    return due is None or today >= due
