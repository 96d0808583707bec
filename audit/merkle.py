"""The Merkle tree of RFC 6962 (section 2.1): growing it, and making and checking proofs. Pure functions, SHA-256.

A complete subtree is named by (level, index): it covers leaves `index << level` up to `(index + 1) << level`.
"""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256

HASH_SIZE = 32
EMPTY_ROOT = sha256(b"").digest()

Node = tuple[int, int]
Range = tuple[int, int]  # leaves from start up to, not including, end


class InvalidProof(ValueError):
    """The proof has the wrong length for its tree."""


def leaf_hash(body: bytes) -> bytes:
    """The hash of one entry; the prefix keeps leaves and inner nodes apart."""
    return sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


class Tree:
    """The right edge of a growing tree: the roots of its complete subtrees, largest first."""

    def __init__(self, size: int = 0, edge: Sequence[bytes] = ()) -> None:
        self.size = size
        self.edge = list(edge)

    def append(self, leaf: bytes) -> bytes:
        """Add a leaf hash. Returns it followed by the root of every subtree that it completes, smallest first."""
        hashes, node, index = leaf, leaf, self.size
        while index & 1:
            node = node_hash(self.edge.pop(), node)
            hashes += node
            index >>= 1
        self.edge.append(node)
        self.size += 1
        return hashes

    def root(self) -> bytes:
        return fold(self.edge)


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over adjoining complete subtrees, largest first."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def cover(start: int, end: int) -> Iterator[Node]:
    """The complete subtrees that make up a range of leaves, largest first."""
    while start < end:
        level = (end - start).bit_length() - 1
        yield level, start >> level
        start += 1 << level


def completed_by(node: Node) -> tuple[int, int]:
    """Where a subtree's root is stored: the number of the leaf that completed it, and its place among its hashes."""
    level, index = node
    return ((index + 1) << level) - 1, level


def _middle(start: int, end: int) -> int:
    """The split of RFC 6962: the left part is the largest power of two smaller than the whole."""
    return start + (1 << (end - start - 1).bit_length() - 1)


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The ranges whose roots prove that leaf `index` is in the tree of `size` leaves, from the leaf upwards."""
    if not 0 <= index < size:
        raise InvalidProof("The leaf is not in the tree.")
    start, end, ranges = 0, size, []
    while end - start > 1:
        middle = _middle(start, end)
        if index < middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    return ranges[::-1]


def consistency_ranges(first: int, second: int) -> list[Range]:
    """The ranges whose roots prove that the tree of `second` leaves extends the one of `first`, smallest first."""
    if not 0 < first <= second:
        raise InvalidProof("A tree is consistent only with a later one, and neither is empty.")
    start, end, ranges = 0, second, []
    while end != first:
        middle = _middle(start, end)
        if first <= middle:
            ranges.append((middle, end))
            end = middle
        else:
            ranges.append((start, middle))
            start = middle
    if start:  # the common subtree is not the whole first tree, so its root must be given
        ranges.append((start, end))
    return ranges[::-1]


def nodes_of(ranges: Sequence[Range]) -> list[Node]:
    return [node for part in ranges for node in cover(*part)]


def path(ranges: Sequence[Range], hashes: Mapping[Node, bytes]) -> list[bytes]:
    """The proof itself: the root of each range, from stored subtree roots."""
    return [fold([hashes[node] for node in cover(*part)]) for part in ranges]


def root_from_inclusion(*, index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """The root that an inclusion proof leads to; compare it with a signed one. Raises InvalidProof."""
    ranges = inclusion_ranges(index, size)
    if len(ranges) != len(proof):
        raise InvalidProof(f"A proof for leaf {index} of {size} has {len(ranges)} hashes, not {len(proof)}.")
    node = leaf
    for (start, _), sibling in zip(ranges, proof, strict=True):
        node = node_hash(node, sibling) if start > index else node_hash(sibling, node)
    return node


def roots_from_consistency(
    *, first: int, second: int, first_root: bytes, proof: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """The two roots that a consistency proof leads to; both must equal the signed ones. Raises InvalidProof."""
    ranges = consistency_ranges(first, second)
    if len(ranges) != len(proof):
        raise InvalidProof(f"A proof from {first} to {second} has {len(ranges)} hashes, not {len(proof)}.")
    steps = list(zip(ranges, proof, strict=True))
    seed = first_root
    if steps and steps[0][0][1] == first:
        seed = steps.pop(0)[1]
    older = newer = seed
    for (start, _), sibling in steps:
        if start >= first:
            newer = node_hash(newer, sibling)
        else:
            older, newer = node_hash(sibling, older), node_hash(sibling, newer)
    return older, newer
