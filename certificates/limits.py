"""How often one address may ask the public pages."""

from allauth.account.adapter import get_adapter
from django.core.cache import cache


def allowed(request, action: str, *, limit: int, seconds: int = 60) -> bool:
    """Count a question of an address; False once it asks more than the limit.

    A whole gate may stand behind one address, so limits are per minute and wide.
    """
    address = get_adapter().get_client_ip(request)
    return within(f"{action}.{address}", limit=limit, seconds=seconds)


def within(what: str, *, limit: int, seconds: int) -> bool:
    """Count one more of something; False once there were more than the limit."""
    key = f"certificates.limit.{what}"
    cache.add(key, 0, seconds)
    try:
        return cache.incr(key) <= limit
    except ValueError:  # it ran out between the two calls
        return True
