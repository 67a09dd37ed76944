"""Ending an attempt: by the candidate, by time, by the proctor.

All of them call ``finish``, one transaction in the order attempt, submission,
mark, result, enrolment. The attempt row is the lock and its state the
compare-and-set, so that there is one submission.
"""

import datetime as dt
import hmac
import logging

from django.conf import settings
from django.db import OperationalError, transaction

from exams.kinds.tokens import answers_digest, iso
from exams.models import (
    Attempt,
    AttemptState,
    ReleaseRule,
    Sitting,
    Submission,
    SubmissionCause,
)
from exams.services.answer_journal import Journal, answered_slots, journal_of
from exams.services.cards import AttemptCard
from exams.services.marks import mark_attempt
from exams.services.release import write_result
from exams.services.statements import insert_row
from lms.access.prepared import PreparedRows
from lms.access.prepared_cursor import prepared_cursor
from lms.evidence import clock
from lms.evidence.audit import record
from lms.evidence.canonical_json import canonical_json
from lms.people.models import Person

logger = logging.getLogger(__name__)

_locked = PreparedRows(
    lambda attempt: (
        Attempt.objects.select_for_update(of=("self",))
        .select_related("sitting", "paper")
        .defer("paper__content")
        .filter(pk=attempt)
    )
)
FINISH = f"""
UPDATE {Attempt._meta.db_table} SET state = %s, set_aside_at = NULL
 WHERE id = %s AND state = %s
"""  # noqa: S608 - constants


def finalise_if_due(attempt: Attempt, *, now: dt.datetime | None = None) -> bool:
    """End an attempt whose last moment has passed; say whether it is finished.

    Idempotent and cheap when there is nothing to do. Called by every request that
    touches an attempt, and by the sweeper.
    """
    if attempt.state == AttemptState.FINISHED:
        return True
    now = now or clock.now()
    if now < attempt.grace_until:
        return False
    with transaction.atomic():
        locked = lock(attempt)
        if locked.state == AttemptState.OPEN and now >= locked.grace_until:
            finish(locked, cause=SubmissionCause.TIMEOUT, now=now)
    attempt.refresh_from_db()
    return attempt.state == AttemptState.FINISHED


def finalise_due(
    *,
    now: dt.datetime | None = None,
    sitting: Sitting | None = None,
    person: Person | None = None,
    limit: int = 2000,
) -> int:
    """End every attempt that is due (of a sitting, of a person), one transaction each.

    One that cannot be ended is set aside with an alert for a while, and the rest go
    on. A busy database is no fault of the attempt: the next sweep takes it.
    """
    now = now or clock.now()
    due = Attempt.objects.overdue(now).order_by("grace_until")
    if sitting:
        due = due.filter(sitting=sitting)
    if person:
        due = due.filter(person=person)
    done = 0
    for attempt in due[:limit]:
        try:
            done += finalise_if_due(attempt, now=now)
        except OperationalError:
            logger.warning("attempt %s: the database is busy", attempt.pk)
        except Exception:
            logger.exception("attempt %s cannot be finalised", attempt.pk)
            _set_aside(attempt, now)
    return done


def close_attempt(attempt: Attempt, *, by, reason: str) -> Submission:
    """End an attempt on the decision of a proctor; an ended one stays as it is."""
    with transaction.atomic():
        locked = lock(attempt)
        if locked.state == AttemptState.OPEN:
            finish(locked, cause=SubmissionCause.PROCTOR, now=clock.now())
            record("exams.close_attempt", actor=by, subject=locked, reason=reason)
        return locked.submission


def lock(attempt: Attempt | AttemptCard) -> Attempt:
    """Lock the row of an attempt and return it as it is now."""
    locked = _locked.first(attempt.pk)
    if locked is None:
        raise Attempt.DoesNotExist
    return locked


def finish(
    attempt: Attempt, *, cause: str, now: dt.datetime, journal: Journal | None = None
) -> Submission:
    """Write submission and mark of a locked attempt, and its result if automatic.

    A slot that a person has to mark leaves it without either (``mark_slot``).

    An attempt that ran out of time ends at its deadline, also when it is finished
    later: the outcome does not depend on when the sweep runs.
    """
    ended = attempt.deadline if cause == SubmissionCause.TIMEOUT else now
    journal = journal or journal_of(attempt)
    answers = journal.answers
    receipt = {
        "attempt": str(attempt.uuid),
        "cause": str(cause),
        "seat_epoch": attempt.seat_epoch,
        "final_seq": journal.highest,
        "answered": len(answered_slots(attempt, answers)),
        "answers_sha256": answers_digest(answers),
        "submitted_at": iso(ended),
    }
    submission = Submission(
        attempt=attempt,
        cause=cause,
        seat_epoch=attempt.seat_epoch,
        final_seq=journal.highest,
        answered=receipt["answered"],
        answers_sha256=receipt["answers_sha256"],
        receipt=canonical_json({**receipt, "signature": receipt_signature(receipt)}),
        submitted_at=ended,
    )
    insert_row(submission)
    with prepared_cursor() as cursor:
        states = AttemptState.FINISHED.value, AttemptState.OPEN.value
        cursor.execute(FINISH, [states[0], attempt.pk, states[1]])
    attempt.state = AttemptState.FINISHED
    mark = mark_attempt(attempt, answers=answers, now=now)
    if mark and attempt.sitting.release == ReleaseRule.AUTO:
        write_result(attempt, mark, released_at=ended)
    return submission


def receipt_signature(receipt: dict) -> str:
    """Return the HMAC that proves a receipt is ours."""
    text = canonical_json({k: v for k, v in receipt.items() if k != "signature"})
    key = hmac.digest(settings.SECRET_KEY.encode(), b"exams.receipt", "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


def _set_aside(attempt, now):
    with transaction.atomic():
        Attempt.objects.filter(pk=attempt.pk, state=AttemptState.OPEN).update(
            set_aside_at=now
        )
        reason = "finalising failed; see the log"
        record("exams.attempt_set_aside", subject=attempt, reason=reason)
