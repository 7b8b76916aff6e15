"""規程のデモ: an issue in force that half the staff has read, a draft, registers with something due, an exception, an incident.

Everything goes through the verbs, as the people of the town would have done it. Everything is fictional.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from minamo.access.api import Actor, as_resource, decide, people_on, system_actor, system_scope
from minamo.audit.api import append
from minamo.kernel.schoolyear import JST
from minamo.people.api import Pupil
from minamo.policy.actions import assets, exceptions, impact, incidents, issues, reading, revisions, services
from minamo.policy.actions import county as counties
from minamo.policy.county import CountyFile
from minamo.policy.models import Asset, Issue, OutsideService
from minamo.policy.queries.acknowledged import mine
from minamo.policy.queries.course import course
from minamo.policy.queries.own_data import own_data
from minamo.policy.quiz.asked import quiz_of
from minamo.policy.quiz.choosing import answer
from minamo.policy.quiz.ground import Ground
from minamo.tenancy.api import Municipality, current_posts, municipality_by_code

TODAY = dt.date(2026, 11, 24)
HANDLED = {
    "confidentiality": "3", "integrity": "3", "availability": "2", "owner": "校長", "take_out": "no", "send_out": "no",
    "means": "", "printing": "count", "watermark": "no", "kept_for": "5年", "disposal": "保存期間のあと消去", "note": "",
}  # fmt: skip
LOOKED_AFTER = (2, 5, 11, 12, 13, 14, 25, 40)  # minutes
LEFT = frozenset({"ResultPaper", "Trail"})  # kinds nobody has decided about yet
OF_SCHOOL = (
    {"name": "家庭環境調査票（紙）", "grade": "II", "place": "職員室の鍵のかかる棚", "readers": "担任と管理職", "encrypted": "紙なので施錠"},
    {"name": "行事の写真（USBメモリ）", "grade": "III", "place": "事務室の金庫", "readers": "教職員", "encrypted": "USBメモリの暗号"},
)  # fmt: skip
OF_BOARD = (
    {
        "name": "就学援助の申請書（紙）",
        "grade": "II",
        "place": "教育委員会の書庫",
        "readers": "就学援助の担当",
        "encrypted": "紙なので施錠",
    },
)
SERVICES = (
    {"name": "学校ホームページ", "provider": "水上ウェブサービス", "kind": "cloud", "purpose": "学校だよりと行事の公開",
     "given": "行事の写真、学校の予定", "grade": "IV", "place": "日本（東京）", "contract_begins": "2026-04-01",
     "contract_ends": "2029-03-31", "ismap": "no", "iso27001": "yes", "iso27017": "yes", "privacy_mark": "yes",
     "subcontracting": "none", "subcontract": "", "contact": "平日の窓口 0278-00-0001"},
    {"name": "学習ドリル", "provider": "みなもと教育", "kind": "cloud", "purpose": "家庭学習の課題の配信", "given": "氏名、学級、答えの記録",
     "grade": "III", "place": "日本（大阪）", "contract_begins": "2024-01-01", "contract_ends": "2026-12-31", "ismap": "yes",
     "iso27001": "yes", "iso27017": "unknown", "privacy_mark": "yes", "subcontracting": "agreed",
     "subcontract": "障害の受付（同じ提供者の子会社）", "contact": "専用の窓口 0278-00-0002"},
    {"name": "健康診断票の入力", "provider": "利根データ", "kind": "contractor", "purpose": "健康診断票の入力の代行",
     "given": "氏名、健診の結果", "grade": "II", "place": "日本（前橋）", "contract_begins": "2026-05-01",
     "contract_ends": "2027-03-31", "ismap": "unknown", "iso27001": "no", "iso27017": "no", "privacy_mark": "yes",
     "subcontracting": "open", "subcontract": "入力の一部", "contact": "担当 0278-00-0003"},
)  # fmt: skip

COUNTY = "104400"
AGREED: dict[str, Any] = {
    "name": "水上野郡 教育情報セキュリティの共通の定め", "agreed_on": dt.date(2026, 11, 18),
    "clauses": {"2.5.14": {"title": "郡の合同研修", "text": "情報の扱いについての研修を、年に一度、郡の学校が合同で行います。",
                           "who": ["教職員", "教育委員会"]}},
    "limits": {"break_glass_review_days": 2},
}  # fmt: skip


def load(municipality: UUID, schools: Sequence[UUID], *, county: Sequence[str] = ()) -> None:
    """規程と台帳を作る, into a town whose board has at least two officers; what is shown lies at the first schools. `county`: the codes of
    the towns that have agreed on something together. Opens the scopes it needs itself."""
    with system_scope(municipality):
        town = Municipality.objects.get(pk=municipality)
        held = current_posts(TODAY, municipality_id=municipality)
    board = [card.account_id for card in held if card.post == "board"]
    of_school = {card.school_id: card.account_id for card in held if card.post == "head"}
    heads = [(of_school[school], school) for school in schools if school in of_school]
    if len(board) < 2 or not heads:
        raise ValueError("the demo of the policy needs two officers of the board and a head")
    issue = _issue(town, board)
    if county:
        _county(county)
    with system_scope(municipality):
        new = next((card.account_id for card in held if card.post == "nurse" and card.school_id == schools[0]), None)
        _half_read(issue, {card.account_id for card in held} - {new})
        _draft(town, _at_best(board[0], 20))
        _assets(town, board[0], heads)
        _services(town, _at_best(board[0], 12))
        _exceptions(town, board, heads, [card.account_id for card in held if card.post == "nurse"])
        _looked_up(heads)
        _incident(town, heads[0], [c.account_id for c in held if c.post == "teacher" and c.school_id == heads[0][1]])


def _at_best(account: UUID, day: int) -> Actor:
    """Somebody at work on a day of November."""
    now = dt.datetime(2026, 11, day, 10, 30, tzinfo=JST)
    (found,) = people_on([account], now.date(), now)
    return found


def _issue(town: Municipality, board: list[UUID]) -> Issue:
    """第1版: drafted by one officer, proved, approved by another, in force since the 16th."""
    with system_scope(town.pk):
        author = _at_best(board[0], 9)
        row = revisions.start_revision(
            actor=author,
            town=town,
            title="教育情報セキュリティポリシーを定める",
            reason="町の規程を、はじめて定めます。",
        )
        revisions.set_limit(actor=author, revision=row, name="idle_minutes", value=20)
        row.refresh_from_db()
        revisions.submit(actor=author, revision=row, note="よろしくお願いします。")
        proof = impact.estimate(actor=author, revision=row, kind="proof")
    now = dt.datetime(2026, 11, 9, 10, 35, tzinfo=JST)
    impact.work_out(actor=system_actor(town.pk, now=now, today=now.date(), label="影響の見積もり"), impact_id=proof.pk)
    with system_scope(town.pk):
        other = _at_best(board[1], 16)
        issue = issues.approve(actor=other, revision=row, effective_on=other.today, note="委員会で確かめました。")
        return issues.activate_issue(actor=other, issue=issue)


def _half_read(issue: Issue, accounts: Iterable[UUID]) -> None:
    """Every second person has read and answered; one of the others is on the way. Who is not among them has not begun."""
    people = sorted(accounts, key=str)
    at = dt.datetime(2026, 11, 20, 15, 40, tzinfo=JST)
    for actor in people_on(people[::2], TODAY - dt.timedelta(days=4), at):
        _read(actor, issue, mine(actor, issue))
    for actor in people_on(people[1:2], TODAY - dt.timedelta(days=4), at):
        for part in course(actor, issue).parts[:2]:
            _read(actor, issue, part.left, slip=part.numbers == course(actor, issue).parts[0].numbers)


def _read(actor: Actor, issue: Issue, numbers: Sequence[str], *, slip: bool = False) -> None:
    """Read, and every question answered right; with a slip the first one only when it is asked about again."""
    ground = Ground.of(issue)
    believed = {q.key: answer(q.key, ground).yes for q in quiz_of(actor, issue, numbers).asked}
    if slip and believed:
        first = min(believed)
        reading.acknowledge(actor=actor, issue=issue, numbers=numbers, answers=believed | {first: not believed[first]})
        believed = {q.key: answer(q.key, ground).yes for q in quiz_of(actor, issue, numbers).asked}
    reading.acknowledge(actor=actor, issue=issue, numbers=numbers, answers=believed)


def _county(codes: Sequence[str]) -> None:
    """郡の定め: agreed on after the town had its first edition; it waits to be taken in. Its numbers are none that a rule reads, so that
    there is nothing to prove."""
    now = dt.datetime(2026, 11, 18, 9, 0, tzinfo=JST)
    towns = [town for code in codes if (town := municipality_by_code(code)) is not None]
    actor = system_actor(*towns, now=now, today=now.date(), label="郡の事務局")
    with system_scope(*towns):
        counties.keep(actor=actor, county=COUNTY, file=CountyFile(members=tuple(codes), at={}, **AGREED))


def _draft(town: Municipality, author: Actor) -> None:
    row = revisions.start_revision(
        actor=author, town=town, title="本人確認 15分→10分", reason="共用の端末が増えたため。"
    )
    revisions.set_limit(actor=author, revision=row, name="reauth_minutes", value=10)


def _assets(town: Municipality, officer: UUID, heads: list[tuple[UUID, UUID]]) -> None:
    board = _at_best(officer, 17)
    for kind in own_data().keys() - LEFT:
        assets.complete_own(actor=board, town=town, kind=kind, sent=HANDLED)
    for account, school in heads[:2]:
        for sent in OF_SCHOOL:
            assets.add(
                actor=_at_best(account, 17), town=town.pk, school=school, sent=HANDLED | {"owner": "校長"} | sent
            )
    for sent in OF_BOARD:
        assets.add(actor=board, town=town.pk, school=None, sent=HANDLED | {"owner": "教育委員会の課長"} | sent)
    # Put down in the register before minamo came, and not looked at since.
    Asset.objects.filter(municipality=town, school=heads[0][1], name=OF_SCHOOL[1]["name"]).update(
        confirmed_on=dt.date(2025, 10, 30)
    )


def _services(town: Municipality, officer: Actor) -> None:
    for sent in SERVICES:
        row = services.add(actor=officer, town=town, sent=sent)
        if sent["kind"] == OutsideService.Kind.CLOUD:
            services.check(
                actor=officer, service=row, text="提供者の報告書と認証の登録を確かめた。この一年に事故はなかった。"
            )


def _exceptions(town: Municipality, board: list[UUID], heads: list[tuple[UUID, UUID]], nurses: list[UUID]) -> None:
    """One in force: a nurse of another school sees the roll of the first; one that waits for the board."""
    head, school = heads[0]
    guests = [account for account in nurses if str(school) not in _at_best(account, 18).ids("serves")]
    guest = guests[0] if guests else heads[1][0]
    sent = {
        "template": "roll", "person": str(guest), "begins": "2026-11-18", "ends": "2026-12-04",
        "reason": "養護教諭が休みのあいだ、健康診断の準備を手伝うため。", "instead": "教頭が毎週、操作記録を見る。",
    }  # fmt: skip
    row = exceptions.request(actor=_at_best(head, 18), town=town.pk, school=school, sent=sent)
    exceptions.grant(actor=_at_best(board[1], 18), row=row, text="期間を2週間に限って認めます。")
    waiting = {
        "clause": "2.3.9", "scope": "卒業アルバムの業者に渡す写真", "begins": "2026-12-01", "ends": "2027-02-26",
        "reason": "アルバムの編集のため、写真の写しを業者に渡します。", "instead": "渡した枚数を記録し、3月に消去の証明を受け取る。",
    }  # fmt: skip
    exceptions.request(actor=_at_best(head, 23), town=town.pk, school=school, sent=waiting)


def _looked_up(heads: list[tuple[UUID, UUID]]) -> None:
    """秘匿した住所の閲覧: three heads, some minutes after they had proved who they are, so that a revision of that number has
    real decisions to be measured by. The trail keeps the circumstances, and the hour at which the demo was made."""
    for account, school in heads[:3]:
        pupil, head = Pupil.objects.filter(school=school).order_by("pk").first(), _at_best(account, 20)
        if pupil is None:
            continue
        for minutes in LOOKED_AFTER:
            actor = replace(head, authenticated_at=head.now - dt.timedelta(minutes=minutes))
            decision = decide(actor, "pupil:protected", as_resource(pupil))
            append(
                actor=actor, action="pupil:protected", resource_type="Pupil", resource_id=str(pupil.pk), pupil=pupil.pk,
                municipality=pupil.municipality_id, school=school, outcome="allow" if decision.allowed else "deny",
                rules=decision.rules,
            )  # fmt: skip


def _incident(town: Municipality, head: tuple[UUID, UUID], teachers: list[UUID]) -> None:
    """もう少しで: told with one tap; the head has written down what was done and has still to say how grave it is."""
    account, school = head
    reporter = _at_best(teachers[0], 20)
    row = incidents.report(actor=reporter, town=town, kind="near_miss", school=school,
                           summary="ほかの学級の保護者あての手紙を配りかけて、配る前に気づきました。")  # fmt: skip
    incidents.write_entry(
        actor=_at_best(account, 20),
        incident=row,
        kind="note",
        text="手紙はすべて手元にあります。学級ごとに分け直しました。",
    )
