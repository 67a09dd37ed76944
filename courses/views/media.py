"""Lesson files are private: they leave through this view alone, whole or in part."""

import mimetypes
from urllib.parse import quote

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import MissingFileError, StaticFile

from courses.models import Enrolment, LessonPage
from lms.access.policies import declares

mimetypes.add_type("text/vtt", ".vtt")


@declares("learners of the lesson")
@require_safe
def lesson_file(request, pk, name):
    """Send a file of a lesson to the people who may learn it."""
    page = get_object_or_404(LessonPage.objects.live(), pk=pk)
    if name not in page.lesson_kind.files or not getattr(page, name):
        raise Http404
    if not _may_see(request.user, page):
        raise Http404
    return _send(request, getattr(page, name))


def _may_see(user, page):
    course = page.get_parent().specific
    if course.open_to_all or user.has_perm("courses.change_programme"):
        return True
    mine = Enrolment.objects.owned_by(user).admitted()
    return mine.filter(training_class__programme__courses=course).exists()


def _send(request, file):
    content_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    headers = {
        "Content-Type": content_type,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=86400",
    }
    if settings.MEDIA_ACCEL_PREFIX:
        # nginx sends the bytes and does the ranges; a slow phone holds no thread.
        # It takes an address: a name in Chinese would not even be a header.
        headers["X-Accel-Redirect"] = settings.MEDIA_ACCEL_PREFIX + quote(file.name)
        return HttpResponse(headers=headers)
    try:
        sent = LessonFile(file.path, list(headers.items()))
    except MissingFileError:
        raise Http404 from None
    return WhiteNoiseMiddleware.serve(sent, request)


class LessonFile(StaticFile):
    """A file that is sent whole, in part, or not again."""

    def get_byte_range(self, range_header, size):
        """Return the first and the last byte asked for.

        WhiteNoise refuses a range of one byte; such a range, or one that ends before
        it begins, gets the whole file (``ValueError``).
        """
        start, end = super().get_byte_range(range_header, size)
        if end <= start < size:
            raise ValueError
        return start, end
