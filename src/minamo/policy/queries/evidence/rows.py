"""記録から数える証拠: what the trail of the last 90 days says. One or two queries each."""

import datetime as dt
from collections.abc import Mapping, Sequence

from minamo.access.api import policies
from minamo.audit.api import (
    decisions_under,
    last_checks,
    outcomes_of,
    private_rows,
    rows_since,
    times_by_action,
    times_done,
)
from minamo.design.jinja import hm, ja_date
from minamo.policy.links import rule_clauses, rule_ids
from minamo.policy.models import Asset
from minamo.policy.queries.evidence.base import ASSETS, Asked, Evidence, trail_way
from minamo.policy.queries.own_data import GRADES
from minamo.policy.queries.ways import Way

SEAL = Way("記録の封を見る", "audit-seal", "board")
QUIET = dt.timedelta(days=1)  # a policy that has been in force for longer than this has been used


def decisions(asked: Asked) -> Evidence:
    """How often the rules of the clause decided; of a clause without rules, how many decisions there were."""
    rules = rule_ids(asked.number)
    if not rules:
        rows = rows_since(asked.municipality, asked.since, school=asked.school)
        return Evidence(f"過去90日に {rows:,} 件の判断を記録しています。", ways=(trail_way(asked),))
    way = trail_way(asked, clause=",".join(rule_clauses(asked.number)))
    return decided(decisions_under(asked.municipality, asked.since, rules), (way,))


def decided(found: Mapping[str, int], ways: tuple[Way, ...] = ()) -> Evidence:
    """Counts of decisions in words."""
    return Evidence(
        f"過去90日に {found.get('allow', 0):,} 件を認め、{found.get('deny', 0):,} 件を断りました。",
        None if not found.get("error") else False,
        ways,
    )


def counted(rules: frozenset[str], groups: Sequence[tuple[tuple[str, ...], str, int]]) -> Evidence:
    """The decisions in which one of the rules took part, out of all that were counted together."""
    sums = {"allow": 0, "deny": 0, "error": 0}
    for used, outcome, count in groups:
        if rules & set(used):
            sums[outcome] = sums.get(outcome, 0) + count
    return decided(sums)


def trail(asked: Asked) -> Evidence:
    """How much was recorded. Nothing at all, though a policy is in force and the place is at work, is not kept; before that it says
    nothing."""
    rows = rows_since(asked.municipality, asked.since, school=asked.school)
    if rows:
        return Evidence(f"過去90日に {rows:,} 行の記録が残っています。", True, (trail_way(asked),))
    issue = asked.issue
    if issue is None or asked.today - issue.effective_on <= QUIET:
        return Evidence("過去90日の記録は、まだ 1 行もありません。", None, (trail_way(asked),))
    return Evidence(
        f"第{issue.number}版が効いているのに、過去90日の記録が 1 行もありません。", False, (trail_way(asked),)
    )


def sealed(asked: Asked) -> Evidence:
    """最後の検証: whether the rows are those that were sealed, as the night found it. Nothing found by a verification that is long ago
    says nothing for today: that it did not come about is itself not kept. One query."""
    last = last_checks([asked.municipality]).get(asked.municipality)
    if last is None:
        return Evidence("記録の封は、まだ一度も確かめていません。", None, (SEAL, trail_way(asked)))
    when = f"{ja_date(last.at)} {hm(last.at)}"
    if not last.ok:
        said = f"記録が、封をしたときと違います（町の記録に {last.found:,} 件、どの自治体のものでもない記録に {last.elsewhere:,} 件。{when}の検証）。"
    elif last.overdue(asked.now):
        said = f"記録の封を最後に確かめたのは{when}で、夜の検証が止まっています。"
    else:
        said = f"{when}に、封をした {last.size:,} 行をすべて計算しなおし、食い違いはありませんでした。"
    return Evidence(said, last.ok and not last.overdue(asked.now), (SEAL, trail_way(asked)))


def refused(asked: Asked) -> Evidence:
    """How often something was refused."""
    rows = rows_since(asked.municipality, asked.since, school=asked.school, outcome="deny")
    return Evidence(f"過去90日に断ったのは {rows:,} 件です。", ways=(trail_way(asked, outcome="deny"),))


def exports(asked: Asked) -> Evidence:
    """How often lists left the house."""
    times = times_done(asked.municipality, asked.since, ["pupil:export"], school=asked.school)
    return Evidence(
        f"過去90日の名簿の書き出しは {times:,} 回です。", ways=(trail_way(asked, noun="pupil", clause="6.5"),)
    )


def sign_ins(asked: Asked) -> Evidence:
    """How often people signed in, and how often that was refused."""
    found = outcomes_of(asked.municipality, asked.since, ["own:sign-in"], school=asked.school)
    return Evidence(
        f"過去90日のサインインは {found.get('allow', 0):,} 回、断ったのは {found.get('deny', 0):,} 回です。",
        ways=(trail_way(asked, noun="own", outcome="deny"),),
    )


def imports(asked: Asked) -> Evidence:
    """How often lists and guardians were taken in."""
    found = times_by_action(asked.municipality, asked.since, school=asked.school)
    roster, guardians = found.get("roster:import", 0), found.get("roster:guardians", 0)
    return Evidence(
        f"過去90日の名簿の取り込みの操作は {roster:,} 回、保護者一覧の取り込みの操作は {guardians:,} 回です。",
        ways=(trail_way(asked, noun="roster"),),
    )


def classes(asked: Asked) -> Evidence:
    """How many operations there were in each class of importance."""
    sums, house = dict.fromkeys(GRADES, 0), policies()
    for action, count in times_by_action(asked.municipality, asked.since, school=asked.school).items():
        group = next((g for g in GRADES if g in house.actions.get(action, ())), "")
        if group:
            sums[group] += count
    words = "、".join(f"{Asset.Grade(GRADES[group]).label} {count:,} 件" for group, count in sums.items())
    return Evidence(f"過去90日の操作は、重要性分類{words}でした。", ways=(trail_way(asked), ASSETS))


def kept_words(asked: Asked) -> Evidence:
    """How many rows there are, and how many of them hold words about a pupil, which are locked with the pupil's key."""
    rows = rows_since(asked.municipality, asked.since, school=asked.school)
    words = private_rows(asked.municipality, asked.since, school=asked.school)
    return Evidence(
        f"過去90日の記録 {rows:,} 行のうち、児童生徒についての言葉があるのは {words:,} 行で、その子の鍵で閉じてあります。",
        ways=(trail_way(asked),),
    )
