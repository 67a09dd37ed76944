"""The people of a class, as its desk shows them."""

from django.utils.translation import gettext as _

from courses.backoffice.class_acts import MAY_CHANGE, takes_people
from courses.hours.progress import Progress
from courses.hours.words import class_hours
from courses.models import Enrolment, TrainingClass
from lms.backoffice.desk_tables import Cell, DeskTable, Group, Heading
from lms.backoffice.row_actions import address_of
from lms.people.backoffice.cells import person_cell, unit_cell
from lms.people.backoffice.places import hold_posts_today, role_in_words

PEOPLE = "people"


def people_table(training_class: TrainingClass, progress: list[Progress], user):
    """Return the people of a class with unit, town, role, class hours and exam."""
    roles = roles_at_work([one.enrolment for one in progress], user)
    may_change = user.has_perm(MAY_CHANGE)
    withdraw_url = address_of(training_class, "withdraw")

    def cells(one):
        enrolment, passed_on = one.enrolment, one.enrolment.passed_on
        return (
            person_cell(enrolment.person, user),
            unit_cell(enrolment.organisation, user),
            "、".join(roles.get(enrolment.pk, ())),
            Cell(hours_in_words(one), note=standing_in_words(enrolment)),
            passed_on and Cell("✓ " + _("Passed"), note=passed_on.isoformat()),
            withdraw_cell(withdraw_url, enrolment) if may_change else "",
        )

    return DeskTable(
        PEOPLE,
        (
            Heading(_("person"), note=_("document number")),
            Heading(_("Employer"), note=_("town")),
            _("role"),
            Heading(_("Class hours"), note=_("Remark")),
            Heading(_("Exam"), note=_("passed on")),
            "",
        ),
        progress,
        cells,
        groups=(
            Group("admitted", _("In the class"), is_admitted),
            Group("hours-met", _("Hours met"), has_met_hours),
            Group("hours-missing", _("Hours missing"), lacks_hours),
            Group("passed", _("Passed"), lambda one: one.enrolment.passed_on),
            Group("withdrawn", _("withdrawn"), lambda one: not is_admitted(one)),
        ),
        empty=_("Nobody yet. Add people with the button above.")
        if not progress and may_change and takes_people(training_class)
        else _("Nobody yet."),
    )


def is_admitted(one: Progress) -> bool:
    return one.enrolment.is_admitted


def has_met_hours(one: Progress) -> bool:
    return is_admitted(one) and one.enrolment.hours_met_on is not None


def lacks_hours(one: Progress) -> bool:
    return is_admitted(one) and one.enrolment.hours_met_on is None


def hours_in_words(one: Progress) -> str:
    mark = "✓ " if one.enrolment.hours_met_on else ""
    credited = f"{one.credited_hours.normalize():f}"
    return f"{mark}{credited} / {class_hours(one.planned_hours)}"


def standing_in_words(enrolment: Enrolment) -> str:
    """Say when the hours were met, or that the person left and why."""
    if not enrolment.is_admitted:
        return f"{enrolment.get_status_display()} · {enrolment.withdraw_reason}"
    if enrolment.hours_met_on:
        return " ".join([_("hours met on"), enrolment.hours_met_on.isoformat()])
    return ""


def withdraw_cell(withdraw_url: str, enrolment: Enrolment) -> Cell | str:
    if not enrolment.may_be_withdrawn:
        return ""
    address = f"{withdraw_url}?enrolment={enrolment.pk}"
    return Cell(_("Withdraw…"), address, note=enrolment.person.name)


def roles_at_work(enrolments: list[Enrolment], user) -> dict[int, list[str]]:
    """Return the roles of today's posts by enrolment, at its employer where one is.

    Of the posts that the user sees.
    """
    hold_posts_today([one.person for one in enrolments], user)
    roles = {}
    for one in enrolments:
        here = [
            post
            for post in sorted(one.person.posts_today, key=lambda post: post.role)
            if one.organisation_id in (None, post.organisation_id)
        ]
        roles[one.pk] = list(dict.fromkeys(map(role_in_words, here)))
    return roles
