"""What is taught, the same for everybody: lessons of each programme, study rules.

Kept in this process until a page, a programme's courses or a rule is written.
"""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q

from courses.models import CoursePage, LessonPage, StudyRule
from lms.evidence.data_versions import KeptByVersion

SUBJECT = "courses"

_kept = KeptByVersion(SUBJECT, most=2)


@dataclass(frozen=True)
class Catalogue:
    """Lessons without their text; shared by all requests, so never change a row."""

    lessons: dict[int, tuple[LessonPage, ...]]
    rules: tuple[StudyRule, ...]

    def lessons_of(self, programme: int) -> tuple[LessonPage, ...]:
        """Return the live lessons of a programme, in the order of the page tree."""
        return self.lessons.get(programme, ())

    def rule_on(self, day: dt.date) -> StudyRule:
        """Return the study time rule in force on a day."""
        for rule in self.rules:
            if rule.valid_from <= day:
                return rule
        raise StudyRule.DoesNotExist


def catalogue() -> Catalogue:
    """Return the catalogue as it is now."""
    return _kept.get("catalogue", _read)


def _read():
    rules = StudyRule.objects.order_by("-valid_from")
    return Catalogue(_lessons(), tuple(rules))


def _lessons():
    links = CoursePage.programmes.through.objects.select_related("coursepage")
    courses = defaultdict(list)
    for link in links.order_by("coursepage__path"):
        courses[link.coursepage.path].append(link.programme_id)
    under = Q(pk__in=())
    for path in courses:
        under |= Q(path__startswith=path)
    found = defaultdict(list)
    lessons = LessonPage.objects.live().filter(under).order_by("path")
    for lesson in lessons.defer("body"):
        for programme in courses[lesson.path[: -LessonPage.steplen]]:
            found[programme].append(lesson)
    return {programme: tuple(pages) for programme, pages in found.items()}
