"""How often one seat may save."""

from django.core.cache import caches

from lms.web.rate_limits import Limit, within

# A phone saves at most every 400 ms.
SAVES = Limit(40, 3)


def seconds_to_wait(seat: int) -> int:
    """Count one request of a seat; return 0, or the whole seconds to wait first.

    Counted in the memory of this process: saving needs no server but the database.
    The phone keeps what was refused.
    """
    is_allowed = within(
        f"seat.{seat}",
        limit=SAVES.amount,
        seconds=SAVES.seconds,
        store=caches["process"],
    )
    return 0 if is_allowed else SAVES.seconds
