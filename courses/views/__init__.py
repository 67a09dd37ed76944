from courses.views.learn import enrolment, home, lesson, read
from courses.views.media import lesson_file
from courses.views.study import beat, present, start

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
