"""How often one address may ask the public pages."""

from allauth.account.adapter import get_adapter

from lms.limits import within


def allowed(request, action: str, *, limit: int, seconds: int = 60) -> bool:
    """Count a question of an address; False once it asks more than the limit.

    A whole gate may stand behind one address, so limits are per minute and wide.
    """
    address = get_adapter().get_client_ip(request)
    return within(f"{action}.{address}", limit=limit, seconds=seconds)
