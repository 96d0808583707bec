"""The tree against the definitions of RFC 6962 section 2.1, written naively."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import merkle

SIZES = range(1, 71)


def largest_power_below(n):
    power = 1
    while power * 2 < n:
        power *= 2
    return power


def naive_root(bodies):
    if not bodies:
        return sha256(b"").digest()
    if len(bodies) == 1:
        return sha256(b"\x00" + bodies[0]).digest()
    k = largest_power_below(len(bodies))
    return sha256(b"\x01" + naive_root(bodies[:k]) + naive_root(bodies[k:])).digest()


def naive_path(m, bodies):
    if len(bodies) == 1:
        return []
    k = largest_power_below(len(bodies))
    if m < k:
        return [*naive_path(m, bodies[:k]), naive_root(bodies[k:])]
    return [*naive_path(m - k, bodies[k:]), naive_root(bodies[:k])]


def naive_subproof(m, bodies, whole):
    if m == len(bodies):
        return [] if whole else [naive_root(bodies)]
    k = largest_power_below(len(bodies))
    if m <= k:
        return [*naive_subproof(m, bodies[:k], whole), naive_root(bodies[k:])]
    return [*naive_subproof(m - k, bodies[k:], False), naive_root(bodies[:k])]


def bodies_of(size):
    return [f"event {i}".encode() for i in range(size)]


def grow(bodies):
    """The tree and every stored node, kept as the database keeps them: by completing leaf."""
    tree, stored = merkle.Tree(), []
    for body in bodies:
        stored.append(tree.append(merkle.leaf_hash(body)))
    return tree, stored


def read(stored, nodes):
    places = {node: merkle.completed_by(node) for node in nodes}
    return {node: stored[seq][level * 32 : level * 32 + 32] for node, (seq, level) in places.items()}


def prove(stored, ranges):
    return merkle.path(ranges, read(stored, merkle.nodes_of(ranges)))


def test_the_empty_tree_has_the_root_of_the_standard():
    assert merkle.Tree().root() == naive_root([])


@pytest.mark.parametrize("size", SIZES)
def test_roots_equal_the_definition_and_the_edge_can_be_read_back(size):
    tree, stored = grow(bodies_of(size))
    assert tree.root() == naive_root(bodies_of(size))
    edge = list(merkle.cover(0, size))
    assert [read(stored, edge)[node] for node in edge] == tree.edge


@pytest.mark.parametrize("size", SIZES)
def test_every_inclusion_proof_equals_the_definition_and_verifies(size):
    bodies = bodies_of(size)
    tree, stored = grow(bodies)
    for index in range(size):
        proof = prove(stored, merkle.inclusion_ranges(index, size))
        assert proof == naive_path(index, bodies)
        leaf = merkle.leaf_hash(bodies[index])
        assert merkle.root_from_inclusion(index=index, size=size, leaf=leaf, proof=proof) == tree.root()


@pytest.mark.parametrize("second", SIZES)
def test_every_consistency_proof_equals_the_definition_and_verifies(second):
    bodies = bodies_of(second)
    _, stored = grow(bodies)
    for first in range(1, second + 1):
        proof = prove(stored, merkle.consistency_ranges(first, second))
        assert proof == naive_subproof(first, bodies, True)
        roots = naive_root(bodies[:first]), naive_root(bodies)
        found = merkle.roots_from_consistency(first=first, second=second, first_root=roots[0], proof=proof)
        assert found == roots


@given(st.lists(st.binary(max_size=40), min_size=1, max_size=200), st.data())
def test_a_proof_fails_for_another_body_place_or_path(bodies, data):
    tree, stored = grow(bodies)
    index = data.draw(st.integers(0, len(bodies) - 1))
    proof = prove(stored, merkle.inclusion_ranges(index, len(bodies)))
    other = merkle.leaf_hash(bodies[index] + b"!")
    assert merkle.root_from_inclusion(index=index, size=len(bodies), leaf=other, proof=proof) != tree.root()
    with pytest.raises(merkle.InvalidProof):
        merkle.root_from_inclusion(index=index, size=len(bodies), leaf=other, proof=[*proof, b"\x00" * 32])
    with pytest.raises(merkle.InvalidProof):
        merkle.inclusion_ranges(len(bodies), len(bodies))


@given(st.integers(1, 300), st.data())
def test_a_forked_tree_has_no_consistency_proof(size, data):
    first = data.draw(st.integers(1, size))
    _, stored = grow(bodies_of(size))
    fork = naive_root([*bodies_of(first - 1), b"something else"])
    proof = prove(stored, merkle.consistency_ranges(first, size))
    found = merkle.roots_from_consistency(first=first, second=size, first_root=fork, proof=proof)
    assert found != (fork, naive_root(bodies_of(size)))
