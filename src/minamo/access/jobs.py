"""Jobs of this room: 緊急の閲覧 is told by mail to the heads of the school, else to the board, what happens to an account to its person."""

from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app

from minamo.access import pacing, stash
from minamo.access.emergencies import board, other_heads
from minamo.access.models import AccountNews, Emergency
from minamo.access.scope import system_scope
from minamo.kernel import clock
from minamo.kernel.wareki import format_ja


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
    with system_scope(UUID(municipality)):
        row, today = Emergency.objects.get(pk=emergency), clock.today()
        heads = other_heads(today, row.school_id, row.account_id)
        to_board = not heads.exists()
        told = board(today, row.municipality_id, row.account_id) if to_board else heads
        addresses = set(told.exclude(account__email="").values_list("account__email", flat=True))
    page = f"{settings.PUBLIC_URL}{reverse('access-emergencies', kwargs={'school_id': row.school_id})}"
    why = "ほかに校長・教頭がいないため、教育委員会が点検します。\n" if to_board else ""
    for address in sorted(addresses):
        send_mail(
            "緊急の閲覧が始まりました",
            f"学校の教職員が、緊急の閲覧を始めました。\n{why}だれが、なぜ開いたかを見て、{format_ja(row.due)}までに点検してください。\n{page}\n",
            None,
            [address],
        )
    return len(addresses)
