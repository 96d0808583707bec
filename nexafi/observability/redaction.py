"""Secrets and personal data out of log lines, whoever logs them: by the name of a field, and by the look of a text."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

REDACTED = "[redacted]"
MAX_LENGTH = 20_000  # of one text; a longer one is cut
SHORTEST = 8  # nothing shorter can be one of the texts below
_NAMES = (
    "pass(?:word|wd|phrase)|secret|token|authori[sz]ation|cookie|api[_-]?key|private[_-]?key|credential|signature"
    "|card(?!_id)|cvv|cvc|iban|account[_-]?number|document[_-]?number|date[_-]?of[_-]?birth|otp|recovery[_-]?code"
)
_SCHEMES = "(?:bearer|basic|api-key)"
_VALUE = rf"""(?:"[^"]{{0,2000}}"?|'[^']{{0,2000}}'?|(?:{_SCHEMES}\s+)?[^\s"'&,;}}]+)"""
_SECRET_NAME = re.compile(_NAMES, re.IGNORECASE)
_TEXT = re.compile(
    rf"""
      (?P<scheme>\b{_SCHEMES}\s+)[^\s"',]+                             # Authorization values
    | (?P<named>(?:{_NAMES})[\w-]{{0,40}}["']?\s{{0,4}}[=:]\s{{0,4}}){_VALUE}  # name=value
    | (?P<url>://)[^/\s:@]{{1,100}}:[^/\s@]{{1,200}}(?=@)                                            # ://user:password@
    | \beyJ[\w-]+\.[\w-]+\.[\w-]*                                                    # JSON Web Tokens
    | [\w.+-]{{1,64}}@[\w-]{{1,63}}\.[\w.-]+                                                       # e-mail addresses
    | (?P<digits>(?<![\w.-])\d(?:[ -]?\d){{12,18}}(?![\w-]))                         # card numbers
    | (?P<iban>\b[A-Z]{{2}}\d{{2}}(?:\ ?[A-Z0-9]){{11,30}}\b)                        # bank accounts
    """,
    re.IGNORECASE | re.VERBOSE,
)


def redact(value: Any, name: str = "") -> Any:
    """A copy of `value` without what must not be logged; `name` is the field it stands in."""
    if name and _is_secret_name(name):
        return REDACTED
    if isinstance(value, Mapping):
        return {key: redact(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [redact(item) for item in value]
    if isinstance(value, str) and len(value) >= SHORTEST:
        return _TEXT.sub(_replace, value if len(value) <= MAX_LENGTH else f"{value[:MAX_LENGTH]} [cut]")
    return value


@lru_cache(maxsize=4096)
def _is_secret_name(name: str) -> bool:
    return bool(_SECRET_NAME.search(name))


def _replace(match: re.Match[str]) -> str:
    if match["digits"] and not _luhn(match["digits"]):
        return match[0]
    if match["iban"] and not _mod97(match["iban"]):
        return match[0]
    return (match["scheme"] or match["named"] or match["url"] or "") + REDACTED


def _luhn(text: str) -> bool:
    """Whether the digits carry a payment card's check digit (ISO/IEC 7812-1)."""
    digits = [int(character) for character in text if character.isdigit()][::-1]
    return (sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0


def _mod97(text: str) -> bool:
    """Whether the text carries an IBAN's check digits (ISO 13616)."""
    compact = text.replace(" ", "").upper()
    return int("".join(str(int(character, 36)) for character in compact[4:] + compact[:4])) % 97 == 1
