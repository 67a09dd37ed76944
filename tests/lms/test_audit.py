"""Every act that changes a right, a denominator or a proof is in the audit trail."""

import datetime as dt

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from wagtail.snippets.models import get_snippet_models

from certificates.models import CertificateKind
from certificates.register import signing
from certificates.services import (
    cancel_certificate,
    issue_certificate,
    reinstate_certificate,
    revoke_certificate,
    suspend_certificate,
)
from courses.models import ClassState
from courses.services import enrol, move_class, withdraw
from lms.backoffice.viewsets import ReadOnlySnippetViewSet
from lms.evidence.audit import NOT_HELD, UnknownAct, changes_between, record, values_of
from lms.evidence.models import ACTS, AuditEvent
from lms.people.models import Person, Post, Town, User
from lms.people.services.organisations import import_organisations
from lms.people.services.people import change_person
from lms.people.services.roster import import_roster
from tests.factories.classes import TrainingClassFactory
from tests.factories.people import (
    OrganisationFactory,
    PersonFactory,
    PostFactory,
    StaffFactory,
)
from tests.factories.proofs import earn
from tests.people.sheets import USCC, WANG, organisations, roster

pytestmark = pytest.mark.django_db

FORMS = """
campaigns.sitefacts
certificates.certificatekind certificates.issuer certificates.programmeproof
certificates.ruleset courses.hourrule courses.programme courses.studyrule
courses.trainingclass exams.blueprint exams.knowledgepoint exams.programmeexam
exams.question exams.questionbank exams.sitting people.industry
people.organisation people.post people.user
"""
# Written out: an act that is forgotten or renamed fails here.
NAMED = """
account.activate account.cancel_activation_code account.change_password
account.issue_activation_code account.release_activation_code
account.remove_second_factor account.reset_second_factor account.set_password
account.set_up_second_factor
certificate.cancel certificate.change_recorded certificate.forgery
certificate.issue_batch certificate.record certificate.reinstate
certificate.reissue certificate.revoke certificate.suspend
courses.enrol courses.enter_hours courses.move_class courses.withdraw
evidence.open_gate
exams.adjust_time exams.attempt_set_aside exams.close_attempt exams.correct_key
exams.extra_time exams.regrade exams.release_result exams.retire_question
exams.review_question
exams.revise_question exams.take_seat exams.vacate_seat
import.apply import.beyond_scope
person.change person.confirm_identity person.correct_identity person.create
person.reveal_number
plan.snapshot
"""
VERBS = ("create", "change", "delete")


def test_the_acts_are_those_written_out():
    of_forms = {f"{kind}.{verb}" for kind in FORMS.split() for verb in VERBS}

    assert set(ACTS) == {*NAMED.split(), *of_forms}


def test_an_act_nobody_registered_is_refused():
    with pytest.raises(UnknownAct):
        record("people.invented")

    assert not AuditEvent.objects.exists()


def test_every_form_of_the_back_office_has_its_acts():
    forms = {
        model._meta.label_lower
        for model in get_snippet_models()
        if not isinstance(model.snippet_viewset, ReadOnlySnippetViewSet)
    }

    # A person's form calls services, which record acts of their own.
    assert forms - {"people.person"} == set(FORMS.split())


def test_beyond_scope_names_every_kind_of_refusal():
    assert {
        "not_your_organisation",
        "not_your_person",
        "not_your_town",
        "role_not_allowed",
    } == NOT_HELD


def test_an_organisation_of_another_town_is_a_try_beyond_the_scope():
    town = Town.objects.get(code="440883109")
    officer = StaffFactory(access="TOWN", town=town)
    row = f"{USCC},示例冷冻厂,博铺,,否,86,2016-01-01,,"

    report = import_organisations(organisations(row), actor=officer)

    assert [error["code"] for error in report.errors] == ["not_your_town"]
    assert only("import.beyond_scope") == ("", "", officer, "", {"rows": [2]})


def test_values_hold_no_secret_and_no_number():
    person = PersonFactory(number="440899199001010012")
    user = StaffFactory(person=person)
    user.set_password("Kaihu-2026!")

    values = values_of(person) | values_of(user)

    hidden = {"id_key", "id_sealed", "phone_key", "phone_sealed", "password"}
    assert not hidden & values.keys()
    assert "440899199001010012" not in str(values)
    assert values["id_masked"] == "440899********0012"
    assert values["person"] == person.pk


def only(action):
    event = AuditEvent.objects.get(action=action)
    return event.object_type, event.object_id, event.actor, event.reason, event.data


def test_a_form_records_old_and_new_and_the_page_says_them_in_words(client):
    admin = User.objects.create_superuser("root", password="x")
    client.force_login(admin)
    post = PostFactory()
    edit = reverse(Post.snippet_viewset.get_url_name("edit"), args=[post.pk])
    form = {
        "person": post.person_id,
        "organisation": post.organisation_id,
        "role": "PRINCIPAL",
        "issuing_system": "EMERGENCY",
        "starts_on": "2016-01-01",
        "ends_on": "2020-12-31",
    }

    client.post(edit, form)
    client.post(edit, form)

    changes = {
        "role": ["OTHER_STAFF", "PRINCIPAL"],
        "ends_on": [None, "2020-12-31"],
    }
    subject = ("people.post", str(post.pk), admin)
    assert only("people.post.change") == (*subject, "", {"changes": changes})
    event = AuditEvent.objects.get(action="people.post.change")
    name = AuditEvent.snippet_viewset.get_url_name("inspect")
    page = client.get(reverse(name, args=[event.pk])).text
    assert "其他从业人员 → 主要负责人" in page
    assert "岗位：已更改" in page


def test_groups_and_access_of_an_account_are_recorded(client):
    admin = User.objects.create_superuser("root", password="x")
    client.force_login(admin)
    base = Group.objects.get(name="教务")
    user = StaffFactory(username="wang", access="SELF", person=PersonFactory())
    edit = reverse(User.snippet_viewset.get_url_name("edit"), args=[user.pk])

    client.post(
        edit,
        {
            "username": "wang",
            "access": "CITY",
            "groups": [base.pk],
            "is_active": "on",
            "password": "Xinmima-2026!",
        },
    )

    changes = {"access": ["SELF", "CITY"], "groups": [[], [base.pk]]}
    subject = ("people.user", str(user.pk), admin)
    assert only("people.user.change") == (*subject, "", {"changes": changes})
    assert only("account.set_password") == (*subject, "", {})
    assert Person.objects.get(pk=user.person_id).identity_checked_at is None


def test_import_records_counts_and_each_changed_post():
    organisation = OrganisationFactory()
    actor = StaffFactory()
    row = f"王芳,{WANG},,{organisation.uscc},主要负责人,,2016-05-03,"
    import_roster(roster(row), actor=actor)
    import_roster(roster(f"{row}2019-12-31"), actor=actor, dry_run=True)
    import_roster(roster(f"{row}2019-12-31"), actor=actor)
    import_roster(roster(f"{row}2019-12-31"), actor=actor)

    post = Post.objects.get()
    changes = {"ends_on": [None, "2019-12-31"]}
    subject = ("people.post", str(post.pk), actor)
    assert only("people.post.change") == (*subject, "", {"changes": changes})
    applied = AuditEvent.objects.filter(action="import.apply").order_by("pk")
    assert [event.data["import"] for event in applied] == ["roster", "roster"]
    assert [event.data["updated"] for event in applied] == [0, 1]


def test_import_records_a_new_headcount_of_an_organisation(factory_of_two):
    row = f"{USCC},示例冷冻厂,博铺,涉氨制冷;有限空间,否,90,2016-01-01,,"
    import_organisations(organisations(row), actor=StaffFactory())

    data = only("people.organisation.change")[-1]
    assert data == {"changes": {"staff 2016-01-01": [86, 90]}}


@pytest.fixture
def factory_of_two():
    row = f"{USCC},示例冷冻厂,博铺,涉氨制冷;有限空间,否,86,2016-01-01,,"
    import_organisations(organisations(row))


def test_a_person_who_is_saved_unchanged_leaves_no_trace():
    person, actor = PersonFactory(name="王芳"), StaffFactory()

    change_person(person, name="王芳", actor=actor)
    change_person(person, name="王方", phone="19900000011", actor=actor)

    changes = {"name": ["王芳", "王方"], "phone_masked": ["", "199****0011"]}
    subject = ("people.person", str(person.pk), actor)
    assert only("person.change") == (*subject, "", {"changes": changes})


def test_class_acts_are_recorded():
    actor = StaffFactory()
    training_class = TrainingClassFactory(state=ClassState.ENROLLING)
    person = PersonFactory()

    options = {"persons": [person], "in_spite": "转岗培训", "actor": actor}

    [enrolment] = enrol(training_class, **options)
    enrol(training_class, **options)
    withdraw(enrolment, actor=actor, reason="离职")
    move_class(training_class, to=ClassState.CANCELLED, reason="人数不足", actor=actor)

    of_class = ("courses.trainingclass", str(training_class.pk), actor)
    admitted = {"persons": [person.pk], "doubts": ["role_missing"]}
    assert only("courses.enrol") == (*of_class, "转岗培训", admitted)
    moved = {"changes": {"state": ["ENROLLING", "CANCELLED"]}}
    assert only("courses.move_class") == (*of_class, "人数不足", moved)
    of_enrolment = ("courses.enrolment", str(enrolment.pk), actor)
    left = {"changes": {"status": ["ADMITTED", "WITHDRAWN"]}}
    assert only("courses.withdraw") == (*of_enrolment, "离职", left)


def test_certificate_acts_are_recorded_on_the_certificate(settings, tmp_path):
    settings.SIGNING_KEYS_DIR = tmp_path
    signing.make_key(today=dt.date(2026, 1, 1))
    actor = StaffFactory()
    kind = CertificateKind.objects.get(code="TRAINING_PROOF")
    row = issue_certificate(earn(months=36), kind=kind)
    why = {"by": actor, "reason": "举报：替考", "reason_class": "RESULT_CHANGED"}

    suspend_certificate(row, **why)
    reinstate_certificate(row, by=actor, reason="查无实据")
    revoke_certificate(row, **why)
    cancel_certificate(row, **why)

    events = AuditEvent.objects.filter(object_type="certificates.certificate")
    assert set(events.values_list("action", "object_id", "actor")) == {
        (f"certificate.{act}", str(row.pk), actor.pk)
        for act in ("suspend", "reinstate", "revoke", "cancel")
    }
    changes = events.get(action="certificate.revoke").data["changes"]
    assert changes["revoked_on"][0] is None
    assert changes["revoked_reason"] == ["", "RESULT_CHANGED"]


def test_changes_are_those_that_differ():
    assert changes_between({"a": 1, "b": 2}, {"a": 1, "b": 3}) == {"b": [2, 3]}
