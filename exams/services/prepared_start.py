"""The opening minute: a first attempt from a prepared paper, in one guarded statement.

The statement admits a part of those whom ``admission.admit`` admits: people who have
begun nothing that could count here. Whoever it does not admit goes the long way, which
knows every rule and says what prevents a start.
"""

import datetime as dt
import uuid
from functools import cache
from typing import NamedTuple

from django.db import connection, transaction

from courses.models import Enrolment, EnrolmentStatus, TrainingClass
from courses.services.records import lock_persons
from exams.kinds.tokens import iso
from exams.models import (
    Attempt,
    AttemptState,
    Candidate,
    EffectiveState,
    PreparedPaper,
    ProgrammeExam,
    Sitting,
)
from exams.services.attempts import check_code, deadline_of
from exams.services.seat import issue_token
from exams.services.statements import moment, prepared_cursor, short
from lms.evidence import clock
from lms.evidence.canonical_json import canonical_json
from lms.people.models import Person

# ``e`` is the enrolment by which the person takes part, ``r`` says that the sitting is
# its final exam. Of ``a``, no attempt may stand in the way: none at this sitting, none
# of this enrolment, none unfinished, and none begun since the paper was drawn (E28).
START = """
INSERT INTO {attempts}
       (uuid, sitting_id, person_id, enrolment_id, paper_id, number, state, secret,
        order_seed, started_at, deadline_at_start, deadline, grace_until, seat_epoch,
        seat_session)
SELECT %s, p.sitting_id, p.person_id, CASE WHEN r.id IS NOT NULL THEN e.id END,
       p.paper_id, 1, %s, p.secret, p.order_seed, %s, %s, %s, %s, 1, %s
  FROM {papers} p
  JOIN {sittings} s ON s.id = p.sitting_id
  JOIN {people} w ON w.id = p.person_id
  LEFT JOIN {candidates} c
    ON c.sitting_id = s.id AND c.person_id = w.id
  LEFT JOIN {enrolments} e
    ON e.person_id = w.id AND e.status = %s
   AND CASE WHEN c.enrolment_id IS NULL
            THEN e.training_class_id = s.training_class_id
            ELSE e.id = c.enrolment_id END
  LEFT JOIN {classes} k ON k.id = e.training_class_id
  LEFT JOIN {exams} r
    ON r.programme_id = k.programme_id AND r.blueprint_id = s.blueprint_id
 WHERE p.id = %s
   AND w.identity_checked_at IS NOT NULL
   AND (c.id IS NOT NULL OR e.id IS NOT NULL)
   AND (c.enrolment_id IS NULL OR e.id IS NOT NULL)
   AND coalesce(c.extra_s, 0) = %s
   AND (NOT s.needs_hours OR e.id IS NULL OR e.hours_met_on IS NOT NULL)
   AND (e.id IS NULL OR e.passed_on IS NULL)
   AND (r.id IS NULL OR r.max_attempts > 0)
   AND NOT EXISTS (
       SELECT 1 FROM {attempts} a
        WHERE a.person_id = w.id
          AND (a.sitting_id = s.id OR a.enrolment_id = e.id OR a.state <> %s
               OR a.started_at >= p.prepared_at))
    ON CONFLICT DO NOTHING
"""
TABLES = {
    "attempts": Attempt,
    "candidates": Candidate,
    "classes": TrainingClass,
    "enrolments": Enrolment,
    "exams": ProgrammeExam,
    "papers": PreparedPaper,
    "people": Person,
    "sittings": Sitting,
}


class Begun(NamedTuple):
    """A started attempt and the state a phone begins with, as JSON."""

    attempt: str
    state: str


def start_prepared(
    sitting: uuid.UUID,
    *,
    person_id: int,
    access_code: str = "",
    session: str = "",
    now: dt.datetime | None = None,
) -> Begun | None:
    """Open a person's first attempt at a sitting with the paper that was prepared.

    None where there is none, or where any rule might stand against it: then
    ``start_attempt`` decides. The person is the lock, as there. Raises
    ``WrongAccessCode`` and ``TooManyCodes``.
    """
    now = now or clock.now()
    prepared = (
        PreparedPaper.objects.select_related("sitting", "paper")
        .defer("paper__content", "secret", "order_seed")
        .filter(sitting__uuid=sitting, person=person_id)
        .first()
    )
    if prepared is None or not _is_open(prepared, now):
        return None
    extra_s = _extra_seconds(prepared)
    deadline = deadline_of(
        prepared.sitting,
        started_at=now,
        duration_s=prepared.paper.duration_s,
        extra_s=extra_s,
    )
    grace_until = deadline + dt.timedelta(seconds=prepared.sitting.grace_s)
    name = uuid.uuid4()
    with transaction.atomic():
        lock_persons([person_id])
        with prepared_cursor() as cursor:
            cursor.execute(
                _statement(),
                [
                    name.hex if connection.vendor == "sqlite" else name,
                    AttemptState.OPEN.value,
                    *map(moment, (now, deadline, deadline, grace_until)),
                    session,
                    EnrolmentStatus.ADMITTED.value,
                    prepared.pk,
                    extra_s,
                    AttemptState.FINISHED.value,
                ],
            )
            if cursor.rowcount != 1:
                return None
        if prepared.sitting.access_code:
            check_code(prepared.sitting, person_id, access_code)
    state = {
        "attempt": str(name),
        "seat_token": issue_token(
            str(name), person_id=person_id, epoch=1, session=session
        ),
        "seat_epoch": 1,
        "answers": {},
        "through": 0,
        "state": str(EffectiveState.OPEN),
        "deadline": iso(deadline),
        "grace_until": iso(grace_until),
        "server_now": iso(now),
    }
    text = canonical_json(state)
    return Begun(str(name), f'{text[:-1]},"paper":{prepared.delivered}}}')


def _is_open(prepared, now):
    sitting = prepared.sitting
    return (
        sitting.opens_at <= now < sitting.closes_at
        and sitting.max_attempts > 0
        and sitting.draws_for == prepared.drawn_for
    )


def _extra_seconds(prepared) -> int:
    named = Candidate.objects.filter(
        sitting=prepared.sitting_id, person=prepared.person_id
    )
    return named.values_list("extra_s", flat=True).first() or 0


@cache
def _statement():
    tables = {name: model._meta.db_table for name, model in TABLES.items()}
    return short(START.format(**tables))
