"""The acts on questions, sittings, attempts and results that are recorded."""

from django.utils.translation import gettext_lazy as _

from exams.models import (
    Blueprint,
    KnowledgePoint,
    ProgrammeExam,
    Question,
    QuestionBank,
    Sitting,
)
from lms.evidence.audit import row_acts

ACTS = {
    "exams.adjust_time": _("more time given"),
    "exams.attempt_set_aside": _("attempt set aside"),
    "exams.close_attempt": _("attempt closed"),
    "exams.correct_key": _("key corrected"),
    "exams.extra_time": _("extra time agreed"),
    "exams.regrade": _("papers marked again"),
    "exams.release_result": _("result released"),
    "exams.retire_question": _("question retired"),
    "exams.review_question": _("question reviewed"),
    "exams.revise_question": _("question revised"),
    "exams.take_seat": _("seat taken"),
    "exams.vacate_seat": _("seat vacated"),
    **row_acts(
        Blueprint, KnowledgePoint, ProgrammeExam, Question, QuestionBank, Sitting
    ),
}
