"""Pending work on certificates, as queries. Doing it is idempotent."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, Subquery, When
from django.db.models.functions import Greatest, TruncDate

from certificates.exceptions import (
    CertificateRefusal,
    HoursMissing,
    NotIssued,
    NotPassed,
)
from certificates.models import Certificate, Origin, ProgrammeProof, ReasonClass
from certificates.services.issue import issue_or_find, proofs_of
from certificates.services.withdraw import suspend_certificate
from courses.models import Enrolment
from exams.models import Result
from lms.evidence import clock

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
        """Return the JSON object of S4.1."""
        return dict(vars(self))


def enrolments_awaiting_proof():
    """Enrolments that have earned a proof nobody has issued yet.

    A proof of the same person, kind, subject and day covers a second enrolment, and
    one that a person withdrew was decided on: they are named no more (E22). A pass
    after a proof has lost its own is named anew.
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
    """Whether the programme earns a proof that no certificate with a basis covers."""
    same = Q(enrolment=OuterRef(OuterRef("pk"))) | Q(
        person=OuterRef(OuterRef("person")),
        subject=OuterRef(OuterRef("proof_subject")),
        valid_from=OuterRef(OuterRef(day)),
    )
    present = Certificate.objects.with_basis().filter(same, kind=OuterRef("kind"))
    return Exists(
        ProgrammeProof.objects.filter(
            ~Exists(present),
            programme=OuterRef("training_class__programme"),
            kind__issued_by_base=True,
            kind__needs_pass=needs_pass,
        )
    )


def proofs_without_basis():
    """Issued rows in force whose pass a regrade has taken away (C03)."""
    return Certificate.objects.open().filter(
        Q(suspended_from=None) | Q(suspended_to__isnull=False),
        origin=Origin.ISSUED,
        result__passed=False,
    )


def issue_for(
    enrolments: Iterable[Enrolment],
    *,
    by=None,
    progress: Callable[[int, int], None] | None = None,
) -> IssueReport:
    """Issue every proof some enrolments have earned, each in its own transaction.

    ``by`` is the member of staff who asked for it, None where a rule issues.
    """
    report = IssueReport()
    rows = list(enrolments)
    for done, enrolment in enumerate(rows, start=1):
        for proof in proofs_of(enrolment):
            _issue_one(report, enrolment, proof.kind, by)
        if progress and (done % 20 == 0 or done == len(rows)):
            progress(done, len(rows))
    return report


def issue_awaiting() -> int:
    """Issue what has been earned and not issued; return how many."""
    awaiting = enrolments_awaiting_proof().select_related("training_class")
    return issue_for(awaiting).issued


def suspend_without_basis(result: Result | None = None) -> int:
    """Suspend proofs whose pass a regrade took away, for a person to decide (C03).

    All there are, or those of one result; a row that refuses holds up no other. The
    register names who regraded, and why.
    """
    rows = proofs_without_basis().select_related("result__mark__made_by")
    if result:
        rows = rows.filter(result=result)
    done = 0
    for row in rows:
        try:
            suspend_certificate(
                row,
                reason_class=ReasonClass.RESULT_CHANGED,
                reason=row.result.mark.reason or "The result was regraded to fail.",
                by=row.result.mark.made_by,
            )
        except CertificateRefusal as refusal:
            logger.warning("certificate %s: %s", row.pk, refusal.code)
        else:
            done += 1
    return done


def _issue_one(report, enrolment, kind, by):
    try:
        _row, is_new = issue_or_find(enrolment, kind=kind, by=by)
    except (NotPassed, HoursMissing):
        return
    except CertificateRefusal as refusal:
        logger.warning("enrolment %s: %s", enrolment.pk, refusal.code)
        _refuse(report, enrolment, kind, refusal)
    except Exception:
        # Set aside: a fault of this one must not stop the others.
        logger.exception("enrolment %s: not issued", enrolment.pk)
        _refuse(report, enrolment, kind, NotIssued())
    else:
        report.issued += is_new
        report.already += not is_new
    report.eligible += 1


def _refuse(report, enrolment, kind, refusal):
    report.refused.append(
        {
            "enrolment": str(enrolment.uuid),
            "kind": kind.code,
            "code": refusal.code,
            "message": str(refusal),
        }
    )
