import datetime as dt
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from certificates.models import Certificate, CertificateKind, Origin, ProgrammeProof
from certificates.services import issue_certificate
from courses.models import ClassState, Enrolment, Programme, TrainingClass
from exams.models import (
    Attempt,
    AttemptState,
    Blueprint,
    Mark,
    Paper,
    PaperKey,
    QuestionBank,
    Result,
    Sitting,
)
from lms.people.identity.numbers import mask_number, person_key, seal
from lms.people.models import Organisation, Person, Town


def demo_id(number):
    """Return a resident number with the demo prefix and a right check digit."""
    body = f"44089919900101{number:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(
        int(digit) * weight for digit, weight in zip(body, weights, strict=True)
    )
    return body + "10X98765432"[total % 11]


class PersonFactory(DjangoModelFactory):
    class Meta:
        model = Person

    class Params:
        number = factory.Sequence(lambda n: demo_id(n % 1000))

    name = "李海生"
    id_key = factory.LazyAttribute(lambda o: person_key("RESIDENT", o.number))
    id_sealed = factory.LazyAttribute(lambda o: seal(o.number, context="person.id"))
    id_masked = factory.LazyAttribute(lambda o: mask_number(o.number))


class TownFactory(DjangoModelFactory):
    class Meta:
        model = Town
        django_get_or_create = ("code",)

    code = "440883107"
    name = "塘㙍镇"
    kind = Town.Kind.TOWN


class OrganisationFactory(DjangoModelFactory):
    class Meta:
        model = Organisation

    uscc = factory.Sequence(lambda n: f"TEMP-{n:06d}")
    name = factory.Sequence(lambda n: f"吴川市示例企业{n}")
    town = factory.SubFactory(TownFactory)


class RecordedFactory(DjangoModelFactory):
    """A recorded special-operation certificate, as TC-05 begins."""

    class Meta:
        model = Certificate

    person = factory.SubFactory(PersonFactory)
    kind = factory.LazyFunction(
        lambda: CertificateKind.objects.get(code="SPECIAL_OPERATION")
    )
    subject = "1.2"
    origin = Origin.RECORDED
    holder_name = factory.LazyAttribute(lambda o: o.person.name)
    id_masked = factory.LazyAttribute(lambda o: o.person.id_masked)
    first_issued_on = factory.LazyAttribute(lambda o: o.valid_from)
    valid_from = dt.date(2017, 1, 19)


class ProgrammeFactory(DjangoModelFactory):
    class Meta:
        model = Programme

    code = factory.Sequence(lambda n: f"T-{n}")
    title = "安全生产管理人员初次培训"
    audience = "SAFETY_MANAGER"
    kind = "INITIAL"
    planned_hours = 32
    basis = "《生产经营单位安全培训规定》第九条"


class TrainingClassFactory(DjangoModelFactory):
    class Meta:
        model = TrainingClass

    number = factory.Sequence(lambda n: f"2021-{n:03d}")
    programme = factory.SubFactory(ProgrammeFactory)
    title = "安全管理人员第一期"
    planned_hours = 32
    state = ClassState.RUNNING
    starts_on = dt.date(2021, 11, 2)
    ends_on = dt.date(2021, 11, 20)


class EnrolmentFactory(DjangoModelFactory):
    """A person in a class whose hours are met."""

    class Meta:
        model = Enrolment

    training_class = factory.SubFactory(TrainingClassFactory)
    person = factory.SubFactory(PersonFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    hours_met_on = dt.date(2021, 11, 20)


class ResultFactory(DjangoModelFactory):
    """A released pass; the attempt and mark behind it are made along."""

    class Meta:
        model = Result

    enrolment = factory.SubFactory(EnrolmentFactory)
    person = factory.SelfAttribute("enrolment.person")
    score = Decimal("92.00")
    total = Decimal("100.00")
    passed = True
    released_at = dt.datetime(2021, 11, 21, 8, tzinfo=dt.UTC)
    attempt = factory.LazyAttribute(lambda o: make_attempt(o.enrolment))
    mark = factory.LazyAttribute(
        lambda o: Mark.objects.create(
            attempt=o.attempt,
            score=o.score,
            total=o.total,
            passed=o.passed,
            per_slot={},
            key=PaperKey.objects.get_or_create(
                paper=o.attempt.paper, defaults={"key": {}}
            )[0],
        )
    )


def make_attempt(enrolment):
    """A finished attempt of an enrolment at a sitting of its class."""
    start = dt.datetime(2021, 11, 21, 1, tzinfo=dt.UTC)
    bank, _ = QuestionBank.objects.get_or_create(code="b", defaults={"name": "题库"})
    blueprint, _ = Blueprint.objects.get_or_create(
        code="bp",
        defaults={"title": "试卷", "bank": bank, "duration_min": 60, "pass_mark": 80},
    )
    paper, _ = Paper.objects.get_or_create(
        blueprint=blueprint,
        seed="1",
        defaults={
            "content": '{"sections":[]}',
            "content_sha256": "0" * 64,
            "duration_s": 3600,
            "pass_mark": 80,
            "total_marks": 100,
        },
    )
    sitting, _ = Sitting.objects.get_or_create(
        training_class=enrolment.training_class,
        defaults={
            "title": "结业考试",
            "blueprint": blueprint,
            "opens_at": start,
            "closes_at": start + dt.timedelta(hours=4),
        },
    )
    return Attempt.objects.create(
        sitting=sitting,
        person=enrolment.person,
        enrolment=enrolment,
        paper=paper,
        number=enrolment.attempts.count() + 1,
        state=AttemptState.FINISHED,
        secret="s",
        order_seed="1",
        started_at=start,
        deadline_at_start=start + dt.timedelta(hours=1),
        deadline=start + dt.timedelta(hours=1),
        grace_until=start + dt.timedelta(hours=1, minutes=2),
    )


def issue(code="TRAINING_PROOF", *, now=None, **fields):
    """A proof that was earned and issued; ``valid_from`` is the day of both."""
    if start := fields.pop("valid_from", None):
        noon = dt.datetime.combine(start, dt.time(4), tzinfo=dt.UTC)
        fields |= {"released_at": noon, "enrolment__hours_met_on": start}
    kind = CertificateKind.objects.get(code=code)
    return issue_certificate(earn(code, **fields), kind=kind, now=now)


def earn(kind="TRAINING_PROOF", months=None, **fields):
    """An enrolment that has earned a proof nobody has issued."""
    result = ResultFactory(**fields)
    programme = result.enrolment.training_class.programme
    ProgrammeProof.objects.get_or_create(
        programme=programme,
        kind=CertificateKind.objects.get(code=kind),
        defaults={"valid_months": months},
    )
    return result.enrolment
