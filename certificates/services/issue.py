import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
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
    NotPassed,
    ProofExpired,
    Withdrawn,
)
from certificates.models import (
    Certificate,
    CertificateKind,
    EventAction,
    IssueReason,
    NumberSeries,
    Origin,
)
from certificates.pdf import glyphs
from certificates.pdf.drawing import check_fits
from certificates.register import signing
from certificates.register.serials import LETTERS, format_number, new_serial
from certificates.register.writer import RegisterChange, append_events
from certificates.services.cycles import link_cycles, next_cycle
from certificates.services.grounds import Asked, read_grounds, subject_of
from courses.models import Enrolment
from courses.services.records import lock_persons
from lms.evidence import clock
from lms.people.identity.numbers import mask_name

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Reissue:
    """Which revoked proof a new one is issued for, and why."""

    revoked: Certificate
    reason_class: str
    reason: str


@dataclass(frozen=True, slots=True)
class Issue:
    """What became of one enrolment and kind: the proof that stands, or the refusal."""

    certificate: Certificate | None = None
    is_new: bool = False
    refusal: CertificateRefusal | None = None


def issue_certificate(
    enrolment: Enrolment, *, kind: CertificateKind, now: dt.datetime | None = None
) -> Certificate:
    """Return the proof an enrolment has earned, issued now if it was not before.

    Raises a ``CertificateRefusal``.
    """
    return issue_or_find(enrolment, kind=kind, now=now)[0]


def issue_or_find(
    enrolment: Enrolment,
    *,
    kind: CertificateKind,
    reissue: Reissue | None = None,
    by=None,
    now: dt.datetime | None = None,
) -> tuple[Certificate, bool]:
    """Return the proof an enrolment has earned, and whether it was issued now.

    ``issue_many`` of one. Raises a ``CertificateRefusal``.
    """
    (answer,) = issue_many([(enrolment, kind)], reissue=reissue, by=by, now=now)
    if answer.refusal:
        raise answer.refusal
    return answer.certificate, answer.is_new


@transaction.atomic
def issue_many(
    asked: Sequence[Asked],
    *,
    reissue: Reissue | None = None,
    by=None,
    now: dt.datetime | None = None,
) -> list[Issue]:
    """Issue what some enrolments have earned; return what became of each, in order.

    Nobody is asked for twice in one kind: the second would not see the first.

    A proof of the same kind and subject from the same day covers a second
    enrolment. One whose pass a regrade took away covers nothing: a new pass earns a
    new proof. One that a person withdrew is issued again only as a ``reissue``.
    ``by`` is the member of staff who asked for it, None where a rule issues. Facts,
    number, serial, signature, supersession and register entry are one transaction;
    the PDF is derived later. Locks: persons, their cycles, number series, register
    head. What is refused has taken no number and no entry.
    """
    lock_persons({enrolment.person_id for enrolment, _kind in asked})
    # After the lock: a call that waited must not write an earlier moment.
    moment = clock.now()
    now = now or moment
    fresh = Enrolment.objects.for_listing().in_bulk([e.pk for e, _ in asked])
    asked = [(fresh[enrolment.pk], kind) for enrolment, kind in asked]
    grounds = read_grounds(asked, lock=True)
    answers = []
    for enrolment, kind in asked:
        try:
            row, is_new = _draft(enrolment, kind, grounds, now, reissue=reissue)
            if is_new:
                _fill(row, grounds)
                row.token = signing.sign(claims_of(row))
                row.recorded_at = moment
        except CertificateRefusal as refusal:
            answers.append(Issue(refusal=refusal))
        else:
            answers.append(Issue(row, is_new))
    if new := [answer.certificate for answer in answers if answer.is_new]:
        append_events(_write(new, grounds, reissue), now=now, by=by)
    return answers


def foresee_issues(asked: Sequence[Asked]) -> list[Issue]:
    """Return of each the proof that covers it, or why issuing would be refused.

    Neither, where it would be issued. Writes nothing and locks nothing, so issuing
    itself may answer differently. The enrolments come ``for_listing``; the number of
    queries is fixed.
    """
    if not asked:
        return []
    grounds = read_grounds(asked)
    answers = []
    for enrolment, kind in asked:
        try:
            row, is_new = _draft(enrolment, kind, grounds)
            if is_new:
                _fill(row, grounds)
        except CertificateRefusal as refusal:
            answers.append(Issue(refusal=refusal))
        else:
            answers.append(Issue(None if is_new else row))
    return answers


def _draft(enrolment, kind, grounds, now=None, *, reissue=None):
    """The proof that stands, or an unsaved one, and whether it is new."""
    programme = enrolment.training_class.programme
    proof = grounds.proof_of(enrolment, kind)
    cycles = grounds.cycles_of(enrolment, kind)
    result = _basis(enrolment, kind, grounds)
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
        recorded_at=None,
    )
    return row, True


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


def _write(rows, grounds, reissue):
    """Number new rows, end the cycles before them; return what the register says."""
    _number(rows)
    changes, ended = [], []
    for row in rows:
        cycles = [*grounds.cycles_of(row.enrolment, row.kind), row]
        replaced = link_cycles(cycles)
        ended += [cycle for cycle in replaced if cycle is not row]
        changes += _changes(row, replaced, cycles, reissue)
    # Older cycles first: the database allows one open row at a time.
    Certificate.objects.bulk_update(ended, ["replaced_on"])
    Certificate.objects.bulk_create(rows)
    return changes


def _changes(row, replaced, cycles, reissue):
    """What the register says of a new proof and of those it replaces."""
    issued, ended, reason = IssueReason.EARNED, IssueReason.RENEWED, ""
    if reissue:
        issued = ended = reissue.reason_class
        reason = reissue.reason
    yield RegisterChange(row, EventAction.ISSUE, issued, reason, row.predecessor)
    for cycle in replaced:
        following = next_cycle(cycle, cycles)
        yield RegisterChange(cycle, EventAction.REPLACE, ended, reason, following)


def _number(rows):
    """Give each row the next number of its series, in order and without a gap."""
    series = defaultdict(list)
    for row in rows:
        series[row.issued_on.year, LETTERS.get(row.role, "Q")].append(row)
    for (year, letter), those in sorted(series.items()):
        first = _take_numbers(year, letter, len(those))
        for count, row in enumerate(those, first):
            row.number = row.facts["number"] = format_number(year, letter, count)


def _take_numbers(year, letter, count):
    """Return the first of so many numbers; the series is locked until the commit."""
    series = NumberSeries.objects.filter(year=year, letter=letter)
    if not series.update(last=F("last") + count):
        NumberSeries.objects.get_or_create(year=year, letter=letter)
        series.update(last=F("last") + count)
    return series.values_list("last", flat=True).get() - count + 1


def _fill(row, grounds):
    """Set what is printed; raises where it cannot be printed."""
    issuer = grounds.issuer_on(row.issued_on)
    if issuer is None:
        raise IssuerMissing
    row.issuing_authority = issuer.name
    row.facts = _facts(row, issuer, grounds.hours_of(row.enrolment))
    glyphs.check_printable(row.facts.values())
    check_fits(row.facts)


def _basis(enrolment, kind, grounds):
    """The released pass that earns the proof, or None for a proof of hours."""
    if enrolment.hours_met_on is None:
        raise HoursMissing
    if not kind.needs_pass:
        return None
    if enrolment.pk not in grounds.passes:
        raise NotPassed
    return grounds.passes[enrolment.pk]


def _facts(row, issuer, hours):
    """Copy everything that is printed, in the words of the day of issue."""
    training_class = row.enrolment.training_class
    programme = training_class.programme
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
