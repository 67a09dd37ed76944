"""The acts on classes, enrolments and programmes that are recorded."""

from django.utils.translation import gettext_lazy as _

from lms.people.services.audit import row_acts

from .models import HourRule, Programme, StudyRule, TrainingClass

ACTS = {
    "courses.enter_hours": _("class hours entered"),
    "courses.enrol": _("people enrolled in a class"),
    "courses.move_class": _("class moved on"),
    "courses.withdraw": _("person taken out of a class"),
    **row_acts(HourRule, Programme, StudyRule, TrainingClass),
}
