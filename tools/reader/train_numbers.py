"""Trains the network of numbers on the strips of `build_numbers.py` and exports it to ONNX.

`python -m tools.reader.train_numbers --strips strips.npz --steps 4500 --threads 1 --out numbers.onnx`
Counted in steps, not in time: the same strips, seed and number of threads give the same network.
"""

import argparse
import hashlib
import json
import math
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from minamo.marking.reading.strips import HIGH, WIDE
from tools.reader.build_numbers import WRONG

BATCH = 128
MARKS = WRONG + 2
"""Ten digits, what is none, and nothing (the last, as CTC has it)."""


class Network(nn.Module):
    """Convolutions to 24 columns, each of which says a mark or nothing."""

    def __init__(self) -> None:
        super().__init__()

        def block(inside: int, outside: int, stride: int = 1) -> nn.Sequential:
            convolution = nn.Conv2d(inside, outside, 3, stride, 1, bias=False)
            return nn.Sequential(convolution, nn.BatchNorm2d(outside), nn.ReLU(inplace=True))

        def apart(inside: int, outside: int) -> nn.Sequential:
            return nn.Sequential(
                nn.Conv2d(inside, inside, 3, 1, 1, groups=inside, bias=False), nn.BatchNorm2d(inside), nn.ReLU(inplace=True),
                nn.Conv2d(inside, outside, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(inplace=True),
            )  # fmt: skip

        self.features = nn.Sequential(
            block(1, 16, 2), block(16, 32, 2), block(32, 64), nn.MaxPool2d((2, 1)), apart(64, 96), apart(96, 96),
            nn.MaxPool2d((2, 1)),
        )  # fmt: skip
        self.drop = nn.Dropout(0.15)
        self.along = nn.Sequential(
            nn.Conv1d(192, 96, 3, 1, 1, bias=False), nn.BatchNorm1d(96), nn.ReLU(inplace=True),
            nn.Conv1d(96, 96, 5, 1, 2, groups=96, bias=False), nn.BatchNorm1d(96), nn.ReLU(inplace=True),
            nn.Conv1d(96, 96, 1, bias=False), nn.BatchNorm1d(96), nn.ReLU(inplace=True),
        )  # fmt: skip
        self.classify = nn.Conv1d(96, MARKS, 1)

    def forward(self, strips: torch.Tensor) -> torch.Tensor:
        rows = self.features(strips * (1 / 255))
        columns = rows.flatten(1, 2)
        return self.classify(self.along(self.drop(columns)))


def augmented(strips: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Small affine changes, slant, and a patch wiped out now and then."""
    count = len(strips)
    turn = torch.eye(2, 3).repeat(count, 1, 1)
    noise = torch.randn(count, 2, 3, generator=generator)
    turn += noise * torch.tensor([[0.06, 0.035, 0.02], [0.04, 0.06, 0.05]])
    moved = functional.grid_sample(
        strips, functional.affine_grid(turn, list(strips.shape), align_corners=False), align_corners=False
    )
    wiped = torch.rand(count, generator=generator) < 0.06
    corner = torch.rand(count, 2, generator=generator)
    for at in torch.nonzero(wiped).flatten().tolist():
        y, x = int(corner[at, 0] * (HIGH - 6)), int(corner[at, 1] * (WIDE - 6))
        moved[at, :, y : y + 6, x : x + 6] = 0
    return moved


def train(strips: np.ndarray, marks: np.ndarray, steps: int, seed: int, start: Path | None, rate: float) -> Network:
    """One run of `steps` batches with a rate that rises shortly and falls to nothing."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed + 1)
    network = Network().to(memory_format=torch.channels_last)
    if start is not None:
        network.load_state_dict(torch.load(start, weights_only=True))
    optimiser = torch.optim.AdamW(network.parameters(), rate, weight_decay=2e-3)
    everything, truth = torch.from_numpy(strips), torch.from_numpy(marks.astype(np.int64))
    lengths = (truth >= 0).sum(1)
    order, at, mean = torch.randperm(len(truth), generator=generator), 0, 0.0
    network.train()
    for step in range(steps):
        done = step / steps
        for group in optimiser.param_groups:
            group["lr"] = rate * min(1.0, done / 0.06 + 0.05) * 0.5 * (1 + math.cos(math.pi * done)) + 1e-5
        if at + BATCH > len(truth):
            order, at = torch.randperm(len(truth), generator=generator), 0
        chosen = order[at : at + BATCH]
        at += BATCH
        batch = augmented(everything[chosen].float()[:, None], generator).contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", torch.bfloat16):
            columns = network(batch)
        loss = (_surprise(columns, truth[chosen]) / lengths[chosen]).mean()
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
        mean = float(loss.detach()) if step == 0 else 0.98 * mean + 0.02 * float(loss.detach())
        if step % 100 == 0:
            print(f"step {step} of {steps}: loss {mean:.3f}", flush=True)
    return network


def plausible(strips: np.ndarray, marks: np.ndarray, start: Path, doubt: float) -> np.ndarray:
    """The places of the strips whose marks a trained network thinks at least so likely: a 1 that went with a rule is no 1."""
    network = Network().to(memory_format=torch.channels_last)
    network.load_state_dict(torch.load(start, weights_only=True))
    network.eval()
    kept = []
    with torch.no_grad():
        for at in range(0, len(marks), BATCH):
            truth = torch.from_numpy(marks[at : at + BATCH].astype(np.int64))
            batch = (
                torch.from_numpy(strips[at : at + BATCH]).float()[:, None].contiguous(memory_format=torch.channels_last)
            )
            kept.append(_surprise(network(batch), truth) < -math.log(doubt))
    return torch.cat(kept).numpy()


def _surprise(columns: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """How surprising the marks of each strip are: minus the logarithm of their probability."""
    sure = functional.log_softmax(columns.float(), 1).permute(2, 0, 1)
    size = torch.full((len(truth),), len(sure), dtype=torch.long)
    return functional.ctc_loss(
        sure, truth.clamp(min=0), size, (truth >= 0).sum(1), blank=MARKS - 1, reduction="none", zero_infinity=True
    )


def export(network: Network, out: Path) -> None:
    """ONNX with a free number of strips: uint8-valued float strips in, logits by column out."""
    network = network.to(memory_format=torch.contiguous_format).eval()
    free = {"strips": {0: "count"}, "columns": {0: "count"}}
    torch.onnx.export(
        network, (torch.zeros(1, 1, HIGH, WIDE),), str(out), input_names=["strips"], output_names=["columns"],
        dynamic_axes=free, dynamo=False,
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--strips", type=Path, nargs="+", required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="weights to go on from (*.pt)")
    parser.add_argument(
        "--doubt", type=float, default=0.0, help="leave out strips whose marks --start thinks less likely"
    )
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    loaded = [np.load(path) for path in given.strips]
    strips, marks = (np.concatenate([part[name] for part in loaded]) for name in ("strips", "marks"))
    if given.start and given.doubt:
        kept = plausible(strips, marks, given.start, given.doubt)
        strips, marks = strips[kept], marks[kept]
        print(f"{len(marks)} of {len(kept)} strips are plausible", flush=True)
    network = train(strips, marks, given.steps, given.seed, given.start, given.rate)
    torch.save(network.state_dict(), given.out.with_suffix(".pt"))
    export(network, given.out)
    digest = hashlib.sha256(given.out.read_bytes()).hexdigest()
    facts: dict[str, object] = {
        "sha256": digest, "strips": len(marks), "steps": given.steps, "batch": BATCH, "rate": given.rate, "seed": given.seed,
    }  # fmt: skip
    if given.start:
        facts["doubt"] = given.doubt
        facts["start"] = json.loads(given.start.with_suffix(".train.json").read_text())
    facts["built"] = [json.loads(path.with_suffix(".json").read_text()) for path in given.strips]
    given.out.with_suffix(".train.json").write_text(json.dumps(facts, indent=1))
    print(f"{given.out.stat().st_size} bytes, sha256 {digest}")


if __name__ == "__main__":
    main()
