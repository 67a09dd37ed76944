import datetime as dt
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from certificates.models import Certificate, CertificateKind, Origin, ProgrammeProof
from certificates.services import issue_certificate
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
from tests.factories.classes import EnrolmentFactory
from tests.factories.people import PersonFactory


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


class TrainedFactory(EnrolmentFactory):
    """A person in a class of safety managers whose hours are met."""

    person = factory.SubFactory(PersonFactory, name="李海生")
    training_class__programme__title = "安全生产管理人员初次培训"
    training_class__programme__audience = "SAFETY_MANAGER"
    training_class__programme__kind = "INITIAL"
    training_class__programme__planned_hours = 32
    training_class__programme__basis = "《生产经营单位安全培训规定》第九条"
    training_class__title = "安全管理人员第一期"
    training_class__starts_on = dt.date(2021, 11, 2)
    training_class__ends_on = dt.date(2021, 11, 20)
    hours_met_on = dt.date(2021, 11, 20)


class ResultFactory(DjangoModelFactory):
    """A released pass; the attempt and mark behind it are made along."""

    class Meta:
        model = Result

    enrolment = factory.SubFactory(TrainedFactory)
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
