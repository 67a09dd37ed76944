"""What a class refuses, and the words it says: enrolling, withdrawing, moving on."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from courses.exceptions import (
    ClassFull,
    ClassNotOver,
    CourseReasonMissing,
    NotBegunYet,
    NotEligible,
)
from courses.models import Enrolment
from courses.services import enrol, move_class, withdraw
from lms.evidence import clock
from lms.evidence.models import AuditEvent
from lms.people.models import Post
from tests.factories.classes import (
    DAY,
    EnrolmentFactory,
    ProgrammeFactory,
    TrainingClassFactory,
    course,
)
from tests.factories.people import OrganisationFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db


def person_with(role, name="李海", **fields):
    person = PersonFactory(name=name)
    facts = {"organisation": OrganisationFactory(), "starts_on": DAY}
    Post.objects.create(person=person, role=role, **facts | fields)
    return person


def enrolling(audience="PRINCIPAL", **fields):
    return TrainingClassFactory(
        programme__audience=audience, state="ENROLLING", **fields
    )


def test_a_full_class_says_how_many_places_are_free_and_for_whom():
    training_class = enrolling("OTHER", capacity=4)
    EnrolmentFactory(training_class=training_class)
    people = [PersonFactory(name=f"学员{n}") for n in "甲乙丙丁戊"]

    with pytest.raises(ClassFull) as refusal:
        enrol(training_class, persons=people)

    assert str(refusal.value).startswith("共 4 个名额，还剩 3 个，名单里新增 5 人：")
    assert "学员甲、学员乙、学员丙、学员丁、学员戊" in str(refusal.value)


@pytest.mark.parametrize(
    ("audience", "role", "fields", "fits"),
    [
        ("PRINCIPAL", "PRINCIPAL", {}, True),
        ("PRINCIPAL", "OTHER_STAFF", {}, False),
        ("PRINCIPAL", "PRINCIPAL", {"ends_on": DAY}, False),
        ("OH_HEAD", "SAFETY_MANAGER", {}, True),
        ("OH_WORKER", "OTHER_STAFF", {"exposed": True}, True),
        ("OH_WORKER", "OTHER_STAFF", {}, False),
        ("OTHER", "OTHER_STAFF", {}, True),
    ],
    ids=str,
)
def test_a_person_has_the_role_of_the_programme(audience, role, fields, fits):
    training_class, person = enrolling(audience), person_with(role, **fields)

    try:
        enrol(training_class, persons=[person])
    except NotEligible as refusal:
        assert [doubt.code for doubt in refusal.details] == ["role_missing"]

    assert training_class.enrolments.exists() is fits


def test_a_person_without_the_role_is_enrolled_with_a_reason_that_stays(client):
    admin = UserFactory(is_superuser=True, access="CITY")
    client.force_login(admin)
    training_class, person = enrolling(), person_with("OTHER_STAFF")
    address = reverse(
        "wagtailsnippets_courses_trainingclass:act", args=[training_class.pk, "enrol"]
    )

    refused = client.post(address, {"people": "李海"})
    assert "李海：登记的岗位是其他从业人员，本培训的对象是主要负责人。" in refused.text
    assert not training_class.enrolments.exists()
    client.post(address, {"people": "李海", "in_spite": "下月任职"})

    assert training_class.enrolments.get().person == person
    event = AuditEvent.objects.get(action="courses.enrol")
    assert (event.actor, event.reason) == (admin, "下月任职")
    assert event.data == {"persons": [person.pk], "doubts": ["role_missing"]}


@pytest.mark.parametrize(
    ("same", "lessons", "days", "refused"),
    [
        (True, True, 0, True),
        (False, False, 0, True),
        (False, True, 0, False),
        (False, False, 90, False),
    ],
    ids=["same programme", "both in person", "other one online", "later"],
)
def test_nobody_sits_in_two_classes_at_once(same, lessons, days, refused):
    training_class = enrolling("OTHER")
    programme = ProgrammeFactory(audience="OTHER")
    if same:
        programme = training_class.programme
    elif lessons:
        programme.courses.add(course({"nominal_hours": 1}))
    begins = DAY + dt.timedelta(days=days)
    other = EnrolmentFactory(
        training_class__programme=programme,
        training_class__starts_on=begins,
        training_class__ends_on=begins + dt.timedelta(days=5),
    )

    try:
        enrol(training_class, persons=[other.person])
    except NotEligible as refusal:
        assert other.training_class.number in str(refusal.details[0])

    assert training_class.enrolments.exists() is not refused


def test_a_person_is_withdrawn_with_a_reason_that_stays():
    enrolment, admin = EnrolmentFactory(), UserFactory()

    with pytest.raises(CourseReasonMissing):
        withdraw(enrolment, reason=" ")
    withdraw(enrolment, reason="调岗", actor=admin)

    enrolment.refresh_from_db()
    assert (enrolment.status, enrolment.withdraw_reason) == ("WITHDRAWN", "调岗")
    event = AuditEvent.objects.get(action="courses.withdraw")
    assert (event.actor, event.reason) == (admin, "调岗")


def test_the_database_keeps_no_withdrawal_without_reason():
    enrolment = EnrolmentFactory()

    with pytest.raises(IntegrityError, match="with_reason"), transaction.atomic():
        Enrolment.objects.filter(pk=enrolment.pk).update(status="WITHDRAWN")


@pytest.mark.parametrize(
    ("state", "to"),
    [("CONFIRMED", "RUNNING"), ("RUNNING", "EXAMINING"), ("RUNNING", "CLOSED")],
)
def test_a_class_of_tomorrow_neither_runs_nor_closes_today(state, to):
    tomorrow = clock.today() + dt.timedelta(days=1)
    training_class = TrainingClassFactory(
        state=state, starts_on=tomorrow, ends_on=tomorrow
    )

    with pytest.raises(NotBegunYet):
        move_class(training_class, to=to)

    training_class.refresh_from_db()
    assert training_class.state == state


@pytest.mark.parametrize(
    ("days", "hours_met_on", "closes"),
    [(1, None, False), (0, None, True), (1, DAY, True)],
    ids=["before its last day", "on its last day", "everybody has the hours"],
)
def test_a_class_closes_early_only_when_everybody_has_the_hours(
    days, hours_met_on, closes
):
    today = clock.today()
    enrolment = EnrolmentFactory(
        training_class__starts_on=today,
        training_class__ends_on=today + dt.timedelta(days=days),
        hours_met_on=hours_met_on,
        person__name="李海",
    )

    try:
        move_class(enrolment.training_class, to="CLOSED")
    except ClassNotOver as refusal:
        assert "李海" in str(refusal)

    enrolment.training_class.refresh_from_db()
    assert (enrolment.training_class.state == "CLOSED") is closes


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"state": "CLOSED"}, "班次已结束，学时没有学满"),
        ({"state": "CANCELLED", "cancel_reason": "台风"}, "原因：台风"),
        ({"state": "ENROLLING"}, "培训基地确认开班后才开始记学时"),
        ({"state": "RUNNING"}, "已记 0 学时，需要 8 学时"),
    ],
    ids=["closed", "cancelled", "enrolling", "running"],
)
def test_the_learner_reads_the_true_state_of_the_class(client, fields, words):
    facts = {f"training_class__{name}": value for name, value in fields.items()}
    enrolment = EnrolmentFactory(**facts)
    client.force_login(UserFactory(person=enrolment.person))

    page = client.get(reverse("courses:enrolment", args=[enrolment.uuid]))
    home = client.get(reverse("courses:home"))

    assert words in page.text
    assert words in home.text


def test_moving_a_class_is_in_the_audit_trail():
    training_class, admin = TrainingClassFactory(state="DRAFT"), UserFactory()

    move_class(training_class, to="CANCELLED", reason="台风", actor=admin)

    event = AuditEvent.objects.get(action="courses.move_class")
    assert (event.actor, event.reason) == (admin, "台风")
    assert event.data == {"changes": {"state": ["DRAFT", "CANCELLED"]}}
