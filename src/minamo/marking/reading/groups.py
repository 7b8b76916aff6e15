"""答案の束: answers that look alike, found without knowing what they say. A person looks at every bundle."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import HDBSCAN

from minamo.marking.reading.ink import find_ink, to_gray
from minamo.marking.reading.model import Embeddings, network
from minamo.marking.reading.tiles import tile_of

SMALLEST = 3
"""Fewer answers than this do not make a bundle."""


@dataclass(frozen=True, slots=True)
class Group:
    """束: the places of the answers in the order given, the most typical first; `empty` when nothing is written there.

    A single answer is a group of one.
    """

    members: tuple[int, ...]
    empty: bool = False


def group_answers(crops: Sequence[NDArray[np.generic]]) -> list[Group]:
    """答案をまとめる: every answer in exactly one group, the largest group first, single ones last."""
    inks = [find_ink(to_gray(crop)) for crop in crops]
    written = [at for at, ink in enumerate(inks) if ink is not None]
    _, embeddings = network().run([tile_of(ink)[0] for ink in inks if ink is not None])
    groups = [Group(tuple(written[at] for at in members)) for members in bundle(embeddings)]
    empty = tuple(at for at, ink in enumerate(inks) if ink is None)
    if empty:
        groups.append(Group(empty, empty=True))
    return sorted(groups, key=lambda group: (-len(group.members), group.members))


def bundle(embeddings: Embeddings) -> list[list[int]]:
    """Rows of embeddings in bundles by density (HDBSCAN), the row nearest to the middle first; loners alone."""
    if len(embeddings) < 2 * SMALLEST:
        return [[at] for at in range(len(embeddings))]
    labels = HDBSCAN(min_cluster_size=SMALLEST, copy=True).fit_predict(embeddings)
    bundles = []
    for label in range(int(labels.max()) + 1):
        members = np.flatnonzero(labels == label)
        middle = embeddings[members].mean(axis=0)
        nearest = np.argsort(-(embeddings[members] @ middle), kind="stable")
        bundles.append([int(at) for at in members[nearest]])
    return bundles + [[int(at)] for at in np.flatnonzero(labels == -1)]
