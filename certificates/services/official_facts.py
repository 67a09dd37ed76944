"""What an authority says of one certificate: its faults, and the row it makes."""

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields

from django.utils.translation import gettext as _

from certificates.models import (
    Certificate,
    CertificateKind,
    Origin,
    ReasonClass,
    RuleSet,
)
from courses.models import Audience
from lms.people.identity.numbers import half_width, mask_number, seal, unseal
from lms.people.models import OperationItem, Organisation

# People write 440899-19780312-0014 too.
SEPARATORS = re.compile(r"[\W_]")

SPECIAL_OPERATION = "SPECIAL_OPERATION"
LEGACY = "GD_SAFETY_OFFICER_LEGACY"

IN_ORDER = (
    ("first_issued_on", "valid_from"),
    ("valid_from", "valid_to"),
    ("suspended_from", "suspended_to"),
)
LONGEST = {"number": 40, "issuing_authority": 80}


@dataclass(frozen=True, kw_only=True)
class OfficialFacts:
    """What an authority says of one cycle; None and "" where it says nothing."""

    kind: CertificateKind
    item: OperationItem | None = None
    role: str = ""
    holder_name: str
    organisation: Organisation | None = None
    number: str = ""
    issuing_authority: str = ""
    first_issued_on: dt.date
    valid_from: dt.date
    valid_to: dt.date | None = None
    review_due_on: dt.date | None = None
    review_passed_on: dt.date | None = None
    suspended_from: dt.date | None = None
    suspended_to: dt.date | None = None
    revoked_on: dt.date | None = None
    cancelled_on: dt.date | None = None


@dataclass(frozen=True)
class Fault:
    """Why facts cannot be recorded: the field, a stable code, and words."""

    field: str
    code: str
    message: str


def facts_of(row: Certificate) -> OfficialFacts:
    """Return what is on record of a recorded certificate, its number in full."""
    names = [field.name for field in fields(OfficialFacts)]
    told = {name: getattr(row, name) for name in names}
    if row.number_sealed:
        told["number"] = unseal(row.number_sealed, context="certificate.number")
    return OfficialFacts(**told)


def faults_in(facts: OfficialFacts) -> list[Fault]:
    """Return everything that is wrong with facts by themselves.

    A fact that could not be read is None, and no fault here.
    """
    return [*_subject_faults(facts), *_date_faults(facts), *_length_faults(facts)]


def draft_of(
    facts: OfficialFacts, *, document: str, rules: RuleSet, now: dt.datetime
) -> Certificate:
    """Return the unsaved row of facts without faults, and of a document number.

    A review day that is not stated follows from the dated rules (S4.2).
    """
    subject, role = _subject_and_role(facts)
    row = Certificate(
        **vars(facts)
        | {"role": role, "number": "", "review_due_on": _review_due(facts, rules)},
        subject=subject,
        origin=Origin.RECORDED,
        id_masked=mask_number(document),
        suspended_reason=_decided(facts.suspended_from),
        revoked_reason=_decided(facts.revoked_on),
        cancelled_reason=_decided(facts.cancelled_on),
        recorded_at=now,
    )
    _hide_number(row, facts.number, document)
    return row


def _subject_and_role(facts):
    """Item code, else role (S2.2); the role of a special operator is given."""
    kind, item, role = facts.kind, facts.item, facts.role
    if kind.code == SPECIAL_OPERATION:
        role = Audience.SPECIAL_OPERATOR
    elif kind.code == LEGACY:
        role = role or Audience.SAFETY_MANAGER
    return (item.code if item else role), role


def _subject_faults(facts) -> Iterator[Fault]:
    if facts.kind is None:
        return
    if facts.kind.code == SPECIAL_OPERATION and facts.item is None:
        message = _("A special-operation certificate names its item.")
        yield Fault("item", "item_missing", message)
    elif not _subject_and_role(facts)[0]:
        message = _("Say for which role this certificate is.")
        yield Fault("role", "role_missing", message)


def _date_faults(facts) -> Iterator[Fault]:
    for first, last in IN_ORDER:
        begins, ends = getattr(facts, first), getattr(facts, last)
        if begins and ends and begins > ends:
            names = {
                "date": Certificate._meta.get_field(last).verbose_name,
                "other": Certificate._meta.get_field(first).verbose_name,
            }
            message = _("The date %(date)s lies before %(other)s.") % names
            yield Fault(last, "dates_out_of_order", message)
    if facts.suspended_to and not facts.suspended_from:
        message = _("The suspension has an end but no beginning.")
        yield Fault("suspended_from", "dates_out_of_order", message)


def _length_faults(facts) -> Iterator[Fault]:
    for name, most in LONGEST.items():
        if len(getattr(facts, name)) > most:
            yield Fault(name, "too_long", _("The text is too long."))


def _review_due(facts, rules):
    if facts.review_due_on or not facts.kind.reviewed:
        return facts.review_due_on
    return rules.review_due(facts.valid_from)


def _decided(day):
    return ReasonClass.AUTHORITY if day else ""


def _hide_number(certificate, number, document):
    """Keep a number that holds the document number sealed, and shown masked."""
    certificate.number = number
    if not number:
        return
    certificate.number_sealed = seal(number, context="certificate.number")
    plain = SEPARATORS.sub("", half_width(number)).upper()
    spelled = [SEPARATORS.sub("", document)]
    if len(document) == 18:
        spelled.append(document[:6] + document[8:17])  # the old 15 (R3.6)
    personal = re.compile("|".join([*spelled, r"\d{17}[\dX]"]))
    hidden = personal.sub(lambda found: mask_number(found[0]), plain)
    if hidden != plain:
        certificate.number = hidden
    elif plain.startswith("T"):
        certificate.number = "T" + mask_number(plain[1:])
