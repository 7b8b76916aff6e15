"""The pool: each page once, whatever happens to processes; results do not depend on who is ready first."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from minamo.marking.vision.pool import Crashed, Pool

_base = 0


def prepare(base: int) -> None:
    global _base
    _base = base


def uneven(number: int) -> int:
    time.sleep((number * 7 % 5) / 200)
    return _base + number * number


def deadly(number: int) -> int:
    if number == 5:
        os._exit(9)
    return number


def fails(number: int) -> int:
    if number == 2:
        raise ValueError("two")
    return number


def recorded(job: tuple[str, int]) -> int:
    folder, number = job
    with (Path(folder) / str(number)).open("a") as file:
        file.write("x")
    return number


def test_every_page_once_and_right() -> None:
    got = list(Pool(uneven, prepare=prepare, prepared=(100,), workers=2).run(range(30)))
    assert dict(got) == {number: 100 + number * number for number in range(30)}
    assert len(got) == 30


def test_processes_are_replaced_and_nothing_is_lost() -> None:
    got = list(Pool(uneven, prepare=prepare, prepared=(0,), workers=2, tasks=4).run(range(20)))
    assert sorted(got) == [(number, number * number) for number in range(20)]


def test_resume_leaves_out_what_is_done() -> None:
    got = dict(Pool(uneven, workers=1).run(range(6), done={0, 1, 4}))
    assert set(got) == {2, 3, 5}


def test_cancel_hands_over_what_is_ready_and_begins_nothing_new(tmp_path: Path) -> None:
    jobs = [(str(tmp_path), number) for number in range(200)]
    got: dict[int, object] = {}
    for index, result in Pool(recorded, workers=2).run(jobs, cancelled=lambda: len(got) >= 5):
        got[index] = result  # noqa: PERF403 (what was got so far decides when to cancel)
    assert 5 <= len(got) < 200
    assert {path.name for path in tmp_path.iterdir()} == {str(index) for index in got}
    got.update(Pool(recorded, workers=2).run(jobs, done=set(got)))
    assert sorted(got) == list(range(200))
    assert all(path.read_text() == "x" for path in tmp_path.iterdir())  # nothing twice


def test_a_page_that_kills_its_process_is_named_and_the_others_survive() -> None:
    got = dict(Pool(deadly, workers=2).run(range(12)))
    assert got.pop(5) == Crashed(5)
    assert got == {number: number for number in range(12) if number != 5}


def test_a_fault_of_the_work_is_not_swallowed() -> None:
    with pytest.raises(ValueError, match="two"):
        list(Pool(fails, workers=1).run(range(4)))


ORPHAN = """
import os, sys, time
from minamo.marking.vision.pool import Pool

def work(job):
    print(os.getpid(), flush=True)
    time.sleep(600)

if __name__ == "__main__":
    list(Pool(work, workers=1).run([1]))
"""


def test_no_process_outlives_a_worker_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "orphan.py"
    script.write_text(ORPHAN)
    worker = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    child = int(worker.stdout.readline())
    worker.kill()
    worker.wait()
    for _ in range(600):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    os.kill(child, signal.SIGKILL)
    raise AssertionError("the process of the pool lives on")
