from .classes import (
    STUDY_STATES,
    ClassState,
    Enrolment,
    EnrolmentStatus,
    Funding,
    Programme,
    TrainingClass,
)
from .hours import HalfDay, HourEntry, HourSource
from .pages import CourseIndexPage, CoursePage, LessonPage
from .records import RecordSource, TrainingCredit, TrainingRecord, TrainingResult
from .rules import Audience, HourRule, StudyRule, TrainingKind
from .study import (
    LessonProgress,
    PauseReason,
    SessionState,
    StudyEntry,
    StudySession,
)

__all__ = [
    "STUDY_STATES",
    "Audience",
    "ClassState",
    "CourseIndexPage",
    "CoursePage",
    "Enrolment",
    "EnrolmentStatus",
    "Funding",
    "HalfDay",
    "HourEntry",
    "HourRule",
    "HourSource",
    "LessonPage",
    "LessonProgress",
    "PauseReason",
    "Programme",
    "RecordSource",
    "SessionState",
    "StudyEntry",
    "StudyRule",
    "StudySession",
    "TrainingClass",
    "TrainingCredit",
    "TrainingKind",
    "TrainingRecord",
    "TrainingResult",
]
