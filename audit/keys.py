"""The key that signs tree heads, and the keys that heads are checked against. Never in the database."""

import base64
import os
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from audit.checkpoint import Signer, Verifier


def signer() -> Signer:
    """The log's signing key: AUDIT_SIGNING_KEY_B64, else the key file, which is made on first use."""
    return Signer(settings.AUDIT_ORIGIN, _private_key(settings.AUDIT_SIGNING_KEY_B64, settings.AUDIT_KEY_FILE))


def trusted() -> list[Verifier]:
    """The signing key's public half and the retired keys (AUDIT_RETIRED_KEYS, C2SP "vkey" form)."""
    return [signer().verifier, *map(Verifier.parse, settings.AUDIT_RETIRED_KEYS)]


@lru_cache(maxsize=8)
def _private_key(encoded: str, path: Path) -> Ed25519PrivateKey:
    seed = base64.b64decode(encoded, validate=True) if encoded else _seed_from_file(path)
    return Ed25519PrivateKey.from_private_bytes(seed)


def _seed_from_file(path: Path) -> bytes:
    if not path.exists():
        _create(path)
    return base64.b64decode(path.read_text().strip(), validate=True)


def _create(path: Path) -> None:
    """Write a new key, readable by its owner only; of several processes that try at once, the first wins."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(base64.b64encode(os.urandom(32)).decode() + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
