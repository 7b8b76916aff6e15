"""台帳と版から数える証拠: what the registers, the posts and the issues of a town say. One or two queries each."""

import datetime as dt
from typing import Any

from django.db.models import Count, Q

from minamo.kernel.schoolyear import SchoolYear
from minamo.policy.models import Asset, ExceptionGrant, Incident, Inspection, OutsideService
from minamo.policy.queries.acknowledged import register
from minamo.policy.queries.evidence.base import ASSETS, EDITIONS, Asked, Evidence, trail_way
from minamo.policy.queries.inspections import AUDIT, known_years
from minamo.policy.queries.own_data import own_data
from minamo.policy.queries.ways import Way
from minamo.policy.rules.deadlines import confirm_due
from minamo.policy.rules.inspections import Standing
from minamo.tenancy.api import PostCard, current_posts

EXCEPTIONS = Way("例外の一覧を見る", "policy-exceptions")
SERVICES = Way("外部サービスの台帳を見る", "policy-services")
INCIDENTS = Way("事故の一覧を見る", "policy-incidents")
READERS = Way("確認の状況を見る", "policy-acknowledged", "leads", "policy-acknowledged-school")
INSPECTIONS = Way("点検の記録を見る", "policy-inspections-town", "leads", "policy-inspections-school")


def posts_ended(asked: Asked) -> Evidence:
    """How many hold a post today. Whether one of them should not, only who knows them can say; that nobody else gets in, the tests."""
    people = {post.account_id for post in _posts(asked)}
    return Evidence(f"きょう職のある人は {len(people):,} 人です。", ways=(trail_way(asked, noun="membership"),))


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
        f"情報資産 {len(every)} 件のうち {len(good)} 件が一年以内に確認されています。",
        len(good) == len(every),
        (ASSETS,),
    )


def exceptions(asked: Asked) -> Evidence:
    """Which exceptions hold today, and how many ended by their date. Whether they were needed, no number says."""
    granted = _here(asked, ExceptionGrant.objects.filter(
        municipality=asked.municipality, granted_at__isnull=False, refused_at=None, revoked_at=None,
    ))  # fmt: skip
    found = granted.aggregate(
        hold=Count("pk", filter=Q(begins__lte=asked.today, ends__gte=asked.today)),
        over=Count("pk", filter=Q(ends__lt=asked.today)),
    )
    return Evidence(
        f"いま効いている例外は {found['hold']} 件、期限が来て終わった例外は {found['over']} 件です。",
        ways=(EXCEPTIONS,),
    )


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
        (SERVICES,),
    )


def incidents(asked: Asked) -> Evidence:
    """How many incidents were reported this period, how many are open."""
    rows = _here(asked, Incident.objects.filter(municipality=asked.municipality, known_at__gte=asked.since))
    still = rows.exclude(entries__kind="closed").count()
    return Evidence(f"過去90日の報告は {rows.count()} 件、対応中は {still} 件です。", ways=(INCIDENTS,))


def acknowledged(asked: Asked) -> Evidence:
    """Which share of the staff has acknowledged the policy in force."""
    issue = asked.issue
    if issue is None:
        return Evidence("まだ施行した版がありません。", False, (EDITIONS,))
    readers = register(issue, asked.today, school=asked.school)
    done = sum(reader.standing.done for reader in readers)
    sentence = f"第{issue.number}版を {len(readers)} 人のうち {done} 人が確認しました。"
    return Evidence(sentence, done == len(readers), (READERS,))


def edition(asked: Asked) -> Evidence:
    """Which issue is in force."""
    issue = asked.issue
    if issue is None:
        return Evidence("まだ施行した版がありません。", False, (EDITIONS,))
    return Evidence(
        f"いまの版は第{issue.number}版（{issue.effective_on:%Y-%m-%d} 施行、控え {issue.edition_digest[:12]}）です。",
        True,
        (EDITIONS,),
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
        (INSPECTIONS,),
    )


def audit(asked: Asked) -> Evidence:
    """When the audit was last finished, and whether a year has gone by without one."""
    how, last = known_years().standing(asked.today, asked.municipality, None, AUDIT)
    said = f"最後に終えた監査は {last}年度のものです。" if last else "監査は、まだ一度も終わっていません。"
    return Evidence(said, how is Standing.CALM and last is not None, (INSPECTIONS,))


def _here(asked: Asked, rows: Any) -> Any:
    return rows if asked.school is None else rows.filter(school=asked.school)


def _posts(asked: Asked) -> list[PostCard]:
    return current_posts(asked.today, municipality_id=asked.municipality, school_id=asked.school)
