"""Lesson files are private: they leave through this view alone, whole or in part."""

import mimetypes
import re
from urllib.parse import quote

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import http_date, parse_http_date_safe
from django.views.decorators.http import require_safe

from courses.models import Enrolment, LessonPage
from lms.access.policies import declares

RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")
CHUNK = 64 * 1024

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
    mine = Enrolment.objects.of(user).admitted()
    return mine.filter(training_class__programme__courses=course).exists()


def _send(request, file):
    content_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    modified = file.storage.get_modified_time(file.name).timestamp()
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    if since is not None and int(modified) <= since:
        return HttpResponse(status=304)
    size = file.size
    span = _span(request.headers.get("Range", ""), size)
    if span == "unsatisfiable":
        response = HttpResponse(status=416, content_type=content_type)
        response["Content-Range"] = f"bytes */{size}"
        return response
    first, last = span or (0, size - 1)
    if settings.MEDIA_ACCEL_PREFIX:
        # nginx sends the bytes and does the ranges; a slow phone holds no thread.
        # It takes an address: a name in Chinese would not even be a header.
        response = HttpResponse(content_type=content_type)
        response["X-Accel-Redirect"] = settings.MEDIA_ACCEL_PREFIX + quote(file.name)
    else:
        response = _stream(file, first, last, content_type)
        response.status_code = 206 if span else 200
        response["Content-Length"] = last - first + 1
        if span:
            response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Accept-Ranges"] = "bytes"
    response["Last-Modified"] = http_date(modified)
    response["Cache-Control"] = "private, max-age=86400"
    return response


def _stream(file, first, last, content_type):
    handle = file.open("rb")
    handle.seek(first)

    def pieces(left):
        while left > 0 and (piece := handle.read(min(CHUNK, left))):
            left -= len(piece)
            yield piece

    response = FileResponse(content_type=content_type)
    response.streaming_content = pieces(last - first + 1)
    response._resource_closers.append(handle.close)
    return response


def _span(header, size):
    """Return first and last byte asked for, None for all, or "unsatisfiable".

    Several ranges, or anything not understood, are answered with the whole file.
    """
    match = RANGE.fullmatch(header.strip())
    if not match or not any(match.groups()):
        return None
    first, last = match.groups()
    if not first:
        length = int(last)
        return (max(0, size - length), size - 1) if length and size else "unsatisfiable"
    start = int(first)
    end = min(int(last), size - 1) if last else size - 1
    if start >= size:
        return "unsatisfiable"
    return (start, end) if start <= end else None
