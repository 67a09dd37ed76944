from courses.panels import Panel, enrolment_panel
from lms import clock

from .models import Certificate
from .verification import OUTCOMES, Answer


@enrolment_panel(order=300)
def proof_of_enrolment(request, enrolments):
    """The proof an enrolment has earned, with a way to it."""
    rows = Certificate.objects.filter(enrolment__in=enrolments).for_listing()
    today = clock.today()
    panels = {}
    for row in rows.with_status_on(today).order_by("valid_from"):
        answer = Answer(OUTCOMES[row.status], row.status, row, today)
        panels[row.enrolment_id] = Panel("certificates/_panel.html", {"answer": answer})
    return panels
