from courses.models.classes import (
    STUDY_STATES,
    ClassState,
    Enrolment,
    EnrolmentStatus,
    Funding,
    Programme,
    TrainingClass,
)
from courses.models.hours import HalfDay, HourEntry, HourSource
from courses.models.pages import CourseIndexPage, CoursePage, LessonPage
from courses.models.records import (
    RecordSource,
    TrainingCredit,
    TrainingRecord,
    TrainingResult,
)
from courses.models.rules import Audience, HourRule, StudyRule, TrainingKind
from courses.models.study import (
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
