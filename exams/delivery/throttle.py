"""How often one seat may save: a bucket of requests in this process's memory.

A phone saves at most every 400 ms, so a full bucket is never met by an honest one;
what is refused here cost a signature check and nothing else. The queue on the phone
keeps what was refused, and other seats have buckets of their own.
"""

import time

BURST = 30
PER_SECOND = 10.0
MOST_SEATS = 50_000

_buckets: dict[int, tuple[float, float]] = {}


def seconds_to_wait(seat: int) -> int:
    """Take one request from a seat's bucket; 0, or whole seconds to wait first."""
    now = time.monotonic()
    level, at = _buckets.get(seat, (BURST, now))
    level = min(BURST, level + (now - at) * PER_SECOND)
    if level < 1:
        return 1 + int((1 - level) / PER_SECOND)
    if len(_buckets) > MOST_SEATS:
        _buckets.clear()
    _buckets[seat] = (level - 1, now)
    return 0


def forget() -> None:
    """Fill every bucket."""
    _buckets.clear()
