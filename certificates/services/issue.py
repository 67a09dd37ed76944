import datetime as dt

from django.db import transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from certificates import fonts, signing
from certificates.exceptions import (
    HoursMissing,
    NothingEarned,
    NotIssuable,
    NotPassed,
    SameDayProof,
)
from certificates.models import (
    Certificate,
    CertificateKind,
    EventAction,
    Issuer,
    NumberSeries,
    Origin,
    ProgrammeProof,
)
from certificates.serials import LETTERS, format_number, new_serial
from certificates.status import add_months
from courses.models import Enrolment, TrainingRecord
from exams.models import Result
from lms import clock
from lms.people.identity import mask_name
from lms.people.models import Person

from .cycles import link_cycles
from .register import append_events


def issue_certificate(
    enrolment: Enrolment, *, kind: CertificateKind, now: dt.datetime | None = None
) -> Certificate:
    """Issue the proof an enrolment has earned; repeating it changes nothing.

    A proof of the same kind and subject from the same day covers a second
    enrolment and is returned. Facts, number, serial, signature, supersession and
    register entry are one transaction; the PDF is derived later. Locks: person,
    number series, register head. Raises a ``CertificateRefusal``.
    """
    with transaction.atomic():
        Person.objects.select_for_update(no_key=True).get(pk=enrolment.person_id)
        if present := _present(enrolment, kind):
            return present
        return _issue(enrolment, kind, now or clock.now())


def proofs_of(enrolment: Enrolment) -> list[ProgrammeProof]:
    """Return which proofs the programme of an enrolment can earn."""
    return list(
        ProgrammeProof.objects.filter(
            programme=enrolment.training_class.programme_id, kind__issued_by_base=True
        ).select_related("kind")
    )


def _present(enrolment, kind):
    return Certificate.objects.filter(enrolment=enrolment, kind=kind).first()


def _issue(enrolment, kind, now):
    enrolment = Enrolment.objects.for_listing().get(pk=enrolment.pk)
    programme = enrolment.training_class.programme
    proof = _proof(programme, kind)
    result = _basis(enrolment, kind)
    day = enrolment.hours_met_on
    if result:
        day = max(day, clock.day_of(result.released_at))
    subject = subject_of(programme)
    cycles = _cycles(enrolment.person, kind, subject)
    if same_day := next((c for c in cycles if c.valid_from == day), None):
        if same_day.revoked_on or same_day.cancelled_on:
            raise SameDayProof
        return same_day
    row = Certificate(
        person=enrolment.person,
        kind=kind,
        subject=subject,
        role=programme.audience,
        item=programme.item,
        organisation=enrolment.organisation,
        origin=Origin.ISSUED,
        serial=new_serial(),
        holder_name=enrolment.person.name,
        id_masked=enrolment.person.id_masked,
        first_issued_on=day,
        valid_from=day,
        valid_to=add_months(day, proof.valid_months) if proof.valid_months else None,
        predecessor=next((c for c in cycles if c.valid_from < day), None),
        enrolment=enrolment,
        result=result,
    )
    issuer = Issuer.objects.on(day)
    row.issuing_authority = issuer.name
    row.facts = _facts(row, programme, issuer)
    fonts.check_printable(row.facts.values())
    row.number = _next_number(day.year, LETTERS.get(programme.audience, "Q"))
    row.facts["number"] = row.number
    row.token = signing.sign(claims_of(row))
    replaced = link_cycles([*cycles, row])
    older = [certificate for certificate in replaced if certificate is not row]
    for certificate in older:
        certificate.save(update_fields=["replaced_on"])
    row.save()
    append_events(
        [(row, EventAction.ISSUE), *((c, EventAction.REPLACE) for c in older)], now=now
    )
    return row


def claims_of(row: Certificate) -> signing.Claims:
    """Return what the token of a certificate says."""
    return signing.Claims(
        serial=row.serial,
        kind=row.kind.code,
        subject=row.subject,
        issued_on=row.first_issued_on,
        valid_to=row.valid_to,
        name=mask_name(row.holder_name),
    )


def subject_of(programme) -> str:
    """Return what a proof of a programme is about: item, else role, else itself."""
    if programme.item:
        return programme.item.code
    return programme.code if programme.audience == "OTHER" else programme.audience


def _cycles(person, kind, subject):
    """The cycles a person has had, the newest first."""
    rows = Certificate.objects.filter(person=person, kind=kind, subject=subject)
    return list(rows.select_related("kind", "person"))


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
    return {
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
        "issued_on": row.first_issued_on.isoformat(),
        "valid_to": row.valid_to.isoformat() if row.valid_to else "",
        "issuer": issuer.name,
        "signatory": issuer.signatory,
    }


def _score(result):
    if result is None:
        return ""
    return f"{result.score.normalize():f}/{result.total.normalize():f}"
