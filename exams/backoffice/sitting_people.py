"""The people of a sitting, as its desk shows them: expected, writing, done, absent."""

import datetime as dt
from dataclasses import dataclass

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from exams.backoffice.results import score_of
from exams.backoffice.sitting_acts import MAY_CHANGE, people_seen, waiting_seen
from exams.models import Attempt, EffectiveState, Sitting
from exams.services.admission import has_passed, result_of
from lms.backoffice.desk_tables import Cell, DeskTable, Group, Heading
from lms.backoffice.desks import link_to
from lms.backoffice.row_actions import address_of
from lms.people.backoffice.cells import person_cell
from lms.people.backoffice.places import role_of, town_of, unit_of, with_posts_today
from lms.people.models import Person

PEOPLE = "people"


@dataclass(frozen=True)
class SittingPerson:
    """A person at a sitting and one attempt; no attempt where none was started.

    ``is_expected`` is not set where the class or the list no longer names the person.
    """

    person: Person
    attempt: Attempt | None
    now: dt.datetime
    is_expected: bool = True
    waits: bool = False

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


def people_at(sitting: Sitting, user, now: dt.datetime) -> list[SittingPerson]:
    """Return the people of a sitting whom a user sees, a row for each attempt."""
    expected = people_seen(sitting, user).order_by("name", "pk")
    expected = list(with_posts_today(expected, user, person=""))
    seen = sitting.attempts.visible_to(user).for_listing()
    seen = seen.order_by("person__name", "number")
    attempts = list(with_posts_today(seen, user))
    waiting = set(waiting_seen(sitting, user).values_list("pk", flat=True))
    started = {one.person_id for one in attempts}
    named = {one.pk for one in expected}
    return [
        *(
            SittingPerson(
                one.person, one, now, one.person_id in named, waits=one.pk in waiting
            )
            for one in attempts
        ),
        *(SittingPerson(one, None, now) for one in expected if one.pk not in started),
    ]


def people_table(sitting: Sitting, people: list[SittingPerson], user) -> DeskTable:
    """Return the people of a sitting with unit, town, role, attempt and score."""
    may_change = user.has_perm(MAY_CHANGE)
    time_url = address_of(sitting, "extra-time") if may_change else ""
    may_view = user.has_perm("exams.view_attempt")

    def cells(one):
        attempt = one.attempt
        return (
            person_cell(one.person, user),
            Cell(unit_of(one.person) or "—", note=town_of(one.person)),
            role_of(one.person),
            attempt and started_cell(attempt, may_view),
            attempt and to_the_second(attempt.deadline),
            state_in_words(one, sitting),
            one.has_result and f"{'✓' if one.has_passed else '✗'} {score_of(attempt)}",
            one.is_writing and time_url and more_time_cell(time_url, attempt),
        )

    return DeskTable(
        PEOPLE,
        (
            Heading(_("person"), note=_("document number")),
            Heading(_("unit"), note=_("town")),
            _("role"),
            Heading(_("started"), note=_("attempt number")),
            _("deadline"),
            _("state"),
            _("score"),
            "",
        ),
        people,
        cells,
        groups=(
            Group("writing", _("Writing now"), lambda one: one.is_writing),
            Group("handed-in", _("Handed in"), lambda one: one.has_handed_in),
            Group("not-started", _("Not started"), lambda one: one.attempt is None),
            Group("waiting", _("Result waits"), lambda one: one.waits),
            Group("passed", _("Passed"), lambda one: one.has_passed),
            Group("failed", _("Not passed"), lambda one: one.has_failed),
        ),
        empty=_("Nobody is expected."),
    )


def started_cell(attempt: Attempt, may_view: bool) -> Cell:
    """Return when an attempt was started; it opens the attempt."""
    url = link_to(attempt).url if may_view else ""
    number = _("attempt %(n)s") % {"n": attempt.number}
    return Cell(to_the_second(attempt.started_at), url, note=number)


def to_the_second(when: dt.datetime) -> str:
    return localtime(when).strftime("%Y-%m-%d %H:%M:%S")


def state_in_words(one: SittingPerson, sitting: Sitting) -> str:
    if one.attempt is None:
        return _("absent") if one.now >= sitting.closes_at else _("not started")
    return str(one.state.label)


def more_time_cell(time_url: str, attempt: Attempt) -> Cell:
    address = f"{time_url}?attempt={attempt.pk}"
    return Cell(f"{_('Give more time')}…", address, note=attempt.person.name)
