"""What training both networks has in common: batches that are changed a little, one loop, the file that is committed."""

import argparse
import hashlib
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn
from torch.nn import functional

Tensor = torch.Tensor
Net = TypeVar("Net", bound=nn.Module)


@dataclass(frozen=True)
class Course:
    """How long and how fast is learnt; counted in steps, not in time: the same data, course and one thread give the same network."""

    steps: int
    batch: int
    rate: float
    seed: int


@dataclass(frozen=True)
class Changes:
    """How far pictures are changed in each batch: `turn` the spread of each entry of the affine matrix, `bend` that of a field of
    knots (in halves of the picture), `wipe` the share from which a patch of `patch` pixels is wiped out, `press` the share written
    thicker, and as often thinner."""

    turn: tuple[tuple[float, float, float], tuple[float, float, float]]
    bend: float
    wipe: float
    patch: int
    press: float


def changed(pictures: Tensor, changes: Changes, generator: torch.Generator) -> Tensor:
    """Other writings of the same: turned and bent, some thicker, some thinner, some with a patch wiped out."""
    count, _, high, wide = pictures.shape
    turn = torch.eye(2, 3).repeat(count, 1, 1)
    turn += torch.randn(count, 2, 3, generator=generator) * torch.tensor(changes.turn)
    where = functional.affine_grid(turn, list(pictures.shape), align_corners=False)
    knots = torch.randn(count, 2, 4, 4, generator=generator) * changes.bend
    field = functional.interpolate(knots, (high, wide), mode="bilinear", align_corners=True)
    moved = functional.grid_sample(pictures, where + field.permute(0, 2, 3, 1), align_corners=False)
    luck = torch.rand(count, generator=generator)
    thick, thin = luck < changes.press, luck > 1 - changes.press
    moved[thick] = functional.max_pool2d(moved[thick], 2, 1, 1)[:, :, :high, :wide]
    moved[thin] = -functional.max_pool2d(-moved[thin], 2, 1, 1)[:, :, :high, :wide]
    corner = torch.rand(count, 2, generator=generator)
    wiped = torch.rand(count, generator=generator) < changes.wipe
    for at in torch.nonzero(wiped).flatten().tolist():
        y, x = int(corner[at, 0] * (high - changes.patch)), int(corner[at, 1] * (wide - changes.patch))
        moved[at, :, y : y + changes.patch, x : x + changes.patch] = 0
    return moved


def fit(
    network: Net,
    pictures: np.ndarray,
    course: Course,
    changes: Changes,
    loss_of: Callable[[Net, Tensor, Tensor], Tensor],
) -> Net:
    """One run with a rate that rises shortly and falls to nothing. `loss_of` is given a batch and the places it was taken from."""
    generator = torch.Generator().manual_seed(course.seed + 1)
    optimiser = torch.optim.AdamW(network.parameters(), course.rate, weight_decay=2e-3)
    everything = torch.from_numpy(pictures)
    order, at, mean = torch.randperm(len(everything), generator=generator), 0, 0.0
    network.train()
    for step in range(course.steps):
        done = step / course.steps
        for group in optimiser.param_groups:
            group["lr"] = course.rate * min(1.0, done / 0.06 + 0.05) * 0.5 * (1 + math.cos(math.pi * done)) + 1e-5
        if at + course.batch > len(everything):
            order, at = torch.randperm(len(everything), generator=generator), 0
        chosen = order[at : at + course.batch]
        at += course.batch
        batch = changed(everything[chosen].float()[:, None], changes, generator)
        loss = loss_of(network, batch.contiguous(memory_format=torch.channels_last), chosen)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 2.0)
        optimiser.step()
        mean = float(loss.detach()) if step == 0 else 0.98 * mean + 0.02 * float(loss.detach())
        if step % 100 == 0:
            print(f"step {step} of {course.steps}: loss {mean:.3f}", flush=True)
    return network


def begun(network: Net, start: Path | None, pictures: np.ndarray) -> Net:
    """The network with the weights to go on from (*.pt, or a network that was exported), or with its own."""
    if start is not None and start.suffix == ".onnx":
        take_up(network, start, torch.from_numpy(pictures[:: max(1, len(pictures) // 1024)]).float()[:, None])
    elif start is not None:
        network.load_state_dict(torch.load(start, weights_only=True))
    return network.to(memory_format=torch.channels_last)


def take_up(network: nn.Module, start: Path, pictures: Tensor) -> None:
    """Gives a network the weights of an exported one, in which every norm went into the convolution before it.

    The norms are made anew from what the convolutions say of some pictures, so that the network says what the exported one said.
    """
    graph = onnx.load(start).graph
    kept = {weights.name.removesuffix(".half"): numpy_helper.to_array(weights) for weights in graph.initializer}
    folded = iter([kept[name] for node in graph.node if node.op_type == "Conv" for name in node.input[1:3]])
    parts = [
        part for part in network.modules() if isinstance(part, nn.Conv2d | nn.Conv1d | nn.modules.batchnorm._BatchNorm)
    ]
    with torch.no_grad():
        for name, own in network.named_parameters():
            if name in kept:
                own.copy_(torch.from_numpy(kept[name].astype(np.float32)))
        for part, norm in pairwise([*parts, nn.Identity()]):
            if isinstance(part, nn.modules.batchnorm._BatchNorm):
                continue
            part.weight.copy_(torch.from_numpy(next(folded).astype(np.float32)))
            bias = torch.from_numpy(next(folded).astype(np.float32))
            if isinstance(norm, nn.modules.batchnorm._BatchNorm):
                norm.bias.copy_(bias)
                norm.register_forward_pre_hook(_fitting)
        network.eval()(pictures)
    for norm in parts:
        norm._forward_pre_hooks.clear()


def _fitting(norm: nn.Module, said: tuple[Tensor, ...]) -> None:
    """Sets a norm to what it is given, so that it adds its bias and changes nothing else."""
    other = [axis for axis in range(said[0].dim()) if axis != 1]
    mean, spread = said[0].mean(other), said[0].var(other)
    norm.running_mean, norm.running_var = mean, spread
    norm.weight.copy_((spread + norm.eps).sqrt())
    norm.bias.add_(mean)


def export(network: nn.Module, out: Path, size: tuple[int, int], name: str, outputs: list[str]) -> None:
    """ONNX with a free number of pictures, and beside it the weights themselves (*.pt) to go on from."""
    torch.save(network.state_dict(), out.with_suffix(".pt"))
    network = network.to(memory_format=torch.contiguous_format).eval()
    free = {one: {0: "count"} for one in (name, *outputs)}
    torch.onnx.export(
        network, (torch.zeros(1, 1, *size),), str(out), input_names=[name], output_names=outputs, dynamic_axes=free, dynamo=False
    )  # fmt: skip
    model = onnx.load(out)
    halved(model)
    onnx.save(model, out)


def halved(model: onnx.ModelProto) -> None:
    """Keeps weights in 16 bits; they are made 32 again when the file is opened, and the arithmetic stays as it was."""
    graph = model.graph
    for weights in graph.initializer:
        values = numpy_helper.to_array(weights)
        if weights.data_type != TensorProto.FLOAT or values.size < 64:
            continue
        full, small = weights.name, f"{weights.name}.half"
        weights.CopyFrom(numpy_helper.from_array(values.astype(np.float16), small))
        graph.node.insert(0, helper.make_node("Cast", [small], [full], to=TensorProto.FLOAT))


def record(out: Path, course: Course, facts: dict[str, Any], built: list[Path], start: Path | None) -> None:
    """Writes beside the network how it was made, and how what it went on from was, where that is known."""
    if start is not None:
        before = start.with_suffix(".train.json")
        known = json.loads(before.read_text(encoding="utf8")) if before.exists() else {}
        facts = {**facts, "start": known or {"sha256": hashlib.sha256(start.read_bytes()).hexdigest()}}
    digest = hashlib.sha256(out.read_bytes()).hexdigest()
    made = {"steps": course.steps, "batch": course.batch, "rate": course.rate, "seed": course.seed}
    parts = [json.loads(path.with_suffix(".json").read_text(encoding="utf8")) for path in built]
    whole = {"sha256": digest, **made, **facts, "built": parts}
    out.with_suffix(".train.json").write_text(json.dumps(whole, indent=1), encoding="utf8")
    print(f"{out.stat().st_size} bytes, sha256 {digest}")


def arguments(about: str | None, data: str, rate: float) -> argparse.ArgumentParser:
    """The arguments both trainings have; `data` names that of the built files."""
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument(f"--{data}", dest="built", type=Path, nargs="+", required=True)
    parser.add_argument("--steps", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="weights (*.pt) or a network (*.onnx) to go on from")
    parser.add_argument("--rate", type=float, default=rate)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    return parser
