"""What a sheet of class hours would bring each person, before it is saved."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from courses.exceptions import (
    BelowZero,
    DayIsFull,
    DayNotPossible,
    HalfDayTaken,
    HoursMetAlready,
    HoursNotEntered,
)
from courses.hours.days import milliseconds_left
from courses.hours.progress import Progress, hours_in, progress_for, study_rule_on
from courses.models import Enrolment, HourEntry, HourSource, TrainingClass


@dataclass(frozen=True, slots=True)
class Claim:
    """Class hours asked for one enrolment; ``half_day`` is empty for a correction."""

    enrolment: int
    half_day: str
    hours: Decimal


@dataclass(frozen=True, slots=True)
class HoursChange:
    """One person: the hours before and after, or why nothing is entered."""

    before: Progress
    claims: tuple[Claim, ...] = ()
    refusal: HoursNotEntered | None = None

    @property
    def enrolment(self) -> Enrolment:
        return self.before.enrolment

    @property
    def hours(self) -> Decimal:
        return sum((claim.hours for claim in self.claims), Decimal(0))

    @property
    def after(self) -> Progress:
        entered = self.before.entered_hours + self.hours
        return replace(self.before, entered_hours=entered)

    @property
    def is_entered(self) -> bool:
        return bool(self.claims) and self.refusal is None

    @property
    def completes(self) -> bool:
        """Whether the hours are met by this entry."""
        return self.is_entered and self.after.complete


@dataclass(frozen=True, slots=True)
class HoursSheet:
    """Class hours of one source and one day for the people of a class."""

    source: str
    day: dt.date
    rows: tuple[HoursChange, ...] = field(default=())

    @property
    def entered(self) -> list[HoursChange]:
        return [row for row in self.rows if row.is_entered]

    @property
    def refused(self) -> list[HoursChange]:
        return [row for row in self.rows if row.refusal]

    @property
    def completing(self) -> list[HoursChange]:
        return [row for row in self.rows if row.completes]


def check_day(training_class: TrainingClass, *, day: dt.date, today: dt.date) -> None:
    """Raise ``DayNotPossible`` before the class begins and for days to come."""
    if not training_class.starts_on <= day <= today:
        raise DayNotPossible(first=training_class.starts_on, last=today)


def weigh(
    enrolments: Iterable[Enrolment],
    claims: Iterable[Claim],
    *,
    source: str,
    day: dt.date,
    today: dt.date,
) -> HoursSheet:
    """Return what the claims would bring, person by person, in the order given.

    The answer holds as long as nothing is written in between; the service asks again
    under its locks.
    """
    enrolments = list(enrolments)
    asked = {enrolment.pk: [] for enrolment in enrolments}
    for claim in claims:
        asked[claim.enrolment].append(claim)
    persons = [enrolment.person_id for enrolment in enrolments]
    rule = study_rule_on(day)
    left_ms = milliseconds_left(persons, day=day, rule=rule)
    taken = _half_days(persons, day)
    rows = []
    for before in progress_for(enrolments, day=today):
        enrolment = before.enrolment
        row = HoursChange(before, tuple(asked[enrolment.pk]))
        if row.claims:
            try:
                _check(row, source, taken)
                left = hours_in(left_ms[enrolment.person_id], rule.seconds_per_hour)
                if row.hours > left:
                    raise DayIsFull(most=rule.daily_ceiling_hours, day=day, left=left)
            except HoursNotEntered as refusal:
                row = replace(row, refusal=refusal)
        rows.append(row)
    return HoursSheet(source, day, tuple(rows))


def _check(row: HoursChange, source: str, taken: dict[tuple, list[HourEntry]]) -> None:
    """Raise why these claims of one person cannot be entered."""
    enrolment = row.enrolment
    if enrolment.hours_met_on:
        raise HoursMetAlready(enrolment.hours_met_on)
    if row.before.entered_hours + row.hours < 0:
        raise BelowZero(row.before.entered_hours)
    for claim in row.claims:
        for entry in taken.get((enrolment.person_id, claim.half_day), ()):
            # Theory and practice may share a half day, in one class.
            if entry.source == source or entry.enrolment_id != enrolment.pk:
                raise HalfDayTaken(entry.enrolment.training_class.number)


def _half_days(
    persons: list[int], day: dt.date
) -> dict[tuple[int, str], list[HourEntry]]:
    """Return what is credited for each person and half day, in any class."""
    entries = (
        HourEntry.objects.filter(person__in=persons, day=day)
        .exclude(source=HourSource.CORRECTION)
        .select_related("enrolment__training_class")
    )
    found = {}
    for entry in entries:
        found.setdefault((entry.person_id, entry.half_day), []).append(entry)
    return found
