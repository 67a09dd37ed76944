"""Crediting class hours to the people of a class."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal

from django.db import transaction

from courses.exceptions import ClassNotStudying, CourseReasonMissing
from courses.hours.sheet import Claim, HoursSheet, check_day, weigh
from courses.models import Enrolment, HourEntry, StudyEntry, TrainingClass
from courses.services.completion import record_hours_met
from courses.services.records import lock_persons
from lms.evidence import clock
from lms.evidence.audit import record
from lms.people.models import User


@transaction.atomic
def enter_hours(
    training_class: TrainingClass,
    *,
    claims: Iterable[Claim],
    source: str,
    day: dt.date,
    reason: str,
    actor: User,
    now: dt.datetime | None = None,
) -> HoursSheet:
    """Credit class hours to people of a class, and record who has met the hours.

    The persons are the lock. Rows that break a rule are left out and returned with
    their refusal; the others are entered. The hours are met on the last day that
    anything was credited for, not on the day of typing. Raises ``ClassNotStudying``,
    ``DayNotPossible`` and ``CourseReasonMissing``.
    """
    now = now or clock.now()
    today = clock.day_of(now)
    reason = reason.strip()
    claims = list(claims)
    if not reason:
        raise CourseReasonMissing
    admitted = training_class.enrolments.admitted().filter(
        pk__in={claim.enrolment for claim in claims}
    )
    lock_persons(list(admitted.order_by().values_list("person_id", flat=True)))
    # Closing the class waits for this, and this for closing it.
    locked = TrainingClass.objects.select_for_update().get(pk=training_class.pk)
    if not locked.counts_study:
        raise ClassNotStudying
    check_day(locked, day=day, today=today)
    enrolments = list(admitted.for_listing().order_by("person__name", "pk"))
    known = {enrolment.pk for enrolment in enrolments}
    sheet = weigh(
        enrolments,
        [claim for claim in claims if claim.enrolment in known and claim.hours],
        source=source,
        day=day,
        today=today,
    )
    HourEntry.objects.bulk_create(
        HourEntry(
            enrolment=row.enrolment,
            person_id=row.enrolment.person_id,
            source=source,
            day=day,
            half_day=claim.half_day,
            hours=claim.hours,
            reason=reason,
            entered_by=actor,
            entered_at=now,
        )
        for row in sheet.entered
        for claim in row.claims
    )
    for row in sheet.completing:
        record_hours_met(row.enrolment, met_on=_last_day(row.enrolment), now=now)
    if sheet.entered:
        _write_down(locked, sheet, reason, actor)
    return sheet


def _last_day(enrolment: Enrolment) -> dt.date:
    """Return the last day for which anything was credited."""
    days = [
        rows.objects.filter(enrolment=enrolment)
        .order_by("-day")
        .values_list("day", flat=True)
        .first()
        for rows in (HourEntry, StudyEntry)
    ]
    return max(day for day in days if day)


def _write_down(training_class, sheet, reason, actor):
    total = sum((row.hours for row in sheet.entered), Decimal(0))
    record(
        "courses.enter_hours",
        actor=actor,
        subject=training_class,
        reason=reason,
        data={
            "source": str(sheet.source),
            "day": sheet.day.isoformat(),
            "people": len(sheet.entered),
            "hours": str(total),
            "hours_met": len(sheet.completing),
        },
    )
