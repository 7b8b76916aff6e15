"""The embedded cluster starts also where it was cut off before."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from minamo.config import cluster


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Time that passes by sleeping only."""
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    monkeypatch.setattr("time.sleep", lambda seconds: now.__setitem__(0, now[0] + seconds))
    return now


def beginning(*troubles: BaseException) -> Callable[[], Any]:
    """What happens at each try; afterwards it runs."""
    rest = list(troubles)

    def begin() -> Any:
        if rest:
            raise rest.pop(0)
        return "running"

    return begin


def test_a_recovery_that_outlasts_the_package_is_waited_for(
    tmp_path: Path, clock: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "postmaster.pid").touch()
    begin = beginning(subprocess.TimeoutExpired("pg_ctl", 10), AssertionError(), AssertionError())
    running: object = cluster._patient(begin, tmp_path)
    assert running == "running"
    assert capsys.readouterr().err.count("元に戻しているので、お待ちください") == 1


def test_what_does_not_run_at_all_is_not_waited_for(tmp_path: Path, clock: list[float]) -> None:
    with pytest.raises(subprocess.TimeoutExpired):
        cluster._patient(beginning(subprocess.TimeoutExpired("pg_ctl", 10)), tmp_path)
    (tmp_path / "postmaster.pid").touch()
    with pytest.raises(subprocess.CalledProcessError):
        cluster._patient(beginning(subprocess.CalledProcessError(1, "pg_ctl")), tmp_path)
    assert clock == [0.0]


def test_the_wait_ends(tmp_path: Path, clock: list[float]) -> None:
    (tmp_path / "postmaster.pid").touch()
    with pytest.raises(AssertionError):
        cluster._patient(beginning(*(AssertionError() for _ in range(10_000))), tmp_path)
    assert cluster.RECOVERY_S <= clock[0] <= cluster.RECOVERY_S + 2
