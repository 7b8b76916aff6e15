"""端末の状態 (posture): what the reports about a device amount to, and what a browser's own report is worth. Pure.

A report says good or bad, comes from a source and has an age. The newest of each source counts while it is fresh; a report
dated ahead is none. One fresh 「要確認」 outweighs every 「問題なし」, so that a weaker source never hides what a stronger one has
seen; among reports that agree the strongest source is named. Strength: management tool (MDM) > proxy > the device itself.
"""

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

STRENGTH: Mapping[str, int] = {"self": 1, "proxy": 2, "mdm": 3}
FACTS = ("browser", "version", "platform", "platform_version")
LONGEST = 600
REPORT_EVERY = dt.timedelta(hours=4)  # a report that says the same is kept this often


class NoReport(Exception):
    """What a browser sent about itself is no report; the text says why."""


@dataclass(frozen=True)
class Report:
    """One report: who says it, what, when."""

    source: str
    good: bool
    at: dt.datetime


@dataclass(frozen=True)
class Standing:
    """What holds: good, bad or unknown, and by whose word (self, proxy, mdm; none when unknown)."""

    word: str = "unknown"
    source: str = "none"


def fresh(report: Report, now: dt.datetime, hours: int) -> bool:
    """Whether a report still counts."""
    return dt.timedelta(0) <= now - report.at <= dt.timedelta(hours=hours)


def standing(reports: Iterable[Report], now: dt.datetime, hours: int) -> Standing:
    """What the newest reports of all sources amount to."""
    counted = [report for report in reports if report.source in STRENGTH and fresh(report, now, hours)]
    if not counted:
        return Standing()
    decisive = [report for report in counted if not report.good] or counted
    strongest = max(decisive, key=lambda report: STRENGTH[report.source])
    return Standing("good" if strongest.good else "bad", strongest.source)


def age_words(at: dt.datetime, now: dt.datetime) -> str:
    """「3時間前」: how old a report is, rounded down."""
    minutes = max(0, int((now - at).total_seconds() // 60))
    if minutes < 60:
        return f"{minutes}分前"
    return f"{minutes // 60}時間前" if minutes < 48 * 60 else f"{minutes // 1440}日前"


def facts_of(text: str) -> Mapping[str, str]:
    """What a browser says about itself: a small JSON object of the known texts. Raises NoReport."""
    if len(text) > LONGEST:
        raise NoReport("too long")
    try:
        said = json.loads(text)
    except ValueError:
        raise NoReport("no JSON") from None
    if not isinstance(said, dict) or not all(isinstance(v, str) and len(v) <= 60 for v in said.values()):
        raise NoReport("no texts")
    return {name: said[name] for name in FACTS if said.get(name)}


def judged(facts: Mapping[str, str], oldest: Mapping[str, int]) -> bool | None:
    """Whether the browser is new enough; None when that cannot be told (another browser, no version)."""
    limit, version = oldest.get(facts.get("browser", "")), re.match(r"\d{1,5}", facts.get("version", ""))
    if limit is None or version is None:
        return None
    return int(version[0]) >= limit


def versions(text: str) -> Mapping[str, int]:
    """「Chromium 120, Firefox 115」 as a mapping. Raises ValueError for anything else."""
    found: dict[str, int] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, _, number = part.rpartition(" ")
        if not name or not number.isdigit():
            raise ValueError(f"MINAMO_BROWSER_OLDEST: 「{part}」 should be a browser and a number, like Chromium 120")
        found[name] = int(number)
    return found
