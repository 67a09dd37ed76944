"""JSON endpoints of the exam protocol (S1.4); see ``save_endpoint`` for saving."""

from functools import partial, wraps

from django.db import OperationalError, ProgrammingError
from django.http import HttpResponse
from django.views.decorators.cache import never_cache

from exams.delivery.save_endpoint import (
    busy,
    check_csrf,
    precheck,
    refuse,
    reply,
    seat_of,
)
from exams.delivery.save_limit import seconds_to_wait
from exams.exceptions import (
    AlreadyPassed,
    AnswersMissing,
    AttemptClosed,
    AttemptsUsed,
    ClassHoursIncomplete,
    ComeBackLater,
    DigestDiffers,
    ExamRefusal,
    IdentityNotConfirmed,
    MakeUpOver,
    NoPaper,
    NotACandidate,
    ResultPending,
    SeatTaken,
    SittingNotOpen,
    SittingOver,
    TooFast,
    TooManyCodes,
    UnknownAttempt,
    WrongAccessCode,
)
from exams.models import Attempt, Sitting
from exams.papers.values import MAX_SEQ
from exams.services.attempts import delivery_state, start_attempt, take_seat
from exams.services.finalise import finalise_if_due
from exams.services.prepared_start import start_prepared
from exams.services.seat import session_hash
from exams.services.submission import submit
from lms.access.policies import declares
from lms.evidence import clock
from lms.web.json_body import read_object

STATUS = {
    NotACandidate: 404,
    SittingNotOpen: 403,
    SittingOver: 403,
    WrongAccessCode: 403,
    TooManyCodes: 429,
    TooFast: 429,
    ClassHoursIncomplete: 409,
    IdentityNotConfirmed: 409,
    AttemptsUsed: 409,
    AlreadyPassed: 409,
    ResultPending: 409,
    MakeUpOver: 409,
    NoPaper: 409,
    SeatTaken: 409,
    AttemptClosed: 409,
    AnswersMissing: 409,
    DigestDiffers: 409,
}


def exam_call(method):
    """Declare a call: its method, the signed-in person, and refusals as JSON.

    The view gets the body as a dict; a call without a body gets an empty one.
    """

    def declare(view):
        @declares("candidate")
        @never_cache
        @wraps(view)
        def call(request, uuid):
            if request.method != method:
                response = refuse(request, 405, "method", method=method)
                response.headers["Allow"] = method
                return response
            has_body = method == "POST" and _has_body(request)
            if has_body and (refusal := precheck(request)):
                return refusal
            return _answer(request, partial(for_user, request, uuid), has_body)

        def for_user(request, uuid, body):
            user = request.user
            if not user.is_authenticated or user.person_id is None:
                return refuse(request, 401, "signed_out")
            return view(request, uuid, body)

        return call

    return declare


def _answer(request, view, has_body=True):
    """Call a view with the body of its request; a refusal becomes JSON."""
    try:
        body = read_object(request) if has_body else {}
    except ValueError:
        return refuse(request, 400, "bad_json")
    try:
        return view(body)
    except (OperationalError, ProgrammingError) as error:
        return busy(request, error)
    except ExamRefusal as refusal:
        return _explain(request, refusal)


@exam_call("POST")
def start(request, uuid, body):
    """Start an attempt or go on with it, on this device."""
    code = body.get("access_code")
    code = code if isinstance(code, str) else ""
    session = _session(request)
    begun = start_prepared(
        uuid, person_id=request.user.person_id, access_code=code, session=session
    )
    if begun:
        return reply(200, begun.state)
    sittings = Sitting.objects.for_person(request.user.person_id)
    sitting = sittings.select_related("blueprint").filter(uuid=uuid).first()
    if sitting is None:
        raise NotACandidate
    attempt = start_attempt(
        sitting,
        person=request.user.person,
        access_code=code,
        session=session,
    )
    if not attempt.seat_session:
        attempt = take_seat(attempt, session=session, actor=request.user)
    return _state(attempt, session)


@exam_call("GET")
def resume(request, uuid, body):
    """Tell a phone what the server has of an attempt."""
    return _state(_current(request, uuid), _session(request))


@exam_call("POST")
def seat(request, uuid, body):
    """Go on with an attempt on this device."""
    session = _session(request)
    attempt = _current(request, uuid)
    return _state(take_seat(attempt, session=session, actor=request.user), session)


@exam_call("POST")
def hand_in(request, uuid, body):
    """Hand an attempt in; asking again gives the same receipt."""
    return _hand_in(request, _own(request, uuid), body)


def hand_in_by_seat(request, uuid: str) -> HttpResponse | None:
    """Hand in for the seat whose token a phone sends, as ``save_endpoint`` saves.

    Nothing else is read of session and user: signing out, a new password and closing an
    account void the seat. None where the token is no good: then ``hand_in`` answers.
    """
    try:
        found = seat_of(request, uuid) if request.method == "POST" else None
    except (OperationalError, ProgrammingError) as error:
        return busy(request, error)
    if found is None:
        return None
    if refusal := precheck(request) or check_csrf(request):
        return refusal
    card, seat = found

    def hand_in(body):
        if body.get("seat_epoch") != seat.epoch:
            return refuse(request, 400, "bad_json")
        if wait := seconds_to_wait(card.pk):
            raise TooFast(wait)
        return _hand_in(request, card, body)

    return _answer(request, hand_in)


def _hand_in(request, attempt, body):
    epoch, final_seq = body.get("seat_epoch"), body.get("final_seq")
    digest = body.get("answers_sha256")
    numbers = type(epoch) is int and type(final_seq) is int
    if not (numbers and 0 <= final_seq <= MAX_SEQ and isinstance(digest, str)):
        return refuse(request, 400, "bad_json")
    submission = submit(
        attempt, seat_epoch=epoch, final_seq=final_seq, answers_sha256=digest
    )
    return reply(200, submission.receipt)


def _own(request, uuid):
    """Return an attempt of the signed-in person; any other is unknown."""
    attempts = Attempt.objects.owned_by(request.user).select_related("sitting", "paper")
    attempt = attempts.defer("paper__content").filter(uuid=uuid).first()
    if attempt is None:
        raise UnknownAttempt
    if wait := seconds_to_wait(attempt.pk):
        raise TooFast(wait)
    return attempt


def _current(request, uuid):
    """Return an attempt of the signed-in person, ended if its time is up."""
    attempt = _own(request, uuid)
    finalise_if_due(attempt)
    return attempt


def _state(attempt, session):
    return reply(200, delivery_state(attempt, session=session, now=clock.now()))


def _session(request):
    return session_hash(request.session.session_key)


def _has_body(request):
    length = request.META.get("CONTENT_LENGTH") or "0"
    return length != "0" or "HTTP_TRANSFER_ENCODING" in request.META


def _explain(request, refusal):
    more = {}
    if isinstance(refusal, AnswersMissing):
        more = {"missing": refusal.seqs}
    if isinstance(refusal, DigestDiffers):
        more = {"answers": refusal.answers, "answers_sha256": refusal.digest}
    if isinstance(refusal, UnknownAttempt):
        return refuse(request, 404, "unknown")
    if isinstance(refusal, ComeBackLater):
        more = {"retry_after": refusal.seconds}
    return refuse(
        request, STATUS.get(type(refusal), 409), refusal.code, message=refusal, **more
    )
