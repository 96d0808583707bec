"""One spelling per e-mail address, so that no two accounts are twins of one mailbox."""

import unicodedata

import idna
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from nexafi.core.errors import InvalidInput


class InvalidEmail(InvalidInput):
    """Not an address, or one that imitates another."""

    code, title = "invalid_email", "Not a usable e-mail address"


def normalise_email(text: str) -> str:
    """The stored form of an address: NFKC and casefold, the domain as an IDNA A-label (UTS 46).

    Raises InvalidEmail, also for a local part or domain label that mixes scripts (a Cyrillic `а` among Latin
    letters), because such an address looks like somebody else's (UTS 39 section 5.1).
    """
    local, at, domain = unicodedata.normalize("NFKC", text).strip().casefold().rpartition("@")
    if not at or any(len(_scripts(part)) > 1 for part in (local, *domain.split("."))):
        raise InvalidEmail(pointer="/email")
    try:
        # A casefold can undo NFKC (and the reverse), so normalise once more: the form must be a fixed point.
        address = f"{unicodedata.normalize('NFKC', local)}@{idna.encode(domain, uts46=True).decode('ascii')}"
        validate_email(_ascii_shape(address))
    except (idna.IDNAError, ValidationError, UnicodeError) as error:
        raise InvalidEmail(pointer="/email") from error
    if len(address) > 254:
        raise InvalidEmail(pointer="/email")
    return address


def safe_email(text: str) -> str:
    """The stored form, or for what is no address a text that no account can have: for look-ups that must not fail."""
    try:
        return normalise_email(text)
    except InvalidEmail:
        return text.strip().casefold()[:254]


def _scripts(text: str) -> set[str]:
    """The writing systems of the letters in `text`, by the first word of their Unicode names."""
    return {unicodedata.name(char, "UNNAMED").split()[0] for char in text if char.isalpha()}


def _ascii_shape(address: str) -> str:
    """Django checks ASCII local parts only; letters of other scripts (RFC 6531) are checked as if they were `x`."""
    return "".join(char if char.isascii() else "x" if char.isalnum() else " " for char in address)
