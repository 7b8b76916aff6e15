"""Loops beside a worker: begun, told to end, waited for."""

import threading

import pytest

from minamo.kernel import companions


def test_a_loop_runs_while_the_worker_does(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, ended = threading.Event(), threading.Event()

    def loop(stop: threading.Event) -> None:
        begun.set()
        stop.wait(120)
        ended.set()

    monkeypatch.setattr(companions, "_offered", {})
    companions.offer_companion("test", loop)
    with companions.companions():
        assert begun.wait(60)
        assert not ended.is_set()
    assert ended.is_set()


def test_the_sealer_is_offered() -> None:
    assert "sealer" in companions._offered
