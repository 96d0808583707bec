"""Field encryption: AES-256-GCM under a key ring, bound to its place, and a keyed blind index for look-ups.

Envelope: version byte 1, length of the key id, key id, 12-byte nonce, ciphertext with tag. The associated data is
"table|column|row", so a value moved to another row, column or table does not open.
"""

import base64
import hashlib
import hmac
import os
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = 1
_NONCE = 12


class DecryptionError(Exception):
    """The value was altered, moved, or its key is not in the ring."""


@dataclass(frozen=True)
class KeyRing:
    """Keys by id; `active` seals new values, every key opens old ones. Keys are 32 random bytes."""

    keys: Mapping[str, bytes]
    active: str
    index_key: bytes

    def __post_init__(self) -> None:
        if self.active not in self.keys:
            raise ValueError("The active key is not in the ring.")
        if any(len(key) != 32 for key in self.keys.values()):
            raise ValueError("Field keys are 32 bytes.")

    def encrypt(self, plaintext: bytes, *, place: str) -> bytes:
        """Seal `plaintext` for `place` ("table|column|row") under the active key."""
        nonce = os.urandom(_NONCE)
        sealed = AESGCM(self.keys[self.active]).encrypt(nonce, plaintext, place.encode())
        key_id = self.active.encode()
        return bytes([_VERSION, len(key_id)]) + key_id + nonce + sealed

    def decrypt(self, envelope: bytes, *, place: str) -> bytes:
        """Open an envelope. Raises DecryptionError."""
        try:
            version, size = envelope[0], envelope[1]
            key = self.keys[envelope[2 : 2 + size].decode()]
            nonce, sealed = envelope[2 + size : 2 + size + _NONCE], envelope[2 + size + _NONCE :]
            if version != _VERSION:
                raise DecryptionError("Unknown envelope version.")
            return AESGCM(key).decrypt(nonce, sealed, place.encode())
        except (IndexError, KeyError, ValueError, InvalidTag) as error:
            raise DecryptionError("The value does not open here.") from error

    def key_id(self, envelope: bytes) -> str:
        """The id of the key that sealed this envelope."""
        return envelope[2 : 2 + envelope[1]].decode()

    def blind_index(self, value: str, *, purpose: str) -> str:
        """HMAC-SHA-256 of the normalised value (NFKC, casefold, no spaces) under a key separate from the field
        keys; equal values meet, nothing else is revealed. `purpose` ("table.column") keeps columns apart."""
        normal = "".join(unicodedata.normalize("NFKC", value).casefold().split())
        message = f"{purpose}|{normal}".encode()
        return hmac.new(self.index_key, message, hashlib.sha256).hexdigest()


def decode_key(text: str) -> bytes:
    """A key as configured: base64 of 32 bytes. Raises ValueError."""
    key = base64.b64decode(text, validate=True)
    if len(key) != 32:
        raise ValueError("A key is base64 of 32 bytes.")
    return key
