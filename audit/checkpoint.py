"""Signed tree heads in the text forms of C2SP: tlog-checkpoint inside signed-note, Ed25519.

A checkpoint is "origin, size, base64 root" on three lines; a blank line and signature lines follow. A key's id is the
first four bytes of SHA-256(name, newline, algorithm byte, public key).
"""

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_SIGNATURE_LINE = "\u2014 "


class InvalidCheckpoint(ValueError):
    """The text is not a checkpoint, or no trusted key signed it."""


@dataclass(frozen=True)
class Checkpoint:
    """The state of a log: its name, number of leaves and root hash."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


@dataclass(frozen=True)
class Verifier:
    """A named public key."""

    name: str
    public_key: bytes

    @property
    def key_id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public_key).digest()[:4]

    def __str__(self) -> str:
        """The C2SP "vkey" form: name+id+key."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(_ED25519 + self.public_key).decode()}"

    @classmethod
    def parse(cls, vkey: str) -> "Verifier":
        """Read the "vkey" form. Raises ValueError."""
        name, key_id, key = vkey.split("+", 2)
        raw = base64.b64decode(key, validate=True)
        verifier = cls(name, raw[1:])
        if raw[:1] != _ED25519 or len(raw) != 33 or verifier.key_id.hex() != key_id:
            raise ValueError(f"{name} is not an Ed25519 verifier key.")
        return verifier

    def accepts(self, text: str, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, text.encode())
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Signer:
    """A named private key."""

    name: str
    private_key: Ed25519PrivateKey

    @property
    def verifier(self) -> Verifier:
        return Verifier(self.name, self.private_key.public_key().public_bytes_raw())

    def sign(self, checkpoint: Checkpoint) -> str:
        """The checkpoint as a signed note."""
        signature = self.verifier.key_id + self.private_key.sign(checkpoint.text.encode())
        return f"{checkpoint.text}\n{_SIGNATURE_LINE}{self.name} {base64.b64encode(signature).decode()}\n"


def parse(note: str) -> Checkpoint:
    """The checkpoint inside a signed note, without checking signatures. Raises InvalidCheckpoint."""
    try:
        origin, size, root, *_ = note.partition("\n\n")[0].split("\n")
        checkpoint = Checkpoint(origin, int(size), base64.b64decode(root, validate=True))
    except ValueError as error:
        raise InvalidCheckpoint("The text is not a checkpoint.") from error
    if not note.startswith(checkpoint.text + "\n"):
        raise InvalidCheckpoint("The checkpoint is not in its one form.")
    return checkpoint


def verify(note: str, trusted: Iterable[Verifier]) -> Checkpoint:
    """The checkpoint of a note that one of the trusted keys signed. Raises InvalidCheckpoint."""
    checkpoint = parse(note)
    signatures = dict(_signatures(note))
    for verifier in trusted:
        signature = signatures.get((verifier.name, verifier.key_id))
        if signature is not None and verifier.accepts(checkpoint.text, signature):
            return checkpoint
    raise InvalidCheckpoint("No trusted key signed this checkpoint.")


def _signatures(note: str) -> Iterable[tuple[tuple[str, bytes], bytes]]:
    for line in note.partition("\n\n")[2].splitlines():
        name, _, encoded = line.removeprefix(_SIGNATURE_LINE).partition(" ")
        try:
            raw = base64.b64decode(encoded, validate=True)
        except binascii.Error:
            continue
        yield (name, raw[:4]), raw[4:]
