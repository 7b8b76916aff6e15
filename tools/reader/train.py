"""Trains the network of symbols on the tiles of `build.py` and exports it to ONNX.

`python -m tools.reader.train --tiles train.npz [more.npz] --steps 9000 --out reader.onnx`
"""

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from minamo.marking.reading.model import EMBEDDING
from minamo.marking.reading.symbols import CLASSES
from minamo.marking.reading.tiles import SIDE
from tools.reader.training import Changes, Course, arguments, begun, export, fit, record

BATCH = 256
CHANGES = Changes(((0.055, 0.055, 0.055), (0.055, 0.055, 0.055)), bend=0.02, wipe=0.12, patch=8, press=0.08)


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


def train(network: Network, tiles: np.ndarray, labels: np.ndarray, course: Course) -> Network:
    """Learns the class of each tile."""
    truth = torch.from_numpy(labels.astype(np.int64))

    def loss_of(learning: Network, batch: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            logits, _ = learning(batch)
        return functional.cross_entropy(logits.float(), truth[chosen], label_smoothing=0.03)

    return fit(network, tiles, course, CHANGES, loss_of)


def main() -> None:
    given = arguments(__doc__, "tiles", 4e-3).parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    loaded = [np.load(path) for path in given.built]
    tiles, labels = (np.concatenate([part[name] for part in loaded]) for name in ("tiles", "labels"))
    course = Course(given.steps, BATCH, given.rate, given.seed)
    network = train(begun(Network(len(CLASSES)), given.start, tiles), tiles, labels, course)
    export(network, given.out, (SIDE, SIDE), "tiles", ["logits", "embedding"])
    record(given.out, course, {"tiles": len(labels)}, given.built, given.start)


if __name__ == "__main__":
    main()
