"""A class through its life, and who is in it."""

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from courses.exceptions import (
    BadTransition,
    ClassFull,
    ClassNotAdmitting,
    NotToBeWithdrawn,
)
from courses.models import (
    STUDY_STATES,
    ClassState,
    Enrolment,
    EnrolmentStatus,
    TrainingClass,
)
from courses.progress import out_of_reach
from lms import clock
from lms.people.models import Organisation, Person, Post

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
    training_class: TrainingClass, *, to: str, reason: str = ""
) -> TrainingClass:
    """Move a class to its next state (domain 4.2); cancelling needs a reason.

    Time begins to count only where the lessons can give the planned hours. Raises
    ``BadTransition`` and ``HoursOutOfReach``.
    """
    locked = TrainingClass.objects.select_for_update().get(pk=training_class.pk)
    cancelling = to == ClassState.CANCELLED
    if to not in NEXT_STATES[locked.state] or (cancelling and not reason.strip()):
        raise BadTransition
    if to in STUDY_STATES and not locked.counts_study:
        for refusal in out_of_reach([locked]):
            raise refusal
    locked.state = to
    locked.cancel_reason = reason.strip() if cancelling else ""
    locked.save(update_fields=["state", "cancel_reason"])
    return locked


@transaction.atomic
def enrol(
    training_class: TrainingClass,
    *,
    persons: Iterable[Person],
    organisation: Organisation | None = None,
    now: dt.datetime | None = None,
) -> list[Enrolment]:
    """Admit people to a class; who is in it already stays as they are.

    Without an organisation each person comes from the employer of today's post.
    The class row is the lock that makes the capacity hold. Returns the enrolments
    of all the people. Raises ``ClassNotAdmitting`` or ``ClassFull``.
    """
    today = clock.day_of(now or clock.now())
    locked = TrainingClass.objects.select_for_update().get(pk=training_class.pk)
    if not TrainingClass.objects.admitting().filter(pk=locked.pk).exists():
        raise ClassNotAdmitting
    people = {person.pk: person for person in persons}
    present = {e.person_id: e for e in locked.enrolments.filter(person__in=people)}
    taken = locked.enrolments.admitted().count()
    returning = [e for e in present.values() if e.status == EnrolmentStatus.WITHDRAWN]
    wanted = [pk for pk in people if pk not in present]
    if taken + len(wanted) + len(returning) > locked.capacity:
        raise ClassFull
    for enrolment in returning:
        enrolment.status = EnrolmentStatus.ADMITTED
        enrolment.save(update_fields=["status"])
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
    return list(locked.enrolments.filter(person__in=people).for_listing())


@transaction.atomic
def withdraw(enrolment: Enrolment) -> Enrolment:
    """Take a person out of a class; what was learnt stays on record.

    Whoever has passed stays in it. Raises ``NotToBeWithdrawn``.
    """
    locked = Enrolment.objects.select_for_update().get(pk=enrolment.pk)
    if not locked.may_be_withdrawn:
        raise NotToBeWithdrawn
    locked.status = EnrolmentStatus.WITHDRAWN
    locked.save(update_fields=["status"])
    return locked


def _employers(persons: list[int], day: dt.date) -> dict[int, int]:
    """Return the employer of each person's latest post of the day."""
    posts = Post.objects.active_on(day).filter(person__in=persons)
    return dict(posts.order_by("starts_on").values_list("person", "organisation"))
