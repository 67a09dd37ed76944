"""The certificates of a class on its desk: who has one, who gets one, who does not."""

from dataclasses import dataclass
from itertools import compress
from operator import not_

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from certificates.models import Certificate, CertificateKind
from certificates.models.status import Status
from certificates.services.batch import ISSUE, MAY_ISSUE, ask_to_issue
from certificates.services.expected import (
    Expectation,
    ExpectedProof,
    expected_proofs,
)
from certificates.verification.answers import OUTCOMES, Outcome
from courses.backoffice.class_people import roles_at_work
from courses.models import Enrolment, EnrolmentStatus, TrainingClass
from exams.backoffice.results import exam_cells
from lms.backoffice.desk_tables import Cell, DeskTable, Group, Heading
from lms.backoffice.desks import Link, desk_section, link_to, section_of
from lms.backoffice.outcomes import counted_names, names_by_reason
from lms.backoffice.row_actions import RowAction, address_of, register_row_actions
from lms.evidence import clock
from lms.jobs.models import Job
from lms.people.backoffice.cells import person_cell, unit_cell

CERTIFICATES = "certificates"
# The order of the groups, and their words beside a number.
GROUPS = {
    Expectation.HELD: gettext_lazy("Issued"),
    Expectation.DUE: gettext_lazy("Earned, not issued yet"),
    Expectation.HOURS: gettext_lazy("Hours missing"),
    Expectation.EXAM: gettext_lazy("Exam missing"),
    Expectation.HOURS_AND_EXAM: gettext_lazy("Hours and exam missing"),
    Expectation.REFUSED: gettext_lazy("Cannot be issued"),
    Expectation.NONE: gettext_lazy("None to issue"),
}


@dataclass(frozen=True)
class ClassProof:
    """One certificate that one person of a class has, will have, or cannot have.

    ``status`` is that of today of a certificate that exists and that the user sees: by
    the holder's post of today, while enrolments go by the employer at the time.
    """

    enrolment: Enrolment
    proof: ExpectedProof
    status: Status | None = None

    @property
    def state(self) -> Expectation:
        return self.proof.state

    @property
    def certificate(self) -> Certificate | None:
        """The certificate, where the user sees it."""
        return self.proof.certificate if self.status else None

    @property
    def is_printable(self) -> bool:
        """Whether the base issued it and it is valid today or later."""
        row = self.certificate
        fit = (Outcome.VALID, Outcome.NOT_YET_VALID)
        return row is not None and row.is_issued and OUTCOMES[self.status] in fit


def class_proofs(training_class: TrainingClass, user) -> list[ClassProof]:
    """Return the certificates of the people of a class whom a user sees, by name.

    A person who left is named where the hours were met before.
    """
    concerned = Q(status=EnrolmentStatus.ADMITTED) | Q(hours_met_on__isnull=False)
    seen = training_class.enrolments.visible_to(user).filter(concerned)
    enrolments = list(seen.for_class_listing().order_by("person__name", "pk"))
    expected = expected_proofs(enrolments)
    proofs = [(one, proof) for one in enrolments for proof in expected[one.pk]]
    held = [proof.certificate.pk for _one, proof in proofs if proof.certificate]
    rows = Certificate.objects.visible_to(user).filter(pk__in=held)
    rows = rows.with_status_on(clock.today()).values_list("pk", "status")
    statuses = {pk: Status(status) for pk, status in rows}
    return [
        ClassProof(one, proof, statuses.get(proof.certificate and proof.certificate.pk))
        for one, proof in proofs
    ]


@desk_section(TrainingClass, order=10)
def certificates_of_class(request, training_class):
    """The exam result and the certificate of each person, and issuing and printing."""
    user = request.user
    if not user.has_perm("certificates.view_certificate"):
        return None
    proofs = class_proofs(training_class, user)
    if not proofs:
        return None
    kinds = "、".join(map(str, kinds_among(proofs)))
    heading = str(Certificate._meta.verbose_name_plural)
    return section_of(
        f"{heading} · {kinds}" if kinds else heading,
        proofs_table(proofs, user),
        template="certificates/admin/_class_proofs.html",
        links=_acts(training_class, proofs, user),
        **_last_issue(training_class, user),
    )


def proofs_table(proofs: list[ClassProof], user) -> DeskTable:
    """Return exam result and certificate of each person, with unit, town and role."""
    enrolments = [one.enrolment for one in proofs]
    roles = roles_at_work(enrolments, user)
    exams = exam_cells(enrolments, user)
    is_mixed = len(kinds_among(proofs)) > 1

    def cells(one):
        enrolment = one.enrolment
        return (
            person_cell(enrolment.person, user),
            unit_cell(enrolment.organisation, user),
            "、".join(roles.get(enrolment.pk, ())),
            exams.get(enrolment.pk, ""),
            Cell(state_in_words(one), note=str(one.proof.kind) if is_mixed else ""),
            number_cell(one.certificate),
        )

    return DeskTable(
        CERTIFICATES,
        (
            Heading(_("person"), note=_("document number")),
            Heading(_("Employer"), note=_("town")),
            _("role"),
            Heading(_("Exam"), note=_("attempt number")),
            Heading(_("Certificate"), note=_("kind") if is_mixed else ""),
            Heading(_("number"), note=_("Validity")),
        ),
        proofs,
        cells,
        groups=[_group(state, words) for state, words in GROUPS.items()],
    )


def kinds_among(proofs: list[ClassProof]) -> list[CertificateKind]:
    """Return the kinds of certificate that a class brings, in their own order."""
    kinds = {one.proof.kind for one in proofs if one.proof.kind}
    return sorted(kinds, key=lambda kind: (kind.position, kind.pk))


def _group(state, words):
    return Group(state.value, words, lambda one: one.state == state)


def state_in_words(one: ClassProof) -> str:
    """Say what a certificate is worth today, when it comes, or why it does not."""
    if one.status is None:
        return one.proof.words
    valid = OUTCOMES[one.status] == Outcome.VALID
    return f"{'✓ ' if valid else ''}{one.state.label} · {one.status.label}"


def number_cell(certificate: Certificate | None) -> Cell | str:
    if certificate is None:
        return ""
    link = link_to(certificate, certificate.number or str(certificate.kind))
    return Cell(link.label, link.url, note=validity_in_words(certificate))


def validity_in_words(certificate: Certificate) -> str:
    last = certificate.valid_to
    ends = last.isoformat() if last else _("without end")
    return f"{certificate.valid_from.isoformat()} – {ends}"


def _acts(training_class, proofs, user):
    """The ways to issue and to print, where there is something to do."""
    links = []
    issuable = any(one.state != Expectation.NONE for one in proofs)
    if issuable and user.has_perm(MAY_ISSUE):
        address = address_of(training_class, "issue")
        links.append(Link(_("Issue the proofs…"), address))
    if count := sum(one.is_printable for one in proofs):
        words = ngettext("Print %(n)d proof (PDF)", "Print %(n)d proofs (PDF)", count)
        address = reverse("issue:print", args=[training_class.pk])
        links.append(Link(words % {"n": count}, address))
    return links


def _last_issue(training_class, user):
    """The latest issue of the class that the user asked for: running, or of today."""
    jobs = Job.objects.visible_to(user).filter(kind=ISSUE)
    job = jobs.filter(payload__training_class=training_class.pk).first()
    if job is None or (job.finished and clock.day_of(job.finished_at) < clock.today()):
        return {}
    refused = {error["enrolment"]: error["message"] for error in job.errors}
    people = (
        Enrolment.objects.visible_to(user)
        .filter(uuid__in=refused)
        .select_related("person")
    )
    return {
        "job": job,
        "state_url": reverse("jobs:state", args=[job.uuid]),
        "refused": [(one.person.name, refused[str(one.uuid)]) for one in people],
    }


def who_gets_one(training_class, user) -> str:
    """Say for whom a certificate is issued, and of the others why not, with names."""
    proofs = class_proofs(training_class, user)
    is_mixed = len(kinds_among(proofs)) > 1
    reasons = [(_why(one, is_mixed), one.enrolment.person.name) for one in proofs]
    due = [one.state == Expectation.DUE for one in proofs]
    first = names_by_reason(compress(reasons, due))
    if not first:
        first = [counted_names(GROUPS[Expectation.DUE], [])]
    others = names_by_reason(compress(reasons, map(not_, due)))
    return "\n".join([*first, *others])


def _why(one, is_mixed):
    """The group of a certificate that is there or due, else what it waits for."""
    is_there = one.state in (Expectation.HELD, Expectation.DUE)
    why = GROUPS[one.state] if is_there else one.proof.words
    return f"{one.proof.kind} · {why}" if is_mixed else why


def ask_for_proofs(training_class, *, by):
    ask_to_issue(training_class, user=by)
    return _("The proofs are being issued; below you see for whom, and why not others.")


def classes_with_proofs(user) -> QuerySet[TrainingClass]:
    """Return the classes where the base issues certificates to people the user sees."""
    issued = {"training_class__programme__proofs__kind__issued_by_base": True}
    seen = Enrolment.objects.visible_to(user).filter(**issued)
    return TrainingClass.objects.filter(pk__in=seen.order_by().values("training_class"))


def has_proofs(training_class, user) -> bool:
    return classes_with_proofs(user).filter(pk=training_class.pk).exists()


register_row_actions(
    TrainingClass,
    RowAction(
        name="issue",
        label=gettext_lazy("Issue the proofs"),
        permission=MAY_ISSUE,
        service=ask_for_proofs,
        consequence=who_gets_one,
        offered_to=has_proofs,
        is_listed=False,
        icon="certificate",
    ),
)
