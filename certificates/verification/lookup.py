"""The one query behind every scan; the row is read at every check."""

from django.db.models.functions import Now

from certificates.models import Certificate
from lms.access.prepared import PreparedRows

# What a check shows or judges by; the rest of the row waits until it is asked for.
READ = (
    "serial",
    "token",
    "person",
    "holder_name",
    "facts",
    "valid_from",
    "valid_to",
    "review_due_on",
    "review_passed_on",
    "suspended_from",
    "suspended_to",
    "suspended_reason",
    "revoked_on",
    "revoked_reason",
    "cancelled_on",
    "cancelled_reason",
    "replaced_on",
    "kind__code",
    "kind__name_en",
)

_of_serial = PreparedRows(
    lambda serial: (
        Certificate.objects.filter(serial=serial)
        .select_related("kind")
        .only(*READ)
        .annotate(now=Now())
        .order_by()
    ),
    keys=(str,),
)


def row_of_serial(serial: str) -> Certificate | None:
    """Return the row of a serial with its kind, and the database's time as ``now``."""
    return _of_serial.first(serial)
