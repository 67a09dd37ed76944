"""Product against floor, interleaved A B A B in one process (docs/performance.md).

Absolute figures mean nothing on a shared machine; the ratio of two programs
measured side by side does. CPU time is that of this process and, on PostgreSQL, of the
server process behind its connection.
"""

import gc
import math
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connection


@dataclass(frozen=True)
class Cost:
    """Seconds one call took."""

    cpu: float
    wall: float


@dataclass(frozen=True)
class Row:
    """One line of the table: how the product stands to its floor.

    ``gate`` bounds ``ratio``: from above, or from below where ``at_least``.
    Ratios of cost are product / floor; ratios of speed (``at_least``) are
    floor cost / product cost.
    """

    code: str
    what: str
    product: Cost
    floor: Cost
    ratio: float
    low: float
    high: float
    gate: float
    aim: float
    at_least: bool = False
    by: str = "cpu"
    note: str = ""
    sizes: list[tuple[int, float]] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether the gate holds."""
        return self.ratio >= self.gate if self.at_least else self.ratio <= self.gate

    @property
    def exponent(self) -> float | None:
        """How the cost grows with the size: 1.0 is linear, 0.0 flat."""
        return exponent_of(self.sizes) if len(self.sizes) > 1 else None


def exponent_of(sizes: list[tuple[int, float]]) -> float:
    """Return the exponent from the first to the last of some sizes with their costs."""
    (n1, t1), (n2, t2) = sizes[0], sizes[-1]
    return math.log(t2 / t1) / math.log(n2 / n1)


def once(function: Callable[[], object], calls: int = 1) -> Cost:
    """Call a function some times and return the cost of one call."""
    cpu, wall = _cpu_seconds(), time.perf_counter()
    for _ in range(calls):
        function()
    return Cost((_cpu_seconds() - cpu) / calls, (time.perf_counter() - wall) / calls)


def compare(
    code: str,
    what: str,
    *,
    product: Callable[[], object],
    floor: Callable[[], object],
    gate: float,
    aim: float,
    calls: int = 50,
    rounds: int = 15,
    at_least: bool = False,
    by: str = "cpu",
    note: str = "",
    sizes: list[tuple[int, float]] | None = None,
) -> Row:
    """Measure product and floor in turn and return the median of their ratios.

    ``low`` and ``high`` are the quartiles of the round ratios. One warm-up round
    is not counted; the garbage collector rests while a round is measured.
    """
    once(product, calls)
    once(floor, calls)
    pairs = []
    gc.collect()
    gc.disable()
    try:
        for index in range(rounds):
            if index % 2:
                b = once(floor, calls)
                a = once(product, calls)
            else:
                a = once(product, calls)
                b = once(floor, calls)
            pairs.append((a, b))
    finally:
        gc.enable()
    ratios = [getattr(a, by) / getattr(b, by) for a, b in pairs]
    if at_least:
        ratios = [1 / ratio for ratio in ratios]
    low, middle, high = statistics.quantiles(ratios, n=4)
    return Row(
        code,
        what,
        _median([a for a, _ in pairs]),
        _median([b for _, b in pairs]),
        middle,
        low,
        high,
        gate,
        aim,
        at_least,
        by,
        note,
        sizes or [],
    )


def _cpu_seconds() -> float:
    """Return the CPU time spent so far, here and in the database's own process."""
    return time.process_time() + _database_seconds()


def _database_seconds() -> float:
    if connection.vendor != "postgresql" or connection.connection is None:
        return 0.0
    spent = Path(f"/proc/{connection.connection.info.backend_pid}/schedstat")
    # A server on another machine, or of another user's container, is not counted.
    return int(spent.read_text().split()[0]) / 1e9 if spent.exists() else 0.0


def _median(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(c.cpu for c in costs),
        statistics.median(c.wall for c in costs),
    )
