"""A strict JSON reader for untrusted input, and the canonical form that is hashed."""

import json
import re
from decimal import Decimal
from itertools import accumulate
from typing import Any

from nexafi.core.errors import InvalidInput

MAX_DEPTH = 32
MAX_NUMBER_LENGTH = 40
# The closing quote is optional, so that a match never has to be tried again: linear on hostile input.
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
_FORBIDDEN = re.compile("[\x00\ud800-\udfff]")


class InvalidJson(InvalidInput):
    code, title = "invalid_json", "Malformed JSON"


def loads(body: bytes) -> Any:
    """Parse UTF-8 JSON. Numbers with a fraction become Decimal, others int.

    Raises InvalidJson for what a lenient reader lets through: a byte order mark, invalid UTF-8, nesting deeper
    than 32, duplicate keys, NUL, lone surrogates, NaN and Infinity, exponents, numbers longer than 40 characters,
    and anything after the value.
    """
    _check_depth(body)
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidJson("The body is not valid UTF-8.") from error
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError) as error:
        raise InvalidJson(f"The body is not valid JSON: {error}.") from error
    if "\\u" in text:  # only an escape can bring what UTF-8 and the reader refuse: a NUL or half a surrogate pair
        _check_text(value)
    return value


def _check_depth(body: bytes) -> None:
    """Refuse deep nesting before the parser recurses."""
    if body.count(b"[") + body.count(b"{") <= MAX_DEPTH:
        return
    brackets = _STRING.sub(b"", body).translate(None, _NOT_BRACKETS)
    if max(accumulate(map(_STEPS.__getitem__, brackets)), default=0) > MAX_DEPTH:
        raise InvalidJson(f"The body is nested deeper than {MAX_DEPTH} levels.")


def _check_text(value: Any) -> None:
    if isinstance(value, str):
        if _FORBIDDEN.search(value):
            raise InvalidJson("Text holds a NUL or a lone surrogate.")
    elif isinstance(value, list):
        for item in value:
            _check_text(item)
    elif isinstance(value, dict):
        for key, item in value.items():
            _check_text(key)
            _check_text(item)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise InvalidJson("The body repeats a key.")
    return result


def _int(text: str) -> int:
    _check_number(text)
    return int(text)


def _decimal(text: str) -> Decimal:
    _check_number(text)
    if "e" in text or "E" in text:
        raise InvalidJson("Numbers are written without an exponent.")
    return Decimal(text)


def _check_number(text: str) -> None:
    if len(text) > MAX_NUMBER_LENGTH:
        raise InvalidJson(f"A number is longer than {MAX_NUMBER_LENGTH} characters.")


def _constant(name: str) -> Any:
    raise InvalidJson(f"{name} is not a JSON number.")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_int, parse_float=_decimal, parse_constant=_constant)


def canonical(value: Any) -> bytes:
    """The one byte form that is hashed and signed: UTF-8, keys sorted, no spaces, no floats (amounts are strings).

    Raises TypeError for floats and for anything JSON has no form for, so that nothing is hashed by accident.
    """
    _reject_floats(value)
    return _ENCODER.encode(value).encode("utf-8")


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _reject_floats(value: Any) -> None:
    found = [value]
    for item in found:  # grows as it goes: a call for each level would cost more than the look
        if isinstance(item, str):
            continue
        if isinstance(item, float):
            raise TypeError("Floats have no canonical form; use strings or integers.")
        if isinstance(item, dict):
            found += item.values()
        elif isinstance(item, list | tuple):
            found += item
