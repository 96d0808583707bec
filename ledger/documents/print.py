"""How a cell reads on paper and on the screen."""

from datetime import datetime
from decimal import Decimal

from ledger.documents.types import Cell, Percent
from nexafi.core.money import Money

NIL = "–"


def printed(cell: Cell) -> str:
    """ "1,234.50", "(1,234.50)" for less than nothing, "–" for nothing; times in UTC; "" for an empty cell."""
    match cell:
        case None:
            return ""
        case Money():
            return _number(cell.decimal) if cell.minor else NIL
        case Percent():
            return f"{_number(_at_most(cell.fraction * 100, 2))} %"
        case Decimal() | int():
            return _number(cell)
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M}"
    return str(cell)


def is_negative(cell: Cell) -> bool:
    match cell:
        case Money():
            return cell.minor < 0
        case Percent():
            return cell.fraction < 0
        case Decimal() | int():
            return cell < 0
    return False


def _number(value: Decimal | int) -> str:
    return f"({-value:,f})" if value < 0 else f"{value:,f}"


def _at_most(value: Decimal, places: int) -> Decimal:
    """Rounded half-even to `places`, without trailing zeros."""
    return Decimal(f"{value:.{places}f}").normalize() + 0
