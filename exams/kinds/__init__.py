"""Question kinds: one module a kind says all that differs between kinds.

A kind is registered here and nowhere else; ``exams.kinds.base`` says what one defines.
"""

from exams.kinds.base import QuestionKind
from exams.kinds.case import CaseKind
from exams.kinds.drafts import Problem, QuestionDraft, draft_from
from exams.kinds.fill import FillKind
from exams.kinds.multiple import MultipleKind
from exams.kinds.registry import (
    all_kinds,
    examinable_choices,
    examinable_codes,
    kind_choices,
    kind_of,
    register,
)
from exams.kinds.single import SingleKind
from exams.kinds.true_false import TrueFalseKind

__all__ = [
    "Problem",
    "QuestionDraft",
    "QuestionKind",
    "all_kinds",
    "draft_from",
    "examinable_choices",
    "examinable_codes",
    "kind_choices",
    "kind_of",
    "register",
]

register(SingleKind())
register(MultipleKind())
register(TrueFalseKind())
register(FillKind())
register(CaseKind())
