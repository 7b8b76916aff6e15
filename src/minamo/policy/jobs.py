"""仕事: what becomes due is put in force; impacts are worked out beside the requests; who
has something to read is told."""

from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app

from minamo.access.api import Account, system_actor, system_scope
from minamo.kernel import clock
from minamo.kernel.businessdays import is_business_day
from minamo.kernel.wareki import format_ja
from minamo.policy.actions.impact import work_out
from minamo.policy.actions.issues import activate_issue
from minamo.policy.actions.reminders import remind_by_itself
from minamo.policy.models import Impact, Issue, Reminder
from minamo.policy.queries.acknowledged import left_of
from minamo.policy.queries.texts import issue_in_force
from minamo.tenancy.api import current_posts, every_school


@app.task(name="policy.activate_due")
def activate_due(municipality: str) -> int:
    """Put in force what is due in a municipality; returns how many. Run again it does nothing."""
    now = clock.now()
    today = timezone.localdate(now)
    with system_scope(UUID(municipality)):
        actor = system_actor(UUID(municipality), now=now, today=today, label="施行日の自動処理")
        due = Issue.objects.filter(
            municipality=UUID(municipality), activated_at=None, ended_at=None, effective_on__lte=today
        )
        rows = list(due.select_related("municipality").order_by("number"))
        for row in rows[-1:]:  # what a later one has overtaken never holds
            activate_issue(actor=actor, issue=row)
    return len(rows[-1:])


@app.periodic(cron="1 15 * * *")  # one minute after midnight in Japan
@app.task(name="policy.activate_due_everywhere", queueing_lock="policy.activate_due_everywhere")
def activate_due_everywhere(timestamp: int) -> int:
    """Put in force what is due today, in every municipality."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT policy_due(%s)", [clock.today()])
        towns = [row[0] for row in cursor.fetchall()]
    return sum(activate_due(municipality=str(town)) for town in towns)


@app.periodic(cron="30 22 * * *")  # 07:30 in Japan
@app.task(name="policy.remind_everywhere", queueing_lock="policy.remind_everywhere")
def remind_everywhere(timestamp: int) -> int:
    """期限の前と当日の知らせ, on working days, in every municipality; returns how many people. Run again it does nothing."""
    now = clock.now()
    today = timezone.localdate(now)
    if not is_business_day(today):
        return 0
    found = 0
    for town in sorted({municipality for _, _, municipality in every_school()}, key=str):
        with system_scope(town):
            issue = issue_in_force(town)
            actor = system_actor(town, now=now, today=today, label="期限の知らせ")
            found += len(remind_by_itself(actor=actor, issue=issue)) if issue else 0
    return found


@app.task(name="policy.tell_readers")
def tell_readers(municipality: str) -> int:
    """知らせを届ける: one mail to everybody who is to be told, has an address, and has still something to read.

    No name, no post, no number of clauses: a mail lies open on the way. A worker killed in the middle may send one
    twice, never none; an address that fails keeps nobody else from being told. Returns how many were sent.
    """
    with system_scope(UUID(municipality)):
        waiting = list(Reminder.objects.filter(municipality=UUID(municipality), told_at=None).order_by("at", "pk"))
    failed: list[OSError] = []
    sent = 0
    for row in waiting:
        try:
            sent += _tell(UUID(municipality), row.pk)
        except OSError as error:  # what a mail server answers
            failed.append(error)
    if failed:
        raise failed[0]
    return sent


def _tell(municipality: UUID, reminder: UUID) -> bool:
    with system_scope(municipality):
        row = Reminder.objects.select_for_update().filter(pk=reminder, told_at=None).first()
        if row is None:
            return False
        held = current_posts(clock.today(), municipality_id=municipality, account_ids=[row.account_id])
        issue = issue_in_force(municipality)  # another one may hold since somebody asked
        unread = issue is not None and bool(left_of(issue, row.account_id, [card.post for card in held]))
        account = Account.objects.filter(pk=row.account_id, is_active=True).exclude(email="").first()
        row.told_at, row.mailed = clock.now(), bool(held and unread and account)
        row.save(update_fields=["told_at", "mailed"])
        if row.mailed and account:
            _mail(row, account.email)
        return row.mailed


def _mail(row: Reminder, address: str) -> None:
    page = f"{settings.PUBLIC_URL}{reverse('policy-reading', kwargs={'municipality_id': row.municipality_id})}"
    over = row.due_on is not None and row.due_on < clock.today()
    until = f"期限は{format_ja(row.due_on)}{'でした' if over else 'です'}。\n" if row.due_on else ""
    text = f"教育情報セキュリティポリシーに、あなたが読んで確認する条文があります。\n{until}開く：{page}\n"
    send_mail("規程：読んで確認する条文があります", text, None, [address])


@app.task(name="policy.impact")
def impact(municipality: str, impact: str) -> None:
    """Work out what a revision would change; its row shows how far it is."""
    now = clock.now()
    actor = system_actor(UUID(municipality), now=now, today=timezone.localdate(now), label="影響の見積もり")
    with system_scope(UUID(municipality)):
        unfinished = Impact.objects.filter(pk=impact, finished_at=None).exists()
    if unfinished:
        work_out(actor=actor, impact_id=UUID(impact))
