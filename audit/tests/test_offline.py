"""The verifier for auditors runs on its own: another process, no site packages, no database."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command

from audit import keys
from audit.offline import verify
from audit.tests.factories import sealed_log

SCRIPT = Path(verify.__file__)


def offline(*arguments):
    return subprocess.run(
        [sys.executable, "-I", "-S", str(SCRIPT), *map(str, arguments)], capture_output=True, text=True, check=False
    )


@pytest.fixture
def export(db, tmp_path):
    sealed_log(7, 6, 7)
    out = tmp_path / "events.jsonl"
    call_command("export_audit", "--out", str(out))
    return out


def test_an_export_is_proved_without_the_product(export):
    done = offline("export", export, "--key", keys.signer().verifier)
    assert (done.returncode, done.stdout) == (0, "Proved. All 20 events are the ones that were signed.\n")


def edit(lines):
    lines[8] = lines[8].replace("12.34", "99.99")


def swap(lines):
    lines[8], lines[9] = lines[9], lines[8]


def cut(lines):
    del lines[15:]


def drop(lines):
    del lines[8]


def add(lines):
    lines.append(lines[-1])


@pytest.mark.parametrize(
    ("attack", "place"),
    [(edit, "lines 8 to 13"), (swap, "lines 8 to 13"), (drop, "lines 8 to 13"), (cut, "15"), (add, "lines 21 to 21")],
)
def test_an_altered_export_is_refused_and_the_place_told(export, attack, place):
    lines = export.read_text().splitlines()
    attack(lines)
    export.write_text("\n".join(lines) + "\n")
    done = offline("export", export)
    assert done.returncode == 1
    assert place in done.stderr


def test_another_key_is_not_believed(export):
    stranger = Ed25519PrivateKey.generate()
    from audit.checkpoint import Signer

    assert offline("export", export, "--key", Signer("nexafi.localhost/audit", stranger).verifier).returncode == 1


def test_an_export_never_overwrites(export):
    with pytest.raises(CommandError, match="is there already"):
        call_command("export_audit", "--out", str(export))


def test_the_bundle_holds_no_private_key(export):
    bundle = json.loads(Path(f"{export}.proof.json").read_text())
    assert set(bundle) == {"tree_size", "verifier_keys", "checkpoints"}


def test_its_signature_check_agrees_with_the_library():
    for number in range(20):
        key = Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)
        public, message = key.public_key().public_bytes_raw(), b"message %d" % number
        signature = key.sign(message)
        assert verify.signature_holds(public, message, signature)
        assert not verify.signature_holds(public, message + b"!", signature)
        assert not verify.signature_holds(public, message, signature[:40] + b"\x00" + signature[41:])
