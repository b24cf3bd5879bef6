"""What a run found, row by row as quality.md asks for it, and how it is printed."""

import statistics
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """``holds`` is None where there is no budget to hold it to."""

    name: str
    found: str
    budget: str = ""
    holds: bool | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """One page over all rounds: answers per second, CPU milliseconds of the workers per answer, bytes."""

    rates: list[float]
    cpu_ms: list[float]
    size: int

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    @property
    def cpu(self) -> float:
        return statistics.median(self.cpu_ms)


def at_most(name: str, value: float, limit: float, unit: str = "") -> Row:
    return Row(name, f"{value:,.4g}{unit}", f"≤ {limit:,.4g}{unit}", value <= limit)


def at_least(name: str, value: float, limit: float, stretch: float | None = None) -> Row:
    aim = f"≥ {limit:g}" + (f", better {stretch:g}" if stretch else "")
    return Row(name, f"{value:.3f}", aim, value >= limit)


def table(rows: list[Row]) -> str:
    """Aligned for a terminal; a missed budget is marked."""
    width = max(len(row.name) for row in rows)
    found = max(len(row.found) for row in rows)
    marks = {True: "ok", False: "MISSED", None: ""}
    return "\n".join(
        f"{row.name:{width}}  {row.found:>{found}}  {row.budget:24} {marks[row.holds]}".rstrip()
        for row in rows
    )
