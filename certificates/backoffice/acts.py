"""What may be done to an issued certificate: its words, its reasons, its service."""

from collections.abc import Callable
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from certificates.models import Certificate, ReasonClass
from certificates.services import (
    cancel_certificate,
    reinstate_certificate,
    reissue_certificate,
    revoke_certificate,
    suspend_certificate,
)

RESULTS = (ReasonClass.AUTHORITY, ReasonClass.RESULT_CHANGED)
FAULTS = (*RESULTS, ReasonClass.FALSE_FACTS, ReasonClass.ISSUED_IN_ERROR)


class Action(NamedTuple):
    label: Promise
    consequence: Promise
    reasons: tuple[ReasonClass, ...]
    service: Callable[..., Certificate]
    is_final: bool = False


ACTIONS = {
    "revoke": Action(
        _("Revoke"),
        _(
            "From today on the certificate is not valid, and whoever checks it reads "
            "that it was revoked, and the class of the reason. Revoking cannot be "
            "undone; a new proof can be issued afterwards."
        ),
        FAULTS,
        revoke_certificate,
        is_final=True,
    ),
    "suspend": Action(
        _("Suspend"),
        _(
            "From today on the certificate does not count, and whoever checks it reads "
            "that it is suspended, until it is reinstated."
        ),
        (*FAULTS, ReasonClass.UNDER_INVESTIGATION),
        suspend_certificate,
    ),
    "reinstate": Action(
        _("Reinstate"),
        _("From today on the certificate is valid again."),
        (*RESULTS, ReasonClass.CLEARED),
        reinstate_certificate,
    ),
    "cancel": Action(
        _("Cancel for good"),
        _(
            "From today on the certificate is not valid, and whoever checks it reads "
            "that it was cancelled. This cannot be undone."
        ),
        (ReasonClass.HOLDER_REQUEST, ReasonClass.HOLDER_DIED, *FAULTS),
        cancel_certificate,
        is_final=True,
    ),
    "reissue": Action(
        _("Issue again"),
        _(
            "A new proof with a new number is issued, with the facts of today. The "
            "revoked one stays revoked."
        ),
        (*RESULTS, ReasonClass.ISSUED_IN_ERROR, ReasonClass.CLEARED),
        reissue_certificate,
    ),
}


def actions_for(row: Certificate) -> list[str]:
    """Name the actions a certificate's state allows; none on what others issued."""
    if row.is_recorded or row.cancelled_on:
        return []
    if row.revoked_on:
        return ["cancel", "reissue"]
    return ["revoke", "reinstate" if row.is_suspended else "suspend", "cancel"]
