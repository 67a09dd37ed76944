"""Kinds of lessons: one module a kind says all there is to say about it.

A kind is registered by its class; nothing outside this package asks which it is.
"""

from courses.lessons import article, video
from courses.lessons.base import (
    LessonKind,
    Stretch,
    lesson_constraints,
    lesson_kind,
    lesson_kind_choices,
    lesson_panels,
    register,
)

__all__ = [
    "LessonKind",
    "Stretch",
    "article",
    "lesson_constraints",
    "lesson_kind",
    "lesson_kind_choices",
    "lesson_panels",
    "register",
    "video",
]
