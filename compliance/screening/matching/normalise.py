"""From a name as written to the tokens that are compared.

Alphabets with letters for vowels (Latin, Cyrillic, Greek, Armenian, Georgian, Hangul) are romanised. Arabic,
Hebrew and Han are not: without vowels or with many readings a romanisation pairs strangers, so they are compared in
their own script.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from anyascii import anyascii
from jellyfish import metaphone

ROMANISED: Final = frozenset({"LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "GEORGIAN", "HANGUL", "DIGIT", "FULLWIDTH"})

_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʻʼʾʿ`´ˊˋ′″\"“”„«»"))
_ARABIC = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه", "ؤ": "و", "ئ": "ي", "ـ": None}
)
_WORDS = re.compile(r"[^\W_]+")

# One spelling for the particles of Arabic, Turkic and Hebrew names.
_PARTICLES: Final = {
    "el": "al", "ul": "al", "ibn": "bin", "ben": "bin", "abou": "abu", "oglu": "ogly", "ogli": "ogly", "uulu": "ogly",
    "junior": "jr", "senior": "sr",
}  # fmt: skip

# Words that tie a name together and tell nobody apart, in a language of the lists or another.
TIES: Final = frozenset(
    ("al", "bin", "bint", "abu", "de", "del", "la", "las", "los", "y", "e", "da", "do", "dos", "di", "van", "von",
     "der", "of")
)  # fmt: skip

# Legal forms, one spelling each (public ISO 20275 entity legal forms and their usual abbreviations).
_LEGAL_PHRASES: Final = (
    (r"limited liability (?:company|partnership)|obshchestvo s ogranichennoy otvetstvennostyu|"
     r"obshchestvo s ogranichennoi otvetstvennostyu|tovarystvo z obmezhenoyu vidpovidalnistyu|"
     r"tovarishchestvo s ogranichennoy otvetstvennostyu|obschestvo s ogranichennoy otvetstvennostyu|"
     r"o o o|l l c", "llc"),
    (r"(?:open |closed |public |private )?joint stock company|"
     r"(?:otkrytoe |zakrytoe |publichnoe |nepublichnoe )?aktsionernoe obshchestvo", "jsc"),
    (r"public limited company", "plc"),
    (r"(?:private|pvt|pte|pty) (?:limited|ltd)", "ltd"),
    (r"s a de c v|sociedad anonima de capital variable", "sa"),
    (r"s a r l|societe a responsabilite limitee|s r l|sociedad de responsabilidad limitada", "srl"),
    (r"s a s|sociedad por acciones simplificada", "sas"),
    (r"gesellschaft mit beschrankter haftung", "gmbh"),
    (r"aktiengesellschaft", "ag"),
    (r"free zone (?:company|establishment)|f z c o|f z e|fz llc", "fze"),
    (r"s a|sociedad anonima|societe anonyme|sociedade anonima", "sa"),
    (r"b v|besloten vennootschap", "bv"),
    (r"s p a|societa per azioni", "spa"),
)  # fmt: skip
# "Abd al-Malik", "Abdel Malik" and "Abdalmalik" are one name: servant of the (article) and one of ninety-nine words.
_SERVANT: Final = r"abd(?: (?:al|ul|el|ur|ar|us|as|ol))?\b(?= \w)|abd(?:el|al|ol)"
_FORMS = [*((rf"(?:{pattern})\b", form) for pattern, form in _LEGAL_PHRASES), (_SERVANT, "abdul")]
_REWRITE = re.compile(r"\b(?:" + "|".join(f"({pattern})" for pattern, _ in _FORMS) + ")")


def _rewrite(found: re.Match[str]) -> str:
    return _FORMS[(found.lastindex or 1) - 1][1]


_LEGAL_WORDS: Final = {
    "limited": "ltd", "ooo": "llc", "tov": "llc", "too": "llc", "company": "co", "comp": "co", "compania": "co",
    "corporation": "corp", "incorporated": "inc", "oao": "jsc", "zao": "jsc", "pao": "jsc", "pjsc": "jsc",
    "ojsc": "jsc", "cjsc": "jsc", "ao": "jsc", "sarl": "srl", "fzco": "fze", "fzc": "fze", "brothers": "bros",
    "international": "intl", "srvcs": "services", "svcs": "services", "tech": "technology",
    "technologies": "technology",
    }  # fmt: skip


_CONJUNCTIONS: Final = frozenset({"and", "und", "et"})


@lru_cache(maxsize=65536)
def normalise(name: str) -> tuple[str, ...]:
    """The comparable tokens of a name, in the order given name first: "QADHAFI, Mu'ammar" gives (muammar, qadhafi).

    Empty when nothing comparable is left; the caller must treat that as "cannot compare", never as clear.
    """
    return _tokens(_given_first(name))


def plain(name: str) -> str:
    """The tokens in the order they are written, for people who search by the beginning of a listed name."""
    return " ".join(_tokens(name))


def _tokens(name: str) -> tuple[str, ...]:
    text = unicodedata.normalize("NFKC", name).translate(_APOSTROPHES)
    text = "".join(char for char in text if char.isascii() or not unicodedata.combining(char))  # vowel signs
    text = " ".join(_fold(word) for word in _WORDS.findall(text))
    text = _REWRITE.sub(_rewrite, text)
    words = (word for word in text.split() if word not in _CONJUNCTIONS)
    return tuple(_LEGAL_WORDS.get(word, _PARTICLES.get(word, word)) for word in words)


def _given_first(text: str) -> str:
    """Turn "LAST, First" round. A comma before a legal form ("ACME, S.A.") merely moves the form."""
    last, comma, first = text.partition(",")
    return f"{first} {last}" if comma else text


@lru_cache(maxsize=65536)
def _fold(word: str) -> str:
    if all(_script(char) in ROMANISED for char in word):
        return " ".join(_WORDS.findall(anyascii(word).translate(_APOSTROPHES).casefold()))
    plain = unicodedata.normalize("NFKD", word).translate(_ARABIC)
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()


@lru_cache(maxsize=4096)
def _script(char: str) -> str:
    if char.isascii():
        return "LATIN"
    return unicodedata.name(char, "?").split(" ", 1)[0]


# Spellings of one sound that romanisations of Arabic, Persian and Russian names vary in.
_SOUNDS: Final = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"kh|gh|ck|[qgck]", "k"),
        (r"dh|th|[dt]", "t"),
        (r"sch|sh|ch|zh|[szcx]", "s"),
        (r"ph|ff|[fvwp]", "f"),
        (r"[aeiouyjh]+", ""),
        (r"(.)\1+", r"\1"),
    )
)


@lru_cache(maxsize=131072)
def sound_keys(token: str) -> tuple[str, ...]:
    """Keys under which tokens that sound alike meet: metaphone, and the consonants of Semitic and Slavic spellings."""
    if len(token) < 4 or not token.isascii() or not token.isalpha():
        return ()
    skeleton = token
    for pattern, sound in _SOUNDS:
        skeleton = pattern.sub(sound, skeleton)
    keys = [f"m{metaphone(token)}"]
    if len(skeleton) >= 2:
        keys.append(f"{token[0] if token[0] in 'aeiouy' else ''}s{skeleton}")
    return tuple(keys)


def joined(tokens: tuple[str, ...]) -> str:
    """One key for a name however it is spaced."""
    return "".join(tokens)
