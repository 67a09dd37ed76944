"""JSON endpoints for study heartbeats."""

from functools import wraps

from django.http import JsonResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from courses.exceptions import CourseRefusal
from courses.hours.progress import progress_of
from courses.models import Enrolment, LessonPage, SessionState, StudySession
from courses.services.study import Beat, answer_check, heartbeat, start_session
from lms.access.policies import WORKER, declares
from lms.web.json_body import is_too_large, read_object

LARGEST_BODY = 2048
LONGEST_POSITION_MS = 24 * 3600 * 1000
MOST_BEATS = 100_000


class BadBeat(ValueError):
    """The body is not what the player sends. ``str()`` is the stable code."""


def json_endpoint(view):
    """Answer in JSON also when signed out, refused or malformed."""

    @declares(WORKER)
    @never_cache
    @require_POST
    @wraps(view)
    def wrapper(request, *args, **kwargs):
        if not request.user.is_authenticated or request.user.person_id is None:
            return JsonResponse({"code": "signed_out"}, status=401)
        if request.content_type != "application/json":
            return JsonResponse({"code": "not_json"}, status=415)
        if is_too_large(request, LARGEST_BODY):
            return JsonResponse({"code": "too_large"}, status=413)
        try:
            return view(request, *args, **kwargs)
        except BadBeat as bad:
            return JsonResponse({"code": str(bad)}, status=400)
        except CourseRefusal as refusal:
            body = {"code": refusal.code, "message": str(refusal)}
            return JsonResponse(body, status=409)
        except (Enrolment.DoesNotExist, LessonPage.DoesNotExist):
            return JsonResponse({"code": "unknown"}, status=404)
        except StudySession.DoesNotExist:
            return JsonResponse({"code": "unknown"}, status=404)

    return wrapper


@json_endpoint
def start(request, uuid, pk):
    """Begin, or go on with, a lesson on this device."""
    mine = Enrolment.objects.owned_by(request.user).admitted()
    enrolment = mine.select_related("training_class__programme").get(uuid=uuid)
    lesson = LessonPage.objects.live().get(pk=pk)
    session = start_session(enrolment, lesson=lesson)
    return JsonResponse(
        {
            "beat": reverse("courses:beat", args=[session.uuid]),
            "present": reverse("courses:present", args=[session.uuid]),
            "position": session.last_position_ms,
        }
    )


@json_endpoint
def beat(request, uuid):
    """Take one heartbeat."""
    reply = heartbeat(_session(request, uuid), beat=_beat(request))
    return _answer(reply)


@json_endpoint
def present(request, uuid):
    """Take the answer to a presence check."""
    return _answer(answer_check(_session(request, uuid)))


def _session(request, uuid):
    return StudySession.objects.get(uuid=uuid, person_id=request.user.person_id)


def _beat(request):
    try:
        body = read_object(request)
    except ValueError as error:
        raise BadBeat("not_json") from error
    seq, position = body.get("seq"), body.get("position")
    if not _is_count(seq, MOST_BEATS) or seq == 0:
        raise BadBeat("bad_seq")
    if not _is_count(position, LONGEST_POSITION_MS):
        raise BadBeat("bad_position")
    flags = {name: body.get(name, False) for name in ("visible", "playing", "end")}
    if not all(isinstance(flag, bool) for flag in flags.values()):
        raise BadBeat("bad_flag")
    return Beat(seq=seq, position_ms=position, **flags)


def _is_count(value, most):
    return type(value) is int and 0 <= value <= most


def _answer(reply):
    lesson, session = reply.lesson, reply.session
    return JsonResponse(
        {
            "state": session.state,
            "reason": session.pause_reason,
            "credited": lesson.credited_seconds,
            "missing": lesson.missing_seconds,
            "furthest": lesson.furthest_ms,
            "seek_to": reply.seek_to_ms,
            "check": reply.check_seconds,
            "done": lesson.done,
            "counts": reply.counts,
            "complete": reply.complete,
            "next": _next_url(reply) if lesson.done else None,
        },
        status=409 if session.state == SessionState.PAUSED else 200,
    )


def _next_url(reply):
    """Where to go from a lesson that is done; None where going on here is next."""
    enrolment = reply.session.enrolment
    following = None if reply.complete else progress_of(enrolment).next_lesson
    if following is None:
        return reverse("courses:enrolment", args=[enrolment.uuid])
    if following.lesson == reply.lesson.lesson:
        return None
    return reverse("courses:lesson", args=[enrolment.uuid, following.lesson.pk])
