"""The strict reader and the canonical form; what clients see of it is in nexafi/api/tests/test_hostile_input.py."""

import json
from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexafi.core.json import MAX_DEPTH, InvalidJson, canonical, loads

TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_ordinary_values_read_as_they_were_written(value):
    assert loads(json.dumps(value).encode()) == value
    assert loads(canonical(value)) == value


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body):
    with suppress(InvalidJson):
        loads(body)


def test_a_fraction_is_an_exact_decimal():
    assert loads(b'{"a": 0.10}')["a"] == Decimal("0.10")
    assert str(loads(b"12.340")) == "12.340"


def test_depth_counts_nesting_and_not_brackets_in_text_or_siblings():
    deepest = b"[" * MAX_DEPTH + b"]" * MAX_DEPTH
    assert loads(deepest)
    assert loads(json.dumps(["[{" * 100, '"[' * 40, [[]] * 100]).encode())
    with pytest.raises(InvalidJson, match="nested"):
        loads(b"[" + deepest + b"]")


def test_an_escaped_backslash_before_u0000_is_plain_text():
    assert loads(rb'"\\u0000"') == r"\u0000"


def test_the_canonical_form_sorts_keys_and_refuses_what_has_no_form():
    assert canonical({"b": [1, "é"], "a": None}) == '{"a":null,"b":[1,"é"]}'.encode()
    for value in (1.5, [float("nan")], {"a": {"b": 0.1}}, Decimal(1), object()):
        with pytest.raises(TypeError):
            canonical(value)
