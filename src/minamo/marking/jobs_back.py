"""仕事 of giving back: marked sheets are drawn beside the requests; pictures whose time has come are removed every night."""

from uuid import UUID

from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from minamo.access.api import system_actor, system_scope
from minamo.kernel import clock
from minamo.marking.actions.giving import TASK, draw_book
from minamo.marking.actions.keeping import remove_due


@app.task(name=TASK)
def draw(municipality: str, book: str) -> None:
    """返却用の答案を描く; its row shows how far it is."""
    now = clock.now()
    draw_book(
        actor=system_actor(UUID(municipality), now=now, today=timezone.localdate(now), label="返却用の答案"),
        book_id=UUID(book),
    )


@app.periodic(cron="20 15 * * *")  # twenty past midnight in Japan
@app.task(name="marking.remove_due", queueing_lock="marking.remove_due")
def remove_due_everywhere(timestamp: int) -> int:
    """保管の期限が過ぎた画像を消す, one municipality after the other; returns how many tests."""
    now = clock.now()
    today = timezone.localdate(now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT marking_keeping()")
        towns = [row[0] for row in cursor.fetchall()]
    removed = 0
    for town in towns:
        with system_scope(town):
            removed += remove_due(
                actor=system_actor(town, now=now, today=today, label="画像の保管期限"), municipality=town
            )
    return removed
