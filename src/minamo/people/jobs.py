"""Jobs of this room: the day turns at midnight in Japan."""

from uuid import UUID

from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from minamo.access.api import system_actor, system_scope
from minamo.people.actions.settle import settle


@app.periodic(cron="5 15 * * *")  # 15:05 UTC is five past midnight in Japan
@app.task(name="people.turn_day")
def turn_day(timestamp: int) -> int:
    """日付の変わり目: let announced transfers and class changes take hold, one municipality after the other."""
    now = timezone.now()
    today = timezone.localdate(now)
    changed = 0
    for municipality in _due(today):
        with system_scope(municipality):
            changed += settle(actor=system_actor(municipality, now=now, today=today), on=today)
    return changed


def _due(today: object) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT people_due(%s)", [today])
        return [row[0] for row in cursor.fetchall()]
