"""The opening minute: a first attempt from a prepared paper, in one guarded statement.

The statement admits some of those whom ``admission.admit`` admits: people who have no
attempt that could count here. For all others ``start_attempt`` decides: it applies
every rule and says what prevents a start.
"""

import datetime as dt
import uuid
from functools import cache
from typing import NamedTuple

from django.db import connection, transaction

from courses.models import Enrolment, EnrolmentStatus, TrainingClass
from exams.kinds.tokens import iso
from exams.models import (
    Attempt,
    AttemptState,
    Blueprint,
    Candidate,
    EffectiveState,
    Paper,
    PreparedPaper,
    ProgrammeExam,
    Sitting,
    papers_drawn_for,
)
from exams.services.attempts import check_code, deadline_of
from exams.services.seat import issue_token
from exams.services.statements import CLOCK, aware, moment, short
from lms.access.prepared_cursor import prepared_cursor
from lms.evidence.canonical_json import canonical_json
from lms.people.models import Person

# Times as text, as where answers are saved. The person is locked until the end.
READ = """
SELECT CAST({clock} AS text), p.id, p.drawn_for, p.delivered, b.id, b.edition,
       s.variants, CAST(s.opens_at AS text), CAST(s.closes_at AS text), s.closing_cuts,
       s.grace_s, s.access_code, s.id, q.duration_s, coalesce(c.extra_s, 0)
  FROM {papers} p
  JOIN {sittings} s ON s.id = p.sitting_id
  JOIN {blueprints} b ON b.id = s.blueprint_id
  JOIN {frozen} q ON q.id = p.paper_id
  JOIN {people} w ON w.id = p.person_id
  LEFT JOIN {candidates} c ON c.sitting_id = s.id AND c.person_id = w.id
 WHERE s.uuid = %s AND p.person_id = %s {lock}
"""
LOCK = {"sqlite": "", "postgresql": "FOR NO KEY UPDATE OF w"}

# ``e`` is the enrolment by which the person takes part, ``r`` says that the sitting is
# its final exam. Of ``a``, no attempt may stand in the way: none at this sitting, none
# of this enrolment, none unfinished; and none begun since the paper was drawn (E28).
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
          AND (a.sitting_id = s.id OR a.enrolment_id = e.id OR a.state <> %s))
   AND p.attempts_before =
       (SELECT count(*) FROM {attempts} a WHERE a.person_id = w.id)
    ON CONFLICT DO NOTHING
"""
TABLES = {
    "attempts": Attempt,
    "blueprints": Blueprint,
    "candidates": Candidate,
    "classes": TrainingClass,
    "enrolments": Enrolment,
    "exams": ProgrammeExam,
    "frozen": Paper,
    "papers": PreparedPaper,
    "people": Person,
    "sittings": Sitting,
}


class Opening(NamedTuple):
    """What a start goes by: the sitting, the paper, and the time a person is given."""

    now: dt.datetime
    pk: int
    drawn_for: str
    delivered: str
    blueprint: int
    edition: int
    variants: int
    opens_at: dt.datetime
    closes_at: dt.datetime
    closing_cuts: bool
    grace_s: int
    access_code: str
    sitting: int
    duration_s: int
    extra_s: int

    def is_fit(self, now: dt.datetime) -> bool:
        """Say whether the sitting is open and the paper drawn for its settings."""
        drawn_for = papers_drawn_for(self.blueprint, self.edition, self.variants)
        return self.opens_at <= now < self.closes_at and self.drawn_for == drawn_for


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
    name = uuid.uuid4()
    with transaction.atomic():
        opening = _read(sitting, person_id)
        if opening is None:
            return None
        now = now or opening.now
        if not opening.is_fit(now):
            return None
        deadline = deadline_of(
            opening,
            started_at=now,
            duration_s=opening.duration_s,
            extra_s=opening.extra_s,
        )
        grace_until = deadline + dt.timedelta(seconds=opening.grace_s)
        if not _open(opening, name, (now, deadline, deadline, grace_until), session):
            return None
        if opening.access_code:
            check_code(
                access_code,
                wanted=opening.access_code,
                sitting_id=opening.sitting,
                person_id=person_id,
            )
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
    return Begun(str(name), f'{text[:-1]},"paper":{opening.delivered}}}')


def _read(sitting, person_id) -> Opening | None:
    """Read what a start goes by; the person is locked from here on."""
    read, _start = _statements(connection.vendor)
    with prepared_cursor() as cursor:
        cursor.execute(read, [_key(sitting), person_id])
        row = cursor.fetchone()
    if row is None:
        return None
    row = Opening(*row)
    return row._replace(
        **{name: aware(getattr(row, name)) for name in ("now", "opens_at", "closes_at")}
    )


def _open(opening, name, times, session) -> bool:
    """Run the guarded statement; say whether it wrote the attempt."""
    _read, start = _statements(connection.vendor)
    with prepared_cursor() as cursor:
        cursor.execute(
            start,
            [
                _key(name),
                AttemptState.OPEN.value,
                *map(moment, times),
                session,
                EnrolmentStatus.ADMITTED.value,
                opening.pk,
                opening.extra_s,
                AttemptState.FINISHED.value,
            ],
        )
        return cursor.rowcount == 1


def _key(name: uuid.UUID):
    return name.hex if connection.vendor == "sqlite" else name


@cache
def _statements(vendor: str) -> tuple[str, str]:
    tables = {name: model._meta.db_table for name, model in TABLES.items()}
    read = READ.format(clock=CLOCK[vendor], lock=LOCK[vendor], **tables)
    return short(read), short(START.format(**tables))
