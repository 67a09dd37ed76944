"""What is still to be done, as queries; doing it is harmless at any moment, twice."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Greatest, TruncDate

from certificates.exceptions import CertificateRefusal
from certificates.models import (
    Certificate,
    CertificateEvent,
    EventAction,
    Origin,
    ProgrammeProof,
    ReasonClass,
)
from courses.models import Enrolment
from exams.models import Result
from lms import clock

from .issue import issue_certificate, proofs_of
from .withdraw import suspend_certificate

logger = logging.getLogger(__name__)

PROGRAMME = "training_class__programme__"
# ``subject_of`` in SQL.
SUBJECT = Case(
    When(
        **{f"{PROGRAMME}item__isnull": False},
        then=F(f"{PROGRAMME}item__code"),
    ),
    When(**{f"{PROGRAMME}audience": "OTHER"}, then=F(f"{PROGRAMME}code")),
    default=F(f"{PROGRAMME}audience"),
    output_field=CharField(),
)


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
    """Enrolments that have earned a proof nobody has issued yet.

    A proof of the same person, kind, subject and day covers a second enrolment: it
    is named no more (E22).
    """
    passes = Result.objects.passed().filter(enrolment=OuterRef("pk"))
    first_pass = passes.order_by("released_at", "pk").annotate(
        day=TruncDate("released_at", tzinfo=clock.SHANGHAI)
    )
    return Enrolment.objects.annotate(
        passed_day=Subquery(first_pass.values("day")[:1]),
        proof_day=Greatest("hours_met_on", "passed_day"),
        proof_subject=SUBJECT,
    ).filter(
        Q(_unproved("hours_met_on", needs_pass=False))
        | Q(passed_day__isnull=False) & Q(_unproved("proof_day", needs_pass=True)),
        hours_met_on__isnull=False,
    )


def _unproved(day, *, needs_pass):
    """Whether the programme earns a proof that no certificate is or covers."""
    same = Q(enrolment=OuterRef(OuterRef("pk"))) | Q(
        person=OuterRef(OuterRef("person")),
        subject=OuterRef(OuterRef("proof_subject")),
        valid_from=OuterRef(OuterRef(day)),
    )
    present = Certificate.objects.filter(same, kind=OuterRef("kind"))
    return Exists(
        ProgrammeProof.objects.filter(
            ~Exists(present),
            programme=OuterRef("training_class__programme"),
            kind__issued_by_base=True,
            kind__needs_pass=needs_pass,
        )
    )


def proofs_without_basis():
    """Issued rows in force whose pass a regrade has taken away (C03).

    Each regrade suspends once: a person who has reinstated one since has decided.
    """
    followed = CertificateEvent.objects.filter(
        certificate=OuterRef("pk"),
        action=EventAction.SUSPEND,
        reason_class=ReasonClass.RESULT_CHANGED,
        at__gte=OuterRef("result__mark__made_at"),
    )
    return Certificate.objects.open().filter(
        Q(suspended_from=None) | Q(suspended_to__isnull=False),
        ~Exists(followed),
        origin=Origin.ISSUED,
        result__passed=False,
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
    rows = list(proofs_without_basis())
    for row in rows:
        suspend_certificate(
            row,
            reason_class=ReasonClass.RESULT_CHANGED,
            reason="The result was regraded to fail.",
        )
    return len(rows)


def _issue_one(report, enrolment, kind):
    present = Certificate.objects.filter(person=enrolment.person_id, kind=kind)
    before = set(present.values_list("pk", flat=True))
    try:
        row = issue_certificate(enrolment, kind=kind)
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
    if row.pk in before:
        report.already += 1
    else:
        report.issued += 1
