"""仕事 (jobs): work that outlives a request, queued in the business transaction (procrastinate, same PostgreSQL).

Rooms declare tasks in their own `jobs.py`; arguments are ids only, never personal data. A job that must happen once
checks its own effect first: a worker killed in the middle runs it again.
"""

from typing import Any

from procrastinate import JobContext
from procrastinate.contrib.django import app

FALLEN = 60.0  # seconds without a sign of life; a living worker gives one every ten


def defer(task_name: str, *, one_at_a_time: str | None = None, after_seconds: int = 0, **ids: Any) -> int:
    """Queue a task of some room by name, in the current transaction; returns the job's number.

    If the transaction rolls back there is no job; if it commits, a worker on any host will take it. Jobs with the same
    `one_at_a_time` run one after the other, whichever host takes them; `after_seconds` lets it wait first.
    """
    later = {"schedule_in": {"seconds": after_seconds}} if after_seconds else {}
    return app.configure_task(task_name, lock=one_at_a_time, **later).defer(**ids)  # type: ignore[arg-type]


@app.periodic(cron="* * * * *")
@app.task(name="kernel.take_up", queueing_lock="kernel.take_up", pass_context=True)
async def take_up(context: JobContext, timestamp: int) -> int:
    """拾い直す: jobs whose worker has died (no sign of life for a while) go back into the queue; returns how many."""
    manager = context.app.job_manager
    fallen = list(await manager.get_stalled_jobs(seconds_since_heartbeat=FALLEN))
    for job in fallen:
        await manager.retry_job(job)
    return len(fallen)
