from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_safe

from exams.delivery.save_limit import seconds_to_wait
from exams.exceptions import AttemptClosed, ExamRefusal, UnknownAttempt
from exams.kinds import kind_of
from exams.models import Attempt, Sitting
from exams.services.answer_journal import (
    answered_slots,
    current_answers,
    record_answers,
)
from exams.services.attempts import delivery_state, start_attempt, take_seat
from exams.services.cards import card_of
from exams.services.finalise import finalise_if_due
from exams.services.prepared_start import start_prepared
from exams.services.seat import session_hash
from exams.services.submission import submit
from exams.views import presentation
from exams.views.results import result_view
from lms.access.policies import worker_page
from lms.access.prepared import PreparedRows
from lms.evidence import clock

RUNNER_STYLES = ["css/components/exam.css", "css/components/exam-question.css"]

# One file per concern, in the order in which the phone needs them.
RUNNER_MODULES = [
    f"js/{name}.js"
    for name in (
        "exam-runner",
        "exam-sync",
        "exam-store",
        "json-request",
        "exam-clock",
        "exam-digest",
        "exam-signin",
    )
]


def _own(*related):
    """Prepare the attempt of a person with what a page shows of it."""
    return PreparedRows(
        lambda attempt, person: (
            Attempt.objects.filter(pk=attempt, person=person)
            .select_related("sitting", "paper", *related)
            # The text of a paper is long, and mostly at hand: ``content_of``.
            .defer("paper__content")
        ),
        keys=(int, int),
    )


_running, _submitted = _own(), _own("submission")
_judged = _own("person", "sitting__training_class", "result")

# Why an answer of the plain form does not count.
UNSAVED = {
    "seat_taken": _("This exam continues on another device."),
    "closed": _("This answer came too late and does not count."),
    "too_fast": _("Too many answers at once. Wait a moment and send this one again."),
    "": _("Somebody saved this question at the same moment. Please answer it again."),
}


@worker_page
@require_safe
def mine(request):
    """Every exam of the signed-in person, the newest first."""
    sittings = Sitting.objects.for_person(request.user.person).for_listing()
    found = presentation.cards_for(
        sittings, person=request.user.person, now=clock.now()
    )
    return render(
        request, "exams/mine.html", {"cards": [card for _sitting, card in found]}
    )


@worker_page
@never_cache
@require_safe
def sitting(request, uuid):
    """The page before the exam: the rules in plain words, and one button."""
    sitting = _sitting(request, uuid)
    start_page = presentation.start_page_of(
        sitting, person=request.user.person, now=clock.now()
    )
    return render(
        request,
        "exams/sitting.html",
        {
            "sitting": sitting,
            "start_page": start_page,
            "ahead": _files_ahead(sitting, start_page),
        },
    )


@worker_page
@require_http_methods(["GET", "HEAD", "POST"])
def begin(request, uuid):
    """Start or continue the exam; after signing in the button is pressed again."""
    if request.method != "POST":
        return redirect("exams:sitting", uuid)
    code = request.POST.get("access_code", "").strip()
    try:
        begun = start_prepared(
            uuid,
            person_id=request.user.person_id,
            access_code=code,
            session=_session(request),
        )
        if begun:
            return redirect("exams:run", begun.attempt)
        attempt = start_attempt(
            _sitting(request, uuid),
            person=request.user.person,
            access_code=code,
            session=_session(request),
        )
    except ExamRefusal as refusal:
        messages.error(request, str(refusal))
        return redirect("exams:sitting", uuid)
    return redirect("exams:run", attempt.uuid)


@worker_page
@never_cache
@gzip_page
@require_http_methods(["GET", "HEAD", "POST"])
def run(request, uuid):
    """The exam. With JavaScript the runner; without it, this question as a form."""
    attempt = _attempt(request, uuid)
    number = _number(request)
    if request.method == "POST":
        # Before anything else: what was sent is kept, even where it comes too late.
        return _save_page(request, attempt, number)
    if finalise_if_due(attempt):
        return redirect("exams:receipt", attempt.uuid)
    if not attempt.seat_session:
        # The seat is free, as after signing out: this session takes it.
        try:
            attempt = take_seat(attempt, session=_session(request), actor=request.user)
        except AttemptClosed:
            return redirect("exams:receipt", attempt.uuid)
    may_write = attempt.seat_session == _session(request)
    state = delivery_state(attempt, session=_session(request), now=clock.now())
    slots = presentation.slots_in(state["paper"])
    kinds = presentation.kinds_in(slots)
    return render(
        request,
        "exams/runner.html",
        {
            "attempt": attempt,
            "may_write": may_write,
            "state": state,
            "urls": _runner_urls(attempt),
            "kinds": kinds,
            "modules": (*RUNNER_MODULES, *(kind.script for kind in kinds)),
            **presentation.question_page(
                attempt, slots, state["answers"], number=number
            ),
        },
    )


def _save_page(request, attempt, number):
    slots = presentation.slots_of(attempt)
    number = min(max(number, 1), len(slots))
    slot = slots[number - 1]
    kind = kind_of(slot["type"])
    value = kind.value_from_form(request.POST.getlist("value"))
    page = redirect("exams:run", attempt.uuid)
    if seconds_to_wait(attempt.pk):
        messages.error(request, UNSAVED["too_fast"])
        return page
    try:
        saved = record_answers(
            attempt,
            values={slot["slot"]: value},
            epoch=_held_epoch(request, attempt),
        )
    except ExamRefusal as refusal:
        messages.error(request, str(refusal))
        return page
    if saved.refusal or saved.conflicts:
        messages.error(request, UNSAVED[saved.refusal])
        return page
    if request.POST.get("go") == "review":
        return redirect("exams:review", attempt.uuid)
    step = {"previous": -1, "next": 1}.get(request.POST.get("go"), 0)
    number = min(max(number + step, 1), len(slots))
    return redirect(f"{reverse('exams:run', args=[attempt.uuid])}?q={number}")


@worker_page
@require_http_methods(["GET", "HEAD", "POST"])
def take_over(request, uuid):
    """Continue on this device; after signing in the button is pressed again."""
    if request.method != "POST":
        return redirect("exams:run", uuid)
    attempt = _attempt(request, uuid)
    try:
        take_seat(attempt, session=_session(request), actor=request.user)
    except ExamRefusal as refusal:
        messages.error(request, str(refusal))
    return redirect("exams:run", attempt.uuid)


@worker_page
@never_cache
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
    answered = answered_slots(attempt, current_answers(attempt))
    cells = [
        {"number": number, "answered": slot["slot"] in answered}
        for number, slot in enumerate(presentation.slots_of(attempt), 1)
    ]
    return render(
        request,
        "exams/review.html",
        {
            "attempt": attempt,
            "cells": cells,
            "open_count": len(cells) - len(answered),
        },
    )


@worker_page
@never_cache
@require_safe
def receipt(request, uuid):
    """What was handed in, and when."""
    attempt = _attempt(request, uuid, _submitted)
    finalise_if_due(attempt)
    return render(
        request,
        "exams/receipt.html",
        {"attempt": attempt, "submission": getattr(attempt, "submission", None)},
    )


@worker_page
@never_cache
@require_safe
def result(request, uuid):
    """The result once it is released, with what was wrong and why."""
    attempt = _attempt(request, uuid, _judged)
    if not finalise_if_due(attempt):
        return redirect("exams:run", attempt.uuid)
    return render(
        request,
        "exams/result.html",
        {"attempt": attempt, "view": result_view(attempt)},
    )


def _files_ahead(sitting, start_page):
    """Return what a phone may fetch while its owner reads the rules."""
    if not start_page.begins:
        return []
    kinds = sorted({section.kind for section in sitting.blueprint.sections.all()})
    scripts = [kind_of(kind).script for kind in kinds]
    return [*RUNNER_STYLES, *RUNNER_MODULES, *scripts]


def _sitting(request, uuid):
    sittings = Sitting.objects.for_person(request.user.person).for_listing()
    return get_object_or_404(sittings, uuid=uuid)


def _attempt(request, uuid, prepared=_running):
    try:
        pk = card_of(str(uuid)).pk
    except UnknownAttempt:
        raise Http404 from None
    attempt = prepared.first(pk, request.user.person_id)
    if attempt is None:
        raise Http404
    return attempt


def _session(request):
    return session_hash(request.session.session_key)


def _number(request):
    """Read the question number; anything that is none is the first (B049)."""
    text = request.GET.get("q", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _held_epoch(request, attempt):
    """Return the epoch of the seat this session holds; 0, which is none, otherwise."""
    return attempt.seat_epoch if attempt.seat_session == _session(request) else 0


def _runner_urls(attempt):
    return {
        "run": reverse("exams:run", args=[attempt.uuid]),
        "review": reverse("exams:review", args=[attempt.uuid]),
        "answers": reverse("exams:answers", args=[attempt.uuid]),
        "submit": reverse("exams:submit", args=[attempt.uuid]),
        "seat": reverse("exams:seat", args=[attempt.uuid]),
        "resume": reverse("exams:attempt", args=[attempt.uuid]),
        "receipt": reverse("exams:receipt", args=[attempt.uuid]),
    }
