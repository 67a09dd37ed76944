"""Which proofs an enrolment has or will have, or why not; nothing is written."""

from dataclasses import dataclass

from certificates.exceptions import (
    CertificateRefusal,
    HoursMissing,
    NothingEarned,
    NotIssuable,
)
from certificates.models import Certificate, CertificateKind, ProgrammeProof
from courses.models import Enrolment

from .issue import proofs_of, would_issue


@dataclass(frozen=True)
class ProofOutlook:
    """One proof of a programme: issued, about to be issued, or refused."""

    kind: CertificateKind | None
    row: Certificate | None = None
    refusal: CertificateRefusal | None = None

    @property
    def is_issued(self):
        return self.row is not None and self.row.pk is not None

    @property
    def waits_for_hours(self):
        return isinstance(self.refusal, HoursMissing)

    @property
    def is_not_earned(self):
        """Whether no proof of the base can ever come of this programme."""
        return isinstance(self.refusal, NothingEarned | NotIssuable)


def outlook_of(enrolment: Enrolment) -> list[ProofOutlook]:
    """Return what becomes of each proof the programme of an enrolment can earn."""
    kinds = [proof.kind for proof in proofs_of(enrolment)]
    if kinds:
        return [_outlook(enrolment, kind) for kind in kinds]
    recorded = ProgrammeProof.objects.filter(
        programme=enrolment.training_class.programme_id
    )
    refusal = NotIssuable() if recorded.exists() else NothingEarned()
    return [ProofOutlook(None, refusal=refusal)]


def _outlook(enrolment, kind):
    try:
        return ProofOutlook(kind, row=would_issue(enrolment, kind=kind))
    except CertificateRefusal as refusal:
        return ProofOutlook(kind, refusal=refusal)
