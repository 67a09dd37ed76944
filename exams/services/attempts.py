"""Starting an attempt, its seat and its time."""

import datetime as dt
import hmac
import secrets
import uuid
from collections.abc import Iterable
from contextlib import suppress
from typing import Protocol

from django.db import transaction
from django.db.models import F

from courses.services.records import lock_persons
from exams.exceptions import (
    AdjustmentRefused,
    AttemptClosed,
    ExamRefusal,
    TooManyCodes,
    WrongAccessCode,
)
from exams.kinds.tokens import iso
from exams.models import Attempt, AttemptState, Sitting, TimeAdjustment
from exams.papers.values import deliver
from exams.services.admission import admit, standing_of
from exams.services.answer_journal import journal_of
from exams.services.candidate_papers import paper_for_person
from exams.services.cards import content_of
from exams.services.finalise import finalise_due
from exams.services.seat import issue_token
from lms.evidence import clock
from lms.evidence.audit import record
from lms.people.models import Person
from lms.web.rate_limits import within

MAX_ADJUSTMENT_S = 4 * 3600
# Without a limit four digits can be guessed in minutes.
CODE_TRIES, CODE_SECONDS = 10, 600


def start_attempt(
    sitting: Sitting,
    *,
    person: Person,
    now: dt.datetime | None = None,
    access_code: str | None = None,
    session: str = "",
) -> Attempt:
    """Open an attempt, or return the one in progress.

    The person is the lock: of any number of simultaneous starts, at one sitting or
    at several of one exam, one counts the tries and writes the row, and the others
    find it there. The partial unique constraint holds what the lock promises.
    ``session`` is the hash of the session that takes the seat. Raises a refusal
    where the person may not start.
    """
    now = now or clock.now()
    # Before the lock: ending an attempt locks it first and its person last.
    finalise_due(person=person, now=now)
    if attempt := _running(sitting, person, now):
        return attempt
    _draw_ahead(sitting, person, now)
    with transaction.atomic():
        lock_persons([person.pk])
        if attempt := _running(sitting, person, now):
            return attempt
        standing = standing_of(person)
        candidate, enrolment, number = admit(sitting, standing=standing, now=now)
        if sitting.access_code:
            check_code(
                access_code or "",
                wanted=sitting.access_code,
                sitting_id=sitting.pk,
                person_id=person.pk,
            )
        paper = paper_for_person(sitting, person)
        deadline = deadline_of(
            sitting,
            started_at=now,
            duration_s=paper.duration_s,
            extra_s=candidate.extra_s if candidate else 0,
        )
        return Attempt.objects.create(
            sitting=sitting,
            person=person,
            enrolment=enrolment,
            paper=paper,
            number=number,
            secret=secrets.token_hex(32),
            order_seed=secrets.token_hex(8),
            started_at=now,
            deadline_at_start=deadline,
            deadline=deadline,
            grace_until=deadline + dt.timedelta(seconds=sitting.grace_s),
            seat_session=session,
        )


class ClosingTime(Protocol):
    """A sitting as far as it bounds the time of an attempt."""

    closes_at: dt.datetime
    closing_cuts: bool


def deadline_of(
    sitting: ClosingTime, *, started_at: dt.datetime, duration_s: int, extra_s: int = 0
) -> dt.datetime:
    """Return until when an attempt that starts at a moment may be written.

    The closing time of the sitting, where it cuts, cuts the duration of the paper;
    extra time is added behind it, so it is never cut (E21).
    """
    ends = started_at + dt.timedelta(seconds=duration_s)
    if sitting.closing_cuts:
        ends = min(ends, sitting.closes_at)
    return ends + dt.timedelta(seconds=extra_s)


def paper_for(attempt: Attempt) -> dict:
    """Return the paper as this candidate sees it: tokens for ids, his own order."""
    return deliver(
        content_of(attempt.paper), secret=attempt.secret, order_seed=attempt.order_seed
    )


def delivery_state(attempt: Attempt, *, session: str, now: dt.datetime) -> dict:
    """Return all a phone needs to begin or to go on (S1.4).

    Only the session that holds the seat gets a token; for any other it is None, and
    ``take_seat`` is the way on.
    """
    journal = journal_of(attempt)
    holder = attempt.seat_session and attempt.seat_session == session
    return {
        "attempt": str(attempt.uuid),
        "seat_token": issue_token(
            str(attempt.uuid),
            person_id=attempt.person_id,
            epoch=attempt.seat_epoch,
            session=session,
        )
        if holder
        else None,
        "seat_epoch": attempt.seat_epoch,
        "paper": paper_for(attempt),
        "answers": journal.answers,
        "through": journal.through,
        "state": str(attempt.effective_state(now)),
        "deadline": iso(attempt.deadline),
        "grace_until": iso(attempt.grace_until),
        "server_now": iso(now),
    }


@transaction.atomic
def take_seat(attempt: Attempt, *, session: str, actor=None) -> Attempt:
    """Continue an attempt on this device; answers from the former one stop counting.

    Raises ``AttemptClosed``. The row is locked, so every save in flight is either
    before the take-over or sees it.
    """
    attempt = Attempt.objects.select_for_update().get(pk=attempt.pk)
    now = clock.now()
    moved = Attempt.objects.filter(
        pk=attempt.pk, state=AttemptState.OPEN, grace_until__gt=now
    ).update(seat_epoch=F("seat_epoch") + 1, seat_session=session)
    if not moved:
        raise AttemptClosed
    attempt.refresh_from_db()
    data = {"epoch": attempt.seat_epoch}
    record("exams.take_seat", actor=actor, subject=attempt, data=data)
    return attempt


@transaction.atomic
def vacate_seats(person: Person | int, *, reason: str) -> int:
    """Void every seat token of a person; return how many seats there were.

    Called when the person signs out, is deactivated or is merged with another.
    """
    running = Attempt.objects.select_for_update().filter(
        person=person, state=AttemptState.OPEN
    )
    count = 0
    for attempt in running.order_by("pk"):
        Attempt.objects.filter(pk=attempt.pk).update(
            seat_epoch=F("seat_epoch") + 1, seat_session=""
        )
        record("exams.vacate_seat", subject=attempt, reason=reason)
        count += 1
    return count


@transaction.atomic
def adjust_time(
    attempts: Iterable[Attempt],
    *,
    seconds: int,
    reason: str,
    by=None,
    batch: uuid.UUID | None = None,
    now: dt.datetime | None = None,
) -> list[TimeAdjustment]:
    """Give more time to the attempt of one person, or to all of a sitting.

    The same ``batch`` twice changes nothing the second time; closed attempts are
    left out. Returns the adjustments made. Raises ``AdjustmentRefused`` for anything
    but 1 second to 4 hours with a reason.
    """
    if type(seconds) is not int or not 1 <= seconds <= MAX_ADJUSTMENT_S:
        raise AdjustmentRefused
    if not reason.strip():
        raise AdjustmentRefused
    batch = batch or uuid.uuid4()
    more = dt.timedelta(seconds=seconds)
    made = []
    wanted = [attempt.pk for attempt in attempts]
    rows = Attempt.objects.select_for_update().filter(pk__in=wanted).order_by("pk")
    locked = list(rows)
    # Read the clock behind the lock: who waited for it may have become too late.
    now = now or clock.now()
    for attempt in locked:
        if attempt.adjustments.filter(batch=batch).exists():
            continue
        moved = Attempt.objects.filter(
            pk=attempt.pk,
            state=AttemptState.OPEN,
            deadline=attempt.deadline,
            grace_until__gt=now,
        ).update(
            deadline=attempt.deadline + more, grace_until=attempt.grace_until + more
        )
        if moved:
            made.append(
                TimeAdjustment.objects.create(
                    attempt=attempt,
                    batch=batch,
                    seconds=seconds,
                    reason=reason.strip(),
                    made_by=by,
                    made_at=now,
                )
            )
            record(
                "exams.adjust_time",
                actor=by,
                subject=attempt,
                reason=reason,
                changes={
                    "deadline": [iso(attempt.deadline), iso(attempt.deadline + more)]
                },
            )
    return made


def _draw_ahead(sitting, person, now):
    """Make the paper before the lock, since drawing takes longest; it is found there.

    Refusals are raised behind the lock, where nothing changes any more.
    """
    with suppress(ExamRefusal):
        admit(sitting, standing=standing_of(person), now=now)
        paper_for_person(sitting, person)


def check_code(given: str, *, wanted: str, sitting_id: int, person_id: int) -> None:
    """Compare an access code; raises ``WrongAccessCode`` or ``TooManyCodes``."""
    tries = f"access_code.{sitting_id}.{person_id}"
    if not within(tries, limit=CODE_TRIES, seconds=CODE_SECONDS):
        raise TooManyCodes(CODE_SECONDS)
    # Half of a surrogate pair is no code either.
    if not hmac.compare_digest(wanted.encode(), given.encode("utf-8", "replace")):
        raise WrongAccessCode


def _running(sitting, person, now):
    running = Attempt.objects.running(now)
    return running.filter(sitting=sitting, person=person).first()
