"""Which certificate an enrolment brings, when, or why not: one answer for all."""

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from certificates.models import CertificateKind, Issuer, ProgrammeProof
from certificates.services import issue_for
from certificates.services.expected import Expectation, expected_proofs
from courses.models import Enrolment
from lms.jobs.runner import run_due
from tests.factories.classes import EnrolmentFactory
from tests.factories.people import StaffFactory
from tests.factories.proofs import earn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("signing_keys")]

DAY = dt.date(2026, 5, 4)


def state_of(enrolment):
    row = Enrolment.objects.for_listing().get(pk=enrolment.pk)
    (proof,) = expected_proofs([row])[row.pk]
    return proof


def enrolment_for(kind, **fields):
    enrolment = EnrolmentFactory(**fields)
    ProgrammeProof.objects.create(
        programme=enrolment.training_class.programme,
        kind=CertificateKind.objects.get(code=kind),
    )
    return enrolment


@pytest.mark.parametrize(
    ("kind", "hours_met_on", "state"),
    [
        ("HOURS_PROOF", None, Expectation.HOURS),
        ("HOURS_PROOF", DAY, Expectation.DUE),
        ("TRAINING_PROOF", None, Expectation.HOURS_AND_EXAM),
        ("TRAINING_PROOF", DAY, Expectation.EXAM),
    ],
    ids=str,
)
def test_what_is_missing_is_named(kind, hours_met_on, state):
    enrolment = enrolment_for(kind, hours_met_on=hours_met_on)

    assert state_of(enrolment).state == state


def test_a_programme_without_proof_promises_none():
    proof = state_of(EnrolmentFactory(hours_met_on=DAY))

    assert (proof.state, str(proof)) == (Expectation.NONE, "本培训项目没有证明")


@pytest.mark.parametrize("hours_met_on", [None, DAY], ids=["before", "earned"])
def test_a_name_that_cannot_be_printed_is_said_at_once(hours_met_on):
    enrolment = enrolment_for(
        "HOURS_PROOF", hours_met_on=hours_met_on, person__name="李\ue000"
    )

    proof = state_of(enrolment)

    assert proof.state == Expectation.REFUSED
    assert proof.refusal.code == "glyph_missing"


def test_what_keeps_an_earned_proof_back_is_what_issuing_would_say():
    enrolment = enrolment_for("HOURS_PROOF", hours_met_on=DAY)
    Issuer.objects.all().delete()

    proof = state_of(enrolment)
    report = issue_for([enrolment])

    assert proof.refusal.code == report.refused[0]["code"] == "issuer_missing"


def test_an_issued_proof_is_held():
    enrolment = earn()
    assert state_of(enrolment).state == Expectation.DUE

    issue_for([enrolment])

    held = state_of(enrolment)
    assert held.state == Expectation.HELD
    assert held.certificate == enrolment.person.certificates.get()


def test_the_learner_reads_it(client):
    enrolment = enrolment_for("TRAINING_PROOF")
    client.force_login(StaffFactory(person=enrolment.person))

    for address in ("/learn/", f"/learn/{enrolment.uuid}/"):
        assert "学满学时并考试合格后出具" in client.get(address).text


def test_staff_read_it_on_the_class(client):
    enrolment = enrolment_for("TRAINING_PROOF", hours_met_on=DAY)
    client.force_login(StaffFactory(is_superuser=True, access="CITY"))
    name = "wagtailsnippets_courses_trainingclass:inspect"

    page = client.get(reverse(name, args=[enrolment.training_class_id]))

    assert "考试合格并公布成绩后出具" in page.text


def test_staff_without_the_right_to_certificates_do_not(client):
    enrolment = enrolment_for("TRAINING_PROOF", hours_met_on=DAY)
    user = StaffFactory(access="CITY")
    names = ["access_admin", "view_trainingclass"]
    user.user_permissions.add(*Permission.objects.filter(codename__in=names))
    client.force_login(user)
    name = "wagtailsnippets_courses_trainingclass:inspect"

    page = client.get(reverse(name, args=[enrolment.training_class_id]))

    assert "考试合格并公布成绩后出具" not in page.text


def test_issuing_for_a_class_says_of_each_person_why_there_is_nothing(client):
    enrolment = enrolment_for("TRAINING_PROOF", person__name="李海")
    training_class = enrolment.training_class
    facts = {"training_class": training_class, "hours_met_on": DAY}
    EnrolmentFactory(person__name="陈文", **facts)
    client.force_login(StaffFactory(is_superuser=True, access="CITY"))

    act = "wagtailsnippets_courses_trainingclass:act"
    address = reverse(act, args=[training_class.pk, "issue"])
    before = str(client.get(address).context["consequence"])
    done = client.post(address)["Location"]
    run_due()
    after = client.get(done).text

    assert before.split("\n") == [
        "已取得、待出具：0 人",
        "学满学时并考试合格后出具：1 人 – 李海",
        "考试合格并公布成绩后出具：1 人 – 陈文",
    ]
    for words in ("李海", "学满学时并考试合格后", "陈文", "考试合格并公布"):
        assert words in after
