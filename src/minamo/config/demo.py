"""`bin/demo`: the demo town in the browser, from an empty machine to the first click.

Starts the embedded PostgreSQL, migrates, loads the municipalities on first use, then keeps web and worker running until
Ctrl-C. A second start reuses the data; `--reset` starts afresh.
"""

import argparse
import datetime as dt
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from minamo.config import cluster

LOADED = "demo_loaded"
# When the demo begins, each time it is started: a Tuesday in November, around the bell.
MORNING = dt.datetime.fromisoformat("2026-11-24T08:22:00+09:00")


def say(text: str) -> None:
    """One line of progress."""
    print(f"\033[36m水面\033[0m {text}", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; returns the exit code."""
    options = parse(arguments)
    var = cluster.var_dir() / "demo" if "MINAMO_VAR" not in os.environ else cluster.var_dir()
    began = time.monotonic()
    if options.reset:
        reset(var)
    os.environ["MINAMO_VAR"] = str(var)
    say("データベースを起動しています…")
    _server, urls = cluster.start(var)
    port = free_port(options.port)
    environment = os.environ | {
        "MINAMO_DEMO": "1",
        "MINAMO_VAR": str(var),
        "DATABASE_URL": urls.app,
        "MINAMO_OWNER_DATABASE_URL": urls.owner,
        "MINAMO_PUBLIC_URL": f"http://localhost:{port}",
        "DJANGO_SETTINGS_MODULE": "minamo.config.settings",
        "MINAMO_CLOCK_OFFSET": str((MORNING - dt.datetime.now(dt.UTC)).total_seconds()),
    }
    run(environment, "migrate", "--verbosity", "0", "--skip-checks")
    if not (var / LOADED).exists():
        say("デモの町を作っています（1町3村・名簿の取り込み・出欠の記録）…")
        # Three small piles: a pool would start for longer.
        run(environment | {"MINAMO_MARKING_PROCESSES": "0"}, "demo_load", "--skip-checks")
        (var / LOADED).touch()
    return serve(environment, port, options, began)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Command line of the demo."""
    parser = argparse.ArgumentParser(prog="bin/demo", description="minamo のデモの町をブラウザで開きます。")
    parser.add_argument("--reset", action="store_true", help="デモのデータを捨てて、はじめから作り直す")
    parser.add_argument("--port", type=int, default=8000, help="最初に試すポート（使われていれば次へ）")
    parser.add_argument("--no-browser", action="store_true", help="ブラウザを開かない")
    parser.add_argument("--prepare-only", action="store_true", help="データを用意したら終わる")
    return parser.parse_args(arguments)


def reset(var: Path) -> None:
    """Throw the demo's data away. Only a folder that the demo itself made is ever removed."""
    if (var / "pg").exists():
        server, _ = cluster.start(var)
        server.cleanup()
    shutil.rmtree(var, ignore_errors=True)


def run(environment: dict[str, str], *command: str) -> None:
    """Run one management command and stop the demo with its message when it fails."""
    done = subprocess.run([sys.executable, "-m", "minamo", *command], env=environment, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def free_port(first: int) -> int:
    """The first free TCP port on this machine from `first` on."""
    for port in range(first, first + 50):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise SystemExit("空いているポートが見つかりません。--port で指定してください。")


def serve(environment: dict[str, str], port: int, options: argparse.Namespace, began: float) -> int:
    """Keep web and worker running; restart one that dies; stop all on Ctrl-C or SIGTERM."""
    if options.prepare_only:
        return 0
    commands = {
        "web": web_command(port),
        "worker": [sys.executable, "-m", "minamo", "worker", "--concurrency", "2"],
    }
    running = {name: spawn(commands[name], environment) for name in commands}
    signal.signal(signal.SIGTERM, _stop)
    try:
        url = f"http://localhost:{port}/"
        wait_for(f"{url}accounts/login/", running["web"])
        say(f"用意ができました（{time.monotonic() - began:.0f}秒）。 → \033[1m{url}\033[0m   終えるときは Ctrl-C")
        if not options.no_browser:
            open_browser(url)
        while True:
            for name, process in running.items():
                if process.poll() is not None:
                    say(f"{name} が止まったので、起動し直します…")
                    running[name] = spawn(commands[name], environment)
            time.sleep(0.5)
    except KeyboardInterrupt:
        say("終了しています…")
    finally:
        stop(list(running.values()))
    return 0


def web_command(port: int) -> list[str]:
    """The web server: one process is plenty for a town's demo; MINAMO_WEB_PROCESSES for more."""
    processes = os.environ.get("MINAMO_WEB_PROCESSES", "1")
    return [
        sys.executable, "-m", "uvicorn", "minamo.config.asgi:application", "--host", "127.0.0.1", "--port", str(port),
        "--workers", processes, "--log-level", "warning", "--no-access-log", "--lifespan", "off",
        "--timeout-graceful-shutdown", "2",
    ]  # fmt: skip


def spawn(command: list[str], environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    """Start a child in its own session, so that Ctrl-C reaches it only through us."""
    return subprocess.Popen(command, env=environment, start_new_session=True)


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def stop(processes: Sequence["subprocess.Popen[bytes]"]) -> None:
    """Ask all to stop, then insist."""
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()


def wait_for(url: str, process: "subprocess.Popen[bytes]", seconds: float = 60) -> None:
    """Wait until the web server answers."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit("Webサーバーが起動できませんでした。上の表示を確かめてください。")
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.2)
    raise SystemExit("Webサーバーが応答しません。")


def open_browser(url: str) -> None:
    """Open a browser where there is a screen; a machine without one just shows the address."""
    if sys.platform == "darwin" or os.name == "nt" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        webbrowser.open(url)


if __name__ == "__main__":
    sys.exit(main())
