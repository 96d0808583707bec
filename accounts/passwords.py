"""What a password must be. Every fault is reported at once, each with its own code."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from zxcvbn import zxcvbn

from nexafi.core.errors import FieldError, InvalidInput

MINIMUM: Final = 12
MAXIMUM: Final = 128  # characters; a bound on what is hashed and scored
SCORED: Final = 72  # zxcvbn's time grows faster than the text; the first 72 characters decide
# zxcvbn tries every combination of what these could stand for: 66 characters that use all of them took it 41 seconds.
# Six different ones take well under a second and are more than anybody replaces in a word.
_LOOKALIKES: Final = frozenset("4@8({[<3691!|70$5+%2")
_LOOKALIKES_SCORED: Final = 6
MINIMUM_SCORE: Final = 3  # "safely unguessable: moderate protection from offline slow-hash scenario" (zxcvbn)

_common = CommonPasswordValidator()


class WeakPassword(InvalidInput):
    """`errors` lists every fault."""

    code, title = "weak_password", "The password is not accepted"


def normalise_password(password: str) -> str:
    """NFKC, so that one keyboard's spelling of a character is as good as another's (NIST SP 800-63B 3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


def check_password_rules(password: str, *, personal: Iterable[str], pointer: str = "/password") -> None:
    """Raise WeakPassword with one FieldError per fault. `personal` is the user's own data: names, e-mail, phone,
    company; a password that contains a part of it of four characters or more is refused."""
    password = normalise_password(password)
    faults = list(_faults(password, list(personal)))
    if faults:
        raise WeakPassword(errors=[FieldError(pointer, code, detail) for code, detail in faults])


_RULES: Final[list[tuple[str, str, Callable[[str], bool]]]] = [
    ("password_too_short", f"Use at least {MINIMUM} characters.", lambda p: len(p) >= MINIMUM),
    ("password_too_long", f"Use at most {MAXIMUM} characters.", lambda p: len(p) <= MAXIMUM),
    ("password_no_uppercase", "Use an upper case letter.", lambda p: any(c.isupper() for c in p)),
    ("password_no_lowercase", "Use a lower case letter.", lambda p: any(c.islower() for c in p)),
    ("password_no_digit", "Use a digit.", lambda p: any(c.isdigit() for c in p)),
    ("password_no_special", "Use a character that is no letter or digit.", lambda p: not p.isalnum()),
]


def _faults(password: str, personal: list[str]) -> Iterator[tuple[str, str]]:
    yield from ((code, detail) for code, detail, holds in _RULES if not holds(password))
    if _is_common(password):
        yield "password_common", "This password is on lists of stolen passwords."
    own = sorted({part for text in personal for part in _parts(text)})
    if any(part in password.casefold() for part in own):
        yield "password_personal", "The password contains your name, e-mail address, phone or company."
    if password and zxcvbn(_scorable(password), user_inputs=own)["score"] < MINIMUM_SCORE:
        yield "password_guessable", "The password is easy to guess; add unrelated words."


def _scorable(password: str) -> str:
    """What zxcvbn sees: without capitals, which hide repetition from it ("Aaaaaaaaaaaa1!" passed), and with look-alikes
    beyond the sixth different one made alike."""
    text = password.casefold()[:SCORED]
    kept = list(dict.fromkeys(char for char in text if char in _LOOKALIKES))[:_LOOKALIKES_SCORED]
    return "".join("_" if char in _LOOKALIKES.difference(kept) else char for char in text)


def _is_common(password: str) -> bool:
    try:
        _common.validate(password)
    except ValidationError:
        return True
    return False


def _parts(text: str) -> Iterator[str]:
    """The recognisable pieces of a name, address or phone: runs of four or more letters or digits."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    yield from re.findall(r"\w{4,}", folded)
    digits = re.sub(r"\D", "", folded)
    if len(digits) >= 4:
        yield digits
