from django.utils.translation import gettext_lazy as _

from exams.kinds.base import QuestionKind


class CaseKind(QuestionKind):
    """A case study. Kept as a draft only: no paper can ask it yet."""

    code = "case"
    label = _("case study")
    examinable = False
