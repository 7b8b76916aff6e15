"""仕事 (jobs): work that outlives a request, queued in the business transaction (procrastinate, same PostgreSQL).

Rooms declare tasks in their own `jobs.py`; arguments are ids only, never personal data. A job that must happen once
checks its own effect first: a worker killed in the middle runs it again.
"""

from typing import Any

from procrastinate.contrib.django import app


def defer(task_name: str, **ids: Any) -> int:
    """Queue a task of some room by name, in the current transaction; returns the job's number.

    If the transaction rolls back there is no job; if it commits, a worker on any host will take it.
    """
    return app.configure_task(task_name).defer(**ids)
