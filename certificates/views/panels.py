"""What 我的培训 shows of certificates: earned proofs, and what runs out."""

from django.urls import reverse
from django.utils.translation import gettext as _

from certificates.models import Certificate, judge_on
from certificates.services.expected import Expectation, ExpectedProof, expected_proofs
from certificates.verification.answers import OUTCOMES, Answer
from certificates.views.presentation import waiting_for_holder
from courses.views.panels import (
    Action,
    Panel,
    enrolment_panel,
    outcome_panel,
)
from lms.access.prepared import PreparedRows
from lms.evidence import clock
from lms.web.notices import Notice, Place, notice

_of_person = PreparedRows(
    lambda person: (
        Certificate.objects.filter(person=person)
        .select_related("kind", "item")
        .order_by("valid_from")
    )
)


@enrolment_panel(order=300)
def proof_of_enrolment(request, enrolments, now):
    """The proof an enrolment has earned, with a way to it."""
    shown = {enrolment.pk for enrolment in enrolments}
    return {
        answer.row.enrolment_id: Panel("certificates/_panel.html", {"answer": answer})
        for answer in _answers(request, clock.day_of(now))
        if answer.row.enrolment_id in shown
    }


@outcome_panel(order=300)
def proof_after_a_pass(enrolment):
    """Each proof that comes of a pass: issued, about to be, or why there is none."""
    mine = Action(_("My certificates"), reverse("certificates:mine"), "certificate")
    return [
        Panel(
            "certificates/_outlook.html",
            {"tone": TONES.get(proof.state, "info"), "text": after_a_pass(proof)},
            mine if proof.state in COMES else None,
        )
        for proof in expected_proofs([enrolment])[enrolment.pk]
    ]


COMES = (Expectation.HELD, Expectation.DUE)
TONES = {Expectation.HELD: "ok", Expectation.REFUSED: "warn"}


def after_a_pass(proof: ExpectedProof) -> str:
    """Say to somebody who has passed what comes, when, or why not."""
    kind = {"kind": proof.kind and proof.kind.label}
    match proof.state:
        case Expectation.HELD:
            return _("Your certificate is issued: %(kind)s.") % kind
        case Expectation.DUE:
            return (
                _(
                    "Your certificate is being issued: %(kind)s. It is under My "
                    "certificates within a few minutes."
                )
                % kind
            )
        case Expectation.HOURS:
            return (
                _(
                    "The certificate (%(kind)s) comes as soon as your class hours are "
                    "complete."
                )
                % kind
            )
        case Expectation.NONE:
            return str(proof.refusal or _("This programme brings no certificate."))
        case _:
            return _(
                "The certificate (%(kind)s) cannot be issued yet: %(reason)s Ask the "
                "training base."
            ) % {**kind, "reason": proof.refusal or proof.state.label}


@enrolment_panel(order=310)
def proof_to_come(request, enrolments, now):
    """The certificates an enrolment will bring, and when; or why none."""
    panels = {}
    mine = [answer.row for answer in _answers(request, clock.day_of(now))]
    for pk, proofs in expected_proofs(enrolments, known=mine).items():
        to_come = [proof for proof in proofs if proof.state != Expectation.HELD]
        if to_come:
            panels[pk] = Panel("certificates/_expected.html", {"proofs": to_come})
    return panels


@notice(Place.START_PAGE, order=50)
def certificates_that_wait(request):
    """What runs out, has run out or does not count, with what to do."""
    waiting = waiting_for_holder(_answers(request))
    return (
        Notice("certificates/_waiting.html", {"answers": waiting}) if waiting else None
    )


def _answers(request, today=None):
    """Return the answers of all certificates of the person, read once a request."""
    if not hasattr(request, "_certificates"):
        today = today or clock.today()
        rows = _of_person.rows(request.user.person_id)
        judge_on(rows, today)
        request._certificates = [
            Answer(OUTCOMES[row.status], row.status, row, today) for row in rows
        ]
    return request._certificates
