"""Columns of lists of enrolments and of what belongs to one."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.ui.tables import Column

from courses.models import Enrolment
from lms.people.backoffice.places import role_of


def enrolment_of(row) -> Enrolment:
    return row if isinstance(row, Enrolment) else row.enrolment


def unit_of(row):
    return enrolment_of(row).organisation


def town_of(row):
    organisation = unit_of(row)
    return organisation and organisation.town


# Unit and town are those of the enrolment, the role is that of today.
ENROLMENT_PLACES = [
    Column("unit", label=_("unit"), accessor=unit_of),
    Column("town", label=_("town"), accessor=town_of),
    Column("role", label=_("role"), accessor=role_of),
]
# The class of an entry.
CLASS_NUMBER = Column(
    "class_number",
    label=_("Class number"),
    accessor="enrolment.training_class.number",
)
