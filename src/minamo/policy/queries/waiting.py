"""待っていること: what the room wants from a person, for the start page: clauses to read, exceptions, services, assets, 点検."""

import datetime as dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery
from django.urls import reverse

from minamo.access.api import Actor
from minamo.kernel.schoolyear import jst_date
from minamo.policy.models import Asset, Issue, Reminder, RevisionStep
from minamo.policy.queries.course import course
from minamo.policy.queries.exceptions import exceptions_waiting
from minamo.policy.queries.grounds import new_ground
from minamo.policy.queries.inspections import inspections_due
from minamo.policy.queries.own_data import own_data
from minamo.policy.queries.revision import revisions_waiting
from minamo.policy.queries.services import services_due
from minamo.policy.rules.deadlines import confirm_due


@dataclass(frozen=True)
class Waiting:
    """一つの知らせ: what, a word about it, where to do it, and whether its day has passed."""

    title: str
    text: str
    url: str
    late: bool = False
    group: str = "registers"  # of the room, see views/tabs.py


def waiting_for(actor: Actor) -> list[Waiting]:
    """Everything the room wants from the person, what is late first. Not more than ten queries for somebody who serves one
    municipality, one more for an officer of the board. Incidents are asked for apart, because they are looked for every minute (queries/incidents.py)."""
    if actor.kind != "staff":
        return []
    towns = list(dict.fromkeys(UUID(str(p["municipality"])) for p in actor.posts if p.get("municipality")))
    found = [line for town in towns[:2] for line in _unread(actor, town)]
    found += [
        *_grounds(actor),
        *_revisions(actor),
        *_exceptions(actor),
        *_services(actor),
        *_assets(actor),
        *_inspections(actor),
    ]
    return sorted(found, key=lambda line: not line.late)


def _unread(actor: Actor, town: UUID) -> list[Waiting]:
    """読む条文, in parts for somebody new, with the day and who has asked for it last."""
    issue = _issue(actor, town)
    told = _gone_back(actor, issue) if issue else []
    way = course(actor, issue) if issue else None
    if not issue or way is None or not way.left:
        return told
    late = way.due is not None and actor.today > way.due
    words = [f"期限は {_day(way.due)} {'でした' if late else 'です'}。"] if way.due else []
    if len(way.parts) > 1:
        words.append(
            f"短い部に分けてあります。{len(way.parts)}部のうち{len(way.parts) - len(way.waiting)}部まで終わりました。"
        )
    if issue.asked_at:
        words.append(f"{issue.asked_by} から {_day(jst_date(issue.asked_at))} に知らせがありました。")
    url = reverse("policy-reading", kwargs={"municipality_id": town})
    return [*told, Waiting(f"規程：読んで確認する条文が{way.left}条あります", "".join(words), url, late, "policy")]


def _issue(actor: Actor, town: UUID) -> Any:
    """いまの版, with who reminded the person of it last (`asked_by`, `asked_at`). One query."""
    told = Reminder.objects.filter(issue=OuterRef("pk"), account=actor.account_id, kind=Reminder.Kind.ASKED).order_by(
        "-at"
    )
    rows = Issue.objects.filter(municipality=town, activated_at__isnull=False, ended_at__isnull=True)
    by, at = Subquery(told.values("by_label")[:1]), Subquery(told.values("at")[:1])
    return rows.annotate(asked_by=by, asked_at=at).first()


def _revisions(actor: Actor) -> list[Waiting]:
    """Revisions in which the person had no hand and which wait for an approval, and own ones that were sent back."""
    found = []
    for row, last in revisions_waiting(actor):
        url, own = reverse("policy-revision", kwargs={"revision_id": row.pk}), actor.account_id in row.hands
        if last.kind == RevisionStep.Kind.SUBMITTED and not own:
            text = f"{last.actor_label} が {_day(jst_date(last.at))} に審査に出しました。"
            found.append(Waiting(f"改正：「{row.title}」が承認を待っています", text, url, group="policy"))
        elif last.kind == RevisionStep.Kind.RETURNED and own:
            found.append(Waiting(f"改正：「{row.title}」が差し戻されました", last.note, url, group="policy"))
    return found


def _grounds(actor: Actor) -> list[Waiting]:
    """新しい土台: the county's agreement, or clauses of the model policy, that a text of the board does not have yet."""
    found = []
    for town in actor.uuids["boards"]:
        ground = new_ground(town)
        if ground is None:
            continue
        url = reverse("policy-revisions", kwargs={"municipality_id": town}) + "#new-ground"
        text = "いまの規程は変わっていません。取り入れるには、改正の案を起こします。"
        if ground.draft:
            url = reverse("policy-revision", kwargs={"revision_id": ground.draft.pk})
            text = f"「{ground.draft.title}」の案ですすめています。いまの規程は、まだ変わっていません。"
        found.append(Waiting(f"規程：{ground.title}", text, url, group="policy"))
    return found


def _gone_back(actor: Actor, issue: Issue) -> list[Waiting]:
    """版を戻した: the other officers of the board are told for two weeks."""
    at = issue.activated_at
    old = at is None or at < actor.now - dt.timedelta(days=14)
    if (
        old
        or issue.revision_id
        or issue.activated_by == actor.label
        or issue.municipality_id not in actor.uuids["boards"]
    ):
        return []
    title = f"規程：{issue.title}（第{issue.number}版）が施行されました"
    text = f"{issue.activated_by} が {_day(issue.effective_on)} に戻しました。{issue.note}"
    url = reverse("policy-revisions", kwargs={"municipality_id": issue.municipality_id})
    return [Waiting(title, text, url, group="policy")]


def _exceptions(actor: Actor) -> list[Waiting]:
    found = []
    for card in exceptions_waiting(actor):
        url = reverse("policy-exception", kwargs={"exception_id": card.row.pk})
        name = f"{card.row.person_label}　{card.row.scope}" if card.row.person_label else card.row.scope
        if card.waits:
            found.append(
                Waiting(f"例外：{name} が認めを待っています", f"{card.row.requested_by} が願い出ました。", url)
            )
        elif card.ends_soon:
            found.append(
                Waiting(
                    f"例外：{name} は、あと{card.days_left}日で終わります",
                    "要らなくなるなら、何もしなくてかまいません。",
                    url,
                )
            )
    return found


def _services(actor: Actor) -> list[Waiting]:
    lines = services_due(actor)
    if not lines:
        return []
    first = lines[0]
    more = f"　ほか{len(lines) - 1}件" if len(lines) > 1 else ""
    url = reverse("policy-services", kwargs={"municipality_id": first.row.municipality_id}) + "?due=1"
    text = f"{first.row.name}：{'、'.join(first.due)}{more}"
    return [Waiting(f"外部サービス：確かめるもの、決めるものが{len(lines)}件あります", text, url)]


def _assets(actor: Actor) -> list[Waiting]:
    """Lines of the own schools (heads) or of the board and minamo (board) that nobody has looked through for a year."""
    schools, boards = actor.uuids["heads"], actor.uuids["boards"]
    if not (schools or boards):
        return []
    rows = (
        Asset.objects.visible_to(actor)
        .filter(retired_on=None)
        .values_list("municipality", "school", "table", "confirmed_on")
    )
    lines = list(rows)
    found = []
    for town in boards:
        of_town = [(table, day) for place, school, table, day in lines if place == town and school is None]
        confirmed = {table for table, day in of_town if table and not confirm_due(day, actor.today)}
        due = len(set(own_data()) - confirmed) + sum(
            not table and confirm_due(day, actor.today) for table, day in of_town
        )
        found += _of_assets(due, town, "board")
    if not boards:
        due = sum(school in schools and confirm_due(day, actor.today) for _, school, _, day in lines)
        town = next(
            UUID(str(post["municipality"])) for post in actor.posts if str(post.get("school")) == str(schools[0])
        )
        found += _of_assets(due, town, str(schools[0]))
    return found


def _of_assets(due: int, town: UUID, whose: str) -> list[Waiting]:
    if not due:
        return []
    query = "?due=1" if whose == "board" else f"?due=1&whose={whose}"
    url = reverse("policy-assets", kwargs={"municipality_id": town}) + query
    return [
        Waiting(
            f"情報資産：見直すものが{due}件あります",
            "年に一度、扱い方がいまのままでよいかを確かめます。",
            url,
        )
    ]


def _inspections(actor: Actor) -> list[Waiting]:
    found = []
    for name, key, is_school in inspections_due(actor):
        place = {"school_id": key} if is_school else {"municipality_id": key}
        url = reverse(f"policy-inspections-{'school' if is_school else 'town'}", kwargs=place)
        title = f"自己点検：{name}の今年度の点検が、まだ終わっていません"
        found.append(Waiting(title, "3月末までに終えます。", url, group="inspections"))
    return found


def _day(day: dt.date | None) -> str:
    return f"{day.month}月{day.day}日" if day else ""
