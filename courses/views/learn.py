from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses.exceptions import CourseRefusal
from courses.hours.catalogue import SUBJECT
from courses.hours.progress import progress_for, progress_of
from courses.models import Enrolment, LessonPage
from courses.services.study import record_reading
from courses.views.panels import panels_by_enrolment
from lms.access.policies import signed_in_page, worker_page
from lms.access.prepared import PreparedRows
from lms.evidence import clock
from lms.evidence.data_versions import KeptByVersion

_of_person = PreparedRows(
    lambda person: Enrolment.objects.admitted().filter(person=person).for_listing()
)
# Texts of lessons as they are shown, by language.
_texts = KeptByVersion(SUBJECT, most=128)


@signed_in_page
@require_safe
def home(request):
    """My training: where I stand in each programme, and one way on."""
    now = clock.now()
    progress = progress_for(_mine(request.user), day=clock.day_of(now))
    progress.sort(key=lambda p: p.enrolment.hours_met_on is not None)
    panels = panels_by_enrolment(request, [p.enrolment for p in progress], now)
    cards = [
        {"progress": p, "state": _state(p), "panels": panels[p.enrolment.pk]}
        for p in progress
    ]
    going_on = next((c["progress"] for c in cards if _goes_on_here(c)), None)
    return render(
        request,
        "courses/home.html",
        {
            "cards": cards,
            "going_on": going_on,
            "action": _action(panel for card in cards for panel in card["panels"]),
            "person": request.user.person_id,
        },
    )


@worker_page
@require_safe
def enrolment(request, uuid):
    """One programme: its lessons, and in words what is still missing."""
    enrolment, now = _enrolment(request, uuid), clock.now()
    progress = progress_of(enrolment, day=clock.day_of(now))
    panels = panels_by_enrolment(request, [enrolment], now)[enrolment.pk]
    return render(
        request,
        "courses/enrolment.html",
        {
            "progress": progress,
            "state": _state(progress),
            "rows": [(one, progress.counts(one)) for one in progress.lessons],
            "action": _action(panels),
            "panels": panels,
        },
    )


@worker_page
@require_safe
def lesson(request, uuid, pk):
    """One lesson, with the time that was counted."""
    progress = progress_of(_enrolment(request, uuid))
    position, state = _lesson(progress, pk)
    following = progress.lessons[position + 1 : position + 2]
    return render(
        request,
        "courses/lesson.html",
        {
            "progress": progress,
            "state": state,
            "page": state.lesson,
            "text": lesson_text(state.lesson),
            "number": position + 1,
            "following": following[0].lesson if following else None,
            "counts": _state(progress) == "studying" and progress.counts(state),
            "study_state": _state(progress),
        },
    )


@worker_page
@require_POST
def read(request, uuid, pk):
    """Credit reading without JavaScript: the first press starts the clock."""
    progress = progress_of(_enrolment(request, uuid))
    _position, state = _lesson(progress, pk)
    if not state.lesson.lesson_kind.counts_without_script:
        raise Http404
    try:
        reply = record_reading(progress.enrolment, lesson=state.lesson)
    except CourseRefusal as refusal:
        messages.error(request, str(refusal))
    else:
        if reply is None:
            messages.info(request, _("Time is being counted. Read, then press again."))
        else:
            messages.success(request, _("Your reading time is counted."))
    return redirect("courses:lesson", uuid=uuid, pk=pk)


def lesson_text(lesson: LessonPage) -> str:
    """Return the text of a lesson as HTML, drawn once until a page is written."""

    def draw():
        page = LessonPage.objects.only("body").get(pk=lesson.pk)
        return render_to_string("courses/_lesson_text.html", {"page": page})

    return _texts.get((lesson.pk, get_language()), draw)


def _goes_on_here(card):
    """Whether the next step of an enrolment is a lesson, and not a class in person."""
    training_class = card["progress"].enrolment.training_class
    return card["state"] == "studying" and not training_class.is_in_person


def _enrolment(request, uuid):
    for one in _mine(request.user):
        if one.uuid == uuid:
            return one
    raise Http404


def _mine(user):
    """Return the enrolments of the person whose account this is, with their class."""
    if not user.is_active or user.person_id is None:
        return []
    return _of_person.rows(user.person_id)


def _lesson(progress, pk):
    for position, state in enumerate(progress.lessons):
        if state.lesson.pk == pk:
            return position, state
    raise Http404


def _action(panels):
    """The first way on that a panel shows."""
    return next((panel.action for panel in panels if panel.action), None)


def _state(progress):
    """Name in one word the state of an enrolment; templates branch on it once."""
    enrolment, training_class = progress.enrolment, progress.enrolment.training_class
    if enrolment.hours_met_on:
        return "passed" if enrolment.passed_on else "hours_met"
    if training_class.is_over:
        return "cancelled" if training_class.cancel_reason else "closed"
    if not training_class.counts_study:
        return "waiting"
    if progress.next_lesson:
        return "studying"
    in_person = training_class.in_person_hours or not progress.lessons
    return "in_person" if in_person else "out_of_reach"
