"""The measured web server and the CPU time it and PostgreSQL use."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil

from minamo.config.demo import free_port

ROOT = Path(__file__).resolve().parents[2]


class Web:
    """One uvicorn with its workers."""

    def __init__(self, environment: dict[str, str], processes: int = 1) -> None:
        self.port = free_port(8500)
        self.environment = environment | {"MINAMO_PUBLIC_URL": f"http://localhost:{self.port}"}
        self.processes = processes
        self.process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        command = [
            sys.executable, "-m", "uvicorn", "minamo.config.asgi:application", "--host", "127.0.0.1", "--port", str(self.port),
            "--workers", str(self.processes), "--log-level", "error", "--no-access-log", "--lifespan", "off", "--backlog", "4096",
        ]  # fmt: skip
        process = subprocess.Popen(command, env=self.environment, cwd=ROOT, start_new_session=True)
        self._wait(process)
        return process

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/accounts/login/", timeout=5).read()
                return
            except OSError:
                if process.poll() is not None:
                    raise SystemExit("the measured web server did not start") from None
                time.sleep(0.1)
        raise SystemExit("the measured web server does not answer")

    def kill_worker(self) -> None:
        """SIGKILL one worker process (or the only one, which is then started again)."""
        children = [c for c in psutil.Process(self.process.pid).children() if "spawn_main" in " ".join(c.cmdline())]
        if children:
            children[0].kill()
        else:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = self._start()

    def stop(self) -> None:
        """End it."""
        try:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(timeout=10)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(self.process.pid, signal.SIGKILL)


def tree(pid: int) -> list[psutil.Process]:
    """A process and all below it."""
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


class Cpu:
    """CPU seconds of the web processes and of PostgreSQL since `begin`; ended backends are counted by their parent."""

    def __init__(self, web: Web, postgres_pid: int) -> None:
        self.web = web
        self.postgres_pid = postgres_pid

    def read(self) -> tuple[float, float]:
        """(web, PostgreSQL) CPU seconds so far."""
        return _spent(self.web.process.pid), _spent(self.postgres_pid)


def _spent(pid: int) -> float:
    total = 0.0
    for process in tree(pid):
        try:
            times = process.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system
        if process.pid == pid:
            total += times.children_user + times.children_system
    return total
