"""待っていること: what the room wants from a person, for the start page: clauses to read, exceptions, services, assets, 点検."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Value
from django.urls import reverse

from minamo.access.api import Actor
from minamo.kernel.schoolyear import jst_date
from minamo.kernel.wareki import format_ja
from minamo.policy.models import Asset, Issue, RevisionStep
from minamo.policy.queries.acknowledged import own_reading, unread_at
from minamo.policy.queries.course import course
from minamo.policy.queries.exceptions import exceptions_waiting
from minamo.policy.queries.grounds import new_ground
from minamo.policy.queries.headed import headed
from minamo.policy.queries.inspections import AUDIT, Years, inspections_due, years_in_rows, years_of
from minamo.policy.queries.own_data import own_data
from minamo.policy.queries.revision import revisions_waiting
from minamo.policy.queries.services import services_due
from minamo.policy.rules.deadlines import confirm_due
from minamo.policy.rules.inspections import Standing

TO_DO = {
    Standing.NEVER: "年に一度、運用に関わらない人が行います。",
    Standing.DUE: "3月末までに終えます。",
    Standing.OVERDUE: "昨年度の分がないまま、年度が変わりました。今年度のものを始めます。",
}
SHORT = 60  # characters of a reason on a start page


@dataclass(frozen=True)
class Waiting:
    """一つの知らせ: what, a word about it, where to do it, and whether its day has passed."""

    title: str
    text: str
    url: str
    late: bool = False
    group: str = "registers"  # of the room, see views/tabs.py


def waiting_for(actor: Actor) -> list[Waiting]:
    """Everything the room wants from the person, what is late first. Not more than eight queries for somebody who serves one
    municipality and leads one school at most. Incidents are asked for apart, because they are looked for every minute (queries/incidents.py)."""
    if actor.kind != "staff":
        return []
    towns = list(dict.fromkeys(UUID(str(p["municipality"])) for p in actor.posts if p.get("municipality")))
    found = [line for town in towns for line in _unread(actor, town)]
    found += [
        *_grounds(actor),
        *_revisions(actor),
        *_exceptions(actor),
        *_services(actor),
        *_once_a_year(actor),
    ]
    return sorted(found, key=lambda line: not line.late)


def _unread(actor: Actor, town: UUID) -> list[Waiting]:
    """読む条文, in parts for somebody new, with the day and who has asked for it last; for heads who at the school is not done."""
    found = own_reading(actor, town)
    if found is None:
        return []
    issue, how_far = found
    told = [*_gone_back(actor, issue), *_behind(actor, issue)]
    way = course(actor, issue, how_far)
    if not way.left:
        return told
    late = way.due is not None and actor.today > way.due
    words = [f"期限は{format_ja(way.due)}{'でした' if late else 'です'}。"] if way.due else []
    if len(way.parts) > 1:
        words.append(
            f"短い部に分けてあります。{len(way.parts)}部のうち{len(way.parts) - len(way.waiting)}部まで終わりました。"
        )
    if how_far.before and issue.revision_id and issue.note and not set(issue.changed).isdisjoint(how_far.left):
        words.append(f"改正理由：{_short(issue.note)}")
    asked = issue.asked
    if asked and (asked["edition"] == str(issue.pk) or asked["due"] == str(way.due)):  # about what is left now
        at = jst_date(dt.datetime.fromisoformat(asked["at"]))
        words.append(f"{asked['by']} から {_day(at)} に知らせがありました。")
    url = reverse("policy-reading", kwargs={"municipality_id": town})
    return [Waiting(f"規程：読んで確認する条文が{way.left}条あります", "".join(words), url, late, "policy"), *told]


def _behind(actor: Actor, issue: Issue) -> list[Waiting]:
    """まだの人: how many at the school a head leads have not read what concerns them."""
    schools = headed(actor, issue.municipality_id)
    names = _names(actor) if len(schools) > 1 else {}
    return [line for school in schools for line in _behind_at(actor, issue, school, names.get(school, "自校"))]


def _names(actor: Actor) -> dict[str, str]:
    """The schools the person serves, as they are called."""
    return {str(post["school"]): str(post["school_name"]) for post in actor.posts if post.get("school")}


def _behind_at(actor: Actor, issue: Issue, school: str, name: str) -> list[Waiting]:
    people, first = unread_at(issue, actor.today, [UUID(school)])
    if not people:
        return []
    late = first is not None and actor.today > first
    text = "期限を過ぎた人がいます。" if late else f"期限は{_day(first)}です。"
    url = reverse("policy-acknowledged-school", kwargs={"school_id": school})
    return [
        Waiting(
            f"確認：{name}で、まだの人が{people}人います",
            f"{text}だれがまだかを見て、知らせられます。",
            url,
            late,
            "policy",
        )
    ]


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


def _once_a_year(actor: Actor) -> list[Waiting]:
    """What is done once a year: the assets looked through, the clauses gone through, the audit. One query, none for others."""
    if not (actor.uuids["heads"] or actor.uuids["boards"]):
        return []
    assets = Asset.objects.visible_to(actor).filter(retired_on=None).order_by()
    rows = assets.values_list(Value("asset"), "municipality", "school", "table", "confirmed_on")
    lines = list(rows.union(*years_in_rows(), all=True))
    return [*_assets(actor, [line[1:] for line in lines if line[0] == "asset"]), *_inspections(actor, years_of(lines))]


def _assets(actor: Actor, lines: Sequence[tuple[UUID, UUID | None, str, dt.date | None]]) -> list[Waiting]:
    """Lines of the own schools (heads) or of the board and minamo (board) that nobody has looked through for a year."""
    schools, boards = actor.uuids["heads"], actor.uuids["boards"]
    found: list[Waiting] = []
    for town in boards:
        of_town = [(table, day) for place, school, table, day in lines if place == town and school is None]
        confirmed = {table for table, day in of_town if table and not confirm_due(day, actor.today)}
        due = len(set(own_data()) - confirmed) + sum(
            not table and confirm_due(day, actor.today) for table, day in of_town
        )
        found += _of_assets(due, town, "town")
    towns = {UUID(str(post["school"])): UUID(str(post["municipality"])) for post in actor.posts if post.get("school")}
    led = [school for school in towns if school in schools and towns[school] not in boards]
    names = _names(actor) if len(led) > 1 else {}
    for led_school in led:
        due = sum(school == led_school and confirm_due(day, actor.today) for _, school, _, day in lines)
        found += _of_assets(due, towns[led_school], str(led_school), names.get(str(led_school), ""))
    return found


def _of_assets(due: int, town: UUID, whose: str, name: str = "") -> list[Waiting]:
    if not due:
        return []
    url = f"{reverse('policy-assets', kwargs={'municipality_id': town})}?due=1&whose={whose}"
    return [
        Waiting(
            f"情報資産：{name}で、見直すものが{due}件あります" if name else f"情報資産：見直すものが{due}件あります",
            "年に一度、扱い方がいまのままでよいかを確かめます。",
            url,
        )
    ]


def _inspections(actor: Actor, years: Years) -> list[Waiting]:
    found = []
    for one in inspections_due(actor, years):
        place = {"school_id": one.place} if one.is_school else {"municipality_id": one.place}
        url = reverse(f"policy-inspections-{'school' if one.is_school else 'town'}", kwargs=place)
        title = f"{'監査' if one.kind == AUDIT else '自己点検'}：{one.said}"
        found.append(Waiting(title, TO_DO[one.standing], url, one.standing is Standing.OVERDUE, "inspections"))
    return found


def _short(text: str) -> str:
    """The beginning of a reason; all of it stands where the clauses are read."""
    return text if len(text) <= SHORT else text[:SHORT].rstrip("。、") + "……"


def _day(day: dt.date | None) -> str:
    return format_ja(day) if day else ""
