"""Makes the committed networks from nothing: every seed, count and step stands here, and nothing else decides.

`python -m tools.reader.make --pack PACK --packages DIR --work WORK [--network symbols] [--install | --probe]`
Builds what is learnt from and the dev part, trains, and with `--install` fixes the thresholds on the dev part and puts the network into
the package. `--probe` only learns for the first fifty steps: seconds that say whether this machine would make the same network. What
lies in the folder already is not made again. After each step its sha256 stands beside that of the committed record.
"""

import argparse
import hashlib
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from minamo.marking.reading.model import FACTS

Words = tuple[str, ...]
PROBE = 50
"""Steps of a probe."""


@dataclass(frozen=True)
class Recipe:
    """作り方: what one network is built, trained and fixed with; `build` and `train` name modules of this folder, `probe` is the
    sha256 of the network after the steps of a probe, `more` the larger dev part where there is one; `at` and `judged_at` the commits whose code cleaned
    the cells that were learnt and those of the dev parts: there everything comes out byte for byte, later the cleaning may leave a few pixels
    otherwise."""

    build: str
    data: str
    learnt: Words
    judged: Words
    train: str
    steps: int
    rate: float
    seed: int
    fix: Words
    probe: str
    at: str
    judged_at: str
    more: Words = ()

    def commands(
        self, pack: Path, packages: Path, work: Path, *, install: bool = False, probe: bool = False
    ) -> Iterator[tuple[Path | None, Words]]:
        """What is run in turn, each with the file it makes."""
        sources = ("--pack", str(pack), "--packages", str(packages))
        learnt, judged = work / f"train_{self.data}.npz", work / f"dev_{self.data}.npz"
        yield learnt, (self.build, *sources, "--out", str(learnt), *self.learnt)
        steps, network = (PROBE, f"probe_{self.data}.onnx") if probe else (self.steps, f"{self.data}.onnx")
        course = ("--steps", str(steps), "--rate", str(self.rate), "--seed", str(self.seed), "--threads", "1")
        yield work / network, (self.train, f"--{self.data}", str(learnt), *course, "--out", str(work / network))
        if not probe:
            yield judged, (self.build, *sources, "--out", str(judged), *self.judged)
        larger = work / f"more_{self.data}.npz"
        if self.more and not probe:
            yield larger, (self.build, *sources, "--out", str(larger), *self.more)
        if install and not probe:
            parts = (self.fix[1], str(judged), *(("--dev-more", str(larger)) if self.more else ()))
            yield None, ("fix", self.fix[0], str(work / network), *parts)


RECIPES = {
    "symbols": Recipe(
        "build", "tiles", ("--seed", "31"), ("--part", "dev", "--scale", "0.12", "--seed", "32"),
        "train", 7000, 0.004, 7, ("--network", "--dev"), "85e734b6c3d18ece36dcc68a9a6e537a7a7af1dffce4fb77c00295e418b06033",
        at="fb31179", judged_at="751b6f2", more=("--part", "dev", "--scale", "0.5", "--seed", "34"),
    ),
    "numbers": Recipe(
        "build_numbers", "strips", ("--count", "160000", "--seed", "41"), ("--part", "dev", "--count", "6000", "--seed", "22"),
        "train_numbers", 9000, 0.004, 7, ("--numbers", "--dev-strips"), "a218e4526f46b3489c1eaca6ea440b73e3ce90e402789741ca8c0a2ee7f41cd3",
        at="d9d03a9", judged_at="d9d03a9",
    ),
}  # fmt: skip


def committed(network: str) -> dict[str, Any]:
    """What the record says of a network: how it was made, of what, and its hashes."""
    record: dict[str, Any] = json.loads(FACTS.read_text(encoding="utf8"))
    return record if network == "symbols" else dict(record["numbers"])


def compared(out: Path, record: dict[str, Any], recipe: Recipe) -> str:
    """One line: the hash of what was made, and whether it is that of the committed network; if not, where the code is that made that one."""
    at, whole = recipe.at, hashlib.sha256(out.read_bytes()).hexdigest()
    if out.stem.startswith("train_"):
        beside = json.loads(out.with_suffix(".json").read_text(encoding="utf8"))
        found, wanted = beside["sha256"], record["training"]["built"][0]["sha256"]
    elif out.stem.startswith("probe_"):
        found, wanted = whole, recipe.probe
    elif out.suffix == ".onnx":
        found, wanted = whole, record["sha256"]
    else:
        at, found = recipe.judged_at, whole
        wanted = record["dev_more_sha256" if out.stem.startswith("more_") else "dev_sha256"]
    if found == wanted:
        return f"{out.name} {found}: as committed"
    return f"{out.name} {found}: committed is {wanted}, made by the code of {at}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pack", type=Path, required=True, help="folder of the strokes pack (*.npz)")
    parser.add_argument(
        "--packages", type=Path, required=True, help="folder with node_modules/ and the unpacked Debian fonts"
    )
    parser.add_argument("--work", type=Path, required=True, help="folder for what is made")
    parser.add_argument("--network", choices=tuple(RECIPES), default="symbols")
    parser.add_argument("--install", action="store_true")
    parser.add_argument("--probe", action="store_true", help=f"learn for {PROBE} steps only, and compare")
    given = parser.parse_args()
    given.work.mkdir(parents=True, exist_ok=True)
    record, recipe = committed(given.network), RECIPES[given.network]
    steps = recipe.commands(given.pack, given.packages, given.work, install=given.install, probe=given.probe)
    for out, words in steps:
        if out is None or not out.exists():
            module = f"tools.reader.{words[0]}"
            subprocess.run([sys.executable, "-m", module, *words[1:]], check=True)  # noqa: S603  this folder's own modules
        if out is not None:
            print(compared(out, record, recipe), flush=True)


if __name__ == "__main__":
    main()
