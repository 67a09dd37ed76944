"""What may be done to an issued certificate: its words, its reasons, its service."""

from django.utils.translation import gettext_lazy as _

from certificates.backoffice.forms import WithdrawForm
from certificates.models import Certificate, ReasonClass
from certificates.services import (
    cancel_certificate,
    reinstate_certificate,
    reissue_certificate,
    revoke_certificate,
    suspend_certificate,
)
from lms.backoffice.row_actions import RowAction

RESULTS = (ReasonClass.AUTHORITY, ReasonClass.RESULT_CHANGED)
FAULTS = (*RESULTS, ReasonClass.FALSE_FACTS, ReasonClass.ISSUED_IN_ERROR)


def is_revoked(row: Certificate) -> bool:
    return row.can_be_reissued


def is_in_force(row: Certificate) -> bool:
    """Whether the base issued it and it was not taken back for good."""
    return row.is_issued and not row.is_withdrawn


def can_be_suspended(row: Certificate) -> bool:
    return is_in_force(row) and not row.is_suspended


def can_be_reinstated(row: Certificate) -> bool:
    return is_in_force(row) and row.is_suspended


def can_be_cancelled(row: Certificate) -> bool:
    return is_in_force(row) or is_revoked(row)


def _act(name, reasons, **what):
    """Return an act of ``change_certificate`` that asks for one of the reasons."""
    return RowAction(
        name=name,
        permission="certificates.change_certificate",
        form_class=WithdrawForm,
        form_arguments=lambda row, user: {"reasons": reasons},
        icon="certificate",
        **what,
    )


ACTS = (
    _act(
        "revoke",
        FAULTS,
        label=_("Revoke"),
        consequence=_(
            "From today on the certificate is not valid. Anyone who checks it sees "
            "that it was revoked, and the class of the reason. Revoking cannot be "
            "undone; a new proof can be issued afterwards."
        ),
        service=revoke_certificate,
        offered=is_in_force,
        is_final=True,
    ),
    _act(
        "suspend",
        (*FAULTS, ReasonClass.UNDER_INVESTIGATION),
        label=_("Suspend"),
        consequence=_(
            "From today on the certificate does not count. Anyone who checks it sees "
            "that it is suspended, until it is reinstated."
        ),
        service=suspend_certificate,
        offered=can_be_suspended,
    ),
    _act(
        "reinstate",
        (*RESULTS, ReasonClass.CLEARED),
        label=_("Reinstate"),
        consequence=_("From today on the certificate is valid again."),
        service=reinstate_certificate,
        offered=can_be_reinstated,
    ),
    _act(
        "cancel",
        (ReasonClass.HOLDER_REQUEST, ReasonClass.HOLDER_DIED, *FAULTS),
        label=_("Cancel for good"),
        consequence=_(
            "From today on the certificate is not valid. Anyone who checks it sees "
            "that it was cancelled. This cannot be undone."
        ),
        service=cancel_certificate,
        offered=can_be_cancelled,
        is_final=True,
    ),
    _act(
        "reissue",
        (*RESULTS, ReasonClass.ISSUED_IN_ERROR, ReasonClass.CLEARED),
        label=_("Issue again"),
        consequence=_(
            "A new proof with a new number is issued, with the facts of today. The "
            "revoked one stays revoked."
        ),
        service=reissue_certificate,
        offered=is_revoked,
    ),
)
