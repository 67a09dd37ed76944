"""What follows when a proof falls: a new pass earns a new one, a person another."""

import datetime as dt

import pytest
from django.urls import reverse

from certificates.exceptions import (
    BasisLost,
    NotPassed,
    ProofExpired,
    ReasonMissing,
    Withdrawn,
    WrongState,
)
from certificates.models import Certificate, CertificateEvent, CertificateKind
from certificates.models.status import Status
from certificates.receivers import follow_result
from certificates.register.checker import check_register
from certificates.services import (
    cancel_certificate,
    enrolments_awaiting_proof,
    issue_awaiting,
    issue_certificate,
    issue_for,
    reinstate_certificate,
    reissue_certificate,
    revoke_certificate,
    suspend_without_basis,
)
from exams.models import Result
from lms.evidence import clock
from lms.evidence.models import AuditEvent
from lms.people.models import User
from tests.factories.proofs import ResultFactory, earn, issue

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signing_keys")]

PASSED = dt.datetime(2021, 11, 21, 8, tzinfo=dt.UTC)
AGAIN = dt.datetime(2021, 11, 25, 8, tzinfo=dt.UTC)
ERROR = {"reason_class": "ISSUED_IN_ERROR", "reason": "单位登记错误"}


def kind():
    return CertificateKind.objects.get(code="TRAINING_PROOF")


def regrade(row, *, passed=False):
    """What a regrade does to the result behind a proof, and what hears of it."""
    Result.objects.filter(pk=row.result_id).update(passed=passed)
    row.refresh_from_db()
    follow_result(sender=Result, result=row.result)
    row.refresh_from_db()


def actions():
    return list(CertificateEvent.objects.values_list("action", flat=True))


@pytest.mark.services
@pytest.mark.parametrize("at", [AGAIN, PASSED], ids=["later", "the-same-day"])
@pytest.mark.parametrize("decided", [False, True], ids=["suspended", "revoked"])
def test_e22_a_new_pass_after_a_regrade_earns_a_new_proof(at, decided):
    old = issue(months=36)
    regrade(old)
    if decided:
        revoke_certificate(old, reason_class="RESULT_CHANGED", reason="成绩更正")
    with pytest.raises(NotPassed):
        issue_certificate(old.enrolment, kind=kind())
    passed = ResultFactory(enrolment=old.enrolment, released_at=at)

    assert list(enrolments_awaiting_proof()) == [old.enrolment]
    assert issue_awaiting() == 1
    assert issue_awaiting() == 0

    new, old = Certificate.objects.all()
    assert (new.result, new.predecessor) == (passed, old)
    assert new.valid_from == old.replaced_on > old.valid_from
    assert new.status_on(clock.today()) == Status.EXPIRED
    assert new.status_on(new.valid_from) == Status.VALID
    assert list(Certificate.objects.open()) == [new]
    assert new.events.filter(action="issue").count() == 1
    assert actions()[-2:] == ["issue", "replace"]
    assert check_register()["ok"]
    assert suspend_without_basis() == 0


@pytest.mark.services
def test_e22_a_pass_that_came_back_keeps_its_proof():
    row = issue()
    regrade(row)
    regrade(row, passed=True)

    reinstate_certificate(row, reason="复核后维持")

    assert not enrolments_awaiting_proof().exists()
    report = issue_for([row.enrolment])
    assert (report.issued, report.already) == (0, 1)
    assert list(Certificate.objects.valid_on(clock.today())) == [row]


def test_a_proof_that_fell_never_replaces_the_new_one():
    row = issue(released_at=AGAIN)
    earlier = ResultFactory(enrolment=row.enrolment, passed=False, score=40)
    Result.objects.filter(pk=earlier.pk).update(passed=True)
    regrade(row)

    new = issue_certificate(row.enrolment, kind=kind())

    assert new.result == earlier
    assert new.valid_from > row.valid_from
    assert list(Certificate.objects.valid_on(clock.today())) == [new]


def test_c03_without_a_pass_nothing_is_reinstated():
    row = issue()
    regrade(row)

    with pytest.raises(BasisLost):
        reinstate_certificate(row, reason="误操作")

    row.refresh_from_db()
    assert row.is_suspended


def test_c03_a_regrade_suspends_the_proof_of_its_own_result_only():
    first, second = issue(), issue()
    Result.objects.update(passed=False)

    follow_result(sender=Result, result=Result.objects.get(pk=first.result_id))

    suspended = Certificate.objects.filter(suspended_reason="RESULT_CHANGED")
    assert list(suspended) == [first]
    assert suspend_without_basis() == 1
    second.refresh_from_db()
    assert second.is_suspended


@pytest.mark.services
def test_nothing_issues_by_itself_what_a_person_withdrew():
    row = issue()
    revoke_certificate(row, **ERROR)

    assert not enrolments_awaiting_proof().exists()
    assert issue_awaiting() == 0
    report = issue_for([row.enrolment])
    assert (report.eligible, report.issued, report.already) == (1, 0, 0)
    assert [refusal["code"] for refusal in report.refused] == ["withdrawn"]
    with pytest.raises(Withdrawn):
        issue_certificate(row.enrolment, kind=kind())


@pytest.mark.services
def test_staff_issue_again_what_was_issued_in_error():
    old = issue(months=900)
    revoke_certificate(old, **ERROR)
    old.enrolment.organisation.name = "吴川市更正后企业"
    old.enrolment.organisation.save()
    actor = User.objects.create(username="b")

    new = reissue_certificate(old, **ERROR, by=actor)

    old.refresh_from_db()
    assert new.valid_from == clock.today() == old.replaced_on
    assert new.valid_to == old.valid_to
    assert new.facts["organisation"] == "吴川市更正后企业"
    assert old.status_on(clock.today()) == Status.REVOKED
    assert list(Certificate.objects.open()) == [new]
    assert actions() == ["issue", "revoke", "issue", "replace"]
    audit = AuditEvent.objects.get(action="certificate.reissue")
    assert (audit.actor, audit.reason) == (actor, ERROR["reason"])
    assert audit.object_id == str(new.pk)
    assert issue_for([old.enrolment]).already == 1
    assert check_register()["ok"]
    with pytest.raises(WrongState):
        reissue_certificate(old, **ERROR)


def test_a_proof_of_today_is_issued_again_from_tomorrow():
    old = issue(valid_from=clock.today())
    revoke_certificate(old, **ERROR)

    new = reissue_certificate(old, **ERROR)

    assert new.valid_from == clock.today() + dt.timedelta(days=1)
    revoke_certificate(new, **ERROR)
    third = reissue_certificate(new, **ERROR)
    assert third.valid_from == clock.today() + dt.timedelta(days=2)


def test_only_what_was_revoked_and_still_earned_is_issued_again():
    standing, cancelled, failed, expired = issue(), issue(), issue(), issue(months=1)
    for row in (cancelled, failed, expired):
        revoke_certificate(row, **ERROR)
    cancel_certificate(cancelled, **ERROR)
    cancelled.refresh_from_db()
    Result.objects.filter(pk=failed.result_id).update(passed=False)
    for row in (failed, expired):
        row.refresh_from_db()

    with pytest.raises(WrongState):
        reissue_certificate(standing, **ERROR)
    with pytest.raises(WrongState):
        reissue_certificate(cancelled, **ERROR)
    with pytest.raises(NotPassed):
        reissue_certificate(failed, **ERROR)
    with pytest.raises(ProofExpired):
        reissue_certificate(expired, **ERROR)
    with pytest.raises(ReasonMissing):
        reissue_certificate(failed, reason_class="ISSUED_IN_ERROR", reason=" ")
    assert Certificate.objects.count() == 4


def test_an_older_proof_is_not_issued_again_over_a_newer_one():
    old = issue()
    revoke_certificate(old, **ERROR)
    old.refresh_from_db()
    newer = issue_certificate(
        earn(enrolment__person=old.person, released_at=AGAIN), kind=kind()
    )

    with pytest.raises(WrongState):
        reissue_certificate(old, **ERROR)

    assert list(Certificate.objects.open()) == [newer]


def act(client, row, action, **data):
    name = Certificate.snippet_viewset.get_url_name("act")
    address = reverse(name, args=[row.pk, action])
    return client.post(address, ERROR | data, follow=True)


def test_an_action_says_what_it_does_and_offers_the_reasons_it_can_have(client):
    client.force_login(
        User.objects.create(username="b", is_superuser=True, access="CITY")
    )
    row = issue()
    name = Certificate.snippet_viewset.get_url_name("act")

    asked = client.get(reverse(name, args=[row.pk, "cancel"]))
    refused = act(client, row, "cancel", reason_class="CLEARED")

    reasons = dict(asked.context["form"].fields["reason_class"].choices)
    assert "HOLDER_DIED" in reasons
    assert "CLEARED" not in reasons
    assert list(refused.context["form"].errors) == ["reason_class"]
    assert Certificate.objects.open().get() == row
    act(client, row, "cancel", reason_class="HOLDER_REQUEST")
    assert not Certificate.objects.open().exists()


def test_the_back_office_offers_to_issue_a_revoked_proof_again(client):
    client.force_login(
        User.objects.create(username="b", is_superuser=True, access="CITY")
    )
    row = issue()
    inspect = reverse(
        Certificate.snippet_viewset.get_url_name("inspect"), args=[row.pk]
    )

    assert "/act/reissue/" not in client.get(inspect).text
    act(client, row, "revoke")
    assert "/act/reissue/" in client.get(inspect).text
    page = act(client, row, "reissue")

    new = Certificate.objects.open().get()
    assert page.redirect_chain[-1][0].endswith(f"/{new.pk}/")
    assert new.number in page.text


@pytest.mark.parametrize("action", ["reinstate", "suspend", "revoke", "cancel"])
def test_an_action_that_is_not_offered_is_not_done(client, action):
    client.force_login(
        User.objects.create(username="b", is_superuser=True, access="CITY")
    )
    row = issue()
    cancel_certificate(row, **ERROR)
    entries = CertificateEvent.objects.count()

    page = act(client, row, action)

    assert "已经不能这样操作" in page.text
    assert act(client, row, "no").status_code == 404
    assert CertificateEvent.objects.count() == entries
