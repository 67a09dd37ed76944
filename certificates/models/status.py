"""What a certificate is worth on a day: one rule, in Python and in SQL.

The rule is R2.7 with the readings of R5.3. It looks at the row, the
day, and one dated switch: from which day on reviews are no longer asked for
(rule set R2026). ``status_on``, ``status_case`` and ``valid_q`` say the same; a
property test compares them.
"""

import datetime as dt
from collections.abc import Iterable

from django.apps import apps
from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.utils.translation import gettext_lazy as _

WINDOW = dt.timedelta(days=60)


class Status(models.TextChoices):
    VALID = "VALID", _("valid")
    REVIEW_WINDOW = "REVIEW_WINDOW", _("valid, review due soon")
    RENEWAL_WINDOW = "RENEWAL_WINDOW", _("valid, expires soon")
    NOT_YET_VALID = "NOT_YET_VALID", _("not valid yet")
    EXPIRED = "EXPIRED", _("expired")
    REVIEW_OVERDUE = "REVIEW_OVERDUE", _("review overdue")
    SUSPENDED = "SUSPENDED", _("suspended")
    SUPERSEDED = "SUPERSEDED", _("replaced by a newer one")
    REVOKED = "REVOKED", _("revoked")
    CANCELLED = "CANCELLED", _("cancelled")


def status_on(
    row, day: dt.date, *, reviews_end_on: dt.date | None, earlier: Iterable = ()
) -> Status:
    """Return what the row is on a day; every last day is inclusive.

    ``reviews_end_on`` is the first day of R2026 where that set is enabled, else
    None: a review due on or after it is not asked for. ``earlier`` are suspensions
    that ended before the one the row itself holds.
    """
    if row.cancelled_on and day >= row.cancelled_on:
        return Status.CANCELLED
    if row.revoked_on and day >= row.revoked_on:
        return Status.REVOKED
    if row.replaced_on and day >= row.replaced_on:
        return Status.SUPERSEDED
    if _suspended(row, day, earlier):
        return Status.SUSPENDED
    if day < row.valid_from:
        return Status.NOT_YET_VALID
    if row.valid_to and day > row.valid_to:
        return Status.EXPIRED
    if _review_open(row, day, reviews_end_on):
        if day > row.review_due_on:
            return Status.REVIEW_OVERDUE
        if row.review_due_on <= day + WINDOW:
            return Status.REVIEW_WINDOW
    if row.valid_to and row.valid_to <= day + WINDOW:
        return Status.RENEWAL_WINDOW
    return Status.VALID


def status_case(
    day: dt.date,
    *,
    reviews_end_on: dt.date | None,
    recorded_by: dt.datetime | None = None,
) -> Case:
    """Return ``status_on`` as an SQL expression.

    ``recorded_by`` is a cut-off: a newer cycle recorded after it replaces nothing.
    """
    review_open = _review_open_q(day, reviews_end_on)
    rules = (
        (Q(cancelled_on__lte=day), Status.CANCELLED),
        (Q(revoked_on__lte=day), Status.REVOKED),
        (_replaced_q(day, recorded_by), Status.SUPERSEDED),
        (_suspended_q(day), Status.SUSPENDED),
        (Q(valid_from__gt=day), Status.NOT_YET_VALID),
        (Q(valid_to__lt=day), Status.EXPIRED),
        (review_open & Q(review_due_on__lt=day), Status.REVIEW_OVERDUE),
        (review_open & Q(review_due_on__lte=day + WINDOW), Status.REVIEW_WINDOW),
        (Q(valid_to__lte=day + WINDOW), Status.RENEWAL_WINDOW),
    )
    return Case(
        *(When(condition, then=Value(status)) for condition, status in rules),
        default=Value(Status.VALID),
        output_field=models.CharField(),
    )


def valid_q(
    day: dt.date,
    *,
    reviews_end_on: dt.date | None,
    recorded_by: dt.datetime | None = None,
) -> Q:
    """Return "in a valid state on the day" as a filter that can use an index.

    ``recorded_by`` is the cut-off of ``status_case``.
    """
    overdue = _review_open_q(day, reviews_end_on) & Q(review_due_on__lt=day)
    return (
        Q(valid_from__lte=day)
        & (Q(valid_to=None) | Q(valid_to__gte=day))
        & (Q(revoked_on=None) | Q(revoked_on__gt=day))
        & (Q(cancelled_on=None) | Q(cancelled_on__gt=day))
        & (Q(replaced_on=None) | ~_replaced_q(day, recorded_by))
        & (Q(suspended_from=None) | ~_suspended_q(day))
        & (Q(review_due_on=None) | ~overdue)
    )


def _suspended(row, day, earlier):
    """Whether the present or an earlier suspension covers the day."""
    if row.suspended_from is None:
        return False
    if row.suspended_from <= day <= (row.suspended_to or day):
        return True
    return any(one.first_day <= day <= one.last_day for one in earlier)


def _review_open(row, day, reviews_end_on):
    """Whether a review is asked for and not passed by the day."""
    if row.review_due_on is None:
        return False
    if reviews_end_on and row.review_due_on >= reviews_end_on:
        return False
    return row.review_passed_on is None or row.review_passed_on > day


def _review_open_q(day, reviews_end_on):
    asked = Q(review_due_on__isnull=False)
    if reviews_end_on:
        asked = Q(review_due_on__lt=reviews_end_on)
    return asked & (Q(review_passed_on=None) | Q(review_passed_on__gt=day))


def _replaced_q(day, recorded_by):
    """Whether a newer cycle has begun; under a cut-off, one recorded by then."""
    replaced = Q(replaced_on__lte=day)
    if recorded_by is None:
        return replaced
    newer = apps.get_model("certificates.Certificate").objects.filter(
        person=OuterRef("person"),
        kind=OuterRef("kind"),
        subject=OuterRef("subject"),
        valid_from__gt=OuterRef("valid_from"),
        valid_from__lte=day,
        recorded_at__lte=recorded_by,
    )
    return replaced & Q(Exists(newer))


def _suspended_q(day):
    """``_suspended`` in SQL; rows never suspended are not looked up."""
    earlier = apps.get_model("certificates.EarlierSuspension").objects.filter(
        certificate=OuterRef("pk"), first_day__lte=day, last_day__gte=day
    )
    present = Q(suspended_to=None) | Q(suspended_to__gte=day)
    return Q(suspended_from__isnull=False) & (
        Q(suspended_from__lte=day) & present | Q(Exists(earlier))
    )


def open_q() -> Q:
    """Return "nothing has ended this row": no revoked, cancelled, replaced date."""
    return Q(revoked_on=None, cancelled_on=None, replaced_on=None)


def ordered_q() -> Q:
    """Return "the dates of one cycle are in order"."""
    return (Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from"))) & Q(
        first_issued_on__lte=F("valid_from")
    )
