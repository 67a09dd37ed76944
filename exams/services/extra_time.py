"""Extra time that is agreed before a candidate starts (E21)."""

import datetime as dt

from django.db import transaction

from courses.services.records import lock_persons
from exams.exceptions import AlreadyStarted, ExtraTimeRefused
from exams.models import Attempt, Candidate, Sitting
from exams.services.admission import people_expected
from exams.services.attempts import deadline_of
from lms.evidence import clock
from lms.evidence.audit import record
from lms.people.models import Person

MAX_EXTRA_S = 4 * 3600


@transaction.atomic
def agree_extra_time(
    sitting: Sitting, *, person: Person, seconds: int, reason: str, by=None
) -> Candidate:
    """Write down how much longer a person may write, from the next start on.

    Counted behind the closing time of the sitting, which does not cut it. Raises
    ``ExtraTimeRefused`` for anything but 0 seconds to 4 hours with a reason, or for a
    person who is not expected, and ``AlreadyStarted`` while an attempt runs: that one
    is given more time by ``adjust_time``.
    """
    if not 0 <= seconds <= MAX_EXTRA_S or not reason.strip():
        raise ExtraTimeRefused
    if not people_expected(sitting).filter(pk=person.pk).exists():
        raise ExtraTimeRefused
    # The lock of starting: the time is agreed before the start or refused.
    lock_persons([person.pk])
    running = Attempt.objects.running(clock.now())
    if running.filter(sitting=sitting, person=person).exists():
        raise AlreadyStarted
    candidate, _made = Candidate.objects.get_or_create(sitting=sitting, person=person)
    before, candidate.extra_s = candidate.extra_s, seconds
    candidate.save(update_fields=["extra_s"])
    record(
        "exams.extra_time",
        actor=by,
        subject=sitting,
        reason=reason,
        data={"person": person.pk},
        changes={"extra_s": [before, seconds]},
    )
    return candidate


def latest_deadline(sitting: Sitting, *, extra_s: int = 0) -> dt.datetime:
    """Return until when a candidate can write who starts at the last moment."""
    return deadline_of(
        sitting,
        started_at=sitting.closes_at,
        duration_s=sitting.blueprint.duration_min * 60,
        extra_s=extra_s,
    )
