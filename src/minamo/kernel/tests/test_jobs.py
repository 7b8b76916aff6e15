"""Jobs of a worker that died are taken up again; those of one that lives, and jobs that ended, are left alone."""

from types import SimpleNamespace
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from procrastinate.contrib.django import app

from minamo.kernel import jobs

pytestmark = pytest.mark.django_db


class Manager:
    """What procrastinate's manager of jobs is asked here."""

    def __init__(self, fallen: list[Any]) -> None:
        self.fallen, self.asked, self.retried = fallen, 0.0, list[Any]()

    async def get_stalled_jobs(self, seconds_since_heartbeat: float) -> list[Any]:
        self.asked = seconds_since_heartbeat
        return self.fallen

    async def retry_job(self, job: Any) -> None:
        self.retried.append(job)


def test_the_jobs_of_a_dead_worker_go_back(monkeypatch: pytest.MonkeyPatch) -> None:
    manager = Manager(["one", "two"])
    context = SimpleNamespace(app=SimpleNamespace(job_manager=manager))
    assert async_to_sync(jobs.take_up.func)(context, 0) == 2
    assert manager.retried == ["one", "two"]
    assert manager.asked == jobs.FALLEN > 30, "longer than a worker that only waits for the processor"


def test_a_job_waits_and_keeps_its_line() -> None:
    from procrastinate.contrib.django.models import ProcrastinateJob

    first = jobs.defer("marking.group", one_at_a_time="line", after_seconds=20, question="1")
    second = jobs.defer("marking.group", question="1")
    rows = ProcrastinateJob.objects.in_bulk([first, second])
    assert rows[first].lock == "line" and rows[first].scheduled_at is not None
    assert rows[second].lock is None and rows[second].scheduled_at is None
    assert {row.args["question"] for row in rows.values()} == {"1"}
    assert app.tasks["kernel.take_up"].name == "kernel.take_up"
