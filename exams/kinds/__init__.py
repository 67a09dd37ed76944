"""Question kinds: one module a kind says all that differs between kinds.

A kind is registered here and nowhere else; ``exams.kinds.base`` says what one defines.
"""

from .base import QuestionKind
from .case import CaseKind
from .drafts import Draft, Problem, draft_from
from .fill import FillKind
from .multiple import MultipleKind
from .registry import (
    all_kinds,
    examinable_choices,
    examinable_codes,
    kind_choices,
    kind_of,
    register,
)
from .single import SingleKind
from .true_false import TrueFalseKind

__all__ = [
    "Draft",
    "Problem",
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
