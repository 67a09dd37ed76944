"""What public pages show, kept in this process until a table behind it is written."""

from collections.abc import Callable, Hashable
from typing import TypeVar

from lms.evidence.data_versions import KeptByVersion, version_of

SUBJECT = "public_site"
Result = TypeVar("Result")

_kept = KeptByVersion(SUBJECT, most=256)


def kept_for(request, key: Hashable, make: Callable[[], Result]) -> Result:
    """Return what is kept under a key; the data version is read once a request.

    It is shared by all visitors: neither ``make`` nor the key may depend on one.
    """
    if not hasattr(request, "_public_site"):
        request._public_site = version_of(SUBJECT)
    return _kept.get_at(request._public_site, key, make)
