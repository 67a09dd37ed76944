"""How often something may happen: one counter per window, in a cache."""

from typing import NamedTuple

from allauth.account.adapter import get_adapter
from django.core.cache import BaseCache, cache
from django.http import HttpRequest


class Limit(NamedTuple):
    """At most ``amount`` times within ``seconds``."""

    amount: int
    seconds: int


def within(what: str, *, limit: int, seconds: int, store: BaseCache = cache) -> bool:
    """Count one more of something; False once there were more than the limit.

    All nodes count together, unless ``store`` is a cache of one process.
    """
    key = _key(what, seconds)
    store.add(key, 0, seconds)
    try:
        return store.incr(key) <= limit
    except ValueError:  # it ran out between the two calls
        return True


def within_all(what: str, limits: tuple[Limit, ...]) -> bool:
    """Count one more of something against several limits; False above any of them."""
    counted = [
        within(what, limit=limit.amount, seconds=limit.seconds) for limit in limits
    ]
    return all(counted)


def give_back(what: str, limits: tuple[Limit, ...]) -> None:
    """Take one count back: what was counted turned out to be right."""
    for limit in limits:
        try:
            cache.decr(_key(what, limit.seconds))
        except ValueError:  # it ran out meanwhile
            continue


def address_allowed(
    request: HttpRequest, action: str, *, limit: int, seconds: int = 60
) -> bool:
    """Count a request of an address; False once it sends more than the limit.

    A whole exam room or a gate may stand behind one address: limits are wide.
    """
    return within(f"{action}.{address_of(request)}", limit=limit, seconds=seconds)


def address_of(request: HttpRequest) -> str:
    """Return the address of a visitor, as the nearest trusted proxy reports it."""
    return get_adapter().get_client_ip(request)


def _key(what: str, seconds: int) -> str:
    return f"limit.{what}.{seconds}"
