"""Which certificate an enrolment will bring, when, or why not.

The one answer for the learner, for the page of a class and for issuing.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from certificates.exceptions import CertificateRefusal, NotIssuable, Withdrawn
from certificates.models import Certificate, CertificateKind, ProgrammeProof
from certificates.pdf import glyphs
from certificates.services import foresee_issues
from courses.hours.enrolment_rows import rows_of_enrolments
from courses.models import Enrolment
from exams.models import Result
from lms.access.prepared import PreparedRows
from lms.evidence.data_versions import KeptByVersion

SUBJECT = "proofs"

_kept = KeptByVersion(SUBJECT, most=1)
_passes_of = PreparedRows(lambda person: Result.objects.passed().filter(person=person))


class Expectation(TextChoices):
    """What stands between an enrolment and a certificate."""

    HELD = "held", pgettext_lazy("certificate", "issued")
    DUE = "due", _("earned, will be issued within a few minutes")
    HOURS = "hours", _("once the class hours are complete")
    EXAM = "exam", _("once the examination is passed and the result released")
    HOURS_AND_EXAM = "both", _("once class hours are complete and the exam is passed")
    REFUSED = "refused", _("cannot be issued")
    NONE = "none", _("this programme brings no certificate")


@dataclass(frozen=True, slots=True)
class ExpectedProof:
    """One kind of certificate for one enrolment; no kind where there is none to earn.

    ``refusal`` says what keeps it from being issued now or later.
    """

    state: Expectation
    kind: CertificateKind | None = None
    certificate: Certificate | None = None
    refusal: CertificateRefusal | None = None

    @property
    def words(self) -> str:
        """Return in words when the certificate comes, or why not."""
        if self.refusal:
            facts = {"what": self.state.label, "why": self.refusal}
            return gettext("%(what)s: %(why)s") % facts
        return str(self.state.label)

    def __str__(self):
        if self.certificate:
            return f"{self.kind} {self.certificate.number}"
        if self.kind is None:
            return self.words
        return gettext("%(what)s: %(why)s") % {"what": self.kind, "why": self.words}


def expected_proofs(
    enrolments: Iterable[Enrolment], *, known: Iterable[Certificate] | None = None
) -> dict[int, list[ExpectedProof]]:
    """Return for each enrolment the certificates it brings, or that it brings none.

    The enrolments come ``for_listing``; ``known`` are all certificates of the people,
    where the caller has read them. The number of queries is fixed.
    """
    enrolments = list(enrolments)
    proofs = _kept.get("proofs", _kinds_by_programme)
    passes = rows_of_enrolments(
        enrolments, of_person=_passes_of, rows=Result.objects.passed()
    )
    passed = {one.enrolment_id for one in passes}
    asked = [
        (enrolment, kind)
        for enrolment in enrolments
        for kind in proofs.get(enrolment.training_class.programme_id, ())
    ]
    found = _held(enrolments, known)
    earned = [
        (enrolment, kind)
        for enrolment, kind in asked
        if kind.issued_by_base
        and enrolment.hours_met_on
        and (enrolment.pk in passed or not kind.needs_pass)
        and (enrolment.pk, kind.pk) not in found
    ]
    for (enrolment, kind), answer in zip(earned, foresee_issues(earned), strict=True):
        found[enrolment.pk, kind.pk] = _foreseen(kind, answer)
    brought = defaultdict(list)
    for enrolment, kind in asked:
        brought[enrolment.pk].append(
            found.get((enrolment.pk, kind.pk))
            or _to_come(enrolment, kind, enrolment.pk in passed)
        )
    none = [ExpectedProof(Expectation.NONE)]
    return {one.pk: brought.get(one.pk, none) for one in enrolments}


def _kinds_by_programme():
    """What each programme brings, the same for everybody."""
    proofs = defaultdict(list)
    for proof in ProgrammeProof.objects.select_related("kind"):
        proofs[proof.programme_id].append(proof.kind)
    return dict(proofs)


def _held(enrolments, known):
    """Certificates of these very enrolments that stand on a basis."""
    if known is not None:
        of_them = {enrolment.pk for enrolment in enrolments}
        if not any(row.enrolment_id in of_them for row in known):
            return {}
    rows = Certificate.objects.with_basis().filter(enrolment__in=enrolments)
    return {
        (row.enrolment_id, row.kind_id): (
            ExpectedProof(Expectation.REFUSED, row.kind, refusal=Withdrawn())
            if row.is_withdrawn
            else ExpectedProof(Expectation.HELD, row.kind, row)
        )
        for row in rows.select_related("kind").order_by("valid_from", "pk")
    }


def _foreseen(kind, answer):
    """What issuing would do with a certificate that is earned."""
    if answer.certificate:
        return ExpectedProof(Expectation.HELD, kind, answer.certificate)
    state = Expectation.REFUSED if answer.refusal else Expectation.DUE
    return ExpectedProof(state, kind, refusal=answer.refusal)


def _to_come(enrolment, kind, passed):
    """What stands between an enrolment and a certificate that is not earned yet."""
    if not kind.issued_by_base:
        return ExpectedProof(Expectation.NONE, kind, refusal=NotIssuable())
    try:
        glyphs.check_printable([enrolment.person.name])
    except CertificateRefusal as refusal:
        # Said before it is earned: there is time to do something about it.
        return ExpectedProof(Expectation.REFUSED, kind, refusal=refusal)
    if not enrolment.hours_met_on:
        needs_exam = kind.needs_pass and not passed
        state = Expectation.HOURS_AND_EXAM if needs_exam else Expectation.HOURS
        return ExpectedProof(state, kind)
    return ExpectedProof(Expectation.EXAM, kind)
