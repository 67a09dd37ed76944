"""Lessons to read: done when the time is reached and the last line was seen."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel

from courses.lessons.base import LessonKind, register


@register
class Article(LessonKind):
    code = "article"
    label = _("article")
    done_when = _("Done when the time is reached and you have read to the end.")
    panels = (FieldPanel("minimum_seconds"),)
    counts_without_script = True

    def required_ms(self, lesson, nominal_ms):
        return min(nominal_ms, lesson.minimum_seconds * 1000) or nominal_ms

    def reached_end(self, lesson, progress):
        return progress.end_reached

    def learnt_ms(self, lesson, progress, stretch, *, done):
        """Count the time the page was in view; the position is that time."""
        if not stretch.visible:
            return 0
        return max(0, min(stretch.wall_ms, stretch.position_ms - stretch.last_ms))
