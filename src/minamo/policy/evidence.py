"""証拠 (evidence): what shows, from data already here, that a clause is kept. Each is one or two queries; none is typed in."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from minamo.audit.api import decisions_by_rules, decisions_under, rows_since, times_done
from minamo.kernel.schoolyear import SchoolYear
from minamo.policy.links import rule_ids
from minamo.policy.models import Asset, ExceptionGrant, Incident, Inspection, OutsideService
from minamo.policy.queries.acknowledged import register
from minamo.policy.queries.own_data import own_data
from minamo.policy.queries.texts import issue_in_force
from minamo.policy.rules.deadlines import confirm_due
from minamo.tenancy.api import PostCard, current_posts

PERIOD = dt.timedelta(days=90)


@dataclass(frozen=True)
class Asked:
    """For whom and when evidence is looked for: a municipality, or one school of it."""

    municipality: UUID
    number: str
    today: dt.date
    now: dt.datetime
    school: UUID | None = None

    @property
    def since(self) -> dt.datetime:
        """The beginning of the period."""
        return self.now - PERIOD


@dataclass(frozen=True)
class Evidence:
    """証拠: a sentence, and whether it speaks for the clause being kept (None: it only counts)."""

    sentence: str
    good: bool | None = None


def decisions(asked: Asked) -> Evidence:
    """How often the rules of the clause decided."""
    rules = rule_ids(asked.number)
    if not rules:
        rows = rows_since(asked.municipality, asked.since, school=asked.school)
        return Evidence(f"過去90日に {rows:,} 件の判断を記録しています。")
    return _decided(decisions_under(asked.municipality, asked.since, rules))


def _decided(found: Mapping[str, int]) -> Evidence:
    return Evidence(
        f"過去90日に {found.get('allow', 0):,} 件を認め、{found.get('deny', 0):,} 件を断りました。",
        None if not found.get("error") else False,
    )


def trail(asked: Asked) -> Evidence:
    """How much was recorded."""
    return Evidence(
        f"過去90日に {rows_since(asked.municipality, asked.since, school=asked.school):,} 行の記録が残っています。",
        True,
    )


def exports(asked: Asked) -> Evidence:
    """How often lists left the house."""
    return Evidence(
        f"過去90日の名簿の書き出しは {times_done(asked.municipality, asked.since, ['pupil:export'], school=asked.school):,} 回です。"
    )


def posts_ended(asked: Asked) -> Evidence:
    """Who holds a post today; nobody else can do anything."""
    people = {post.account_id for post in _posts(asked)}
    return Evidence(f"きょう職のある人は {len(people):,} 人です。ほかのアカウントでは何も見られません。", True)


def assets_confirmed(asked: Asked) -> Evidence:
    """How many assets were confirmed within a year, minamo's own data included."""
    found = _here(asked, Asset.objects.filter(municipality=asked.municipality, retired_on=None))
    rows = found.values_list("table", "confirmed_on")
    dates: dict[str, dt.date | None] = {} if asked.school else dict.fromkeys(own_data())
    others = []
    for table, day in rows:
        if table in dates:
            dates[table] = day
        else:
            others.append(day)
    every = [*dates.values(), *others]
    good = [day for day in every if not confirm_due(day, asked.today)]
    return Evidence(
        f"情報資産 {len(every)} 件のうち {len(good)} 件が一年以内に確認されています。", len(good) == len(every)
    )


def exceptions(asked: Asked) -> Evidence:
    """Which exceptions hold today. One that has ended counts for nothing."""
    rows = _here(asked, ExceptionGrant.objects.filter(
        municipality=asked.municipality, granted_at__isnull=False, refused_at=None, revoked_at=None,
        begins__lte=asked.today, ends__gte=asked.today,
    ))  # fmt: skip
    return Evidence(f"いま効いている例外は {rows.count()} 件です。期限の過ぎた例外は効いていません。", True)


def outside(asked: Asked) -> Evidence:
    """How many outside services were checked within a year."""
    open_rows = Q(ended_on=None) | Q(ended_on__gt=asked.today)
    dates = list(
        OutsideService.objects.filter(open_rows, municipality=asked.municipality).values_list("checked_on", flat=True)
    )
    good = [day for day in dates if not confirm_due(day, asked.today)]
    return Evidence(
        f"外部サービスと委託先 {len(dates)} 件のうち {len(good)} 件を一年以内に確かめています。",
        len(good) == len(dates) if dates else None,
    )


def incidents(asked: Asked) -> Evidence:
    """How many incidents were reported this period, how many are open."""
    rows = _here(asked, Incident.objects.filter(municipality=asked.municipality, known_at__gte=asked.since))
    still = rows.exclude(entries__kind="closed").count()
    return Evidence(f"過去90日の報告は {rows.count()} 件、対応中は {still} 件です。")


def acknowledged(asked: Asked) -> Evidence:
    """Which share of the staff has acknowledged the policy in force."""
    issue = issue_in_force(asked.municipality)
    if issue is None:
        return Evidence("まだ施行した版がありません。", False)
    readers = register(issue, asked.today, school=asked.school)
    done = sum(reader.standing.done for reader in readers)
    sentence = f"第{issue.number}版を {len(readers)} 人のうち {done} 人が確認しました。"
    return Evidence(sentence, done == len(readers))


def edition(asked: Asked) -> Evidence:
    """Which issue is in force."""
    issue = issue_in_force(asked.municipality)
    if issue is None:
        return Evidence("まだ施行した版がありません。", False)
    return Evidence(
        f"いまの版は第{issue.number}版（{issue.effective_on:%Y-%m-%d} 施行、控え {issue.edition_digest[:12]}）です。",
        True,
    )


def inspection(asked: Asked) -> Evidence:
    """At how many places the self-inspection of the year is finished."""
    year = SchoolYear.of(asked.today).year
    rows = Inspection.objects.filter(municipality=asked.municipality, year=year, finished_at__isnull=False)
    finished = list(_here(asked, rows).values_list("kind", flat=True))
    audits = finished.count("audit")
    return Evidence(
        f"{year}年度の自己点検は {len(finished) - audits} か所で終わり、監査は {audits} 回終わっています。",
        len(finished) > audits,
    )


def _here(asked: Asked, rows: Any) -> Any:
    return rows if asked.school is None else rows.filter(school=asked.school)


def _posts(asked: Asked) -> list[PostCard]:
    return current_posts(asked.today, municipality_id=asked.municipality, school_id=asked.school)


EVIDENCE: Mapping[str, Callable[[Asked], Evidence]] = {
    found.__name__: found
    for found in (
        decisions, trail, exports, posts_ended, assets_confirmed, exceptions, outside, incidents, acknowledged, edition,
        inspection,
    )
}  # fmt: skip


def evidence_of(asked: Asked, name: str) -> Evidence | None:
    """The evidence a clause names; for a clause with rules their decisions; otherwise None."""
    if name:
        return EVIDENCE[name](asked)
    return decisions(asked) if rule_ids(asked.number) else None


def evidence_for(asked: Asked, names: Mapping[str, str]) -> dict[str, Evidence]:
    """The evidence of many clauses at once: `names` maps a clause's number to what it names. A dozen queries for any number
    of clauses: the decisions of all rules are counted together, everything else once per name."""
    groups = decisions_by_rules(asked.municipality, asked.since, school=asked.school)
    known: dict[str, Evidence] = {}
    found = {}
    for number, name in names.items():
        rules = frozenset(rule_ids(number))
        if name and name != "decisions":
            if name not in known:
                known[name] = EVIDENCE[name](asked)
            found[number] = known[name]
        elif rules:
            found[number] = _counted(rules, groups)
    return found


def _counted(rules: frozenset[str], groups: Sequence[tuple[tuple[str, ...], str, int]]) -> Evidence:
    sums = {"allow": 0, "deny": 0, "error": 0}
    for used, outcome, count in groups:
        if rules & set(used):
            sums[outcome] = sums.get(outcome, 0) + count
    return _decided(sums)
