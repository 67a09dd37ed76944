from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from exams import presentation
from exams.exceptions import ExamRefusal
from exams.models import Attempt, AttemptState, Sitting
from exams.results import result_view
from exams.seat import issue_token, session_hash
from exams.services.answers import current_answers, record_answers, through
from exams.services.attempts import paper_for, start_attempt, take_seat
from exams.services.finalise import finalise_if_due
from exams.services.submission import submit
from lms import clock

# One file per concern; the runner comes last because it calls the others.
RUNNER_MODULES = [
    f"js/exam-{name}.js"
    for name in ("store", "digest", "clock", "sync", "signin", "runner")
]


@login_required
@require_safe
def mine(request):
    """Every exam of the signed-in person, the newest first."""
    sittings = Sitting.objects.for_person(_person(request)).for_listing()
    cards = presentation.cards_for(
        sittings, person=request.user.person, now=clock.now()
    )
    return render(request, "exams/mine.html", {"cards": cards})


@never_cache
@login_required
@require_safe
def sitting(request, uuid):
    """The page before the exam: the rules in plain words, and one button."""
    sitting = _sitting(request, uuid)
    door = presentation.door_of(sitting, person=request.user.person, now=clock.now())
    return render(request, "exams/sitting.html", {"sitting": sitting, "door": door})


@login_required
@require_POST
def begin(request, uuid):
    """Start the exam, or go on with it."""
    sitting = _sitting(request, uuid)
    try:
        attempt = start_attempt(
            sitting,
            person=request.user.person,
            access_code=request.POST.get("access_code", "").strip(),
            session=session_hash(request.session.session_key),
        )
    except ExamRefusal as refusal:
        messages.error(request, str(refusal))
        return redirect("exams:sitting", sitting.uuid)
    return redirect("exams:run", attempt.uuid)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def run(request, uuid):
    """The exam. With JavaScript the runner; without it, this question as a form."""
    attempt = _attempt(request, uuid)
    if finalise_if_due(attempt):
        return redirect("exams:receipt", attempt.uuid)
    number = _number(request)
    if request.method == "POST":
        return _save_page(request, attempt, number)
    if not attempt.seat_session:
        # Nobody holds the seat, as after signing out: whoever opens the exam has it.
        attempt = take_seat(attempt, session=_session(request), actor=request.user)
    may_write = attempt.seat_session == _session(request)
    return render(
        request,
        "exams/runner.html",
        {
            "attempt": attempt,
            "may_write": may_write,
            "state": _runner_state(attempt, may_write),
            "urls": _runner_urls(attempt),
            "modules": RUNNER_MODULES,
            **presentation.question_page(attempt, number=number),
        },
    )


def _save_page(request, attempt, number):
    slots = presentation.slots_of(attempt)
    number = min(max(number, 1), len(slots))
    slot = slots[number - 1]
    if attempt.seat_session != _session(request):
        messages.error(request, _("This exam goes on on another device."))
        return redirect("exams:run", attempt.uuid)
    value = presentation.value_from_form(slot, request.POST.getlist("value"))
    try:
        saved = record_answers(attempt, values={slot["slot"]: value})
    except ExamRefusal as refusal:
        messages.error(request, str(refusal))
        saved = None
    if saved and saved.refusal:
        messages.error(request, _("This answer came too late and does not count."))
    if request.POST.get("go") == "review":
        return redirect("exams:review", attempt.uuid)
    step = {"previous": -1, "next": 1}.get(request.POST.get("go"), 0)
    number = min(max(number + step, 1), len(slots))
    return redirect(f"{reverse('exams:run', args=[attempt.uuid])}?q={number}")


@login_required
@require_POST
def take_over(request, uuid):
    """Go on with the exam on this device."""
    attempt = _attempt(request, uuid)
    try:
        take_seat(attempt, session=_session(request), actor=request.user)
    except ExamRefusal as refusal:
        messages.error(request, str(refusal))
    return redirect("exams:run", attempt.uuid)


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def review(request, uuid):
    """The answer sheet without JavaScript, and the button that hands in."""
    attempt = _attempt(request, uuid)
    if finalise_if_due(attempt):
        return redirect("exams:receipt", attempt.uuid)
    if request.method == "POST":
        try:
            submit(attempt, seat_epoch=_held_epoch(request, attempt))
        except ExamRefusal as refusal:
            messages.error(request, str(refusal))
            return redirect("exams:run", attempt.uuid)
        return redirect("exams:receipt", attempt.uuid)
    answers = current_answers(attempt)
    cells = [
        {"number": number, "answered": slot["slot"] in answers}
        for number, slot in enumerate(presentation.slots_of(attempt), 1)
    ]
    return render(
        request,
        "exams/review.html",
        {
            "attempt": attempt,
            "cells": cells,
            "open_count": len(cells) - len(answers),
        },
    )


@never_cache
@login_required
@require_safe
def receipt(request, uuid):
    """What was handed in, and when."""
    attempt = _attempt(request, uuid)
    finalise_if_due(attempt)
    return render(
        request,
        "exams/receipt.html",
        {"attempt": attempt, "submission": getattr(attempt, "submission", None)},
    )


@never_cache
@login_required
@require_safe
def result(request, uuid):
    """The result once it is released, with what was wrong and why."""
    attempt = _attempt(request, uuid)
    if not finalise_if_due(attempt):
        return redirect("exams:run", attempt.uuid)
    return render(
        request,
        "exams/result.html",
        {
            "attempt": attempt,
            "view": result_view(attempt),
            "certificates_url": "/certificates/",
        },
    )


def _person(request):
    if request.user.person_id is None:
        raise Http404
    return request.user.person


def _sitting(request, uuid):
    sittings = Sitting.objects.for_person(_person(request)).for_listing()
    return get_object_or_404(sittings, uuid=uuid)


def _attempt(request, uuid):
    attempts = Attempt.objects.of(request.user).select_related(
        "sitting", "paper", "submission", "result__mark"
    )
    return get_object_or_404(attempts, uuid=uuid)


def _session(request):
    return session_hash(request.session.session_key)


def _number(request):
    """Read the question number; anything that is none is the first (B049)."""
    text = request.GET.get("q", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _held_epoch(request, attempt):
    """Return the epoch of the seat this session holds; 0, which is none, otherwise."""
    return attempt.seat_epoch if attempt.seat_session == _session(request) else 0


def _runner_state(attempt, may_write):
    token = None
    if may_write:
        token = issue_token(
            str(attempt.uuid),
            person_id=attempt.person_id,
            epoch=attempt.seat_epoch,
            session=attempt.seat_session,
        )
    return {
        "attempt": str(attempt.uuid),
        "seat_token": token,
        "seat_epoch": attempt.seat_epoch,
        "paper": paper_for(attempt),
        "answers": current_answers(attempt),
        "through": through(attempt),
        "deadline": attempt.deadline.isoformat(),
        "grace_until": attempt.grace_until.isoformat(),
        "server_now": clock.now().isoformat(),
        "open": attempt.state == AttemptState.OPEN,
    }


def _runner_urls(attempt):
    return {
        "answers": reverse("exams:answers", args=[attempt.uuid]),
        "submit": reverse("exams:submit", args=[attempt.uuid]),
        "seat": reverse("exams:seat", args=[attempt.uuid]),
        "resume": reverse("exams:attempt", args=[attempt.uuid]),
        "receipt": reverse("exams:receipt", args=[attempt.uuid]),
    }
