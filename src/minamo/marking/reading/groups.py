"""答案の束: answers that look alike, found without knowing what they say. A person looks at every bundle."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from minamo.marking.reading.ink import Ink, find_ink, to_gray
from minamo.marking.reading.model import Embeddings, network
from minamo.marking.reading.symbols import INDEX, OTHER
from minamo.marking.reading.tiles import Tile, box_of, tile_of

SMALLEST = 3
"""Fewer answers than this do not make a bundle."""
FEWEST = 30
"""Fewer written answers than this are too little evidence, and read as quickly one by one (purity of classes of 35 .986, of 50 .993;
whoever marks a bundle has all of it before the eyes)."""
LONGEST = 2.0
"""Writing longer than this for its height (the middle one) is words: the network knows single signs, and words look all alike to it."""
SAME = 0.9
"""Bundles whose middles are nearer than this (cosine) are one."""
NEAR = 0.85
"""A loner this near to the middle of a bundle joins it."""


@dataclass(frozen=True, slots=True)
class Group:
    """束: the places of the answers in the order given, the most typical first; `empty` when nothing is written there.

    A single answer is a group of one.
    """

    members: tuple[int, ...]
    empty: bool = False


def group_answers(crops: Sequence[NDArray[np.generic]]) -> list[Group]:
    """答案をまとめる: every answer in exactly one group, the largest group first, then single ones, each followed by the one most like it
    (`chain`), empty ones last. Where a wrong bundle is likelier than a right one (`can_tell`) every written answer stands alone."""
    inks = [find_ink(to_gray(crop)) for crop in crops]
    written = {at: ink for at, ink in enumerate(inks) if ink is not None}
    order = list(written)
    rows, known = places([tile_of(ink)[0] for ink in written.values()])
    bundles = alike(rows, known) if can_tell([_length(ink) for ink in written.values()]) else []
    groups = [Group(tuple(order[at] for at in members)) for members in bundles]
    groups.sort(key=lambda group: (-len(group.members), group.members))
    alone = sorted(set(range(len(order))) - {at for members in bundles for at in members})
    groups += [Group((order[alone[at]],)) for at in chain(rows[alone])]
    empty = tuple(at for at, ink in enumerate(inks) if ink is None)
    return [*groups, Group(empty, empty=True)] if empty else groups


def chain(rows: Embeddings) -> list[int]:
    """似ている順: every row once, each followed by the nearest of those that are left; the two nearest of all begin."""
    if len(rows) < SMALLEST:
        return list(range(len(rows)))
    nearness = rows @ rows.T - 3 * np.eye(len(rows), dtype=np.float32)
    found = [int(nearness.max(axis=1).argmax())]
    while len(found) < len(rows):
        nearness[:, found[-1]] = -np.inf
        found.append(int(nearness[found[-1]].argmax()))
    return found


def can_tell(lengths: Sequence[float]) -> bool:
    """まとめられるか: enough written answers, and not words. `lengths`: how long each writing is for its height."""
    return len(lengths) >= FEWEST and float(np.median(lengths)) <= LONGEST


def _length(ink: Ink) -> float:
    """The longer side of the writing by the shorter one, along the line or down it."""
    box = box_of(ink.boxes)
    sides = sorted((box.right - box.left, box.bottom - box.top))
    return sides[1] / max(sides[0], 1)


def alike(rows: Embeddings, known: NDArray[np.bool_]) -> list[list[int]]:
    """同じ記号の束 of two and more, the row nearest to the middle first. What the network takes for no sign it knows (a word, most
    kanji) is in none: such writings lie near each other whatever they say."""
    signs = np.flatnonzero(known)
    return [[int(signs[at]) for at in members] for members in bundle(rows[signs]) if len(members) > 1]


def places(tiles: list[Tile]) -> tuple[Embeddings, NDArray[np.bool_]]:
    """Where each answer lies among all shapes (its embedding and the roots of its class probabilities, of unit length), and whether
    the network knows it as a sign."""
    logits, embeddings = network().run(tiles)
    if not len(logits):
        return embeddings, np.zeros(0, np.bool_)
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    joined: Embeddings = np.hstack([embeddings, np.sqrt(shares)]).astype(np.float32)
    joined /= np.linalg.norm(joined, axis=1, keepdims=True)
    return joined, shares.argmax(axis=1) != INDEX[OTHER]


def bundle(rows: Embeddings) -> list[list[int]]:
    """Rows in bundles by density (HDBSCAN), near bundles joined, the row nearest to the middle first; loners alone."""
    if len(rows) < 2 * SMALLEST:
        return [[at] for at in range(len(rows))]
    from sklearn.cluster import HDBSCAN  # seconds to load: only who groups pays them

    labels = HDBSCAN(min_cluster_size=SMALLEST, copy=True).fit_predict(rows)
    labels = _joined(rows, labels)
    middles = _middles(rows, labels)
    if len(middles):
        nearness = rows @ middles.T
        labels = np.where((labels == -1) & (nearness.max(axis=1) >= NEAR), nearness.argmax(axis=1), labels)
    bundles = []
    for label in range(len(middles)):
        members = np.flatnonzero(labels == label)
        nearest = np.argsort(-(rows[members] @ middles[label]), kind="stable")
        bundles.append([int(at) for at in members[nearest]])
    return bundles + [[int(at)] for at in np.flatnonzero(labels == -1)]


def _middles(rows: Embeddings, labels: NDArray[np.int64]) -> Embeddings:
    """The middle of each bundle, of unit length."""
    count = int(labels.max()) + 1
    middles = np.zeros((count, rows.shape[1]), np.float32)
    for label in range(count):
        middle = rows[labels == label].mean(axis=0)
        middles[label] = middle / max(float(np.linalg.norm(middle)), 1e-6)
    return middles


def _joined(rows: Embeddings, labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Joins the two nearest bundles as long as they are nearly the same."""
    labels = labels.copy()
    while int(labels.max()) > 0:
        middles = _middles(rows, labels)
        nearness = middles @ middles.T - 2 * np.eye(len(middles), dtype=np.float32)
        first, second = sorted(int(at) for at in np.unravel_index(int(nearness.argmax()), nearness.shape))
        if nearness[first, second] < SAME:
            break
        labels[labels == second] = first
        labels[labels > second] -= 1
    return labels
