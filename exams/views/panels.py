"""What worker pages show of exams: those of a class, and one that runs, first."""

from courses.views.panels import Panel, enrolment_panel
from exams.models import Attempt, Sitting
from exams.views.presentation import cards_for, going_on_with, running_of
from lms.access.prepared import PreparedRows
from lms.evidence import clock
from lms.web.notices import Notice, Place, notice

_of_classes = PreparedRows(
    lambda person: Sitting.objects.filter(training_class__enrolments__person=person)
)
_unfinished = PreparedRows(
    lambda person: (
        Attempt.objects.unfinished().filter(person=person).order_by("deadline")
    )
)


@enrolment_panel(order=50)
def exam_of_the_class(request, enrolments, now):
    """Return the exams of each enrolment's class, in four queries for the page.

    A person with the hours and without a pass is told that an exam follows.
    """
    if not enrolments:
        return {}
    of_class = {e.training_class_id: e for e in enrolments}
    person = enrolments[0].person
    sittings = [
        one for one in _of_classes.rows(person.pk) if one.training_class_id in of_class
    ]
    for one in sittings:
        one.training_class = of_class[one.training_class_id].training_class
    cards = {e.pk: [] for e in enrolments if e.hours_met_on and not e.passed_on}
    for sitting, card in cards_for(sittings, person=person, now=now):
        enrolment = of_class[sitting.training_class_id]
        cards.setdefault(enrolment.pk, []).append(card)
    passed = {e.pk for e in enrolments if e.passed_on}
    return {
        pk: Panel(
            "exams/_panel.html",
            {"cards": found},
            next((c.action for c in found if c.action and pk not in passed), None),
        )
        for pk, found in cards.items()
    }


@notice(Place.EVERY_PAGE)
def running_exam(request):
    """Return the attempt whose time ends first; one query where none is open."""
    attempts = _unfinished.rows(request.user.person_id)
    if not attempts:
        return None
    now = clock.now()
    attempt = running_of(attempts, now)
    if attempt is None:
        return None
    left = max(0, int((attempt.deadline - now).total_seconds()))
    context = {"attempt": attempt, "seconds": left, "minutes": left // 60}
    return Notice("exams/_running.html", context, going_on_with(attempt))
