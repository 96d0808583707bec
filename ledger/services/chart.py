"""The default chart of accounts, read from ledger/data/chart.csv; an account of it exists once per currency."""

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ledger.constants import SystemAccount

_FILE = Path(__file__).resolve().parent.parent / "data" / "chart.csv"


@dataclass(frozen=True)
class ChartLine:
    """One account of the chart. `role` marks those that other rooms post to (SystemAccount)."""

    code: str
    name: str
    type: str
    subtype: str
    parent: str
    role: str


@cache
def chart() -> tuple[ChartLine, ...]:
    """The lines of the chart, parents before children."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return tuple(ChartLine(**row) for row in csv.DictReader(file))


@cache
def chart_line(code: str) -> ChartLine:
    return next(line for line in chart() if line.code == code)


@cache
def system_line(role: SystemAccount) -> ChartLine:
    return next(line for line in chart() if line.role == role)
