"""What each listing of the back office costs in queries, for any rows.

Ten of them are the same everywhere: session, account, two of permissions, profile,
the count, the rows, and three of the menu. What a listing adds is what it shows of
other tables and what its filters offer. ``STAFF`` reads as a member of the base;
what only an administrator may see costs no query of permissions.
"""

import datetime as dt

import pytest
from django.urls import reverse
from wagtail.snippets.models import get_snippet_models

from certificates.models import DailyHead
from lms.backoffice.views import ScopedIndexView
from lms.people.models import User
from tests.factories.classes import EnrolmentFactory, meet_hours
from tests.factories.proofs import issue
from tests.factories.sittings import make_attempt

pytestmark = pytest.mark.django_db

STAFF = {
    "certificates.Certificate": 16,
    "certificates.CertificateEvent": 10,
    "certificates.CertificateKind": 10,
    "certificates.DailyHead": 10,
    "certificates.Issuer": 10,
    "certificates.ProgrammeProof": 11,
    "certificates.RuleSet": 10,
    "courses.Enrolment": 14,
    "courses.HourEntry": 13,
    "courses.HourRule": 10,
    "courses.Programme": 10,
    "courses.StudyEntry": 13,
    "courses.StudyRule": 10,
    "courses.TrainingClass": 11,
    "courses.TrainingRecord": 12,
    "exams.Attempt": 15,
    "exams.Blueprint": 10,
    "exams.KnowledgePoint": 10,
    "exams.ProgrammeExam": 10,
    "exams.Question": 12,
    "exams.QuestionBank": 10,
    "exams.Sitting": 11,
    "people.Industry": 10,
    "people.OperationItem": 10,
    "people.Organisation": 13,
    "people.Person": 13,
    "people.Post": 11,
    "people.Town": 10,
    "people.User": 13,
}
ADMINISTRATOR = {"campaigns.SiteFacts": 7, "people.AuditEvent": 7}
# Fewer than three rows can exist.
FEW = {"campaigns.SiteFacts", "certificates.Issuer", "certificates.RuleSet"} | {
    "courses.StudyRule"
}


def test_every_listing_has_a_budget():
    labels = [model._meta.label for model in get_snippet_models()]

    assert sorted(labels) == sorted(STAFF | ADMINISTRATOR)


@pytest.mark.parametrize("shown", [1, 3])
@pytest.mark.parametrize(
    ("username", "budgets"), [("base", STAFF), ("admin", ADMINISTRATOR)]
)
def test_every_listing_costs_the_same_for_any_number_of_rows(
    client, city, monkeypatch, django_assert_num_queries, username, budgets, shown
):
    for number in range(3):
        issue()
        meet_hours(EnrolmentFactory())
        make_attempt()
        day = dt.date(2026, 1, 1 + number)
        DailyHead.objects.create(day=day, entries=number, hash="0" * 64)
    monkeypatch.setattr(ScopedIndexView, "get_paginate_by", lambda self, rows: shown)
    client.force_login(User.objects.get(username=username))
    addresses = {
        model._meta.label: reverse(model.snippet_viewset.get_url_name("list"))
        for model in get_snippet_models()
        if model._meta.label in budgets
    }

    for label, address in addresses.items():
        client.get(address)  # what a process remembers is remembered now
        with django_assert_num_queries(budgets[label], info=label):
            response = client.get(address)
        if label not in FEW:
            assert len(response.context["object_list"]) == shown, label
