import datetime as dt
from decimal import Decimal

import pytest
from django.db import IntegrityError
from django.urls import reverse
from django.utils import translation

from courses.backoffice.viewsets import HourRuleViewSet
from courses.exceptions import (
    BadTransition,
    ClassFull,
    ClassNotAdmitting,
    HoursOutOfReach,
)
from courses.models import Enrolment, TrainingRecord
from courses.services import enrol, move_class, record_pass, withdraw
from courses.services.study import Beat, heartbeat, start_session
from lms.evidence import clock
from tests.factories.classes import (
    EnrolmentFactory,
    ProgrammeFactory,
    TrainingClassFactory,
    course,
    enrolled_in,
)
from tests.factories.people import PersonFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    user = UserFactory(is_superuser=True, access="CITY")
    client.force_login(user)
    return user


def url(model, name, *args):
    return reverse(f"wagtailsnippets_courses_{model}:{name}", args=args)


def test_a_record_says_for_whom_the_training_was(client, admin):
    record = TrainingRecord.objects.create(
        holder_name="李海生",
        kind="SPECIAL_TOPIC",
        hours=4,
        done_on=dt.date(2017, 7, 3),
        source="import",
    )
    for audience in ("PRINCIPAL", "OTHER_STAFF"):
        record.credits.create(audience=audience, completed=True)

    pages = (
        client.get(url("trainingrecord", "list")).text,
        client.get(url("trainingrecord", "inspect", record.pk)).text,
        client.get(url("trainingrecord", "list") + "?export=csv").getvalue().decode(),
    )

    for page in pages:
        assert "其他从业人员、主要负责人" in page
        assert "培训对象" in page


@pytest.mark.parametrize(
    "model", ["trainingrecord", "studyentry", "hourrule", "studyrule"], ids=str
)
def test_every_listing_opens(client, admin, model):
    assert client.get(url(model, "list")).status_code == 200


@pytest.mark.parametrize(
    "model", ["trainingrecord", "studyentry", "enrolment"], ids=str
)
def test_evidence_has_no_form_in_the_back_office(client, admin, model):
    response = client.get(url(model, "add"))

    assert (response.status_code, response.url) == (302, "/admin/")


@pytest.mark.parametrize(("capacity", "kept"), [(1, 60), (2, 2)])
def test_a_class_has_no_fewer_places_than_people(client, admin, capacity, kept):
    training_class = EnrolmentFactory().training_class
    EnrolmentFactory(training_class=training_class)
    withdraw(EnrolmentFactory(training_class=training_class), reason="调岗")

    form = {
        "number": training_class.number,
        "programme": training_class.programme_id,
        "title": training_class.title,
        "planned_hours": training_class.planned_hours,
        "capacity": capacity,
        "starts_on": training_class.starts_on,
        "ends_on": training_class.ends_on,
        "funding": training_class.funding,
    }
    client.post(url("trainingclass", "edit", training_class.pk), form)

    training_class.refresh_from_db()
    assert training_class.capacity == kept


def short_class(**fields):
    page = course({"nominal_hours": 1}, {**FILM, "nominal_hours": 2})
    programme = ProgrammeFactory(planned_hours=3)
    programme.courses.add(page)
    return TrainingClassFactory(programme=programme, **fields)


FILM = {"kind": "video", "duration_seconds": 1350}


def test_time_counts_in_no_class_that_nobody_could_finish():
    training_class = short_class(state="ENROLLING")

    with pytest.raises(HoursOutOfReach) as refusal, translation.override("en"):
        move_class(training_class, to="CONFIRMED")

    assert str(refusal.value) == (
        "The lessons give 1.50 class hours at most, but 3.00 are planned: "
        "nobody could finish. Add lessons, plan fewer hours, or say how many of them "
        "are taught in person."
    )
    training_class.planned_hours = Decimal("1.5")
    training_class.save()
    assert move_class(training_class, to="CONFIRMED").state == "CONFIRMED"


def test_a_class_taught_in_person_begins_without_lessons():
    training_class = TrainingClassFactory(
        programme__audience="OTHER", state="ENROLLING"
    )

    assert move_class(training_class, to="CONFIRMED").state == "CONFIRMED"


@pytest.mark.parametrize(
    ("state", "hours", "planned"),
    [("RUNNING", "1.51", 3), ("RUNNING", "1.50", 1.5), ("DRAFT", "9", 9)],
    ids=["too many", "as many as there are", "not yet running"],
)
def test_a_running_class_never_plans_more_than_its_lessons_give(
    client, admin, state, hours, planned
):
    training_class = short_class(state=state)
    names = ("number", "programme", "title", "capacity", "starts_on", "ends_on")
    facts = {name: getattr(training_class, name) for name in names}
    facts |= {"programme": training_class.programme_id, "planned_hours": hours}
    facts |= {"venue": "", "funding": training_class.funding}

    client.post(url("trainingclass", "edit", training_class.pk), facts)

    training_class.refresh_from_db()
    assert training_class.planned_hours == Decimal(planned)


def test_classes_are_listed_in_several_states_at_once(client, admin):
    wanted = {TrainingClassFactory(state=state) for state in ("RUNNING", "EXAMINING")}
    TrainingClassFactory(state="CLOSED")

    page = client.get(url("trainingclass", "list") + "?state=RUNNING&state=EXAMINING")

    assert set(page.context["object_list"]) == wanted


def test_classes_that_nobody_can_finish_are_shown_to_staff(client, admin):
    training_class = short_class(state="RUNNING")

    desk = client.get(url("trainingclass", "inspect", training_class.pk))
    home = client.get("/admin/")

    assert "这些课最多只有 1.50 学时，计划却是 3.00 学时" in desk.text
    assert "计划学时多于课程能给的学时" in home.text


def test_labels_of_listings_are_not_fixed_in_one_language():
    columns = HourRuleViewSet.list_display

    labels = [c.label for c in columns if not isinstance(c, str)]

    with translation.override("en"):
        assert [str(label) for label in labels] == ["high-hazard"]
    with translation.override("zh-hans"):
        assert [str(label) for label in labels] != ["high-hazard"]


def test_a_class_is_cancelled_with_a_reason_only():
    training_class = TrainingClassFactory(state="DRAFT")

    with pytest.raises(BadTransition):
        move_class(training_class, to="CANCELLED")

    assert (
        move_class(training_class, to="CANCELLED", reason="台风").cancel_reason
        == "台风"
    )


def test_enrolling_twice_changes_nothing_and_withdrawn_people_return():
    training_class = TrainingClassFactory(
        programme__audience="OTHER", state="ENROLLING"
    )
    person = PersonFactory()
    first = enrol(training_class, persons=[person])[0]
    withdraw(first, reason="调岗")

    again = enrol(training_class, persons=[person])[0]

    assert (again.pk, again.status) == (first.pk, "ADMITTED")


def test_a_pass_that_comes_after_the_withdrawal_brings_the_person_back():
    enrolment = withdraw(EnrolmentFactory(), reason="调岗")

    record_pass(enrolment, passed_on=dt.date(2026, 3, 3))

    enrolment.refresh_from_db()
    assert enrolment.status == "ADMITTED"


def test_the_database_keeps_whoever_passed():
    passed = EnrolmentFactory(passed_on=dt.date(2026, 3, 3))

    with pytest.raises(IntegrityError, match="whoever_passed_stays"):
        Enrolment.objects.filter(pk=passed.pk).update(
            status="WITHDRAWN", withdraw_reason="调岗"
        )


def test_a_full_class_takes_nobody_more():
    training_class = TrainingClassFactory(
        programme__audience="OTHER", state="ENROLLING", capacity=1
    )
    enrol(training_class, persons=[PersonFactory()])

    with pytest.raises(ClassFull):
        enrol(training_class, persons=[PersonFactory()])

    assert training_class.enrolments.count() == 1


def test_a_closed_class_takes_nobody():
    training_class = TrainingClassFactory(state="CLOSED")

    with pytest.raises(ClassNotAdmitting):
        enrol(training_class, persons=[PersonFactory()])

    assert training_class.enrolments.count() == 0


@pytest.mark.parametrize("pass_first", [True, False], ids=["pass first", "hours first"])
def test_hours_and_pass_are_two_facts_of_one_record(pass_first):
    page = course({"minimum_seconds": 1, "nominal_hours": "0.01"})
    enrolment = enrolled_in(page, hours="0.01")
    now = clock.now()
    today = clock.day_of(now)
    lesson = page.lessons().get()
    if pass_first:
        record_pass(enrolment, passed_on=today)
    session = start_session(enrolment, lesson=lesson, now=now - dt.timedelta(minutes=2))
    heartbeat(session, beat=Beat(1, 60_000, end=True), now=now)
    if not pass_first:
        record_pass(enrolment, passed_on=today)
    record_pass(enrolment, passed_on=today)

    current = TrainingRecord.objects.current().get()
    assert (current.result, current.passed_on) == ("passed", today)
    assert current.hours == Decimal("0.01")
    assert TrainingRecord.objects.count() == (1 if pass_first else 2)
    assert current.credits.get().completed is True
