"""Jobs of this room: 緊急の閲覧 is told by mail to the heads of the school, else to the board, what happens to an account to its person."""

from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db import connection
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app

from minamo.access import pacing, stash
from minamo.access.models import AccountNews, Emergency
from minamo.access.scope import system_scope
from minamo.kernel import clock
from minamo.kernel.wareki import format_ja

# tenancy lies above this room, so its table is asked. The board is told where no other head is: nobody reviews himself, and
# emergencies.py shows it on the board's start page at once by the same measure.
_TOLD = """
    WITH held AS (
        SELECT m.school_id, m.post, a.email FROM tenancy_membership m JOIN access_account a ON a.id = m.account_id
        WHERE m.municipality_id = %(municipality)s AND m.begins <= %(on)s AND (m.ends IS NULL OR m.ends >= %(on)s)
          AND a.is_active AND a.id <> %(opener)s
    ), heads AS (
        SELECT email FROM held WHERE school_id = %(school)s AND post IN ('head', 'vice_head')
    )
    SELECT email, false AS board FROM heads WHERE email <> ''
    UNION SELECT email, true FROM held WHERE post = 'board' AND email <> '' AND NOT EXISTS (SELECT FROM heads)
    ORDER BY email
"""


@app.periodic(cron="35 15 * * *")  # 00:35 in Japan
@app.task(name="access.sweep")
def sweep(timestamp: int) -> int:
    """片づけ: lines of pacing that say nothing any more; returns how many."""
    return pacing.sweep(clock.now())


@app.periodic(cron="*/15 * * * *")
@app.task(name="access.sweep_kept")
def sweep_kept(timestamp: int) -> int:
    """預かった入力の片づけ: what nobody came back for; returns how many."""
    return stash.sweep(clock.now())


@app.task(name="access.tell_person")
def tell_person(news: int) -> int:
    """アカウントのお知らせ by mail, where the person has an address; returns how many were sent. No link to press: a mail that asks
    for a sign-in teaches people to follow those of others."""
    row = AccountNews.objects.select_related("account").get(pk=news)
    if not row.account.email or not row.account.is_active:
        return 0
    moment = timezone.localtime(row.at)
    send_mail(
        "アカウントのお知らせ",
        f"{format_ja(moment.date())} {moment:%H:%M}　{row.text}\n端末：{row.device_label or '不明'}\n\n"
        "覚えがあれば、何もしなくてかまいません。\n"
        "覚えがないときは、すぐに学校か教育委員会に電話で知らせてください。サインインを止め、端末と鍵を調べます。\n",
        None,
        [row.account.email],
    )
    return 1


@app.task(name="access.tell_heads")
def tell_heads(municipality: str, emergency: str) -> int:
    """緊急の閲覧の知らせ: one mail to each head of the school who has an address, except whoever opened it; where there is no other head,
    to each of the board.

    No name of a child or a colleague and no reason: a mail lies open on the way. A worker killed in the middle may send
    one twice, never none. Returns how many were sent.
    """
    with system_scope(UUID(municipality)), connection.cursor() as cursor:
        row = Emergency.objects.get(pk=emergency)
        where = {"municipality": row.municipality_id, "school": row.school_id}
        cursor.execute(_TOLD, {**where, "on": clock.today(), "opener": row.account_id})
        told = cursor.fetchall()
    page = f"{settings.PUBLIC_URL}{reverse('access-emergencies', kwargs={'school_id': row.school_id})}"
    for address, board in told:
        why = "ほかに校長・教頭がいないため、教育委員会が点検します。\n" if board else ""
        send_mail(
            "緊急の閲覧が始まりました",
            f"学校の教職員が、緊急の閲覧を始めました。\n{why}だれが、なぜ開いたかを見て、{format_ja(row.due)}までに点検してください。\n{page}\n",
            None,
            [address],
        )
    return len(told)
