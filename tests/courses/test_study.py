"""Which time in a lesson counts, in which classes, and that nobody changes it later."""

import datetime as dt
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from courses.exceptions import ClassNotStudying, NotYourLesson
from courses.models import LessonProgress, StudyEntry, StudyRule, StudySession
from courses.services import withdraw
from courses.services.study import start_session
from tests.courses.player import ARTICLE, FILM, NOW, Player, credited
from tests.factories.classes import course, enrolled_in
from tests.factories.people import PersonFactory

pytestmark = pytest.mark.django_db


def test_watching_is_credited_by_the_servers_clock(film):
    player = Player(*film)

    player.beat(20, 20)
    reply = player.beat(40, 40)

    assert reply.credited_ms == 20_000
    assert reply.lesson.credited_seconds == 40
    assert credited() == 40


def test_seeking_ahead_credits_nothing_and_sends_the_player_back(film):
    player = Player(*film)
    player.beat(20, 20)

    reply = player.beat(40, 600)

    assert (reply.credited_ms, reply.seek_to_ms) == (0, 20_000)
    assert player.beat(60, 40).credited_ms == 20_000
    assert credited() == 40


def test_playing_twice_as_fast_earns_no_more_than_the_clock(film):
    player = Player(*film)

    for n in range(1, 31):
        player.beat(n, 2 * n)

    assert credited() <= 30


def test_watching_again_counts_once(film):
    player = Player(*film)
    player.beat(20, 20)
    player.beat(40, 5)

    assert player.beat(55, 20).credited_ms == 0
    assert player.beat(75, 40).credited_ms == 20_000


@pytest.mark.parametrize(
    "flags", [{"visible": False}, {"playing": False}], ids=["hidden", "paused"]
)
def test_time_not_spent_learning_is_not_credited(film, flags):
    player = Player(*film)

    assert player.beat(20, 20, **flags).credited_ms == 0
    assert credited() == 0


def test_a_repeated_heartbeat_changes_nothing(film):
    player = Player(*film)
    player.beat(20, 20)

    again = player.beat(40, 40, seq=1)

    assert (again.credited_ms, again.lesson.credited_seconds) == (0, 20)
    assert StudyEntry.objects.count() == 1


def test_a_sleeping_phone_is_credited_a_short_gap_at_most(film):
    player = Player(*film)

    assert player.beat(3600, 118).credited_ms == 118_000
    assert Player(*film, start=4000).beat(7600, 400).seek_to_ms == 238_000


def test_playing_without_network_loses_only_what_exceeds_two_minutes(film):
    player = Player(*film)
    player.beat(20, 20)

    reply = player.beat(200, 200)

    assert (reply.credited_ms, reply.seek_to_ms) == (120_000, 140_000)
    assert player.beat(220, 160).credited_ms == 20_000
    assert credited() == 160


def test_seeking_without_network_is_still_seeking(film):
    player = Player(*film)
    player.beat(20, 20)

    reply = player.beat(200, 210)

    assert (reply.credited_ms, reply.seek_to_ms) == (0, 20_000)


def test_a_clock_that_jumps_back_credits_nothing_and_recovers(film):
    player = Player(*film)
    player.beat(20, 20)

    assert player.beat(-3600, 40).credited_ms == 0
    assert player.beat(40, 40).credited_ms == 20_000


def test_a_second_device_pauses_the_first(film):
    first = Player(*film)
    first.beat(20, 20)
    second = Player(*film, start=30)

    late = first.beat(40, 40)
    reply = second.beat(50, 40)

    assert (late.session.state, late.session.pause_reason) == ("paused", "elsewhere")
    assert late.credited_ms == 0
    assert reply.credited_ms == 20_000
    assert credited() == 40


def test_the_same_minute_never_counts_in_two_classes(film):
    enrolment, lesson = film
    other_page = course(FILM, code="C2")
    other = enrolled_in(other_page, hours=1, person=enrolment.person)
    first = Player(enrolment, lesson)
    second = Player(other, other_page.lessons().get())

    for n in range(1, 4):
        first.beat(20 * n, 20 * n)
        second.beat(20 * n, 20 * n)

    assert credited() == 60


def test_the_daily_ceiling_stops_the_credit(film):
    StudyRule.objects.create(
        valid_from=dt.date(2026, 1, 1), minutes_per_hour=1, daily_ceiling_hours=1
    )
    LessonProgress.objects.all().delete()
    enrolment, lesson = film
    lesson.nominal_hours = Decimal(40)
    lesson.save()
    player = Player(enrolment, lesson)
    player.beat(50, 50)

    reply = player.beat(80, 80)

    assert reply.credited_ms == 10_000
    assert (reply.session.state, reply.session.pause_reason) == ("paused", "ceiling")
    tomorrow = Player(enrolment, lesson, start=86_400)
    assert tomorrow.beat(86_420, 80).credited_ms == 20_000


def test_a_lesson_credits_its_nominal_time_at_most():
    page = course({**ARTICLE, "nominal_hours": Decimal("0.02")})
    player = Player(enrolled_in(page, hours=1), page.lessons().get())

    for n in range(1, 10):
        reply = player.beat(20 * n, 20 * n)

    assert credited() == 54
    assert reply.lesson.done is False


def test_no_time_counts_in_a_class_that_does_not_run(film):
    enrolment, lesson = film
    enrolment.training_class.state = "CLOSED"
    enrolment.training_class.save()

    with pytest.raises(ClassNotStudying):
        start_session(enrolment, lesson=lesson, now=NOW)

    assert StudySession.objects.count() == 0


@pytest.mark.parametrize("over", ["class", "enrolment"])
def test_a_heartbeat_counts_no_more_once_it_is_over(film, over):
    enrolment, lesson = film
    player = Player(enrolment, lesson)
    player.beat(20, 20)
    if over == "class":
        enrolment.training_class.state = "CLOSED"
        enrolment.training_class.save()
    else:
        withdraw(enrolment, reason="调岗")

    with pytest.raises(ClassNotStudying):
        player.beat(40, 40)

    assert credited() == 20


def test_a_lesson_of_another_programme_is_refused(film):
    foreign = course(ARTICLE, code="C9").lessons().get()

    with pytest.raises(NotYourLesson):
        start_session(film[0], lesson=foreign, now=NOW)

    assert StudySession.objects.count() == 0


@pytest.mark.services
@pytest.mark.parametrize(
    "change",
    [
        lambda entries: entries.update(credited_ms=10**6),
        lambda entries: entries._raw_delete("default"),
    ],
    ids=["update", "delete"],
)
def test_study_entries_refuse_to_change_e14(film, change):
    Player(*film).beat(20, 20)

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        change(StudyEntry.objects.all())

    assert credited() == 20


def test_one_active_session_per_person(film):
    session = Player(*film).session
    session.pk = session.uuid = None
    session._state.adding = True
    session.uuid = "00000000-0000-4000-8000-000000000000"

    with pytest.raises(IntegrityError, match="person"), transaction.atomic():
        session.save()


def test_one_entry_per_session_and_sequence_number(film):
    Player(*film).beat(20, 20)
    entry = StudyEntry.objects.get()
    entry.pk = None
    entry._state.adding = True

    with pytest.raises(IntegrityError, match="seq"), transaction.atomic():
        entry.save()


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"minutes_per_hour": 0}, "courses_studyrule_numbers_make_sense"),
        ({"check_before_minutes": 1}, "courses_studyrule_numbers_make_sense"),
    ],
    ids=["no minutes", "window turned round"],
)
def test_study_rule_constraints_hold(fields, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        StudyRule.objects.create(valid_from=dt.date(2030, 1, 1), **fields)


def test_people_learn_independently(film):
    enrolment, lesson = film
    other = enrolled_in(lesson.get_parent().specific, hours=1, person=PersonFactory())
    first, second = Player(enrolment, lesson), Player(other, lesson)

    assert first.beat(20, 20).credited_ms == 20_000
    assert second.beat(20, 20).credited_ms == 20_000
