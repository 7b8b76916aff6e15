"""一つの作業場: pages handed to processes, a few at a time; cancelled, resumed and repaired without losing a page.

Workers are started afresh (spawn), so they share nothing with a web or database process; results carry the number of
their page, and nothing depends on the order in which they are ready.
"""

import os
import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from typing import Any, Generic, TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")
AHEAD = 3  # jobs per process that are on their way: enough to keep it busy, few enough to keep memory flat
TASKS = 500  # after so many pages each, the processes are replaced: what a library leaks ends there


@dataclass(frozen=True)
class Crashed:
    """倒れた: a page that killed its process twice (memory, a library's fault). It is shown to a person, not lost."""

    index: int
    words: str = "このページの処理中に異常が起きました。別の形式で保存しなおしてください。"


def processes() -> int:
    """How many pages are worked on at once: one per core this process may use."""
    return max(1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)


def begin(prepare: Callable[..., None] | None, prepared: tuple[Any, ...]) -> None:
    """The first thing a process does: it will not outlive the one that started it, should that be killed; then `prepare`."""
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    if prepare is not None:
        prepare(*prepared)


def _end_with(parent: Any) -> None:
    parent.join()
    os._exit(1)


class Pool(Generic[Job, Result]):
    """作業場: `work` runs in each process for each job, after `prepare(*prepared)` once per process."""

    def __init__(
        self,
        work: Callable[[Job], Result],
        *,
        prepare: Callable[..., None] | None = None,
        prepared: tuple[Any, ...] = (),
        workers: int | None = None,
        tasks: int = TASKS,
    ) -> None:
        self.work, self.prepare, self.prepared = work, prepare, prepared
        self.workers, self.tasks = workers or processes(), tasks

    def run(
        self,
        jobs: Sequence[Job],
        *,
        done: Collection[int] = (),
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Iterator[tuple[int, Result | Crashed]]:
        """仕事をする: (index, result) as they become ready, each index once; `done` are left out (resume).

        After `cancelled()` turns true, what is on its way is still handed over and nothing new begins.
        An exception raised by `work` is raised here.
        """
        skip = frozenset(done)
        waiting = [index for index in range(len(jobs)) if index not in skip]
        suspects: list[int] = []
        while waiting and not cancelled():
            broken: list[int] = []
            life, waiting = waiting[: self.tasks * self.workers], waiting[self.tasks * self.workers :]
            yield from self._batch(jobs, life, broken, cancelled, self.workers)
            suspects += broken
            waiting = life + waiting
        for index in suspects:  # alone, so that the guilty page is known
            if cancelled():
                return
            alone, fallen = [index], []  # type: tuple[list[int], list[int]]
            yield from self._batch(jobs, alone, fallen, cancelled, 1)
            if fallen:
                yield index, Crashed(index)

    def _batch(
        self,
        jobs: Sequence[Job],
        waiting: list[int],
        broken: list[int],
        cancelled: Callable[[], bool],
        workers: int,
    ) -> Iterator[tuple[int, Result]]:
        """One life of the executor: ends when all is done, cancelled, or a process died (its jobs go to `broken`)."""
        running: dict[Future[Result], int] = {}
        with ProcessPoolExecutor(workers, get_context("spawn"), begin, (self.prepare, self.prepared)) as executor:
            try:
                while running or waiting:
                    while waiting and len(running) < AHEAD * workers and not cancelled():
                        running[executor.submit(self.work, jobs[waiting[0]])] = waiting[0]
                        waiting.pop(0)
                    if not running:
                        return
                    ready, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in ready:
                        index = running.pop(future)
                        try:
                            yield index, future.result()
                        except BrokenProcessPool:
                            broken.append(index)
                    if broken:
                        broken.extend(running.values())
                        running.clear()
                        return
            except BrokenProcessPool:  # noticed while handing over; that job is still waiting
                broken.extend(running.values())
            finally:
                for future in running:
                    future.cancel()
