"""A city in a few lines, as the services would leave its rows, and its figures."""

import datetime as dt
import itertools
from decimal import Decimal

from certificates.models import Certificate, CertificateKind, Origin
from courses.models import TrainingCredit, TrainingRecord
from lms.people.identity.numbers import person_key, seal
from lms.people.models import OperationItem, Organisation, Person, Post, Town
from lms.plan.indicators import INDICATORS, Question
from lms.plan.models import Plan

_serial = itertools.count(1)


def day(text):
    return dt.date.fromisoformat(text)


def enterprise(town="博铺街道", *, high=False, kind="ENTERPRISE", name="", **fields):
    number = next(_serial)
    return Organisation.objects.create(
        uscc=f"TEMP-{number}",
        name=name or f"示例单位{number}",
        town=Town.objects.get(name=town),
        kind=kind,
        **{"high_hazard": "yes" if high else "no"} | fields,
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
    derived = {
        "high_hazard": bool(employer and employer.is_high_hazard),
        "passed_on": day(on) if passed else None,
    }
    record = TrainingRecord.objects.create(
        person=who,
        holder_name="示例",
        kind=kind,
        item=item(code),
        town=Town.objects.get(name=town) if town else employer and employer.town,
        hours=fields.pop("hours", Decimal(32)),
        done_on=day(on),
        result="passed" if passed else "failed",
        source="import",
        **derived | fields,
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
        role=role,
        item=item(code),
        origin=Origin.RECORDED,
        holder_name="示例",
        id_masked="P****",
        **{
            "subject": code or role or kind[:20],
            "first_issued_on": day(since),
            "valid_from": day(since),
        }
        | fields,
        valid_to=day(until) if until else None,
    )


def ask(code, on, **fields):
    plan = Plan.objects.get(code="13FYP")
    return INDICATORS[code].total(Question(plan, day(on), **fields))


def pair(figure):
    return figure.numerator, figure.denominator
