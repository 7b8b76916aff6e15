"""Trains the network of numbers on the strips of `build_numbers.py` and exports it to ONNX.

`python -m tools.reader.train_numbers --strips strips.npz [more.npz] --steps 12000 --out numbers.onnx`
"""

import math
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from minamo.marking.reading.strips import HIGH, WIDE
from tools.reader.build_numbers import WRONG
from tools.reader.training import Changes, Course, arguments, begun, export, fit, record

BATCH = 128
CHANGES = Changes(((0.06, 0.035, 0.02), (0.04, 0.06, 0.05)), bend=0.015, wipe=0.06, patch=6, press=0.06)
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
            block(1, 24, 2), block(24, 48, 2), block(48, 80), nn.MaxPool2d((2, 1)), apart(80, 128), apart(128, 128),
            nn.MaxPool2d((2, 1)),
        )  # fmt: skip
        self.drop = nn.Dropout(0.15)
        self.along = nn.Sequential(
            nn.Conv1d(256, 128, 3, 1, 1, bias=False), nn.BatchNorm1d(128), nn.ReLU(inplace=True),
            nn.Conv1d(128, 128, 5, 1, 2, groups=128, bias=False), nn.BatchNorm1d(128), nn.ReLU(inplace=True),
            nn.Conv1d(128, 128, 1, bias=False), nn.BatchNorm1d(128), nn.ReLU(inplace=True),
        )  # fmt: skip
        self.classify = nn.Conv1d(128, MARKS, 1)

    def forward(self, strips: torch.Tensor) -> torch.Tensor:
        rows = self.features(strips * (1 / 255))
        columns = rows.flatten(1, 2)
        return self.classify(self.along(self.drop(columns)))


def train(network: Network, strips: np.ndarray, marks: np.ndarray, course: Course) -> Network:
    """Learns the marks of each strip."""
    truth = torch.from_numpy(marks.astype(np.int64))
    lengths = (truth >= 0).sum(1)

    def loss_of(learning: Network, batch: torch.Tensor, chosen: torch.Tensor) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            columns = learning(batch)
        return (_surprise(columns, truth[chosen]) / lengths[chosen]).mean()

    return fit(network, strips, course, CHANGES, loss_of)


def plausible(strips: np.ndarray, marks: np.ndarray, start: Path, doubt: float) -> np.ndarray:
    """The places of the strips whose marks a trained network thinks at least so likely: a 1 that went with a rule is no 1."""
    network = begun(Network(), start, strips).eval()
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


def main() -> None:
    parser = arguments(__doc__, "strips", 4e-3)
    parser.add_argument(
        "--doubt", type=float, default=0.0, help="leave out strips whose marks --start thinks less likely"
    )
    given = parser.parse_args()
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    loaded = [np.load(path) for path in given.built]
    strips, marks = (np.concatenate([part[name] for part in loaded]) for name in ("strips", "marks"))
    if given.start and given.doubt:
        kept = plausible(strips, marks, given.start, given.doubt)
        strips, marks = strips[kept], marks[kept]
        print(f"{len(marks)} of {len(kept)} strips are plausible", flush=True)
    course = Course(given.steps, BATCH, given.rate, given.seed)
    network = train(begun(Network(), given.start, strips), strips, marks, course)
    export(network, given.out, (HIGH, WIDE), "strips", ["columns"])
    facts: dict[str, object] = {"strips": len(marks)}
    if given.start:
        facts["doubt"] = given.doubt
    record(given.out, course, facts, given.built, given.start)


if __name__ == "__main__":
    main()
