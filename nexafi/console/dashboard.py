"""The dashboard is made of tiles that apps register; this module knows none of them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.http import HttpRequest


class Tone(StrEnum):
    """How a value reads; always shown with an icon or a word too, never by colour alone."""

    NEUTRAL = "neutral"
    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True)
class Bar:
    """One bar of a small chart: a label, a count and the list it opens."""

    label: str
    value: int
    tone: Tone = Tone.NEUTRAL
    link: str = ""


@dataclass(frozen=True)
class Row:
    """One line of a small table."""

    cells: tuple[str, ...]  # plain text, or what nexafi.console.formats made
    link: str = ""
    tone: Tone = Tone.NEUTRAL


@dataclass(frozen=True)
class Tile:
    """A figure with a caption and the list it opens, and below it either bars or rows."""

    title: str
    value: str = ""
    caption: str = ""
    tone: Tone = Tone.NEUTRAL
    link: str = ""
    icon: str = ""
    bars: tuple[Bar, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    empty: str = ""
    wide: bool = False

    @property
    def has_details(self) -> bool:
        """Whether something stands below the figure."""
        return bool(self.bars or self.columns)

    @property
    def bars_with_share(self) -> list[tuple[Bar, int]]:
        """Each bar with its length in percent of the longest."""
        longest = max((bar.value for bar in self.bars), default=0) or 1
        return [(bar, round(100 * bar.value / longest)) for bar in self.bars]


TileMaker = Callable[[HttpRequest], Tile | None]


@dataclass(order=True)
class _Registered:
    order: int
    permission: str | tuple[str, ...] = field(compare=False)
    make: TileMaker = field(compare=False)


_tiles: list[_Registered] = []


def register_tile(*, order: int, permission: str | tuple[str, ...]) -> Callable[[TileMaker], TileMaker]:
    """Register a function that makes a tile for staff who hold (any of) the permission; called on every page view,
    so it reads a bounded number of rows. Returns None to show nothing."""

    def decorate(make: TileMaker) -> TileMaker:
        _tiles.append(_Registered(order, permission, make))
        return make

    return decorate


def sections(request: HttpRequest) -> dict[str, list[Tile]]:
    """The tiles this user may see: those with bars or rows, bare figures, and the wide ones."""
    user: Any = request.user
    tiles = []
    for registered in sorted(_tiles):
        names = (registered.permission,) if isinstance(registered.permission, str) else registered.permission
        tile = registered.make(request) if any(user.may(name) for name in names) else None
        if tile is not None:
            tiles.append(tile)
    narrow = [tile for tile in tiles if not tile.wide]
    return {
        "figures": [tile for tile in narrow if not tile.has_details],
        "details": [tile for tile in narrow if tile.has_details],
        "panels": [tile for tile in tiles if tile.wide],
    }
