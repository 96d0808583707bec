"""Encrypted fields: the ring rotates, and a value opens only where it was sealed."""

import os
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexafi.core.crypto import DecryptionError, KeyRing, decode_key

OLD = KeyRing(keys={"2025": os.urandom(32)}, active="2025", index_key=os.urandom(32))
NEW = replace(OLD, keys={**OLD.keys, "2026": os.urandom(32)}, active="2026")
PLACE = "accounts_customer|document_number|018f"


@given(st.binary(max_size=300))
def test_what_is_sealed_opens_in_its_place(plaintext):
    assert OLD.decrypt(OLD.encrypt(plaintext, place=PLACE), place=PLACE) == plaintext


def test_a_new_active_key_seals_and_the_old_one_still_opens():
    before = OLD.encrypt(b"P1234567", place=PLACE)
    after = NEW.encrypt(b"P1234567", place=PLACE)
    assert (NEW.key_id(before), NEW.key_id(after)) == ("2025", "2026")
    assert NEW.decrypt(before, place=PLACE) == NEW.decrypt(after, place=PLACE) == b"P1234567"
    with pytest.raises(DecryptionError):
        OLD.decrypt(after, place=PLACE)


@pytest.mark.parametrize("place", ["accounts_customer|document_number|0190", "accounts_customer|phone|018f", "x|y|z"])
def test_a_value_moved_to_another_row_column_or_table_does_not_open(place):
    with pytest.raises(DecryptionError):
        OLD.decrypt(OLD.encrypt(b"P1234567", place=PLACE), place=place)


@given(st.integers(0, 60), st.integers(1, 255))
def test_one_changed_byte_is_noticed(position, flip):
    envelope = bytearray(OLD.encrypt(b"P1234567", place=PLACE))
    envelope[position % len(envelope)] ^= flip
    with pytest.raises(DecryptionError):
        OLD.decrypt(bytes(envelope), place=PLACE)


@pytest.mark.parametrize("envelope", [b"", b"\x01", b"\x01\x04", b"\x01\xff\x00", b"plain text", b"\x01\x042025"])
def test_what_is_no_envelope_is_refused(envelope):
    with pytest.raises(DecryptionError):
        OLD.decrypt(envelope, place=PLACE)


def test_equal_plaintexts_look_different_and_the_blind_index_meets():
    assert OLD.encrypt(b"same", place=PLACE) != OLD.encrypt(b"same", place=PLACE)
    index = OLD.blind_index("P 123-4567", purpose="kyc.document_number")
    assert index == NEW.blind_index("p123-4567", purpose="kyc.document_number")
    assert index != OLD.blind_index("P 123-4567", purpose="kyc.other")


def test_a_ring_needs_its_active_key_and_whole_keys():
    with pytest.raises(ValueError, match="not in the ring"):
        KeyRing(keys={"a": os.urandom(32)}, active="b", index_key=b"")
    with pytest.raises(ValueError, match="32 bytes"):
        KeyRing(keys={"a": b"short"}, active="a", index_key=b"")
    with pytest.raises(ValueError, match="32 bytes"):
        decode_key("c2hvcnQ=")
