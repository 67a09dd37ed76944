"""A city in a few lines: rows as the services would leave them."""

import datetime as dt
import itertools
from decimal import Decimal

from certificates.models import Certificate, CertificateKind, Origin
from courses.models import TrainingCredit, TrainingRecord
from lms.people.identity import person_key, seal
from lms.people.models import OperationItem, Organisation, Person, Post, Town

_serial = itertools.count(1)


def day(text):
    return dt.date.fromisoformat(text)


def enterprise(town="博铺街道", *, high=False, kind="ENTERPRISE", name="", **fields):
    number = next(_serial)
    return Organisation.objects.create(
        uscc=f"TEMP-{number}",
        name=name or f"示例单位{number}",
        town=Town.objects.get(name=town),
        high_hazard="yes" if high else "no",
        kind=kind,
        **fields,
    )


def person(name="示例"):
    number = f"P{next(_serial):08}"
    return Person.objects.create(
        name=name,
        id_type="PASSPORT",
        id_key=person_key("PASSPORT", number),
        id_sealed=seal(number, context="person.id"),
        id_masked="P****",
    )


def item(code):
    return OperationItem.objects.get(code=code) if code else None


def post(who, where, role, start="2015-01-01", end=None, *, code=None, **fields):
    return Post.objects.create(
        person=who,
        organisation=where,
        role=role,
        item=item(code),
        starts_on=day(start),
        ends_on=day(end) if end else None,
        **fields,
    )


def training(who, on, *audiences, kind="INITIAL", code=None, town=None, **fields):
    completed = fields.pop("completed", True)
    passed = fields.pop("passed", True)
    employer = fields.get("employer")
    record = TrainingRecord.objects.create(
        person=who,
        holder_name="示例",
        kind=kind,
        item=item(code),
        town=Town.objects.get(name=town) if town else employer and employer.town,
        hours=fields.pop("hours", Decimal(32)),
        done_on=day(on),
        result="passed" if passed else "failed",
        passed_on=day(on) if passed else None,
        source="import",
        **{"high_hazard": bool(employer and employer.is_high_hazard)} | fields,
    )
    for audience in audiences:
        TrainingCredit.objects.create(
            record=record, audience=audience, completed=completed
        )
    return record


def certificate(who, kind, since, until=None, *, code=None, role="", **fields):
    return Certificate.objects.create(
        person=who,
        kind=CertificateKind.objects.get(code=kind),
        subject=code or role or kind[:20],
        role=role,
        item=item(code),
        origin=Origin.RECORDED,
        holder_name="示例",
        id_masked="P****",
        **{"first_issued_on": day(since), "valid_from": day(since)} | fields,
        valid_to=day(until) if until else None,
    )
