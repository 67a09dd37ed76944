"""From a mark to a result that others may act on."""

import datetime as dt

from django.db import transaction
from django.db.models import Min

from courses.services import record_pass
from exams.exceptions import NotMarked
from exams.models import Attempt, Mark, Result
from exams.services.marks import current_mark
from exams.services.statements import insert_row
from exams.signals import result_released
from lms.evidence import clock
from lms.evidence.audit import record


@transaction.atomic
def release_result(
    attempt: Attempt, *, by=None, now: dt.datetime | None = None
) -> Result:
    """Make the current mark of an attempt its result; repeating changes nothing.

    The enrolment whose final exam this is learns of it, dated by the day the first
    pass was handed in. The
    attempt row is the lock, one result per attempt the constraint. Sends
    ``result_released`` after commit. Raises ``NotMarked``.
    """
    attempt = Attempt.objects.select_for_update().get(pk=attempt.pk)
    if result := Result.objects.filter(attempt=attempt).first():
        return result
    mark = current_mark(attempt)
    if mark is None:
        raise NotMarked
    result = write_result(attempt, mark, by=by, released_at=now or clock.now())
    # A result that releases itself is an outcome of the sitting's rule, not an act.
    if by is not None:
        data = {"score": str(mark.score), "passed": mark.passed}
        record("exams.release_result", actor=by, subject=attempt, data=data)
    return result


def write_result(
    attempt: Attempt, mark: Mark, *, by=None, released_at: dt.datetime
) -> Result:
    """Write the result of an attempt that has none; the caller holds its row."""
    result = Result(
        attempt=attempt,
        mark=mark,
        person_id=attempt.person_id,
        enrolment_id=attempt.enrolment_id,
        score=mark.score,
        total=mark.total,
        passed=mark.passed,
        released_at=released_at,
        released_by=by,
    )
    insert_row(result)
    _tell(result)
    return result


def follow_mark(mark: Mark) -> Result | None:
    """Move a released result to a newer mark; the caller holds the attempt's row."""
    result = Result.objects.filter(attempt=mark.attempt_id).first()
    if result is None:
        return None
    result.mark = mark
    result.score, result.total, result.passed = mark.score, mark.total, mark.passed
    result.save(update_fields=["mark", "score", "total", "passed"])
    _tell(result)
    return result


def _tell(result):
    if result.enrolment_id:
        record_pass(result.enrolment, passed_on=_passed_on(result.enrolment))
    # Robust: a listener that fails must not turn a released result into an error.
    transaction.on_commit(
        lambda: result_released.send(sender=Result, result=result), robust=True
    )


def _passed_on(enrolment) -> dt.date | None:
    """The day the first attempt that is a pass today was handed in."""
    passes = Result.objects.passed().filter(enrolment=enrolment)
    first = passes.aggregate(first=Min("attempt__submission__submitted_at"))["first"]
    return clock.day_of(first) if first else None
