import datetime as dt

import pytest

from certificates.exceptions import (
    GlyphMissing,
    HoursMissing,
    NothingEarned,
    NotIssuable,
    NotPassed,
    Withdrawn,
)
from certificates.models import (
    Certificate,
    CertificateEvent,
    CertificateKind,
    NumberSeries,
    ProgrammeProof,
    RegisterHead,
)
from certificates.models.status import Status
from certificates.register import signing
from certificates.services import (
    enrolments_awaiting_proof,
    issue_awaiting,
    issue_certificate,
    issue_for,
    revoke_certificate,
    suspend_without_basis,
)
from certificates.services.grounds import subject_of
from certificates.services.outbox import SUBJECT
from courses.models import Audience, Enrolment
from exams.models import Result
from lms.people.models import OperationItem
from tests.factories.people import PersonFactory
from tests.factories.proofs import ResultFactory, TrainedFactory, earn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signing_keys")]


def kind(code="TRAINING_PROOF"):
    return CertificateKind.objects.get(code=code)


def test_issue_copies_the_facts_of_the_day():
    enrolment = earn(months=36)

    row = issue_certificate(enrolment, kind=kind())

    assert row.number == "WC2021G0000012"
    assert (row.subject, row.role) == ("SAFETY_MANAGER", "SAFETY_MANAGER")
    assert row.valid_from == row.first_issued_on == dt.date(2021, 11, 21)
    assert row.valid_to == dt.date(2024, 11, 21)
    assert row.facts["name"] == "李海生"
    assert row.facts["town"] == "博铺街道"
    assert row.facts["id"][1:-1] == "*" * 16
    assert row.facts["score"] == "92/100"
    assert row.facts["hours"] == "32"
    assert signing.read(row.token).serial == row.serial


def test_the_days_of_training_are_the_persons_not_the_classs():
    enrolment = earn()
    enrolment.training_class.ends_on += dt.timedelta(days=90)
    enrolment.training_class.save()

    facts = issue_certificate(enrolment, kind=kind()).facts

    assert facts["from"] <= facts["to"] == enrolment.hours_met_on.isoformat()


def test_issued_facts_do_not_follow_later_edits():
    row = issue_certificate(earn(), kind=kind())
    before = dict(row.facts)

    row.person.name = "李改名"
    row.person.save()
    row.organisation.name = "改名厂"
    row.organisation.save()
    row.refresh_from_db()

    assert row.facts == before
    assert row.holder_name == "李海生"


def test_repeating_the_issue_changes_nothing():
    enrolment = earn()
    first = issue_certificate(enrolment, kind=kind())

    again = issue_certificate(enrolment, kind=kind())

    assert again == first
    assert CertificateEvent.objects.count() == 1
    assert NumberSeries.objects.get().last == 1


def test_a_newer_proof_replaces_the_older_from_its_first_day():
    older = issue_certificate(earn(), kind=kind())
    newer_enrolment = earn(
        enrolment__person=older.person,
        released_at=dt.datetime(2022, 11, 21, 8, tzinfo=dt.UTC),
    )

    newer = issue_certificate(newer_enrolment, kind=kind())

    older.refresh_from_db()
    assert older.replaced_on == newer.valid_from
    assert newer.predecessor == older
    assert older.status_on(dt.date(2022, 11, 20)) == Status.VALID
    assert older.status_on(dt.date(2022, 11, 21)) == Status.SUPERSEDED
    actions = list(CertificateEvent.objects.values_list("action", flat=True))
    assert actions == ["issue", "issue", "replace"]


def test_hours_proof_needs_no_pass():
    enrolment = TrainedFactory()
    ProgrammeProof.objects.create(
        programme=enrolment.training_class.programme, kind=kind("HOURS_PROOF")
    )

    row = issue_certificate(enrolment, kind=kind("HOURS_PROOF"))

    assert row.result is None
    assert row.valid_from == dt.date(2021, 11, 20)
    assert row.facts["score"] == ""


def test_refusals_leave_nothing_behind():
    enrolment = earn()
    failed = earn(passed=False, score=40)
    unfinished = earn()
    Enrolment.objects.filter(pk=unfinished.pk).update(hours_met_on=None)
    strange = earn(enrolment__person=PersonFactory(name="李𪚥"))
    bare = ResultFactory().enrolment

    with pytest.raises(NotIssuable):
        issue_certificate(enrolment, kind=kind("SPECIAL_OPERATION"))
    with pytest.raises(NotPassed):
        issue_certificate(failed, kind=kind())
    with pytest.raises(HoursMissing):
        issue_certificate(unfinished, kind=kind())
    with pytest.raises(NothingEarned):
        issue_certificate(bare, kind=kind())
    with pytest.raises(GlyphMissing, match="𪚥"):
        issue_certificate(strange, kind=kind())

    assert not Certificate.objects.exists()
    assert not CertificateEvent.objects.exists()
    assert not NumberSeries.objects.exists()


@pytest.mark.services
@pytest.mark.parametrize("name", ["TRAINING_PROOF", "HOURS_PROOF"])
def test_e22_one_proof_covers_two_enrolments_of_the_same_day(name):
    first = earn(kind=name)
    second = earn(kind=name, enrolment__person=first.person)

    assert issue_awaiting() == 1
    assert not enrolments_awaiting_proof().exists()
    report = issue_for([first, second])

    assert (report.issued, report.already, report.refused) == (0, 2, [])
    assert Certificate.objects.count() == CertificateEvent.objects.count() == 1


@pytest.mark.services
def test_a_pass_of_another_day_or_subject_is_not_covered():
    first = earn()
    item = OperationItem.objects.first()
    later = dt.datetime(2021, 11, 22, 16, tzinfo=dt.UTC)
    issue_certificate(first, kind=kind())
    other_day = earn(enrolment__person=first.person, released_at=later)
    other_subject = earn(
        enrolment__person=first.person,
        enrolment__training_class__programme__item=item,
    )
    other_person = earn()

    awaiting = enrolments_awaiting_proof()

    assert set(awaiting) == {other_day, other_subject, other_person}


def test_a_withdrawn_proof_covers_nothing_and_is_refused_by_name():
    first = issue_certificate(earn(), kind=kind())
    revoke_certificate(first, reason_class="ISSUED_IN_ERROR", reason="登记错误")

    with pytest.raises(Withdrawn):
        issue_certificate(earn(enrolment__person=first.person), kind=kind())


def test_outbox_names_what_is_earned_and_nothing_else():
    awaiting = earn()
    earn(passed=False, score=40)
    done = earn()
    issue_certificate(done, kind=kind())
    ResultFactory()

    assert list(enrolments_awaiting_proof()) == [awaiting]
    assert issue_awaiting() == 1
    assert issue_awaiting() == 0
    assert not enrolments_awaiting_proof().exists()


def test_a_refused_proof_does_not_stop_the_others():
    earn(enrolment__person=PersonFactory(name="李𪚥"))
    earn()

    assert issue_awaiting() == 1


def test_c03_every_active_proof_has_pass_signature_and_register_entry():
    issued = [issue_certificate(earn(), kind=kind()) for _ in range(3)]
    Result.objects.filter(enrolment=issued[0].enrolment).update(passed=False)

    assert suspend_without_basis() == 1
    assert suspend_without_basis() == 0

    issued[0].refresh_from_db()
    assert issued[0].suspended_reason == "RESULT_CHANGED"
    for row in Certificate.objects.open().filter(suspended_from=None):
        assert row.result.passed
        assert signing.read(row.token).serial == row.serial
        assert row.events.filter(action="issue").count() == 1
    head = RegisterHead.objects.get()
    assert head.entries == CertificateEvent.objects.count() == 4


@pytest.mark.services
@pytest.mark.parametrize("audience", Audience.values)
@pytest.mark.parametrize("with_item", [True, False], ids=["item", "no-item"])
def test_the_subject_in_sql_is_the_subject_in_python(audience, with_item):
    enrolment = TrainedFactory(
        training_class__programme__audience=audience,
        training_class__programme__item=(
            OperationItem.objects.first() if with_item else None
        ),
    )

    in_sql = Enrolment.objects.annotate(subject=SUBJECT).get().subject

    assert in_sql == subject_of(enrolment.training_class.programme)
