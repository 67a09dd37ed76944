"""The table of the people of a sitting on its desk."""

import datetime as dt

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from exams.backoffice.results import score_of
from exams.backoffice.sitting_acts import MAY_CHANGE
from exams.backoffice.sitting_people import SittingPerson
from exams.models import Attempt, Sitting
from lms.backoffice.desk_tables import Cell, DeskTable, Group, Heading
from lms.backoffice.desks import link_to
from lms.backoffice.row_actions import address_of
from lms.people.backoffice.cells import person_cell
from lms.people.backoffice.places import role_of, town_of, unit_of

PEOPLE = "people"


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
            Cell(state_in_words(one, sitting), note=one.hindrance),
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
            Heading(_("state"), note=_("still lacking")),
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
    return Cell(_("Give more time…"), address, note=attempt.person.name)
