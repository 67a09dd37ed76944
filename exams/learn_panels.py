"""What 我的培训 shows of exams: the exam of each class, beside its lessons."""

from courses.panels import Panel, enrolment_panel
from exams.models import Sitting
from exams.presentation import cards_for
from lms import clock


@enrolment_panel(order=50)
def exam_of_the_class(request, enrolments):
    """Return the exams of each enrolment's class, in three queries for the page."""
    if not enrolments or request.user.person_id is None:
        return {}
    of_class = {e.training_class_id: e.pk for e in enrolments}
    sittings = Sitting.objects.filter(training_class__in=of_class).for_listing()
    cards = {}
    person = request.user.person
    for sitting, card in cards_for(sittings, person=person, now=clock.now()):
        cards.setdefault(of_class[sitting.training_class_id], []).append(card)
    return {
        pk: Panel("exams/_panel.html", {"cards": found}) for pk, found in cards.items()
    }
