from django.urls import reverse
from django.utils.translation import gettext as _

from courses.panels import Action, Panel, enrolment_panel, outcome_panel
from lms import clock

from .exceptions import NothingEarned
from .models import Certificate
from .services.outlook import ProofOutlook, outlook_of
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


@outcome_panel(order=300)
def proof_after_a_pass(enrolment):
    """Each proof that comes of a pass: issued, about to be, or why there is none."""
    mine = Action(_("My certificates"), reverse("certificates:mine"), "certificate")
    return [
        Panel(
            "certificates/_outlook.html",
            {"tone": _tone(one), "text": in_words(one)},
            mine if one.row else None,
        )
        for one in outlook_of(enrolment)
    ]


def in_words(outlook: ProofOutlook) -> str:
    """Say what comes, when, or why not."""
    if outlook.is_issued:
        return _("Your certificate is issued: %(kind)s.") % {"kind": outlook.kind.label}
    if outlook.row:
        return _(
            "Your certificate is being issued: %(kind)s. It is under My certificates "
            "within a few minutes."
        ) % {"kind": outlook.kind.label}
    if outlook.waits_for_hours:
        return _(
            "The certificate (%(kind)s) comes as soon as your class hours are complete."
        ) % {"kind": outlook.kind.label}
    if isinstance(outlook.refusal, NothingEarned):
        return _("This programme brings no certificate.")
    if outlook.is_not_earned:
        return str(outlook.refusal)
    return _(
        "The certificate (%(kind)s) cannot be issued yet: %(reason)s Ask the training "
        "base."
    ) % {"kind": outlook.kind.label, "reason": outlook.refusal}


def _tone(outlook) -> str:
    if outlook.row:
        return "ok" if outlook.is_issued else "info"
    return "info" if outlook.is_not_earned else "warn"
