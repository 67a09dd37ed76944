from .learn import enrolment, home, lesson, read
from .media import lesson_file
from .study import beat, present, start

__all__ = [
    "beat",
    "enrolment",
    "home",
    "lesson",
    "lesson_file",
    "present",
    "read",
    "start",
]
