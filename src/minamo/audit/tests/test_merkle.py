"""The tree against published values, against an independent implementation (pymerkle), and against tampering."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from minamo.audit.merkle import (
    EMPTY,
    Frontier,
    ProofError,
    check_consistency,
    check_inclusion,
    consistency_proof,
    cover,
    inclusion_proof,
    leaf_hash,
    node_hash,
    range_roots,
    root_of,
)

# The eight entries and nine roots that implementations of RFC 6962 are commonly checked with.
ENTRIES = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

leaves_of = st.lists(st.binary(max_size=3), min_size=1, max_size=70).map(lambda rows: [leaf_hash(row) for row in rows])


@pytest.mark.parametrize("size", range(9))
def test_published_roots(size: int) -> None:
    assert root_of(leaf_hash(entry) for entry in ENTRIES[:size]).hex() == ROOTS[size]
    assert EMPTY.hex() == ROOTS[0]


@given(st.lists(st.binary(max_size=3), min_size=1, max_size=40), st.data())
def test_another_implementation_agrees(entries: list[bytes], data: Any) -> None:
    other = InmemoryTree(algorithm="sha256")
    for entry in entries:
        other.append_entry(entry)
    leaves = [leaf_hash(entry) for entry in entries]
    size = len(leaves)
    first = data.draw(st.integers(1, size))
    index = data.draw(st.integers(0, size - 1))
    assert root_of(leaves) == other.get_root()
    assert root_of(leaves[:first]) == other.get_root(first)
    theirs = [bytes.fromhex(step) for step in other.prove_inclusion(index + 1, size).serialize()["path"]]
    assert sorted(theirs[1:]) == sorted(inclusion_proof(index, size, range_roots(leaves)))


def test_the_example_of_the_rfc() -> None:
    """RFC 9162 §2.1.5: seven leaves, inner nodes named as there."""
    a, b, c, d, e, f, j = (leaf_hash(bytes([n])) for n in range(7))
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, low = node_hash(g, h), node_hash(i, j)
    roots = range_roots([a, b, c, d, e, f, j])
    assert roots(0, 7) == node_hash(k, low)
    assert [inclusion_proof(n, 7, roots) for n in (0, 3, 4, 6)] == [[b, h, low], [c, g, low], [f, j, k], [i, k]]
    assert [consistency_proof(n, 7, roots) for n in (3, 4, 6)] == [[c, d, g, low], [low], [i, j, k]]


@given(leaves_of, st.data())
def test_proofs_hold_and_nothing_else_does(leaves: list[bytes], data: Any) -> None:
    size, roots = len(leaves), range_roots(leaves)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, roots)
    check_inclusion(leaves[index], index, size, proof, root_of(leaves))
    with pytest.raises(ProofError):
        check_inclusion(leaf_hash(b"none of these"), index, size, proof, root_of(leaves))
    with pytest.raises(ProofError):
        check_inclusion(leaves[index], index, size, [*proof, EMPTY], root_of(leaves))
    first = data.draw(st.integers(0, size))
    proof = consistency_proof(first, size, roots)
    check_consistency(first, size, root_of(leaves[:first]), root_of(leaves), proof)
    if first > 0:
        forged = [leaf_hash(b"forged"), *leaves[1:first]]
        with pytest.raises(ProofError):
            check_consistency(first, size, root_of(forged), root_of(leaves), proof)


@given(leaves_of, st.integers(0, 200), st.integers(0, 1))
def test_one_changed_leaf_changes_the_root(leaves: list[bytes], at: int, kind: int) -> None:
    at %= len(leaves)
    changed = [*leaves[:at], leaf_hash(b"tampered"), *leaves[at + kind :]]
    assert root_of(changed) != root_of(leaves)


@given(leaves_of, st.integers(0, 70))
def test_a_frontier_goes_on_where_it_was_stored(leaves: list[bytes], cut: int) -> None:
    tree = Frontier()
    tree.extend(leaves[:cut])
    again = Frontier.of(tree.size, tree.packed())
    nodes = [node for leaf in leaves[cut:] for node in again.append(leaf)]
    assert again.root() == root_of(leaves)
    for level, index, value in nodes:
        assert value == root_of(leaves[index << level : (index + 1) << level])


@given(st.integers(0, 60), st.integers(0, 60))
def test_a_range_is_covered_by_perfect_subtrees(low: int, high: int) -> None:
    found = list(cover(low, high))
    assert [n for level, index in found for n in range(index << level, (index + 1) << level)] == list(range(low, high))
    assert len(found) <= 2 * 7


@given(leaves_of, st.integers(0, 70), st.integers(0, 70))
def test_a_tree_from_its_left_side_a_range_and_its_right_side(leaves: list[bytes], low: int, high: int) -> None:
    size = len(leaves)
    low, high = sorted((low % (size + 1), high % (size + 1)))
    tree = Frontier()
    for level, index in cover(0, low):
        tree.append(root_of(leaves[index << level : (index + 1) << level]), level)
    tree.extend(leaves[low:high])
    for level, index in cover(high, size):
        tree.append(root_of(leaves[index << level : (index + 1) << level]), level)
    assert tree.root() == root_of(leaves)


def test_a_subtree_out_of_place_is_refused() -> None:
    tree = Frontier()
    tree.append(EMPTY)
    with pytest.raises(ValueError, match="multiple"):
        tree.append(EMPTY, 3)
    with pytest.raises(ValueError, match="one hash per bit"):
        Frontier.of(3, EMPTY)
    with pytest.raises(IndexError):
        inclusion_proof(5, 5, range_roots([]))
    with pytest.raises(ProofError):
        check_consistency(3, 2, EMPTY, EMPTY, [])


@given(leaves_of, st.integers(0, 70), st.integers(1, 3))
def test_many_leaves_at_once_are_the_same_tree_and_the_same_nodes(leaves: list[bytes], before: int, every: int) -> None:
    one, many = Frontier(), Frontier()
    for number in range(before):
        one.append(leaf_hash(bytes([number])))
    many.extend([leaf_hash(bytes([number])) for number in range(before)])
    nodes = [node for leaf in leaves for node in one.append(leaf) if node[0] % every == 0]
    assert many.extend(leaves, every) == sorted(nodes)
    assert (many.size, many.peaks) == (one.size, one.peaks)
    assert many.extend([], every) == [] and many.size == one.size
