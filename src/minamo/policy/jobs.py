"""仕事: what becomes due is put in force; impacts are worked out beside the requests."""

from uuid import UUID

from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app

from minamo.access.api import system_actor, system_scope
from minamo.kernel import clock
from minamo.policy.actions.impact import work_out
from minamo.policy.actions.issues import activate_issue
from minamo.policy.models import Impact, Issue


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


@app.task(name="policy.impact")
def impact(municipality: str, impact: str) -> None:
    """Work out what a revision would change; its row shows how far it is."""
    now = clock.now()
    actor = system_actor(UUID(municipality), now=now, today=timezone.localdate(now), label="影響の見積もり")
    with system_scope(UUID(municipality)):
        unfinished = Impact.objects.filter(pk=impact, finished_at=None).exists()
    if unfinished:
        work_out(actor=actor, impact_id=UUID(impact))
