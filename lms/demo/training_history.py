"""Invented training history of one post: plausible rates, the same every time."""

import datetime as dt
import random
from collections.abc import Iterator
from decimal import Decimal

from courses.models import (
    Audience,
    RecordSource,
    TrainingKind,
    TrainingRecord,
    TrainingResult,
)
from courses.services import RecordDraft
from lms.evidence import clock
from lms.evidence.clock import SHANGHAI
from lms.people.models import Post, Role

BEGIN = dt.date(2016, 1, 1)
REVIEWS_UNTIL = dt.date(2026, 5, 31)

# Share of posts ever trained, and of years in which retraining is done.
TRAINED = {
    Role.PRINCIPAL: 0.95,
    Role.SAFETY_MANAGER: 0.96,
    Role.SPECIAL_OPERATOR: 0.94,
    Role.OTHER_STAFF: 0.88,
    Role.SUPERVISOR: 0.99,
    Role.OH_SUPERVISOR: 0.9,
}
RETRAINED = {
    Role.PRINCIPAL: 0.82,
    Role.SAFETY_MANAGER: 0.85,
    Role.OTHER_STAFF: 0.3,
    Role.SUPERVISOR: 0.9,
    Role.OH_SUPERVISOR: 0.6,
}
HOURS = {
    (Role.PRINCIPAL, False): (32, 12),
    (Role.PRINCIPAL, True): (48, 16),
    (Role.SAFETY_MANAGER, False): (32, 12),
    (Role.SAFETY_MANAGER, True): (48, 16),
    (Role.OTHER_STAFF, False): (24, 8),
    (Role.OTHER_STAFF, True): (72, 20),
}


def history_of(post: Post, *, today: dt.date) -> Iterator[RecordDraft]:
    """Yield the trainings one post led to, from the plan's first day until today."""
    rng = random.Random(f"{post.person_id}-{post.pk}")  # noqa: S311 - a demo
    first = max(BEGIN, post.starts_on)
    last = min(today, post.ends_on or today)
    if last <= first:
        return
    if rng.random() < TRAINED[post.role]:
        yield from _role_history(post, rng, first, last)
    if post.exposed and rng.random() < 0.88:
        day = _day(rng, first, last, within=500)
        yield _draft(post, rng, Audience.OH_WORKER, TrainingKind.INITIAL, 8, day)


def anonymous_rows(rng: random.Random, count: int = 60) -> list[RecordDraft]:
    """Return person-times of old paper lists that name nobody."""
    return [
        RecordDraft(
            TrainingRecord(
                holder_name="(名单无证件号)",
                kind=TrainingKind.SPECIAL_TOPIC,
                hours=Decimal(4),
                done_on=BEGIN + dt.timedelta(days=rng.randrange(0, 700)),
                source=RecordSource.IMPORT,
                row_key=f"demo-nobody-{number}",
                recorded_at=_evening(dt.date(2018, 3, 1)),
            ),
            [Audience.OTHER_STAFF],
        )
        for number in range(count)
    ]


def _role_history(post, rng, first, last) -> Iterator[RecordDraft]:
    role, high = post.role, post.organisation.is_high_hazard
    initial, annual = HOURS.get((role, high), (24, 8))
    if role == Role.SPECIAL_OPERATOR:
        initial = 100
    begun = _day(rng, first, last, within=300)
    yield _draft(post, rng, role, TrainingKind.INITIAL, initial, begun)
    if role == Role.SPECIAL_OPERATOR:
        yield from _reviews(post, rng, begun, last)
        return
    for year in range(begun.year + 1, last.year + 1):
        start, end = dt.date(year, 2, 1), min(last, dt.date(year, 11, 30))
        if start < end and rng.random() < RETRAINED[role]:
            day = _day(rng, start, end)
            # Now and then somebody leaves early, and the year stays short.
            hours = annual if rng.random() < 0.95 else annual - 2
            yield _draft(post, rng, role, TrainingKind.ANNUAL, hours, day)


def _reviews(post, rng, begun, last) -> Iterator[RecordDraft]:
    for years in (3, 6, 9):
        due = begun + dt.timedelta(days=365 * years - rng.randrange(5, 60))
        if due <= min(last, REVIEWS_UNTIL) and rng.random() < 0.9:
            kind = TrainingKind.REVIEW if years != 6 else TrainingKind.RENEWAL
            yield _draft(post, rng, post.role, kind, 8, due)


def _draft(post, rng, audience, kind, hours, day) -> RecordDraft:
    passed = rng.random() < 0.95
    employer = post.organisation
    late = rng.randrange(120, 400) if rng.random() < 0.02 else rng.randrange(1, 20)
    return RecordDraft(
        TrainingRecord(
            person=post.person,
            holder_name=post.person.name,
            kind=kind,
            item_id=post.item_id if audience == Role.SPECIAL_OPERATOR else None,
            employer=employer,
            town_id=employer.town_id,
            high_hazard=employer.is_high_hazard,
            hours=Decimal(hours),
            done_on=day,
            result=TrainingResult.PASSED if passed else TrainingResult.FAILED,
            passed_on=day if passed else None,
            source=RecordSource.IMPORT,
            row_key=f"demo-{post.pk}-{audience}-{kind}-{day}",
            recorded_at=min(_evening(day + dt.timedelta(days=late)), clock.now()),
        ),
        [audience],
    )


def _day(rng, first, last, *, within=None):
    span = (last - first).days
    if within:
        span = min(span, within)
    return first + dt.timedelta(days=rng.randrange(0, span + 1))


def _evening(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(18), SHANGHAI)
