"""How often something may happen, counted in the shared cache."""

from django.core.cache import cache


def within(what: str, *, limit: int, seconds: int) -> bool:
    """Count one more of something; False once there were more than the limit."""
    key = f"limit.{what}"
    cache.add(key, 0, seconds)
    try:
        return cache.incr(key) <= limit
    except ValueError:  # it ran out between the two calls
        return True
