"""The ledger of class hours: what staff enter for a class taught in person."""

import datetime as dt
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, transaction
from django.urls import reverse

from courses.exceptions import (
    ClassNotStudying,
    CourseReasonMissing,
    DayNotPossible,
    HoursNotMet,
)
from courses.hours.progress import progress_of
from courses.hours.sheet import Claim
from courses.models import HourEntry, StudyEntry, TrainingRecord
from courses.services import enter_hours, record_hours_met
from lms.evidence import clock
from lms.evidence.models import AuditEvent
from lms.people.models import Town
from tests.courses.player import FILM, VIDEO, Player
from tests.factories.classes import (
    DAY,
    EnrolmentFactory,
    ProgrammeFactory,
    TrainingClassFactory,
    course,
    enrolled_in,
)
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 5, 20, 2, tzinfo=dt.UTC)


@pytest.fixture
def clerk():
    return UserFactory(is_superuser=True, access="CITY")


def enter(clerk, *claims, source="ATTENDANCE", day=DAY, reason="签到表", now=NOW):
    """Enter hours of one class, each claim as (enrolment, half day, hours)."""
    rows = [Claim(one.pk, half, Decimal(hours)) for one, half, hours in claims]
    return enter_hours(
        claims[0][0].training_class,
        claims=rows,
        source=source,
        day=day,
        reason=reason,
        actor=clerk,
        now=now,
    )


def codes(sheet):
    return [row.refusal and row.refusal.code for row in sheet.rows]


def test_planned_hours_are_not_credited_hours():
    enrolment = EnrolmentFactory()

    progress = progress_of(enrolment)

    assert (progress.credited_hours, progress.missing_hours) == (0, 8)
    assert not progress.complete
    with pytest.raises(HoursNotMet):
        record_hours_met(enrolment)


def test_a_class_without_lessons_is_completed_by_entered_hours(clerk):
    enrolment = EnrolmentFactory()
    next_day = DAY + dt.timedelta(days=1)

    first = enter(clerk, (enrolment, "AM", "3"), (enrolment, "PM", "4"))
    second = enter(clerk, (enrolment, "AM", "1"), day=next_day)

    assert [row.completes for row in (*first.rows, *second.rows)] == [False, True]
    enrolment.refresh_from_db()
    record = TrainingRecord.objects.get()
    assert enrolment.hours_met_on == record.done_on == next_day
    assert record.hours == 8
    assert record.credits.get().completed
    entry = HourEntry.objects.earliest("pk")
    assert (entry.entered_by, entry.reason, entry.hours) == (clerk, "签到表", 3)


def test_entering_hours_is_in_the_audit_trail(clerk):
    enrolment = EnrolmentFactory()

    enter(clerk, (enrolment, "AM", "4"))

    event = AuditEvent.objects.get(action="courses.enter_hours")
    assert (event.actor, event.reason) == (clerk, "签到表")
    assert event.data == {
        "source": "ATTENDANCE",
        "day": "2026-05-04",
        "people": 1,
        "hours": "4",
        "hours_met": 0,
    }


def test_a_half_day_counts_once(clerk):
    enrolment = EnrolmentFactory()
    elsewhere = EnrolmentFactory(person=enrolment.person)
    enter(clerk, (enrolment, "AM", "2"))

    again = enter(clerk, (enrolment, "AM", "2"))
    other_class = enter(clerk, (elsewhere, "AM", "2"))
    practice = enter(clerk, (enrolment, "AM", "2"), source="PRACTICAL")

    assert codes(again) == codes(other_class) == ["half_day_taken"]
    assert enrolment.training_class.number in str(other_class.rows[0].refusal)
    assert codes(practice) == [None]
    assert progress_of(enrolment).credited_hours == 4


def test_a_day_holds_eight_hours_over_all_classes_and_online_study(clerk):
    page = course(FILM)
    online = enrolled_in(page, hours=1)
    in_class = EnrolmentFactory(
        person=online.person, training_class__planned_hours=Decimal(20)
    )
    player = Player(online, page.lessons().get())
    player.beat(60, 60)
    studied = StudyEntry.objects.get()

    def on(day, am, pm):
        return enter(clerk, (in_class, "AM", am), (in_class, "PM", pm), day=day)

    too_much = on(studied.day, "4", "4")
    enough = on(studied.day, "4", "3.97")
    free_day = on(studied.day + dt.timedelta(days=1), "4", "4.01")

    assert codes(too_much) == codes(free_day) == ["day_is_full"]
    assert codes(enough) == [None]
    assert player.beat(120, 120).session.pause_reason == "ceiling"


def test_corrections_add_and_take_away_but_never_below_zero(clerk):
    enrolment = EnrolmentFactory()
    enter(clerk, (enrolment, "AM", "4"))

    too_much = enter(clerk, (enrolment, "", "-4.01"), source="CORRECTION")
    taken = enter(clerk, (enrolment, "", "-1.5"), source="CORRECTION", reason="早退")
    added = enter(clerk, (enrolment, "", "1"), source="CORRECTION", reason="漏记")

    assert codes(too_much) == ["below_zero"]
    assert codes(taken) == codes(added) == [None]
    assert progress_of(enrolment).credited_hours == Decimal("3.5")


def test_nothing_is_added_once_the_hours_are_met(clerk):
    enrolment = EnrolmentFactory()
    enter(clerk, (enrolment, "AM", "4"), (enrolment, "PM", "4"))

    later = enter(clerk, (enrolment, "AM", "1"), day=DAY + dt.timedelta(days=1))

    assert codes(later) == ["hours_met_already"]
    assert TrainingRecord.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "state", "refusal"),
    [
        ({"day": DAY - dt.timedelta(days=1)}, "RUNNING", DayNotPossible),
        ({"day": dt.date(2026, 5, 21)}, "RUNNING", DayNotPossible),
        ({"reason": "  "}, "RUNNING", CourseReasonMissing),
        ({}, "ENROLLING", ClassNotStudying),
        ({}, "CLOSED", ClassNotStudying),
    ],
    ids=["before the class", "tomorrow", "no reason", "enrolling", "closed"],
)
def test_hours_are_refused(clerk, fields, state, refusal):
    enrolment = EnrolmentFactory(training_class__state=state)

    with pytest.raises(refusal):
        enter(clerk, (enrolment, "AM", "4"), **fields)

    assert HourEntry.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"hours": -1}, "only_corrections_are_negative"),
        ({"source": "ONLINE"}, "online_hours_are_never_entered"),
        ({"half_day": ""}, "half_day_unless_correction"),
        ({"reason": ""}, "with_reason"),
        ({"day": DAY}, "hourentry_once|UNIQUE|unique"),
    ],
    ids=str,
)
def test_the_database_refuses_impossible_entries(clerk, changes, constraint):
    enrolment = EnrolmentFactory()
    enter(clerk, (enrolment, "AM", "4"))
    facts = {
        "enrolment": enrolment,
        "person": enrolment.person,
        "source": "ATTENDANCE",
        "day": DAY + dt.timedelta(days=1),
        "half_day": "AM",
        "hours": 1,
        "reason": "签到表",
        "entered_by": clerk,
    }

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        HourEntry.objects.create(**facts | changes)


def test_lessons_are_not_asked_of_a_person_who_learnt_in_class(clerk):
    enrolment = enrolled_in(course({"nominal_hours": 8}), hours=8)

    sheet = enter(clerk, (enrolment, "AM", "4"), (enrolment, "PM", "4"))

    assert sheet.rows[0].completes


def test_lessons_and_meetings_add_up_where_every_lesson_is_done(clerk):
    page = course(VIDEO)
    enrolment = enrolled_in(page, hours="1.02")
    enrolment.training_class.in_person_hours = 1
    enrolment.training_class.save()

    before = enter(clerk, (enrolment, "AM", "1"), source="PRACTICAL")
    player = Player(enrolment, page.lessons().get())
    player.beat(30, 30)
    reply = player.beat(60, 60)

    assert not before.rows[0].completes
    assert reply.complete
    assert TrainingRecord.objects.get().hours == Decimal("1.02")


# The screen.


def address(training_class, source=None):
    name = "wagtailsnippets_courses_trainingclass:hours"
    query = f"?source={source}" if source else ""
    return reverse(name, args=[training_class.pk]) + query


def test_a_whole_class_is_entered_at_once_with_exceptions(client, clerk):
    client.force_login(clerk)
    training_class = TrainingClassFactory()
    chen, li, wu = (
        EnrolmentFactory(training_class=training_class, person__name=name)
        for name in ("陈文", "李海", "吴兰")
    )
    form = {
        "day": DAY.isoformat(),
        "reason": "签到表",
        "AM": "４",
        "PM": "4",
        f"AM-{li.uuid}": "0",
        f"PM-{li.uuid}": "3.5",
        f"AM-{wu.uuid}": "0",
        f"PM-{wu.uuid}": "0",
    }

    preview = client.post(address(training_class), form | {"step": "preview"})
    assert [row.hours for row in preview.context["sheet"].rows] == [
        0,
        Decimal("3.5"),
        8,
    ]
    assert HourEntry.objects.count() == 0
    saved = client.post(address(training_class), form | {"step": "save"}, follow=True)

    said = [str(message) for message in saved.context["messages"]]
    assert said == [
        "已为 2 人记入学时。",
        "现在学满学时：陈文。",
        "不记入：1 人 – 吴兰",
    ]
    hours = {e.enrolment: e.hours for e in HourEntry.objects.filter(half_day="PM")}
    assert hours == {chen: 4, li: Decimal("3.5")}


def test_the_sheet_says_who_gets_nothing_and_why(client, clerk):
    client.force_login(clerk)
    enrolment = EnrolmentFactory(person__name="李海")
    form = {"day": DAY.isoformat(), "reason": "签到表", "AM": "4"}
    where = address(enrolment.training_class)
    client.post(where, form | {"step": "save"})

    preview = client.post(where, form | {"step": "preview"})
    again = client.post(where, form | {"step": "save"}, follow=True)

    assert "这半天已经在" in preview.text
    assert 'value="save"' not in preview.text
    said = [str(message) for message in again.context["messages"]]
    assert len(said) == 1
    assert said[0].startswith("没有记入，李海：这半天已经在")


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"AM": ""}, "没有给任何人填学时"),
        ({"AM": "4", "reason": ""}, "error-message"),
        ({"AM": "4", "day": "2026-05-03"}, "只能记"),
        ({"AM": "-1"}, "大于或等于"),
    ],
    ids=["nothing", "no reason", "before the class", "negative"],
)
def test_a_sheet_that_cannot_be_saved_says_why(client, clerk, form, words):
    client.force_login(clerk)
    enrolment = EnrolmentFactory()
    form = {"day": DAY.isoformat(), "reason": "签到表"} | form

    response = client.post(
        address(enrolment.training_class), form | {"step": "save"}, follow=True
    )

    assert words in response.text
    assert HourEntry.objects.count() == 0


def test_a_correction_has_one_signed_number_a_person(client, clerk):
    client.force_login(clerk)
    enrolment = EnrolmentFactory()
    enter(clerk, (enrolment, "AM", "4"))
    form = {"day": DAY.isoformat(), "reason": "早退", f"change-{enrolment.uuid}": "-1"}

    where = address(enrolment.training_class, "CORRECTION")
    client.post(where, form | {"step": "save"})

    assert progress_of(enrolment).credited_hours == 3


@pytest.mark.parametrize("source", ["ONLINE", "x"])
def test_online_hours_have_no_sheet(client, clerk, source):
    client.force_login(clerk)

    response = client.get(address(TrainingClassFactory(), source))

    assert response.status_code == 404


def test_staff_of_one_town_enter_hours_of_their_people_only(client):
    town = Town.objects.get(code="440883109")
    here = EnrolmentFactory(organisation__town=town)
    away = EnrolmentFactory(training_class=here.training_class)
    officer = UserFactory(access="TOWN", town=town)
    names = ["access_admin", "view_trainingclass", "change_trainingclass"]
    rights = Permission.objects.filter(codename__in=[*names, "add_hourentry"])
    officer.user_permissions.add(*rights)
    client.force_login(officer)
    form = {"day": DAY.isoformat(), "reason": "签到表", "AM": "4", "step": "save"}

    client.post(address(here.training_class), form | {f"AM-{away.uuid}": "4"})

    assert [entry.enrolment for entry in HourEntry.objects.all()] == [here]


def test_hours_are_entered_with_the_permission_only(client):
    user = UserFactory(access="CITY")
    names = ["access_admin", "view_trainingclass", "change_trainingclass"]
    user.user_permissions.add(*Permission.objects.filter(codename__in=names))
    client.force_login(user)
    enrolment = EnrolmentFactory()

    form = {"day": DAY.isoformat(), "reason": "签到表", "AM": "4", "step": "save"}
    client.post(address(enrolment.training_class), form)

    assert HourEntry.objects.count() == 0


def test_the_sheet_costs_the_same_for_any_number_of_people(
    client, clerk, django_assert_max_num_queries
):
    client.force_login(clerk)
    training_class = TrainingClassFactory(programme=ProgrammeFactory())
    EnrolmentFactory.create_batch(1, training_class=training_class)
    page = client.get(address(training_class))
    assert f'value="{clock.today()}"' in page.text
    form = {"day": DAY.isoformat(), "reason": "签到表", "AM": "4", "step": "preview"}
    with django_assert_max_num_queries(60) as one:
        client.post(address(training_class), form)
    EnrolmentFactory.create_batch(3, training_class=training_class)

    with django_assert_max_num_queries(len(one)):
        client.post(address(training_class), form)
