"""Who may start a sitting now, for which enrolment, and how many tries are left."""

import datetime as dt
from typing import NamedTuple

from django.db.models import Q

from courses.models import Enrolment
from exams.exceptions import (
    AlreadyPassed,
    AttemptsUsed,
    HoursMissing,
    MakeUpOver,
    NotACandidate,
    ResultPending,
    SittingNotOpen,
    SittingOver,
)
from exams.models import Attempt, Candidate, ProgrammeExam, Result, Sitting
from exams.services.finalise import finalise_if_due
from lms import clock
from lms.people.models import Person


class Admission(NamedTuple):
    """The right by which a person starts.

    ``enrolment`` is the one whose final exam this is, None at any other sitting: a
    practice sitting of a class earns nothing and uses up nothing.
    """

    candidate: Candidate | None
    enrolment: Enrolment | None
    number: int


def admit(sitting: Sitting, *, person: Person, now: dt.datetime) -> Admission:
    """Say by what right a person may start now, and as which attempt.

    The access code apart, whatever stands in the way is raised as a refusal: the
    page before the exam says the same sentence as the start itself.
    """
    candidate, enrolment = _right(sitting, person)
    if now < sitting.opens_at:
        raise SittingNotOpen
    if now >= sitting.closes_at:
        raise SittingOver
    if sitting.needs_hours and enrolment and not enrolment.hours_met_on:
        raise HoursMissing
    rule = _final_exam(sitting, enrolment)
    if rule is None:
        enrolment = None
    elif enrolment.passed_on:
        raise AlreadyPassed
    _refuse_unjudged(sitting, person, enrolment, now)
    if _tries_left(sitting, person, enrolment, rule) == 0:
        raise AttemptsUsed
    if rule and _makeup_is_over(enrolment, rule, now):
        raise MakeUpOver
    here = Attempt.objects.filter(sitting=sitting, person=person).count()
    return Admission(candidate, enrolment, here + 1)


def tries_left(sitting: Sitting, *, person: Person) -> int:
    """Return how many more attempts at a sitting a person may make.

    The sitting says how many, and for a final exam so does the programme, over all
    its sittings. Raises ``NotACandidate``.
    """
    _candidate, enrolment = _right(sitting, person)
    return _tries_left(sitting, person, enrolment, _final_exam(sitting, enrolment))


def is_final(sitting: Sitting) -> bool:
    """Say whether the class of a sitting ends with its paper."""
    return ProgrammeExam.objects.filter(
        programme__classes=sitting.training_class_id, blueprint=sitting.blueprint_id
    ).exists()


def _right(sitting, person):
    candidate = Candidate.objects.filter(sitting=sitting, person=person).first()
    enrolment = candidate.enrolment if candidate else None
    if enrolment is None and sitting.training_class_id:
        enrolment = (
            Enrolment.objects.admitted()
            .filter(training_class=sitting.training_class_id, person=person)
            .first()
        )
    if candidate is None and enrolment is None:
        raise NotACandidate
    return candidate, enrolment


def _final_exam(sitting, enrolment) -> ProgrammeExam | None:
    """Return the rule of the final exam a sitting is for an enrolment, if it is one."""
    if enrolment is None:
        return None
    return ProgrammeExam.objects.filter(
        programme__classes=enrolment.training_class_id, blueprint=sitting.blueprint_id
    ).first()


def _refuse_unjudged(sitting, person, enrolment, now):
    """Nobody tries again before the last try is judged."""
    same = Q(sitting=sitting)
    if enrolment:
        same |= Q(enrolment=enrolment)
    unjudged = Attempt.objects.filter(same, person=person, result=None)
    for attempt in unjudged:
        finalise_if_due(attempt, now=now)
    if unjudged.all().exists():
        raise ResultPending


def _tries_left(sitting, person, enrolment, rule):
    mine = Attempt.objects.filter(person=person)
    left = sitting.max_attempts - mine.filter(sitting=sitting).count()
    if rule:
        used = mine.filter(enrolment=enrolment).count()
        left = min(left, rule.max_attempts - used)
    return max(0, left)


def _makeup_is_over(enrolment, rule, now):
    failed = Result.objects.filter(enrolment=enrolment, passed=False)
    first = failed.order_by("released_at").first()
    if first is None:
        return False
    last_day = clock.day_of(first.released_at) + dt.timedelta(days=rule.makeup_days)
    return clock.day_of(now) > last_day
