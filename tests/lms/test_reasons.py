"""What somebody types as a reason is kept for years: no number of a person in it."""

import datetime as dt

import pytest
from django import forms
from django.urls import get_resolver, reverse

from certificates.models import Certificate, CertificateEvent
from certificates.register import signing
from lms.access.levels import Access
from lms.evidence.audit import record
from lms.evidence.models import AuditEvent
from lms.evidence.reasons import ReasonField
from tests.factories.people import StaffFactory
from tests.factories.proofs import issue

pytestmark = pytest.mark.django_db

OURS = ("lms", "courses", "exams", "certificates")
REASONS = {"in_spite", "reason", "remark"}
ID, PHONE = "440899197803120014", "13800138000"
TYPED = f"见证 T{ID}，电话 {PHONE}"


def forms_of(kind=forms.BaseForm):
    """Every form class of ours that is loaded."""
    for one in kind.__subclasses__():
        if one.__module__.partition(".")[0] in OURS:
            yield one
        yield from forms_of(one)


def test_every_reason_that_is_typed_is_masked():
    assert get_resolver().url_patterns  # every form is loaded
    fields = {
        (form.__qualname__, name): field
        for form in forms_of()
        for name, field in form.base_fields.items()
        if name in REASONS
    }

    assert len(fields) >= 10
    plain = {key for key, one in fields.items() if not isinstance(one, ReasonField)}
    assert plain == set()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (TYPED, "见证 ***，电话 ***"),
        ("湛应急函〔2026〕123号", "湛应急函〔2026〕123号"),
    ],
)
def test_a_number_in_a_reason_is_masked_and_the_rest_is_kept(typed, kept):
    assert ReasonField().clean(typed) == kept


def test_no_number_of_a_reason_comes_into_register_and_audit_trail(
    client, settings, tmp_path
):
    settings.SIGNING_KEYS_DIR = tmp_path
    signing.make_key(today=dt.date(2021, 1, 1))
    row = issue()
    client.force_login(StaffFactory(is_superuser=True, access=Access.CITY))
    act = reverse(
        Certificate.snippet_viewset.get_url_name("act"), args=[row.pk, "revoke"]
    )

    client.post(act, {"reason_class": "FALSE_FACTS", "reason": TYPED})

    entry = CertificateEvent.objects.get(action="revoke")
    audited = AuditEvent.objects.get(action="certificate.revoke")
    assert entry.reason == audited.reason == "见证 ***，电话 ***"


def test_the_audit_trail_masks_a_reason_that_no_form_asked_for():
    event = record("person.reveal_number", reason=TYPED)

    assert event.reason == "见证 ***，电话 ***"
