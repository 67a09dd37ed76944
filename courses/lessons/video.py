"""Video lessons: done at the end; no seeking ahead at the first view."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel

from courses.lessons.base import LessonKind, register

# A film counts as played to its end without its last two seconds.
END_TOLERANCE_MS = 2000
# Playing a little ahead of the clock is jitter; further ahead is seeking.
JITTER_MS = 2000


@register
class Video(LessonKind):
    code = "video"
    label = _("video")
    done_when = _(
        "Done when you have watched to the end. You cannot jump ahead the first time."
    )
    template = "courses/_video.html"
    files = ("video", "poster", "captions", "captions_en")
    panels = (
        FieldPanel("video"),
        FieldPanel("duration_seconds"),
        FieldPanel("poster"),
        FieldPanel("captions"),
        FieldPanel("captions_en"),
    )
    constraints = (
        models.CheckConstraint(
            condition=~Q(kind=code) | (Q(duration_seconds__gt=0) & ~Q(video="")),
            name="courses_lessonpage_video_has_file_and_length",
            violation_error_message=_("A video lesson needs its file and length."),
        ),
    )

    def required_ms(self, lesson, nominal_ms):
        return min(nominal_ms, _end_ms(lesson))

    def reached_end(self, lesson, progress):
        return progress.furthest_ms >= _end_ms(lesson)

    def spare_ms(self, lesson, progress, nominal_ms):
        """Return no more than is left to play."""
        to_watch = lesson.duration_seconds * 1000 - progress.furthest_ms
        return max(0, min(super().spare_ms(lesson, progress, nominal_ms), to_watch))

    def start_ms(self, progress):
        return progress.furthest_ms

    def learnt_ms(self, lesson, progress, stretch, *, done):
        """Count what was played beyond the furthest position, at its own speed."""
        furthest_ms = progress.furthest_ms
        # All the time that passed may have been played, though not all of it counts.
        played_ms = furthest_ms + stretch.passed_ms + JITTER_MS
        sought = not done and stretch.position_ms > played_ms
        if sought or not (stretch.visible and stretch.playing):
            return 0
        learnt_ms = max(0, min(stretch.wall_ms, stretch.position_ms - furthest_ms))
        if furthest_ms + learnt_ms >= _end_ms(lesson):
            return max(0, lesson.duration_seconds * 1000 - furthest_ms)
        return learnt_ms

    def furthest_ms(self, progress, learnt_ms):
        return progress.furthest_ms + learnt_ms

    def seek_back_ms(self, progress, position_ms, *, done):
        ahead = position_ms > progress.furthest_ms + JITTER_MS
        return progress.furthest_ms if ahead and not done else None


def _end_ms(lesson):
    """Return the position from which a film counts as played to its end."""
    return max(0, lesson.duration_seconds * 1000 - END_TOLERANCE_MS)
