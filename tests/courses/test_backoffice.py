import datetime as dt
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from courses.backoffice.viewsets import HourRuleViewSet
from courses.exceptions import (
    BadTransition,
    ClassFull,
    ClassNotAdmitting,
    HoursOutOfReach,
    NotToBeWithdrawn,
)
from courses.models import Enrolment, TrainingRecord
from courses.services import enrol, move_class, record_pass, withdraw
from courses.services.study import Beat, heartbeat, start_session
from lms.evidence import clock
from lms.people.models import Town
from tests.courses.factories import (
    EnrolmentFactory,
    PersonFactory,
    ProgrammeFactory,
    TrainingClassFactory,
    UserFactory,
    course,
    enrolled_in,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    user = UserFactory(is_superuser=True, access="CITY")
    client.force_login(user)
    return user


def url(model, name, *args):
    return reverse(f"wagtailsnippets_courses_{model}:{name}", args=args)


def people_on(page):
    """Return the progress of each person whom the desk of a class shows."""
    (section,) = [one for one in page.context["sections"] if one.anchor == "people"]
    return [one for one, _roles, _texts in section.context["people"]]


def act(name, training_class):
    return url("trainingclass", "act", training_class.pk, name)


@pytest.mark.parametrize(
    ("model", "make"),
    [
        ("trainingclass", lambda: TrainingClassFactory()),
        ("programme", lambda: ProgrammeFactory()),
        ("enrolment", lambda: EnrolmentFactory()),
    ],
    ids=["classes", "programmes", "enrolments"],
)
def test_a_listing_costs_the_same_for_any_number_of_rows(
    client, admin, model, make, django_assert_num_queries
):
    make()
    client.get(url(model, "list"))
    with CaptureQueriesContext(
        connection,
    ) as one:
        client.get(url(model, "list"))
    make()
    make()

    with django_assert_num_queries(len(one)):
        response = client.get(url(model, "list"))

    assert response.status_code == 200


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


def test_a_class_moves_by_its_named_action(client, admin):
    training_class = TrainingClassFactory(state="DRAFT")

    client.post(act("file", training_class))
    client.post(act("close", training_class))

    training_class.refresh_from_db()
    assert training_class.state == "FILED"


def test_people_are_enrolled_by_name(client, admin):
    training_class = TrainingClassFactory(
        programme__audience="OTHER", state="ENROLLING"
    )
    li = PersonFactory(name="李海生")
    PersonFactory(name="王海", id_masked="440899********1111")
    second = PersonFactory(name="王海", id_masked="440899********222X")

    client.post(
        act("enrol", training_class),
        {"people": "李海生\n王海 222x\n\n李海生"},
    )

    assert {e.person for e in training_class.enrolments.all()} == {li, second}


def test_a_name_that_is_not_clear_enrols_nobody(client, admin):
    training_class = TrainingClassFactory(
        programme__audience="OTHER", state="ENROLLING"
    )
    PersonFactory(name="李海生")
    PersonFactory.create_batch(2, name="王海")

    client.post(act("enrol", training_class), {"people": "李海生\n王海"})

    assert Enrolment.objects.count() == 0


def test_the_desk_of_a_class_shows_its_people(client, admin):
    enrolment = EnrolmentFactory()

    response = client.get(url("trainingclass", "inspect", enrolment.training_class_id))

    assert [one.enrolment for one in people_on(response)] == [enrolment]


def test_closing_a_class_and_withdrawing_are_asked_twice(client, admin):
    enrolment = EnrolmentFactory(training_class__state="RUNNING")
    EnrolmentFactory(
        training_class=enrolment.training_class,
        hours_met_on=dt.date(2026, 3, 2),
        passed_on=dt.date(2026, 3, 3),
    )

    desk = client.get(url("trainingclass", "inspect", enrolment.training_class_id)).text
    close = client.get(act("close", enrolment.training_class)).text
    leave = act("withdraw", enrolment.training_class)
    withdrawal = client.get(f"{leave}?enrolment={enrolment.pk}").text

    assert desk.count("/act/withdraw/") == 1
    assert f'action="{act("close", enrolment.training_class)}"' not in desk
    assert (
        f"还有 1 人没有学满学时，结班后不能再在本班学习：{enrolment.person.name}。"
        in close
    )
    assert f'value="{enrolment.pk}" selected' in withdrawal
    enrolment.refresh_from_db()
    assert enrolment.training_class.state == "RUNNING"
    assert enrolment.is_admitted


def test_the_desk_counts_who_is_in_the_class_and_says_who_is_not_shown(client):
    town = Town.objects.get(code="440883109")
    here = EnrolmentFactory(organisation__town=town)
    EnrolmentFactory(training_class=here.training_class)
    withdraw(EnrolmentFactory(training_class=here.training_class), reason="调岗")
    officer = UserFactory(access="TOWN", town=town)
    officer.user_permissions.add(
        *Permission.objects.filter(codename__in=["access_admin", "view_trainingclass"])
    )
    client.force_login(officer)

    page = client.get(url("trainingclass", "inspect", here.training_class_id))

    assert "2 / 60" in page.text
    assert "另有 1 人来自您看不到的单位" in page.text
    assert [one.enrolment for one in people_on(page)] == [here]


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


def test_only_somebody_of_the_class_is_taken_out_of_it(client, admin):
    enrolment, other = EnrolmentFactory(), EnrolmentFactory()
    address = act("withdraw", enrolment.training_class)

    answers = [
        client.post(address, {"enrolment": key, "reason": "调岗"}, follow=True)
        for key in ("no-key", "", other.pk)
    ]
    client.post(address, {"enrolment": enrolment.pk, "reason": "调岗"})

    (no_key, nobody, stranger) = [
        str(answer.context["form"].errors["enrolment"]) for answer in answers
    ]
    assert "这个人不在班里。" in no_key
    assert "必需字段" in nobody
    assert "这个人不在班里。" in stranger
    status = Enrolment.objects.in_bulk([enrolment.pk, other.pk])
    assert status[enrolment.pk].status == "WITHDRAWN"
    assert status[other.pk].status == "ADMITTED"


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


def test_who_may_not_change_classes_may_not_enrol(client):
    user = UserFactory(access="CITY")
    user.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(user)
    training_class = TrainingClassFactory(state="DRAFT")

    client.post(act("file", training_class))

    training_class.refresh_from_db()
    assert training_class.state == "DRAFT"


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


def test_whoever_has_passed_stays_in_the_class(client, admin):
    enrolment = EnrolmentFactory(passed_on=dt.date(2026, 3, 3))

    with pytest.raises(NotToBeWithdrawn):
        withdraw(enrolment, reason="调岗")

    address = act("withdraw", enrolment.training_class)
    page = client.post(
        address, {"enrolment": enrolment.pk, "reason": "调岗"}, follow=True
    )
    enrolment.refresh_from_db()
    assert "尚未合格" in page.content.decode()
    assert enrolment.status == "ADMITTED"


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
