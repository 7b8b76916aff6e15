"""`bin/bench NAME [--json]`: measures as ratios, CPU time and counts. Names: register, morning, import, access, differential, audit,
replay, marking, marking-keys."""

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import Any

from tests.load import town

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Run one measurement and print it."""
    parser = argparse.ArgumentParser(prog="bin/bench", description="minamo を測ります。")
    parser.add_argument(
        "name",
        choices=[
            "register",
            "morning",
            "import",
            "access",
            "differential",
            "audit",
            "replay",
            "marking",
            "marking-keys",
        ],
    )
    parser.add_argument("--json", action="store_true", help="ひとつのJSONで出す")
    parser.add_argument("--rate", type=float, default=150.0, help="morning: 1秒あたりの連絡")
    parser.add_argument("--seconds", type=float, default=200.0, help="morning: 続ける秒数（200秒で 30,000 件）")
    parser.add_argument("--processes", type=int, default=2, help="morning: Webの数")
    parser.add_argument("--kill", action="store_true", help="morning: 途中で worker と PostgreSQL を SIGKILL する")
    parser.add_argument("--trials", type=int, default=10_000, help="audit: 改変を試す回数")
    parser.add_argument("--decisions", type=int, default=1_000_000, help="differential, replay: 判断の数")
    parser.add_argument("--seed", type=int, default=20261124, help="differential: 乱数の種")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is stopped on the way out
    os.environ["MINAMO_VAR"] = str(Path(os.environ.get("MINAMO_BENCH_VAR", ROOT / "var" / "bench")))
    if options.name == "marking":  # files and pixels only: no database
        from tests.load import marking

        town.dump(options.name, marking.run(), options.json)
        return 0
    if options.name == "audit":  # a database of its own: what is sealed can never be taken away
        from tests.load import sealing

        result = sealing.run(Path(os.environ["MINAMO_VAR"]), options.trials)
        town.dump(options.name, result, options.json)
        return 0 if result["good"] else 1
    bench = town.prepare(Path(os.environ["MINAMO_VAR"]))
    result = measure(options, bench)
    town.dump(options.name, result, options.json)
    return 0 if result.get("good", True) else 1


def measure(options: argparse.Namespace, bench: town.Bench) -> dict[str, Any]:
    """Dispatch by name."""
    if options.name == "register":
        from tests.load import register

        return register.run(bench)
    if options.name == "morning":
        from tests.load import morning

        return morning.run(
            bench, rate=options.rate, seconds=options.seconds, processes=options.processes, kill=options.kill
        )
    if options.name == "import":
        from tests.load import importing

        return importing.run(bench)
    if options.name == "differential":
        from tests.load import differential

        return differential.run(bench, decisions=options.decisions, seed=options.seed)
    if options.name == "replay":
        from tests.load import replaying

        return replaying.run(bench, options.decisions)
    if options.name == "marking-keys":
        from tests.load import hands

        return hands.keys(bench)
    from tests.load import access

    return access.run(bench)


if __name__ == "__main__":
    sys.exit(main())
