"""Country names as sanctions lists write them, to ISO 3166-1 alpha-2."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

_TABLE = Path(__file__).parent.parent / "data" / "countries.txt"


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    rows = [line.split("|") for line in _TABLE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {_key(name): row[0] for row in rows for name in row}


def _key(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).casefold()
    return re.sub(r"[^a-z]", "", plain)


@lru_cache(maxsize=4096)
def country_code(name: str) -> str:
    """The alpha-2 code of a country name or code; empty when it is not one we know."""
    return _names().get(_key(name), "")


def country_codes(names: Iterable[str]) -> tuple[str, ...]:
    """The known codes among the names, sorted, once each."""
    return tuple(sorted({code for name in names if (code := country_code(name))}))
