"""Endpoint that saves answers, the most frequent request of a running exam.

``POST /exams/attempts/<uuid>/answers`` is answered right behind Django's security
middleware (``exams.delivery.middleware``), before sessions, users and languages are
read, because it needs none of them. What the rest of the stack would have done is done
here: method, type and size are judged before a byte of the body is read; Django's own
CSRF check runs (origin and token); the seat token is checked against the session
cookie; the reply carries its own headers. A reply leaves only after its answers are
durable.

The route in ``exams.urls`` is the same function: without the middleware the call
gives the same answers at a higher cost.
"""

import logging

from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError, ProgrammingError, connection
from django.http import HttpResponse
from django.middleware.csrf import CsrfViewMiddleware
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from exams.delivery.save_limit import seconds_to_wait
from exams.exceptions import (
    AnswerRefused,
    AttemptClosed,
    SeatTaken,
    TooFast,
    UnknownAttempt,
)
from exams.kinds.tokens import iso
from exams.models import Attempt
from exams.papers.values import read_item
from exams.services.answer_journal import save_answers
from exams.services.cards import AttemptCard, card_of
from exams.services.finalise import finalise_if_due
from exams.services.seat import Seat, read_token, session_hash
from lms.access.policies import declares
from lms.evidence.canonical_json import canonical_json
from lms.web.json_body import is_too_large, read_object

logger = logging.getLogger(__name__)

MAX_BODY = 64 * 1024
MAX_ITEMS = 64
BUSY_SECONDS = 2

HEADERS = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

MESSAGES = {
    "bad_json": _("This request could not be read."),
    "busy": _("Very many people are saving now. Your answers stay on this phone."),
    "csrf": _("This request did not come from our page. Load the page again."),
    "media_type": _("Send JSON."),
    "method": _("This address does not take that method."),
    "signed_out": _("You are signed out. Sign in again to go on."),
    "some_refused": _("Some answers could not be read."),
    "too_fast": TooFast.message,
    "too_large": _("This request is too large."),
    "too_many": _("Send at most 64 answers at a time."),
    "unknown": UnknownAttempt.message,
}


CODES = {"seat_taken": SeatTaken.message, "closed": AttemptClosed.message}


class _CsrfCheck(CsrfViewMiddleware):
    """Django's check, giving the reason instead of a page."""

    def _reject(self, request, reason):
        return reason


_CSRF = _CsrfCheck(lambda request: None)


@declares("candidate")
@csrf_exempt
def answers(request, uuid):
    """Save a batch of answers (S1.4)."""
    if refusal := precheck(request) or check_csrf(request):
        return refusal
    try:
        return _save(request, str(uuid))
    except (OperationalError, ProgrammingError) as error:
        return busy(request, error)


def busy(request, error):
    """Ask the phone to come back, since the database could not answer just now.

    Closes a connection whose server lost the prepared statement: the next request
    opens another. A connection that is only busy stays open.
    """
    logger.error("exam call %s failed", request.path_info, exc_info=error)
    lost = isinstance(error, ProgrammingError) and connection.vendor == "postgresql"
    if lost and connection.connection is not None:
        connection.connection.close()
        connection.close()
    return refuse(request, 503, "busy", retry_after=BUSY_SECONDS)


def seat_of(request, uuid: str) -> tuple[AttemptCard, Seat] | None:
    """Return the attempt and the seat that the token of a request is good for."""
    session = session_hash(request.COOKIES.get(settings.SESSION_COOKIE_NAME))
    token = request.META.get("HTTP_X_SEAT_TOKEN", "")
    seat = read_token(token, attempt=uuid, session=session)
    try:
        card = seat and card_of(uuid)
    except UnknownAttempt:
        return None
    return (card, seat) if card and card.person_id == seat.person_id else None


def _save(request, uuid):
    found = seat_of(request, uuid)
    if found is None:
        return refuse(request, 404, "unknown")
    card, seat = found
    if wait := seconds_to_wait(card.pk):
        return refuse(request, 429, "too_fast", retry_after=wait)
    try:
        items, errors = _read(request, card, seat)
    except ValueError:
        return refuse(request, 400, "bad_json")
    if len(items) + len(errors) > MAX_ITEMS:
        return refuse(request, 413, "too_many")
    saved = save_answers(card, epoch=seat.epoch, items=items)
    return _reply(request, uuid, saved, errors)


def precheck(request):
    """Refuse by method, type or announced size, before the body is read."""
    if request.method != "POST":
        response = refuse(request, 405, "method")
        response.headers["Allow"] = "POST"
        return response
    if request.content_type != "application/json":
        return refuse(request, 415, "media_type")
    if is_too_large(request, MAX_BODY):
        return refuse(request, 413, "too_large")
    return None


def check_csrf(request):
    """Refuse what did not come from a page of ours."""
    if _CSRF.process_view(request, None, (), {}):
        return refuse(request, 403, "csrf")
    return None


def reply(status: int, body: dict | str) -> HttpResponse:
    """Return a JSON answer with the headers every answer of this API has."""
    if not isinstance(body, str):
        body = canonical_json(body)
    return HttpResponse(body, status=status, headers=HEADERS)


def refuse(request, status, code, *, retry_after=None, message=None, **more):
    """Return a refusal: a stable code and a plain sentence in the phone's language."""
    language = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME)
    if language not in dict(settings.LANGUAGES):
        language = settings.LANGUAGE_CODE
    with translation.override(language):
        message = str(message or MESSAGES[code])
    response = reply(status, {"code": code, "message": message, **more})
    if retry_after:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _read(request, card, seat):
    """Return the well-formed items of a body and the reasons against the others."""
    body = read_object(request)
    raws = body.get("items")
    if not isinstance(raws, list) or body.get("seat_epoch") != seat.epoch:
        raise ValueError("no items of this seat")
    items, errors = [], []
    shape, secret = card.shape, card.secret
    for index, raw in enumerate(raws[: MAX_ITEMS + 1]):
        try:
            items.append(read_item(raw, shape=shape, secret=secret))
        except AnswerRefused as refusal:
            seq = raw.get("seq") if isinstance(raw, dict) else None
            errors.append(
                {
                    "index": index,
                    "seq": seq if type(seq) is int else None,
                    "code": refusal.reason,
                }
            )
    items.sort()
    return items, errors


def _reply(request, uuid, saved, errors):
    body = {
        "acked": saved.acked,
        "conflicts": saved.conflicts,
        "through": saved.through,
        "state": str(saved.state),
        "deadline": iso(saved.deadline),
        "grace_until": iso(saved.grace_until),
        "server_now": iso(saved.server_now),
    }
    if saved.state == "closed":
        _finalise(uuid)
    if errors:
        _count(uuid, errors)
        body["errors"] = errors
    if saved.refusal:
        message = CODES[saved.refusal]
        return refuse(request, 409, saved.refusal, message=message, **body)
    if errors:
        return refuse(request, 400, "some_refused", **body)
    return reply(200, body)


def _finalise(uuid):
    """End an attempt a late save has found; the sweeper does it if this fails."""
    try:
        attempts = Attempt.objects.select_related("sitting", "paper")
        finalise_if_due(attempts.get(uuid=uuid))
    except Exception:
        logger.exception("attempt %s cannot be finalised", uuid)


def _count(uuid, errors):
    """Count malformed answers by reason; log an alert for an invented option.

    The well-formed ones are stored by now, so a fault of the cache is not raised.
    """
    try:
        for error in errors:
            name = f"exams:malformed:{error['code']}"
            cache.add(name, 0, timeout=None)
            cache.incr(name)
    except Exception:
        logger.exception("attempt %s: malformed answers not counted", uuid)
    logger.warning(
        "attempt %s: %d malformed answers (%s)",
        uuid,
        len(errors),
        ", ".join(sorted({error["code"] for error in errors})),
    )
