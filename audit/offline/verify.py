#!/usr/bin/env python3
"""Check NexaFi audit proofs and exports with nothing but Python 3.9+: no product, no database, no package.

    verify.py inclusion PROOF.json      an answer of GET /api/v1/audit/proofs/inclusion
    verify.py consistency PROOF.json    an answer of GET /api/v1/audit/proofs/consistency
    verify.py export EVENTS.jsonl       a file of `manage.py export_audit`, with EVENTS.jsonl.proof.json beside it

`--key` names the log's verifier key (C2SP form, name+id+base64), which you should hold from elsewhere; without it the
key that the file brings along is used, and said so. Exit code 0: proved; 1: not.

Sources: RFC 6962 section 2.1 (tree), RFC 9162 section 2.1.3 and 2.1.4 (checking proofs), RFC 8032 section 5.1
(Ed25519), C2SP signed-note and tlog-checkpoint (signed heads).
"""

import argparse
import base64
import json
import sys
from hashlib import sha256, sha512
from typing import Any, Dict, Iterable, List, Optional, Sequence, Tuple

Point = Tuple[int, int, int, int]
Proof = Dict[str, Any]


class NotProved(Exception):
    """The proof does not hold; the message says where."""


# --- Ed25519 (RFC 8032 section 5.1), points in extended coordinates --------------------------------------------------
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def add(a: Point, b: Point) -> Point:
    left, right = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = right - left, d - c, d + c, right + left
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(scalar: int, point: Point) -> Point:
    total = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point, scalar = add(point, point), scalar >> 1
    return total


def same(a: Point, b: Point) -> bool:
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def point_of(encoded: bytes) -> Optional[Point]:
    """Decode a point; None when there is none (section 5.1.3)."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & (2**255 - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = point_of((4 * pow(5, -1, P) % P).to_bytes(32, "little"))


def signature_holds(public_key: bytes, message: bytes, signature: bytes) -> bool:
    point, commitment = point_of(public_key), point_of(signature[:32])
    scalar = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or point is None or commitment is None or scalar >= ORDER:
        return False
    challenge = int.from_bytes(sha512(signature[:32] + public_key + message).digest(), "little") % ORDER
    assert BASE is not None
    return same(multiply(scalar, BASE), add(commitment, multiply(challenge, point)))


# --- signed heads ----------------------------------------------------------------------------------------------------


def read_key(vkey: str) -> Tuple[str, bytes, bytes]:
    """(name, key id, public key) of a verifier key."""
    name, key_id, encoded = vkey.split("+", 2)
    raw = base64.b64decode(encoded, validate=True)
    expected = sha256(name.encode() + b"\n" + raw).digest()[:4]
    if raw[:1] != b"\x01" or len(raw) != 33 or expected.hex() != key_id:
        raise NotProved(f"{vkey} is not an Ed25519 verifier key")
    return name, expected, raw[1:]


def open_head(note: str, vkeys: Sequence[str]) -> Tuple[int, bytes]:
    """(size, root) of a checkpoint that one of the keys signed."""
    text, _, signatures = note.partition("\n\n")
    text += "\n"
    for vkey in vkeys:
        name, key_id, public_key = read_key(vkey)
        for line in signatures.splitlines():
            mark, _, rest = line.partition(" ")
            signer, _, encoded = rest.partition(" ")
            raw = base64.b64decode(encoded)
            if (mark, signer, raw[:4]) != ("\u2014", name, key_id):
                continue
            if signature_holds(public_key, text.encode(), raw[4:]):
                _, size, root = text.split("\n")[:3]
                return int(size), base64.b64decode(root, validate=True)
    raise NotProved("no trusted key signed the checkpoint")


# --- the tree --------------------------------------------------------------------------------------------------------


def leaf_hash(body: bytes) -> bytes:
    return sha256(b"\x00" + body).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def root_of_inclusion(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> bytes:
    """RFC 9162 section 2.1.3.2."""
    if not 0 <= index < size:
        raise NotProved("the leaf is outside the tree")
    node, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise NotProved("the path is too long")
        if node & 1 or node == last:
            root = node_hash(sibling, root)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise NotProved("the path is too short")
    return root


def roots_of_consistency(first: int, second: int, first_root: bytes, path: Sequence[bytes]) -> Tuple[bytes, bytes]:
    """RFC 9162 section 2.1.4.2."""
    if first == second:
        if path:
            raise NotProved("trees of one size need no path")
        return first_root, first_root
    path = [first_root, *path] if first & (first - 1) == 0 else list(path)
    if not path:
        raise NotProved("the path is empty")
    node, last = first - 1, second - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    older = newer = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise NotProved("the path is too long")
        if node & 1 or node == last:
            older, newer = node_hash(sibling, older), node_hash(sibling, newer)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            newer = node_hash(newer, sibling)
        node, last = node >> 1, last >> 1
    if last:
        raise NotProved("the path is too short")
    return older, newer


# --- the three checks ------------------------------------------------------------------------------------------------


def check_inclusion(proof: Proof, vkeys: Sequence[str]) -> str:
    body = base64.b64decode(proof["body"])
    path = [base64.b64decode(node) for node in proof["audit_path"]]
    size, signed = open_head(proof["checkpoint"], vkeys)
    if root_of_inclusion(proof["leaf_index"], size, leaf_hash(body), path) != signed:
        raise NotProved("the event does not lead to the signed root")
    event = json.loads(body)
    if event["id"] != proof["event_id"]:
        raise NotProved("the body is of another event")
    return f"Event {event['id']} ({event['action']}, {event['at']}) is leaf {proof['leaf_index']} of {size}."


def check_consistency(proof: Proof, vkeys: Sequence[str]) -> str:
    if not (proof["first_checkpoint"] and proof["second_checkpoint"]):
        raise NotProved("both sizes need a signed checkpoint; choose sizes at which a head was signed")
    first, first_root = open_head(proof["first_checkpoint"], vkeys)
    second, second_root = open_head(proof["second_checkpoint"], vkeys)
    if not 0 < first <= second:
        raise NotProved("the second tree is smaller than the first")
    path = [base64.b64decode(node) for node in proof["consistency_path"]]
    if roots_of_consistency(first, second, first_root, path) != (first_root, second_root):
        raise NotProved(f"the tree of {second} does not extend the tree of {first}")
    return f"The tree of {second} events only appended to the tree of {first}."


def check_export(lines: Iterable[bytes], bundle: Proof, vkeys: Sequence[str]) -> str:
    heads = sorted(open_head(note, vkeys) for note in bundle["checkpoints"])
    edge: List[bytes] = []
    size = good = 0
    for line in lines:
        node, index = leaf_hash(line.rstrip(b"\n")), size
        while index & 1:
            node, index = node_hash(edge.pop(), node), index >> 1
        edge.append(node)
        size += 1
        while heads and heads[0][0] == size:
            if root_of_edge(edge) != heads.pop(0)[1]:
                raise NotProved(f"lines {good + 1} to {size} were altered, reordered or cut")
            good = size
    if heads:
        raise NotProved(f"the file ends at line {size}; the signed tree has {heads[-1][0]} events")
    if size != good:
        raise NotProved(f"lines {good + 1} to {size} are not in the signed tree")
    return f"All {size} events are the ones that were signed."


def root_of_edge(edge: Sequence[bytes]) -> bytes:
    root = edge[-1]
    for left in reversed(edge[:-1]):
        root = node_hash(left, root)
    return root


def main(arguments: Optional[Sequence[str]] = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["inclusion", "consistency", "export"])
    parser.add_argument("file")
    parser.add_argument("--key", action="append", help="the log's verifier key; may be given more than once")
    options = parser.parse_args(arguments)
    with open(options.file + (".proof.json" if options.what == "export" else ""), encoding="utf-8") as file:
        proof = json.load(file)
    vkeys = options.key or proof.get("verifier_keys") or []
    try:
        if options.what == "export":
            with open(options.file, "rb") as lines:
                verdict = check_export(lines, proof, vkeys)
        else:
            verdict = {"inclusion": check_inclusion, "consistency": check_consistency}[options.what](proof, vkeys)
    except (NotProved, KeyError, ValueError) as error:
        print(f"NOT PROVED: {error}", file=sys.stderr)
        return 1
    print(f"Proved. {verdict}")
    if not options.key:
        print("The key came with the file: compare it with the one that the operator gave you.", *vkeys, sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
