"""Secrets and personal data out of log lines, whoever logs them: by the name of a field, and by the look of a text."""

import re
from collections.abc import Mapping
from typing import Any

REDACTED = "[redacted]"
_NAMES = (
    "pass(?:word|wd|phrase)|secret|token|authori[sz]ation|cookie|api[_-]?key|private[_-]?key|credential|signature"
    "|card(?!_id)|cvv|cvc|iban|account[_-]?number|document[_-]?number|date[_-]?of[_-]?birth|otp|recovery[_-]?code"
)
_SCHEMES = "(?:bearer|basic|api-key)"
_SECRET_NAME = re.compile(_NAMES, re.IGNORECASE)
_TEXT = re.compile(
    rf"""
      (?P<scheme>\b{_SCHEMES}\s+)[^\s"',]+                             # Authorization values
    | (?P<named>\b[\w-]*(?:{_NAMES})[\w-]*["']?\s*[=:]\s*)["']?(?:{_SCHEMES}\s+)?[^\s"'&,;}}]+  # name=value
    | (?P<url>://)[^/\s:@]+:[^/\s@]+(?=@)                                            # ://user:password@
    | \beyJ[\w-]+\.[\w-]+\.[\w-]*                                                    # JSON Web Tokens
    | [\w.+-]+@[\w-]+\.[\w.-]+                                                       # e-mail addresses
    | (?P<digits>(?<![\w.-])\d(?:[ -]?\d){{12,18}}(?![\w-]))                         # card numbers
    | (?P<iban>\b[A-Z]{{2}}\d{{2}}(?:\ ?[A-Z0-9]){{11,30}}\b)                        # bank accounts
    """,
    re.IGNORECASE | re.VERBOSE,
)


def redact(value: Any, name: str = "") -> Any:
    """A copy of `value` without what must not be logged; `name` is the field it stands in."""
    if name and _SECRET_NAME.search(name):
        return REDACTED
    if isinstance(value, Mapping):
        return {key: redact(item, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [redact(item) for item in value]
    if isinstance(value, str):
        return _TEXT.sub(_replace, value)
    return value


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
