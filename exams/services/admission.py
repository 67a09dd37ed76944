"""Who may start a sitting now, for which enrolment, and how many tries are left."""

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import Q, QuerySet

from courses.models import Enrolment
from exams.exceptions import (
    AlreadyPassed,
    AttemptsUsed,
    ClassHoursIncomplete,
    IdentityNotConfirmed,
    MakeUpOver,
    NotACandidate,
    ResultPending,
    SittingNotOpen,
    SittingOver,
)
from exams.models import (
    Attempt,
    AttemptState,
    Candidate,
    ProgrammeExam,
    Result,
    Sitting,
)
from exams.services.finalise import finalise_due
from lms.access.prepared import PreparedRows
from lms.evidence import clock
from lms.people.models import Person

RULE = "training_class__programme__exam"


@dataclass(frozen=True)
class CandidateStanding:
    """What decides whether a person may start, at any number of sittings."""

    candidacies: dict[int, Candidate]  # by sitting
    enrolments: dict[int, Enrolment]  # by class
    attempts: list[Attempt]  # the newest first
    identity_confirmed: bool

    def attempts_at(self, sitting: Sitting) -> list[Attempt]:
        """Return the attempts at a sitting, the newest first."""
        return [one for one in self.attempts if one.sitting_id == sitting.pk]

    def attempts_of(self, enrolment: Enrolment) -> list[Attempt]:
        """Return the attempts of an enrolment, at all sittings."""
        return [one for one in self.attempts if one.enrolment_id == enrolment.pk]

    def enrolment_at(self, sitting: Sitting) -> Enrolment | None:
        """Return the enrolment by which a person takes part in a sitting, if by one."""
        candidate = self.candidacies.get(sitting.pk)
        named = candidate.enrolment if candidate else None
        return named or self.enrolments.get(sitting.training_class_id)


class Admission(NamedTuple):
    """The right by which a person starts.

    ``enrolment`` is the one whose final exam this is, None at any other sitting: a
    practice sitting of a class earns nothing and uses up nothing.
    """

    candidate: Candidate | None
    enrolment: Enrolment | None
    number: int


_candidacies = PreparedRows(
    lambda person: Candidate.objects.filter(person=person).order_by()
)
_enrolments = PreparedRows(
    lambda person: (
        Enrolment.objects.admitted().filter(person=person).select_related(RULE)
    )
)
_attempts = PreparedRows(
    lambda person: Attempt.objects.filter(person=person).select_related(
        "result", "sitting"
    )
)


def standing_of(person: Person) -> CandidateStanding:
    """Return what decides whether a person may start, in three queries.

    A fourth where a candidacy names an enrolment that the person was withdrawn from.
    """
    candidacies = _candidacies.rows(person.pk)
    enrolments = _enrolments.rows(person.pk)
    _add_enrolments(candidacies, {one.pk: one for one in enrolments})
    return CandidateStanding(
        {one.sitting_id: one for one in candidacies},
        {one.training_class_id: one for one in enrolments},
        _attempts.rows(person.pk),
        person.identity_checked_at is not None,
    )


def _add_enrolments(candidacies, known):
    named = {one.enrolment_id for one in candidacies} - {None}
    if others := named - known.keys():
        rows = Enrolment.objects.filter(pk__in=others).select_related(RULE)
        known = known | {one.pk: one for one in rows}
    for one in candidacies:
        if one.enrolment_id is not None:
            one.enrolment = known[one.enrolment_id]


def judged_standing_of(person: Person, *, now: dt.datetime) -> CandidateStanding:
    """End the attempts of a person that are due, and return the person's standing.

    A page then shows the same with or without a sweep (E09). Call it before the
    person is locked, since ending an attempt locks the attempt first.
    """
    standing = standing_of(person)
    if any(_is_due(one, now) for one in standing.attempts):
        finalise_due(person=person, now=now)
        standing = standing_of(person)
    return standing


def admit(
    sitting: Sitting, *, standing: CandidateStanding, now: dt.datetime
) -> Admission:
    """Say by what right a person may start now, and as which attempt.

    Raises the refusal that prevents a start; the access code is checked elsewhere.
    The page before the exam and the start itself therefore give the same reason.
    """
    candidate = standing.candidacies.get(sitting.pk)
    enrolment = standing.enrolment_at(sitting)
    if candidate is None and enrolment is None:
        raise NotACandidate
    if now < sitting.opens_at:
        raise SittingNotOpen
    if now >= sitting.closes_at:
        raise SittingOver
    if sitting.needs_hours and enrolment and not enrolment.hours_met_on:
        raise ClassHoursIncomplete
    rule = _final_exam(sitting, enrolment)
    if rule is None:
        enrolment = None
    elif enrolment.passed_on:
        raise AlreadyPassed
    here = standing.attempts_at(sitting)
    tried = standing.attempts_of(enrolment) if enrolment else []
    # The last attempt needs a result before the next one starts.
    if any(result_of(one) is None for one in [*here, *tried]):
        raise ResultPending
    if tries_left(sitting, standing=standing) == 0:
        raise AlreadyPassed if any(has_passed(one) for one in here) else AttemptsUsed
    if rule and _makeup_is_over(tried, rule, now):
        raise MakeUpOver
    if not standing.identity_confirmed:
        raise IdentityNotConfirmed
    return Admission(candidate, enrolment, len(here) + 1)


def tries_left(sitting: Sitting, *, standing: CandidateStanding) -> int:
    """Return how many more attempts at a sitting a person may make.

    The sitting says how many, and for a final exam so does the programme, over all
    its sittings.
    """
    left = sitting.max_attempts - len(standing.attempts_at(sitting))
    enrolment = standing.enrolment_at(sitting)
    if rule := _final_exam(sitting, enrolment):
        left = min(left, rule.max_attempts - len(standing.attempts_of(enrolment)))
    return max(0, left)


def people_expected(sitting: Sitting) -> QuerySet[Person]:
    """Return the people who may start a sitting: its class, and those named for it."""
    people = Q(candidacies__sitting=sitting)
    if sitting.training_class_id:
        admitted = Enrolment.objects.admitted()
        of_class = admitted.filter(training_class=sitting.training_class_id)
        people |= Q(pk__in=of_class.values("person"))
    return Person.objects.filter(people).distinct()


def is_final(sitting: Sitting) -> bool:
    """Say whether the class of a sitting ends with its paper."""
    return ProgrammeExam.objects.filter(
        programme__classes=sitting.training_class_id, blueprint=sitting.blueprint_id
    ).exists()


def unconfirmed_people(sitting: Sitting, user) -> QuerySet[Person]:
    """Return who is expected at a sitting and whose identity nobody has confirmed."""
    listed = Candidate.objects.filter(sitting=sitting).values("person")
    in_class = Enrolment.objects.admitted().filter(
        training_class=sitting.training_class_id
    )
    expected = Q(pk__in=listed) | Q(pk__in=in_class.values("person"))
    people = Person.objects.visible_to(user).filter(expected)
    return people.filter(identity_checked_at=None, user__isnull=False)


def result_of(attempt: Attempt) -> Result | None:
    """Return the released result of an attempt, if there is one."""
    return getattr(attempt, "result", None)


def has_passed(attempt: Attempt) -> bool:
    """Say whether an attempt is a pass that is released."""
    result = result_of(attempt)
    return bool(result and result.passed)


def _is_due(attempt, now):
    return attempt.state == AttemptState.OPEN and now >= attempt.grace_until


def _final_exam(sitting, enrolment) -> ProgrammeExam | None:
    """Return the rule of the final exam a sitting is for an enrolment, if it is one."""
    if enrolment is None:
        return None
    rule = getattr(enrolment.training_class.programme, "exam", None)
    return rule if rule and rule.blueprint_id == sitting.blueprint_id else None


def _makeup_is_over(tried, rule, now):
    results = [result_of(one) for one in tried]
    failed = [one.released_at for one in results if not one.passed]
    if not failed:
        return False
    last_day = clock.day_of(min(failed)) + dt.timedelta(days=rule.makeup_days)
    return clock.day_of(now) > last_day
