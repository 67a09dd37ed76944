"""Handing in."""

import datetime as dt

from django.db import transaction

from exams.exceptions import AnswersMissing, DigestDiffers, SeatTaken
from exams.kinds.tokens import answers_digest
from exams.models import Attempt, AttemptState, Submission, SubmissionCause
from exams.services.answer_journal import journal_of
from exams.services.cards import AttemptCard
from exams.services.finalise import finish, lock
from lms.evidence import clock


def submit(
    attempt: Attempt | AttemptCard,
    *,
    seat_epoch: int,
    final_seq: int | None = None,
    answers_sha256: str | None = None,
    now: dt.datetime | None = None,
) -> Submission:
    """Hand an attempt in and return its one submission.

    A repeated call, also after the time is up, returns the same submission.
    Raises ``SeatTaken`` from a device that lost the seat, ``AnswersMissing`` when an
    answer up to ``final_seq`` is not here, ``DigestDiffers`` when phone and server do
    not hold the same answers. The plain form has neither number nor digest.
    """
    with transaction.atomic():
        locked = lock(attempt)
        if locked.state == AttemptState.FINISHED:
            return locked.submission
        now = now or clock.now()
        if now >= locked.grace_until:
            return finish(locked, cause=SubmissionCause.TIMEOUT, now=now)
        if seat_epoch != locked.seat_epoch:
            raise SeatTaken
        journal = journal_of(locked)
        if missing := journal.missing(final_seq or 0):
            raise AnswersMissing(missing)
        if answers_sha256 is not None:
            digest = answers_digest(journal.answers)
            if digest != answers_sha256:
                raise DigestDiffers(journal.answers, digest)
        cause = SubmissionCause.CANDIDATE
        return finish(locked, cause=cause, now=now, journal=journal)
