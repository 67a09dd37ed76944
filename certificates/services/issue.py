import datetime as dt
from dataclasses import dataclass

from dateutil.relativedelta import relativedelta
from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from certificates.exceptions import (
    CertificateRefusal,
    HoursMissing,
    IssuerMissing,
    NothingEarned,
    NotIssuable,
    NotPassed,
    ProofExpired,
    Withdrawn,
)
from certificates.models import (
    Certificate,
    CertificateKind,
    EventAction,
    Issuer,
    IssueReason,
    NumberSeries,
    Origin,
    ProgrammeProof,
)
from certificates.pdf import fonts
from certificates.pdf.drawing import check_fits
from certificates.register import signing
from certificates.register.serials import LETTERS, format_number, new_serial
from certificates.register.writer import RegisterChange, append_events
from certificates.services.cycles import link_cycles, next_cycle
from courses.models import Enrolment, TrainingRecord
from exams.models import Result
from lms.evidence import clock
from lms.people.identity.numbers import mask_name
from lms.people.models import Person

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Reissue:
    """Which revoked proof a new one is issued for, and why."""

    revoked: Certificate
    reason_class: str
    reason: str


def issue_certificate(
    enrolment: Enrolment, *, kind: CertificateKind, now: dt.datetime | None = None
) -> Certificate:
    """Return the proof an enrolment has earned, issued now if it was not before.

    Raises a ``CertificateRefusal``.
    """
    return issue_or_find(enrolment, kind=kind, now=now)[0]


@transaction.atomic
def issue_or_find(
    enrolment: Enrolment,
    *,
    kind: CertificateKind,
    reissue: Reissue | None = None,
    by=None,
    now: dt.datetime | None = None,
) -> tuple[Certificate, bool]:
    """Return the proof an enrolment has earned, and whether it was issued now.

    A proof of the same kind and subject from the same day covers a second
    enrolment. One whose pass a regrade took away covers nothing: a new pass earns a
    new proof. One that a person withdrew is issued again only as a ``reissue``.
    ``by`` is the member of staff who asked for it, None where a rule issues. Facts,
    number, serial, signature, supersession and register entry are one transaction;
    the PDF is derived later. Locks: person, their cycles, number series, register
    head. Raises a ``CertificateRefusal``.
    """
    Person.objects.select_for_update(no_key=True).get(pk=enrolment.person_id)
    # After the lock: a call that waited must not write an earlier moment.
    now = now or clock.now()
    enrolment = Enrolment.objects.for_listing().get(pk=enrolment.pk)
    rows = _cycles(enrolment, kind).select_for_update(of=("self",))
    cycles = list(rows)
    row, is_new = _draft(enrolment, kind, cycles, now, reissue=reissue)
    if is_new:
        replaced = _write(row, cycles)
        append_events(_changes(row, replaced, cycles, reissue), now=now, by=by)
    return row, is_new


def foresee_issue(
    enrolment: Enrolment, *, kind: CertificateKind, now: dt.datetime | None = None
) -> tuple[Certificate | None, CertificateRefusal | None]:
    """Return the proof that covers an enrolment, or why issuing would be refused.

    Neither, where it would be issued. Writes nothing and locks nothing, so issuing
    itself may answer differently.
    """
    try:
        cycles = list(_cycles(enrolment, kind))
        row, is_new = _draft(enrolment, kind, cycles, now or clock.now())
        if is_new:
            _fill(row)
    except CertificateRefusal as refusal:
        return None, refusal
    return (None if is_new else row), None


def _draft(enrolment, kind, cycles, now, *, reissue=None):
    """The proof that stands, or an unsaved one, and whether it is new."""
    programme = enrolment.training_class.programme
    proof = _proof(programme, kind)
    result = _basis(enrolment, kind)
    earned_on = enrolment.hours_met_on
    if result:
        earned_on = max(earned_on, clock.day_of(result.released_at))
    if present := _present(enrolment, earned_on, cycles, again=bool(reissue)):
        return present, False
    since = max(earned_on, clock.day_of(now)) if reissue else earned_on
    begins_on = _first_day(since, cycles)
    months = proof.valid_months
    ends_on = months and earned_on + relativedelta(months=months)
    if ends_on and ends_on < begins_on:
        raise ProofExpired
    row = Certificate(
        person=enrolment.person,
        kind=kind,
        subject=subject_of(programme),
        role=programme.audience,
        item=programme.item,
        organisation=enrolment.organisation,
        origin=Origin.ISSUED,
        serial=new_serial(),
        holder_name=enrolment.person.name,
        id_masked=enrolment.person.id_masked,
        # 初领日期: the paper changes, what it proves was first proved then.
        first_issued_on=reissue.revoked.first_issued_on if reissue else begins_on,
        valid_from=begins_on,
        valid_to=ends_on,
        predecessor=next((c for c in cycles if c.valid_from < begins_on), None),
        enrolment=enrolment,
        result=result,
    )
    return row, True


def proofs_of(enrolment: Enrolment) -> list[ProgrammeProof]:
    """Return which proofs the programme of an enrolment can earn."""
    return list(
        ProgrammeProof.objects.filter(
            programme=enrolment.training_class.programme_id, kind__issued_by_base=True
        ).select_related("kind")
    )


def claims_of(row: Certificate) -> signing.Claims:
    """Return what the token of a certificate says."""
    return signing.Claims(
        serial=row.serial,
        kind=row.kind.code,
        subject=row.subject,
        issued_on=row.issued_on,
        valid_to=row.valid_to,
        name=mask_name(row.holder_name),
    )


def subject_of(programme) -> str:
    """Return what a proof of a programme is about: item, else role, else itself."""
    if programme.item:
        return programme.item.code
    return programme.code if programme.audience == "OTHER" else programme.audience


def _cycles(enrolment, kind):
    """The cycles a person has had of what an enrolment earns, the newest first."""
    subject = subject_of(enrolment.training_class.programme)
    return Certificate.objects.filter(
        person=enrolment.person_id, kind=kind, subject=subject
    ).select_related("kind", "person", "result")


def _present(enrolment, earned_on, cycles, *, again):
    """The proof that covers what was earned; raises ``Withdrawn`` where it went."""
    if again:
        return next((c for c in cycles if _stands(c) and not c.replaced_on), None)
    covering = [
        c
        for c in cycles
        if (c.enrolment_id == enrolment.pk or c.valid_from == earned_on)
        and not c.has_lost_basis
    ]
    if covering and all(c.is_withdrawn for c in covering):
        raise Withdrawn
    return next((c for c in covering if _stands(c)), None)


def _stands(cycle):
    return not cycle.is_withdrawn and not cycle.has_lost_basis


def _first_day(since, cycles):
    """A day, or the first free one after the beginning of every cycle that fell.

    No two cycles begin on one day, and one that fell must not replace a good one.
    """
    fell = [c.valid_from + ONE_DAY for c in cycles if not _stands(c)]
    day, taken = max([since, *fell]), {c.valid_from for c in cycles}
    while day in taken:
        day += ONE_DAY
    return day


def _write(row, cycles):
    """Sign a row and end the cycle before it; return the cycles that end now."""
    _fill(row)
    letter = LETTERS.get(row.role, "Q")
    row.number = _next_number(row.issued_on.year, letter)
    row.facts["number"] = row.number
    row.token = signing.sign(claims_of(row))
    replaced = link_cycles([*cycles, row])
    for cycle in replaced:
        if cycle is not row:
            cycle.save(update_fields=["replaced_on"])
    row.save()
    return replaced


def _changes(row, replaced, cycles, reissue):
    """What the register says of a new proof and of those it replaces."""
    issued, ended, reason = IssueReason.EARNED, IssueReason.RENEWED, ""
    if reissue:
        issued = ended = reissue.reason_class
        reason = reissue.reason
    yield RegisterChange(row, EventAction.ISSUE, issued, reason, row.predecessor)
    for cycle in replaced:
        following = next_cycle(cycle, [*cycles, row])
        yield RegisterChange(cycle, EventAction.REPLACE, ended, reason, following)


def _fill(row):
    """Set what is printed; raises where it cannot be printed."""
    programme = row.enrolment.training_class.programme
    issuer = Issuer.objects.on(row.issued_on)
    if issuer is None:
        raise IssuerMissing
    row.issuing_authority = issuer.name
    row.facts = _facts(row, programme, issuer)
    fonts.check_printable(row.facts.values())
    check_fits(row.facts)


def _proof(programme, kind):
    if not kind.issued_by_base:
        raise NotIssuable
    proof = ProgrammeProof.objects.filter(programme=programme, kind=kind).first()
    if proof is None:
        raise NothingEarned
    return proof


def _basis(enrolment, kind):
    """The released pass that earns the proof, or None for a proof of hours."""
    if enrolment.hours_met_on is None:
        raise HoursMissing
    if not kind.needs_pass:
        return None
    passes = Result.objects.passed().filter(enrolment=enrolment)
    result = passes.order_by("released_at", "pk").first()
    if result is None:
        raise NotPassed
    return result


def _next_number(year, letter):
    """Take the next number of a series; its row is the lock until the commit."""
    NumberSeries.objects.get_or_create(year=year, letter=letter)
    series = NumberSeries.objects.filter(year=year, letter=letter)
    series.update(last=F("last") + 1)
    return format_number(year, letter, series.values_list("last", flat=True).get())


def _facts(row, programme, issuer):
    """Copy everything that is printed, in the words of the day of issue."""
    training_class = row.enrolment.training_class
    record = TrainingRecord.objects.current().filter(enrolment=row.enrolment).first()
    hours = record.hours if record else training_class.planned_hours
    with translation.override("zh-hans"):
        audience = programme.get_audience_display()
        outcome = _("passed") if row.result else _("hours completed")
    number = row.id_masked
    # The days of this person's training: a class may still run for the others.
    began = max(training_class.starts_on, row.enrolment.enrolled_on)
    facts = {
        "title": row.kind.name,
        "name": row.holder_name,
        "id": number[:1] + "*" * (len(number) - 2) + number[-1:],
        "organisation": row.organisation.name if row.organisation else "",
        "town": row.organisation.town.name if row.organisation else "",
        "training_class": training_class.number,
        "programme": programme.title,
        "audience": audience,
        "hours": f"{hours.normalize():f}",
        "from": min(began, row.enrolment.hours_met_on).isoformat(),
        "to": row.enrolment.hours_met_on.isoformat(),
        "result": outcome,
        "score": _score(row.result),
        "basis": programme.basis,
        "issued_on": row.issued_on.isoformat(),
        "valid_to": row.valid_to.isoformat() if row.valid_to else "",
        "issuer": issuer.name,
        "signatory": issuer.signatory,
    }
    if row.first_issued_on < row.issued_on:
        facts["first_issued_on"] = row.first_issued_on.isoformat()
    return facts


def _score(result):
    if result is None:
        return ""
    return f"{result.score.normalize():f}/{result.total.normalize():f}"
