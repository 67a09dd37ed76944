"""What a pass brings is said before, and as, it comes: to the person and to staff."""

import pytest
from django.urls import reverse

from certificates.models import Certificate, CertificateKind, Issuer, ProgrammeProof
from certificates.services import issue_for, revoke_certificate
from courses.views.panels import panels_of_outcome
from exams.backoffice.viewsets import AttemptViewSet
from lms.people.models import Person, User
from tests.factories.proofs import ResultFactory

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def passed(signing_keys):
    """A released pass of a programme that earns the training proof."""
    result = ResultFactory()
    ProgrammeProof.objects.create(
        programme=result.enrolment.training_class.programme,
        kind=CertificateKind.objects.get(code="TRAINING_PROOF"),
        valid_months=None,
    )
    return result


def said(result):
    [panel] = panels_of_outcome(
        type(result.enrolment).objects.get(pk=result.enrolment_id)
    )
    return panel.context["text"], panel.action and panel.action.href


def issue(passed):
    report = issue_for([passed.enrolment])
    assert report.issued == 1


def revoke(passed):
    issue(passed)
    revoke_certificate(
        Certificate.objects.get(), reason_class="ISSUED_IN_ERROR", reason="x"
    )


def drop_proof(passed):
    ProgrammeProof.objects.all().delete()


def leave_to_an_authority(passed):
    ProgrammeProof.objects.update(
        kind=CertificateKind.objects.get(code="SPECIAL_OPERATION")
    )


def take_hours_away(passed):
    type(passed.enrolment).objects.update(hours_met_on=None)


def use_a_rare_character(passed):
    Person.objects.update(name="李\U0001f9d1")


def take_issuer_away(passed):
    Issuer.objects.all().delete()


CASES = {
    "coming": (lambda passed: None, "正在为您出具安全生产培训合格证明", True),
    "issued": (issue, "您的安全生产培训合格证明已经出具", True),
    "no_proof": (drop_proof, "这个培训项目没有对应的证书", False),
    "authority": (leave_to_an_authority, "由主管部门", False),
    "hours": (take_hours_away, "学满学时后", False),
    "glyph": (use_a_rare_character, "\U0001f9d1", False),
    "issuer": (take_issuer_away, "暂时不能出具", False),
    "withdrawn": (revoke, "暂时不能出具", False),
}


@pytest.mark.parametrize(("change", "words", "leads"), CASES.values(), ids=CASES)
def test_a_pass_promises_only_what_comes(client, passed, change, words, leads):
    change(passed)
    before = Certificate.objects.count()

    text, href = said(passed)

    assert words in text
    assert (href == reverse("certificates:mine")) == leads
    assert Certificate.objects.count() == before
    client.force_login(User.objects.create_superuser("boss", password="x"))
    url = AttemptViewSet().get_url_name("inspect")
    assert text in client.get(reverse(url, args=[passed.attempt_id])).text


@pytest.mark.parametrize(("change", "words", "leads"), CASES.values(), ids=CASES)
def test_what_is_promised_is_what_issuing_does(passed, change, words, leads):
    change(passed)
    promised = "正在" in said(passed)[0]

    report = issue_for([passed.enrolment])

    assert (report.issued == 1) == promised
