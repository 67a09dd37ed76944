"""The people of a sitting whom a user sees: expected, writing, done, absent."""

import datetime as dt
from dataclasses import dataclass

from django.utils.translation import gettext as _

from courses.models import Enrolment
from exams.models import Attempt, EffectiveState, Sitting
from exams.services.admission import has_passed, people_expected, result_of
from lms.evidence import clock
from lms.people.backoffice.places import with_posts_today
from lms.people.models import Person


@dataclass(frozen=True)
class SittingPerson:
    """A person at a sitting and one attempt; no attempt where none was started.

    ``is_expected`` is not set where the class or the list no longer names the person.
    ``hindrance`` says what a person who has not started still lacks.
    """

    person: Person
    attempt: Attempt | None
    now: dt.datetime
    is_expected: bool = True
    waits: bool = False
    hindrance: str = ""

    @property
    def is_writing(self) -> bool:
        return self.attempt is not None and self.state != EffectiveState.CLOSED

    @property
    def has_handed_in(self) -> bool:
        return self.attempt is not None and self.state == EffectiveState.CLOSED

    @property
    def state(self) -> EffectiveState:
        return self.attempt.effective_state(self.now)

    @property
    def has_passed(self) -> bool:
        return self.attempt is not None and has_passed(self.attempt)

    @property
    def has_failed(self) -> bool:
        return self.has_result and not self.has_passed

    @property
    def has_result(self) -> bool:
        return self.attempt is not None and result_of(self.attempt) is not None

    @property
    def stage(self) -> str:
        """Say how far the person is: not started, writing, marked, told."""
        if self.attempt is None:
            return _("not started")
        if self.is_writing:
            return _("Writing now")
        if self.has_result:
            return _("result released before")
        return _("result waits") if self.waits else _("not marked yet")


def people_seen(sitting, user):
    """Return the people expected at a sitting whom a user may see."""
    return people_expected(sitting).filter(pk__in=Person.objects.visible_to(user))


def running_seen(sitting, user):
    """Return the attempts that run at a sitting, of those a user sees."""
    seen = sitting.attempts.visible_to(user).running(clock.now())
    return seen.select_related("person").order_by("person__name", "pk")


def waiting_seen(sitting, user):
    """Return the attempts whose results wait, of those a user sees."""
    return sitting.attempts.visible_to(user).awaiting_release()


def people_at(sitting: Sitting, user, now: dt.datetime) -> list[SittingPerson]:
    """Return the people of a sitting whom a user sees, a row for each attempt."""
    expected = people_seen(sitting, user).order_by("name", "pk")
    expected = expected.select_related("user")
    expected = list(with_posts_today(expected, user, person=""))
    seen = sitting.attempts.visible_to(user).for_listing()
    seen = seen.order_by("person__name", "number")
    attempts = list(with_posts_today(seen, user))
    waiting = set(waiting_seen(sitting, user).values_list("pk", flat=True))
    started = {one.person_id for one in attempts}
    named = {one.pk for one in expected}
    without_hours = people_without_hours(sitting)
    return [
        *(
            SittingPerson(
                one.person, one, now, one.person_id in named, waits=one.pk in waiting
            )
            for one in attempts
        ),
        *(
            SittingPerson(one, None, now, hindrance=hindrance_of(one, without_hours))
            for one in expected
            if one.pk not in started
        ),
    ]


def people_without_hours(sitting: Sitting) -> set[int]:
    """Return the people of the class who lack the class hours that a sitting asks."""
    if not (sitting.needs_hours and sitting.training_class_id):
        return set()
    enrolments = Enrolment.objects.admitted().filter(
        training_class=sitting.training_class_id, hours_met_on=None
    )
    return set(enrolments.values_list("person", flat=True))


def hindrance_of(person: Person, without_hours: set[int]) -> str:
    """Say what keeps an expected person from starting; empty where nothing does."""
    if person.pk in without_hours:
        return _("class hours missing")
    if not hasattr(person, "user"):
        return _("no account yet: print a sign-in slip")
    if person.identity_checked_at is None:
        return _("identity not confirmed")
    return ""
