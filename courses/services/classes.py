"""A class through its life, and who is in it."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from courses.exceptions import (
    BadTransition,
    ClassFull,
    ClassNotAdmitting,
    ClassNotOver,
    CourseReasonMissing,
    NameNotPrintable,
    NotBegunYet,
    NotEligible,
    NotToBeWithdrawn,
)
from courses.hours.progress import out_of_reach
from courses.models import (
    STUDY_STATES,
    ClassState,
    Enrolment,
    EnrolmentStatus,
    TrainingClass,
)
from courses.services.eligibility import doubts_about
from lms.evidence import clock
from lms.evidence.audit import record
from lms.people.identity.numbers import unprintable
from lms.people.models import Organisation, Person, Post, User

BEGUN = (ClassState.RUNNING, ClassState.EXAMINING, ClassState.CLOSED)
NEXT_STATES = {
    ClassState.DRAFT: (ClassState.FILED, ClassState.CANCELLED),
    ClassState.FILED: (ClassState.ENROLLING, ClassState.CANCELLED),
    ClassState.ENROLLING: (ClassState.CONFIRMED, ClassState.CANCELLED),
    ClassState.CONFIRMED: (ClassState.RUNNING, ClassState.CANCELLED),
    ClassState.RUNNING: (ClassState.EXAMINING, ClassState.CLOSED),
    ClassState.EXAMINING: (ClassState.CLOSED,),
    ClassState.CLOSED: (),
    ClassState.CANCELLED: (),
}


@transaction.atomic
def move_class(
    training_class: TrainingClass,
    *,
    to: str,
    reason: str = "",
    actor: User | None = None,
    now: dt.datetime | None = None,
) -> TrainingClass:
    """Move a class to its next state (R4.2); cancelling needs a reason.

    Time begins to count only where the planned hours can be reached. No class runs
    before its first day, nor is it closed before its last while somebody lacks hours.
    Raises ``BadTransition``, ``HoursOutOfReach``, ``NotBegunYet`` and ``ClassNotOver``.
    """
    today = clock.day_of(now or clock.now())
    locked = TrainingClass.objects.select_for_update().get(pk=training_class.pk)
    cancelling = to == ClassState.CANCELLED
    if to not in NEXT_STATES[locked.state] or (cancelling and not reason.strip()):
        raise BadTransition
    if to in STUDY_STATES and not locked.counts_study:
        for refusal in out_of_reach([locked]):
            raise refusal
    _check_days(locked, to, today)
    old, locked.state = str(locked.state), to
    locked.cancel_reason = reason.strip() if cancelling else ""
    locked.save(update_fields=["state", "cancel_reason"])
    record(
        "courses.move_class",
        actor=actor,
        subject=locked,
        reason=locked.cancel_reason,
        changes={"state": [old, str(to)]},
    )
    return locked


@transaction.atomic
def enrol(
    training_class: TrainingClass,
    *,
    persons: Iterable[Person],
    organisation: Organisation | None = None,
    in_spite: str = "",
    actor: User | None = None,
    now: dt.datetime | None = None,
) -> list[Enrolment]:
    """Admit people to a class; nothing changes for those who are in it already.

    Without an organisation each person comes from the employer of today's post.
    ``in_spite`` is the reason to admit people without the role of the programme, or
    who are in another class meanwhile. The class row is the lock that makes the
    capacity hold. Returns the enrolments of all the people. Raises
    ``ClassNotAdmitting``, ``ClassFull``, ``NotEligible`` or ``NameNotPrintable``.
    """
    today = clock.day_of(now or clock.now())
    locked = TrainingClass.objects.select_for_update().get(pk=training_class.pk)
    if not TrainingClass.objects.admitting().filter(pk=locked.pk).exists():
        raise ClassNotAdmitting
    people = {person.pk: person for person in persons}
    present = {e.person_id: e for e in locked.enrolments.filter(person__in=people)}
    returning = [e for e in present.values() if e.status == EnrolmentStatus.WITHDRAWN]
    wanted = [pk for pk in people if pk not in present]
    newcomers = [people[pk] for pk in (*wanted, *(e.person_id for e in returning))]
    free = locked.capacity - locked.enrolments.admitted().count()
    if len(newcomers) > free:
        names = [person.name for person in newcomers]
        raise ClassFull(free=max(0, free), capacity=locked.capacity, names=names)
    doubts = doubts_about(locked, newcomers, day=today)
    if doubts and not in_spite.strip():
        raise NotEligible(doubts)
    signs = {person.name: unprintable(person.name) for person in newcomers}
    if lacking := {name: missing for name, missing in signs.items() if missing}:
        raise NameNotPrintable(lacking)
    for enrolment in returning:
        enrolment.status, enrolment.withdraw_reason = EnrolmentStatus.ADMITTED, ""
        enrolment.save(update_fields=["status", "withdraw_reason"])
    employers = {} if organisation else _employers(wanted, today)
    Enrolment.objects.bulk_create(
        Enrolment(
            training_class=locked,
            person=people[pk],
            organisation_id=organisation.pk if organisation else employers.get(pk),
            enrolled_on=today,
        )
        for pk in wanted
    )
    if newcomers:
        record(
            "courses.enrol",
            actor=actor,
            subject=locked,
            reason=in_spite.strip() if doubts else "",
            data={
                "persons": [person.pk for person in newcomers],
                "doubts": sorted({doubt.code for doubt in doubts}),
            },
        )
    return list(locked.enrolments.filter(person__in=people).for_listing())


@transaction.atomic
def withdraw(
    enrolment: Enrolment, *, reason: str, actor: User | None = None
) -> Enrolment:
    """Take a person out of a class, with a reason; credited hours stay on record.

    A person who has passed stays in it. Raises ``NotToBeWithdrawn`` and
    ``CourseReasonMissing``.
    """
    reason = reason.strip()
    if not reason:
        raise CourseReasonMissing
    locked = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    if not locked.may_be_withdrawn:
        raise NotToBeWithdrawn
    old = str(locked.status)
    locked.status, locked.withdraw_reason = EnrolmentStatus.WITHDRAWN, reason
    locked.save(update_fields=["status", "withdraw_reason"])
    record(
        "courses.withdraw",
        actor=actor,
        subject=locked,
        reason=reason,
        changes={"status": [old, str(locked.status)]},
    )
    return locked


def _check_days(training_class, to, today):
    """Raise where a class would run before its days, or end before them."""
    if to in BEGUN and today < training_class.starts_on:
        raise NotBegunYet(training_class.starts_on)
    if to == ClassState.CLOSED and today < training_class.ends_on:
        unmet = training_class.enrolments.admitted().filter(hours_met_on=None)
        names = list(unmet.values_list("person__name", flat=True).order_by("pk"))
        if names:
            raise ClassNotOver(day=training_class.ends_on, names=names)


def _employers(persons: list[int], day: dt.date) -> dict[int, int]:
    """Return the employer of each person's latest post of the day."""
    posts = Post.objects.active_on(day).filter(person__in=persons)
    return dict(posts.order_by("starts_on").values_list("person", "organisation"))
