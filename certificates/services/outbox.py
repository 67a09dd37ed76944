"""What is still to be done, as queries; doing it is harmless at any moment, twice."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q

from certificates.exceptions import CertificateRefusal
from certificates.models import Certificate, ProgrammeProof, ReasonClass
from courses.models import Enrolment
from exams.models import Result

from .issue import issue_certificate, proofs_of
from .withdraw import suspend_certificate

logger = logging.getLogger(__name__)


@dataclass
class IssueReport:
    """What a batch did: counts, and every refusal with its reason."""

    eligible: int = 0
    issued: int = 0
    already: int = 0
    refused: list[dict] = field(default_factory=list)

    def as_json(self) -> dict:
        """Return the JSON object of design 5."""
        return dict(vars(self))


def enrolments_awaiting_proof():
    """Enrolments that have earned a proof nobody has issued yet."""
    proofs = ProgrammeProof.objects.filter(
        ~Exists(
            Certificate.objects.filter(
                kind=OuterRef("kind"), enrolment=OuterRef(OuterRef("pk"))
            )
        ),
        programme=OuterRef("training_class__programme"),
        kind__issued_by_base=True,
    )
    passed = Result.objects.passed().filter(enrolment=OuterRef("pk"))
    return Enrolment.objects.filter(
        Q(Exists(proofs.filter(kind__needs_pass=False)))
        | Q(Exists(passed)) & Q(Exists(proofs.filter(kind__needs_pass=True))),
        hours_met_on__isnull=False,
    )


def issue_for(
    enrolments: Iterable[Enrolment],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> IssueReport:
    """Issue every proof some enrolments have earned, each in its own transaction."""
    report = IssueReport()
    rows = list(enrolments)
    for done, enrolment in enumerate(rows, start=1):
        for proof in proofs_of(enrolment):
            _issue_one(report, enrolment, proof.kind)
        if progress and (done % 20 == 0 or done == len(rows)):
            progress(done, len(rows))
    return report


def issue_awaiting() -> int:
    """Issue whatever has been earned and not issued; return how many."""
    awaiting = enrolments_awaiting_proof().select_related("training_class")
    return issue_for(awaiting).issued


def suspend_without_basis() -> int:
    """Suspend proofs whose pass a regrade took away, for a person to decide (C03)."""
    rows = list(Certificate.objects.losing_their_basis())
    for row in rows:
        suspend_certificate(
            row,
            reason_class=ReasonClass.RESULT_CHANGED,
            reason="The result was regraded to fail.",
        )
    return len(rows)


def _issue_one(report, enrolment, kind):
    known = Certificate.objects.filter(enrolment=enrolment, kind=kind).exists()
    try:
        issue_certificate(enrolment, kind=kind)
    except CertificateRefusal as refusal:
        if refusal.code in ("not_passed", "hours_missing"):
            return
        report.eligible += 1
        report.refused.append(
            {
                "enrolment": str(enrolment.uuid),
                "kind": kind.code,
                "code": refusal.code,
                "message": str(refusal),
            }
        )
        logger.warning("enrolment %s: %s", enrolment.pk, refusal.code)
        return
    report.eligible += 1
    if known:
        report.already += 1
    else:
        report.issued += 1
