"""What issuing reads of enrolments, in a number of queries that their number leaves."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from certificates.exceptions import NothingEarned, NotIssuable
from certificates.models import Certificate, CertificateKind, Issuer, ProgrammeProof
from courses.models import Enrolment, TrainingRecord
from exams.models import Result

Asked = tuple[Enrolment, CertificateKind]
Cycles = dict[tuple[int, int, str], list[Certificate]]


@dataclass(frozen=True)
class Grounds:
    """The rows that decide on some proofs, read once for all of them."""

    cycles: Cycles
    passes: dict[int, Result]
    hours: dict[int, Decimal]
    proofs: dict[tuple[int, int], ProgrammeProof]
    issuers: list[Issuer]

    def cycles_of(self, enrolment: Enrolment, kind: CertificateKind):
        """The cycles a person has had of what an enrolment earns, newest first."""
        subject = subject_of(enrolment.training_class.programme)
        return self.cycles.get((enrolment.person_id, kind.pk, subject), [])

    def proof_of(self, enrolment: Enrolment, kind: CertificateKind) -> ProgrammeProof:
        """Return how a programme earns a kind; raises where it does not."""
        if not kind.issued_by_base:
            raise NotIssuable
        programme = enrolment.training_class.programme_id
        if (programme, kind.pk) not in self.proofs:
            raise NothingEarned
        return self.proofs[programme, kind.pk]

    def issuer_on(self, day: dt.date) -> Issuer | None:
        """Who issued on a day; ``Issuer.objects.on`` of what was read."""
        return next((one for one in self.issuers if one.valid_from <= day), None)

    def hours_of(self, enrolment: Enrolment) -> Decimal:
        """Return the hours on record of an enrolment, else those that were planned."""
        return self.hours.get(enrolment.pk, enrolment.training_class.planned_hours)


def read_grounds(asked: Sequence[Asked], *, lock: bool = False) -> Grounds:
    """Read what decides on some proofs; the enrolments come ``for_listing``.

    ``lock`` keeps others from the cycles until the transaction ends.
    """
    enrolments = {enrolment.pk for enrolment, _kind in asked}
    passes = Result.objects.passed().filter(enrolment__in=enrolments)
    first_passes: dict[int, Result] = {}
    for result in passes.order_by("released_at", "pk"):
        first_passes.setdefault(result.enrolment_id, result)
    records = TrainingRecord.objects.current().filter(enrolment__in=enrolments)
    hours: dict[int, Decimal] = {}
    for enrolment, counted in records.values_list("enrolment", "hours"):
        hours.setdefault(enrolment, counted)
    proofs = ProgrammeProof.objects.filter(
        programme__in={e.training_class.programme_id for e, _kind in asked},
        kind__in={kind.pk for _enrolment, kind in asked},
    )
    return Grounds(
        cycles=_cycles(asked, lock=lock),
        passes=first_passes,
        hours=hours,
        proofs={(proof.programme_id, proof.kind_id): proof for proof in proofs},
        issuers=list(Issuer.objects.order_by("-valid_from")),
    )


def subject_of(programme) -> str:
    """Return what a proof of a programme is about: item, else role, else itself."""
    if programme.item:
        return programme.item.code
    return programme.code if programme.audience == "OTHER" else programme.audience


def _cycles(asked, *, lock) -> Cycles:
    rows = Certificate.objects.filter(
        person__in={enrolment.person_id for enrolment, _kind in asked},
        kind__in={kind.pk for _enrolment, kind in asked},
        subject__in={subject_of(e.training_class.programme) for e, _kind in asked},
    ).select_related("kind", "person", "result")
    if lock:
        # In one order, so that two who lock the same rows wait and do not block.
        rows = rows.order_by("pk").select_for_update(of=("self",))
    cycles = defaultdict(list)
    for row in rows:
        cycles[row.person_id, row.kind_id, row.subject].append(row)
    for group in cycles.values():
        group.sort(key=lambda row: (row.valid_from, row.pk), reverse=True)
    return dict(cycles)
