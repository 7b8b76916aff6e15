"""Trains the network on the tiles of `build.py` and exports it to ONNX.

`python -m tools.reader.train --tiles train.npz [more.npz] --steps 4000 --out reader.onnx`
Counted in steps, not in time: the same tiles, seed and number of threads give the same network.
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

from minamo.marking.reading.symbols import CLASSES
from minamo.marking.reading.tiles import SIDE

BATCH = 256
EMBEDDING = 96


class Network(nn.Module):
    """Four blocks of convolutions to an embedding, and from it to the classes."""

    def __init__(self, classes: int, embedding: int = EMBEDDING) -> None:
        super().__init__()

        def block(inside: int, outside: int, stride: int = 1, groups: int = 1) -> nn.Sequential:
            convolution = nn.Conv2d(inside, outside, 3, stride, 1, groups=groups, bias=False)
            return nn.Sequential(convolution, nn.BatchNorm2d(outside), nn.ReLU(inplace=True))

        def pointwise(inside: int, outside: int) -> nn.Sequential:
            return nn.Sequential(
                nn.Conv2d(inside, outside, 1, bias=False), nn.BatchNorm2d(outside), nn.ReLU(inplace=True)
            )

        self.features = nn.Sequential(
            block(1, 16, 2), block(16, 32), nn.MaxPool2d(2), block(32, 64), nn.MaxPool2d(2),
            block(64, 112), block(112, 112, groups=112), pointwise(112, 144), nn.MaxPool2d(2),
        )  # fmt: skip
        self.drop = nn.Dropout(0.2)
        self.embed = nn.Linear(144 * 9, embedding)
        self.classify = nn.Linear(embedding, classes)

    def forward(self, tiles: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        flat = self.features(tiles * (1 / 255)).flatten(1)
        embedding = self.embed(self.drop(flat))
        return self.classify(functional.relu(embedding)), functional.normalize(embedding, dim=1)


def augmented(tiles: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Small affine changes and a patch wiped out now and then."""
    count = len(tiles)
    turn = torch.eye(2, 3).repeat(count, 1, 1) + torch.randn(count, 2, 3, generator=generator) * 0.055
    moved = functional.grid_sample(
        tiles, functional.affine_grid(turn, list(tiles.shape), align_corners=False), align_corners=False
    )
    wiped = torch.rand(count, generator=generator) < 0.12
    corner = torch.randint(4, SIDE - 12, (count, 2), generator=generator)
    for at in torch.nonzero(wiped).flatten().tolist():
        y, x = int(corner[at, 0]), int(corner[at, 1])
        moved[at, :, y : y + 8, x : x + 8] = 0
    return moved


def train(tiles: np.ndarray, labels: np.ndarray, steps: int, seed: int, start: Path | None, rate: float) -> Network:
    """One run of `steps` batches with a rate that rises shortly and falls to nothing."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed + 1)
    network = Network(len(CLASSES)).to(memory_format=torch.channels_last)
    if start is not None:
        network.load_state_dict(torch.load(start, weights_only=True))
    optimiser = torch.optim.AdamW(network.parameters(), rate, weight_decay=2e-3)
    everything, truth = torch.from_numpy(tiles), torch.from_numpy(labels.astype(np.int64))
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
            logits, _ = network(batch)
        loss = functional.cross_entropy(logits.float(), truth[chosen], label_smoothing=0.04)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        mean = float(loss.detach()) if step == 0 else 0.98 * mean + 0.02 * float(loss.detach())
        if step % 100 == 0:
            print(f"step {step} of {steps}: loss {mean:.3f}", flush=True)
    return network


def export(network: Network, out: Path) -> None:
    """ONNX with a free number of tiles: uint8-valued float tiles in, logits and embedding out."""
    network = network.to(memory_format=torch.contiguous_format).eval()
    names = {"input_names": ["tiles"], "output_names": ["logits", "embedding"]}
    free = {name: {0: "count"} for name in ("tiles", "logits", "embedding")}
    torch.onnx.export(network, (torch.zeros(1, 1, SIDE, SIDE),), str(out), **names, dynamic_axes=free, dynamo=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tiles", type=Path, nargs="+", required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="weights to go on from (*.pt)")
    parser.add_argument("--rate", type=float, default=4e-3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    loaded = [np.load(path) for path in given.tiles]
    tiles, labels = (
        np.concatenate([part["tiles"] for part in loaded]),
        np.concatenate([part["labels"] for part in loaded]),
    )
    network = train(tiles, labels, given.steps, given.seed, given.start, given.rate)
    torch.save(network.state_dict(), given.out.with_suffix(".pt"))
    export(network, given.out)
    digest = hashlib.sha256(given.out.read_bytes()).hexdigest()
    facts: dict[str, object] = {
        "sha256": digest,
        "tiles": len(labels),
        "steps": given.steps,
        "batch": BATCH,
        "rate": given.rate,
        "seed": given.seed,
    }
    facts["built"] = [json.loads(path.with_suffix(".json").read_text()) for path in given.tiles]
    given.out.with_suffix(".train.json").write_text(json.dumps(facts, indent=1))
    print(f"{given.out.stat().st_size} bytes, sha256 {digest}")


if __name__ == "__main__":
    main()
