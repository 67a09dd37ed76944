"""The acts on classes, enrolments and programmes that are recorded."""

from django.utils.translation import gettext_lazy as _

from courses.models import HourRule, Programme, StudyRule, TrainingClass
from lms.evidence.audit import row_acts

ACTS = {
    "courses.enter_hours": _("class hours entered"),
    "courses.enrol": _("people enrolled in a class"),
    "courses.move_class": _("class moved on"),
    "courses.withdraw": _("person taken out of a class"),
    **row_acts(HourRule, Programme, StudyRule, TrainingClass),
}
