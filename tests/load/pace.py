"""Open loop: a request leaves at its planned time, whatever became of the others.

Latency counts from the planned time, so that a server which falls behind is seen to,
and so is a generator that falls behind: how late requests left is kept too.
"""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

GOOD = range(200, 400)
NO_ANSWER = 504


class Step:
    """What one kind of request was asked, and what came of it; times in seconds."""

    def __init__(self, name: str):
        self.name = name
        self.statuses = Counter()
        self.latencies: list[float] = []
        self.delays: list[float] = []
        self.first, self.last_asked, self.last_done = math.inf, 0.0, 0.0
        self.asked = self.done = 0

    def leave(self, planned: float, *, held: float = 0.0) -> None:
        """Note that a request leaves now.

        ``held`` is until when it had to wait for an earlier answer of its own phone:
        that is no delay of the generator, though latency counts from the plan.
        """
        self.asked += 1
        self.delays.append(time.monotonic() - max(planned, held))
        self.first = min(self.first, planned)
        self.last_asked = max(self.last_asked, planned)

    def answered(self, planned: float, status: int) -> None:
        """Note the answer that came now."""
        now = time.monotonic()
        self.took(now - planned, status)
        if status in GOOD:
            self.last_done = max(self.last_done, now)

    def took(self, seconds: float, status: int) -> None:
        """Note an answer. A quick refusal is no speed: its time is not counted."""
        self.statuses[status] += 1
        self.done += status in GOOD
        if status in GOOD or status == NO_ANSWER:
            self.latencies.append(seconds)

    @property
    def broken(self) -> int:
        """How many answers were a 5xx, or none at all."""
        return sum(n for status, n in self.statuses.items() if status >= 500)

    @property
    def asked_per_second(self) -> float:
        return self._per_second(self.asked, self.last_asked)

    @property
    def done_per_second(self) -> float:
        return self._per_second(self.done, self.last_done)

    def _per_second(self, count, until):
        return count / max(until - self.first, 1.0) if count else 0.0


def quantile(values: Iterable[float], share: float) -> float:
    """Return the value below which a share of all lies; NaN of nothing."""
    ordered = sorted(values)
    if not ordered:
        return math.nan
    return ordered[min(len(ordered) - 1, math.ceil(share * len(ordered)) - 1)]


async def until(moment: float) -> None:
    """Sleep until a moment of the monotonic clock."""
    await asyncio.sleep(max(0.0, moment - time.monotonic()))


async def at(planned: float, act: Callable[[float], Awaitable[Any]]) -> Any:
    """Do something at its planned time."""
    await until(planned)
    return await act(planned)


def spread(first: float, seconds: float, count: int) -> list[float]:
    """Return so many moments, evenly over some seconds."""
    return [first + seconds * number / max(count, 1) for number in range(count)]
