"""Issuing a proof again that was revoked: a new paper for the same training."""

import datetime as dt

from django.db import transaction

from certificates.exceptions import ReasonMissing, WrongState
from certificates.models import Certificate
from certificates.services.issue import Reissue, issue_or_find
from lms.evidence.audit import record
from lms.people.models import Person


@transaction.atomic
def reissue_certificate(
    certificate: Certificate,
    *,
    reason_class: str,
    reason: str,
    by=None,
    now: dt.datetime | None = None,
) -> Certificate:
    """Issue a revoked proof again, from today on, with the facts of today.

    The revoked one stays revoked and is followed by the new one, which keeps its date
    of first issue. The register entries of both name the operator, the reason and the
    other certificate. Raises ``ReasonMissing``, or ``WrongState`` where it was not
    revoked, or where another stands in its place.
    """
    if not reason.strip():
        raise ReasonMissing
    # The locks of issuing, in its order: what stands here stands until the end.
    Person.objects.select_for_update(no_key=True).get(pk=certificate.person_id)
    revoked = Certificate.objects.select_for_update(of=("self",))
    revoked = revoked.select_related("enrolment", "kind").get(pk=certificate.pk)
    if not revoked.can_be_reissued:
        raise WrongState
    why = {"reason_class": str(reason_class), "reason": reason.strip()}
    row, is_new = issue_or_find(
        revoked.enrolment,
        kind=revoked.kind,
        reissue=Reissue(revoked=revoked, **why),
        by=by,
        now=now,
    )
    if not is_new:
        raise WrongState
    record(
        "certificate.reissue",
        actor=by,
        subject=row,
        reason=why["reason"],
        data={"reason_class": why["reason_class"], "revoked": revoked.pk},
    )
    return row
