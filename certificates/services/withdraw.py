"""Taking an issued certificate back, for a while or for good. Each with a reason.

What happens to a recorded one its authority decides: ``record_certificate``.
"""

import datetime as dt

from django.db import transaction

from certificates.exceptions import (
    BasisLost,
    OfficialDecision,
    ReasonMissing,
    WrongState,
)
from certificates.models import Certificate, EarlierSuspension, EventAction, ReasonClass
from certificates.register.writer import RegisterChange, append_events
from lms.evidence import clock
from lms.evidence.audit import changes_between, record, values_of


@transaction.atomic
def revoke_certificate(
    certificate: Certificate,
    *,
    reason_class: str,
    reason: str,
    by=None,
    now: dt.datetime | None = None,
) -> Certificate:
    """Revoke a certificate from today on; for good. Repeating it changes nothing."""
    row, before, today, now = _locked(certificate, reason, now)
    if row.revoked_on:
        return row
    row.revoked_on = today
    row.revoked_reason = reason_class
    row.save(update_fields=["revoked_on", "revoked_reason"])
    return _done(row, before, EventAction.REVOKE, reason_class, reason, by, now)


@transaction.atomic
def cancel_certificate(
    certificate: Certificate,
    *,
    reason_class: str,
    reason: str,
    by=None,
    now: dt.datetime | None = None,
) -> Certificate:
    """Cancel a certificate from today on: death, own request, or after revoking."""
    row, before, today, now = _locked(certificate, reason, now)
    if row.cancelled_on:
        return row
    row.cancelled_on = today
    row.cancelled_reason = reason_class
    row.save(update_fields=["cancelled_on", "cancelled_reason"])
    return _done(row, before, EventAction.CANCEL, reason_class, reason, by, now)


@transaction.atomic
def suspend_certificate(
    certificate: Certificate,
    *,
    reason_class: str,
    reason: str,
    by=None,
    now: dt.datetime | None = None,
) -> Certificate:
    """Suspend a certificate from today on, until it is reinstated.

    What it was worth on any day before stays what it was. Raises ``WrongState``
    where it has ended already.
    """
    row, before, today, now = _locked(certificate, reason, now)
    if row.is_withdrawn:
        raise WrongState
    if row.is_suspended:
        return row
    EarlierSuspension.objects.bulk_create(ended_suspension(row))
    _suspension(row, today, None, reason_class)
    return _done(row, before, EventAction.SUSPEND, reason_class, reason, by, now)


@transaction.atomic
def reinstate_certificate(
    certificate: Certificate,
    *,
    reason_class: str = ReasonClass.CLEARED,
    reason: str,
    by=None,
    now: dt.datetime | None = None,
) -> Certificate:
    """End a suspension: valid again from today on.

    Raises ``WrongState`` where it is not suspended or was withdrawn, ``BasisLost``
    while its result is a fail (C03).
    """
    row, before, today, now = _locked(certificate, reason, now)
    if row.is_withdrawn or not row.is_suspended:
        raise WrongState
    if row.has_lost_basis:
        raise BasisLost
    yesterday = today - dt.timedelta(days=1)
    if row.suspended_from <= yesterday:
        _suspension(row, row.suspended_from, yesterday, row.suspended_reason)
    elif last := row.earlier_suspensions.last():
        _suspension(row, last.first_day, last.last_day, last.reason_class)
    else:
        _suspension(row, None, None, "")
    return _done(row, before, EventAction.REINSTATE, reason_class, reason, by, now)


def ended_suspension(row: Certificate) -> list[EarlierSuspension]:
    """Return the suspension a row holds, where it is over: to be kept, unsaved."""
    if row.suspended_to is None:
        return []
    kept = row.earlier_suspensions.filter(first_day=row.suspended_from)
    if kept.exists():
        return []
    return [
        EarlierSuspension(
            certificate=row,
            first_day=row.suspended_from,
            last_day=row.suspended_to,
            reason_class=row.suspended_reason,
        )
    ]


def _suspension(row, first_day, last_day, reason_class):
    row.suspended_from, row.suspended_to = first_day, last_day
    row.suspended_reason = reason_class
    row.save(update_fields=["suspended_from", "suspended_to", "suspended_reason"])


def _locked(certificate, reason, now):
    if not reason.strip():
        raise ReasonMissing
    rows = Certificate.objects.select_for_update(of=("self",))
    row = rows.select_related("kind", "person", "result").get(pk=certificate.pk)
    now = now or clock.now()
    if row.is_recorded:
        raise OfficialDecision
    return row, values_of(row), clock.day_of(now), now


def _done(row, before, action, reason_class, reason, by, now):
    record(
        f"certificate.{action}",
        actor=by,
        subject=row,
        reason=reason,
        data={"reason_class": str(reason_class)},
        changes=changes_between(before, values_of(row)),
    )
    change = RegisterChange(row, action, str(reason_class), reason.strip())
    append_events([change], now=now, by=by)
    return row
