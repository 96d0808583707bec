"""What a check of the ledger answers."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Fault:
    """One thing that does not add up: which check, in which table, at which row, and what is wrong."""

    check: str
    table: str
    key: str
    detail: str


@dataclass
class Report:
    """How much was looked at (rows by table) and what was found."""

    checked: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    truncated: bool = False
    totals: dict[str, tuple[int, int]] = field(default_factory=dict)  # currency -> debits, credits, minor units

    @property
    def holds(self) -> bool:
        return not self.faults
