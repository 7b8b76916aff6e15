"""Jobs of this room: the day turns at midnight in Japan."""

import datetime as dt
from uuid import UUID

from django.core.mail import send_mail
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from minamo.access.api import system_actor, system_scope
from minamo.kernel import clock
from minamo.people.actions.invitations import PAUSE
from minamo.people.actions.settle import settle
from minamo.people.models import GuardianLink, JoinAttempt


@app.periodic(cron="5 15 * * *")  # 15:05 UTC is five past midnight in Japan
@app.task(name="people.turn_day")
def turn_day(timestamp: int) -> int:
    """日付の変わり目: let announced transfers and class changes take hold, one municipality after the other;
    forget old slips of the pen."""
    now = clock.now()
    today = timezone.localdate(now)
    changed = 0
    JoinAttempt.objects.filter(at__lt=now - PAUSE).delete()
    for municipality in _due(today):
        with system_scope(municipality):
            changed += settle(actor=system_actor(municipality, now=now, today=today), on=today)
    return changed


@app.task(name="people.tell_joined")
def tell_joined(municipality: str, link: str) -> bool:
    """ほかの保護者が登録したことの知らせ: a mail without names or codes; returns whether there was an address."""
    with system_scope(municipality):
        found = GuardianLink.objects.select_related("guardian__account", "pupil__school").get(pk=link)
        account = found.guardian.account
        address = (account.email if account else "") or found.guardian.email
        school = found.pupil.school.short_name
    if not address:
        return False
    send_mail(
        "お子さんの保護者として、新しい登録がありました",
        f"{school}のお子さんの保護者として、もう一人の方が登録を済ませました。\n"
        "心あたりのないときは、学校にお知らせください。\n",
        None,
        [address],
    )
    return True


def _due(today: dt.date) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT people_due(%s)", [today])
        return [row[0] for row in cursor.fetchall()]
