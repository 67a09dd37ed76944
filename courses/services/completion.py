"""The two facts of an enrolment: its hours are met, and it is passed."""

import datetime as dt
from functools import partial

from django.db import transaction

from courses.exceptions import HoursNotMet
from courses.hours.progress import progress_of
from courses.models import (
    Enrolment,
    EnrolmentStatus,
    RecordSource,
    TrainingRecord,
    TrainingResult,
)
from courses.services.records import RecordDraft, append_records, copy_of, lock_persons
from courses.signals import training_completed
from lms.evidence import clock


@transaction.atomic
def record_hours_met(
    enrolment: Enrolment,
    *,
    met_on: dt.date | None = None,
    now: dt.datetime | None = None,
) -> TrainingRecord:
    """Record that the class hours are met, and the training record they make.

    ``met_on`` is today where nothing else is said. Repeating it changes nothing and
    returns the record. Person and enrolment are the lock, one record per enrolment the
    constraint. Raises ``HoursNotMet``. Sends ``training_completed`` on commit.
    """
    now = now or clock.now()
    enrolment = _locked(enrolment)
    if enrolment.hours_met_on:
        return current_record(enrolment)
    progress = progress_of(enrolment, day=clock.day_of(now))
    if enrolment.status != EnrolmentStatus.ADMITTED or not progress.complete:
        raise HoursNotMet
    enrolment.hours_met_on = met_on or clock.day_of(now)
    enrolment.save(update_fields=["hours_met_on"])
    employer = enrolment.organisation
    programme = enrolment.training_class.programme
    record = TrainingRecord(
        person=enrolment.person,
        holder_name=enrolment.person.name,
        kind=programme.kind,
        item=programme.item,
        employer=employer,
        town=employer.town if employer else None,
        high_hazard=bool(employer and employer.is_high_hazard),
        hours=progress.credited_hours,
        done_on=enrolment.hours_met_on,
        result=(
            TrainingResult.PASSED if enrolment.passed_on else TrainingResult.NOT_TAKEN
        ),
        passed_on=enrolment.passed_on,
        source=RecordSource.CLASS,
        enrolment=enrolment,
        recorded_at=now,
    )
    draft = RecordDraft(
        record, [programme.audience], enrolment.training_class.planned_hours
    )
    record = append_records([draft], now=now)[0]
    # Robust: a listener that fails must not turn met hours into an error.
    transaction.on_commit(
        partial(training_completed.send, sender=Enrolment, enrolment=enrolment),
        robust=True,
    )
    return record


@transaction.atomic
def record_pass(
    enrolment: Enrolment, *, passed_on: dt.date | None, now: dt.datetime | None = None
) -> Enrolment:
    """Write down on which day the assessment was passed; None takes a pass back.

    Repeating it changes nothing. Where the hours are met already, the record they
    made is corrected by another one; until then the pass waits on the enrolment.
    A person who was withdrawn while the paper was being marked is admitted again.
    """
    now = now or clock.now()
    enrolment = _locked(enrolment)
    if enrolment.passed_on == passed_on:
        return enrolment
    enrolment.passed_on = passed_on
    if passed_on:
        enrolment.status, enrolment.withdraw_reason = EnrolmentStatus.ADMITTED, ""
    enrolment.save(update_fields=["passed_on", "status", "withdraw_reason"])
    if enrolment.hours_met_on:
        old = current_record(enrolment)
        result = TrainingResult.PASSED if passed_on else TrainingResult.FAILED
        new = copy_of(old, now=now, result=result, passed_on=passed_on)
        audiences = [credit.audience for credit in old.credits.all()]
        append_records([RecordDraft(new, audiences)], now=now)
    return enrolment


def current_record(enrolment: Enrolment) -> TrainingRecord:
    """Return the record an enrolment stands on now."""
    return TrainingRecord.objects.current().get(enrolment=enrolment)


def _locked(enrolment: Enrolment) -> Enrolment:
    lock_persons([enrolment.person_id])
    return (
        Enrolment.objects.select_for_update(of=("self",))
        .select_related(
            "training_class__programme__item", "organisation__town", "person"
        )
        .get(pk=enrolment.pk)
    )
