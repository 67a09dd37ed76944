"""When a lesson is done, and when the hours of a class are met."""

import datetime as dt
from decimal import Decimal

import pytest

from courses.hours.progress import progress_of
from courses.models import StudySession, TrainingRecord
from courses.signals import training_completed
from tests.courses.player import ARTICLE, Player, at, credited
from tests.factories.classes import course, enrolled_in

pytestmark = pytest.mark.django_db


def test_an_article_needs_its_time_and_its_end():
    page = course(ARTICLE)
    player = Player(enrolled_in(page, hours=1), page.lessons().get())

    assert player.beat(60, 60, end=True).lesson.missing_seconds == 30
    assert player.beat(100, 100).lesson.done is True


def test_an_article_done_early_counts_until_the_hours_are_met():
    page = course({**ARTICLE, "nominal_hours": Decimal("0.1")})
    enrolment = enrolled_in(page, hours="0.1")
    player = Player(enrolment, page.lessons().get())

    early = player.beat(100, 100, end=True)
    later = player.beat(200, 200)
    last = player.beat(300, 300)

    assert (early.lesson.done, early.counts, early.complete) == (True, True, False)
    assert (later.counts, later.lesson.missing_seconds) == (True, 70)
    assert (last.counts, last.complete, last.credited_ms) == (False, True, 70_000)
    assert TrainingRecord.objects.get().hours == Decimal("0.1")


def test_a_lesson_done_counts_no_more_where_only_another_is_missing():
    page = course(ARTICLE, {**ARTICLE, "nominal_hours": 2})
    enrolment = enrolled_in(page, hours="0.03")

    first = Player(enrolment, page.lessons().first())
    reply = first.beat(100, 100, end=True)

    assert (reply.lesson.done, reply.counts, reply.complete) == (True, False, False)
    assert progress_of(enrolment).next_lesson.lesson == page.lessons().last()


def test_a_film_as_long_as_the_hours_meets_them_at_its_end(film):
    player = Player(*film)
    StudySession.objects.update(check_due_at=at(3000))

    for n in range(1, 23):
        player.beat(120 * n, 120 * n)
    reply = player.beat(2698, 2698)

    assert (reply.lesson.done, reply.complete) == (True, True)
    assert credited() == 2700


def test_hours_met_because_fewer_are_planned_are_written_down_at_any_lesson():
    page = course(ARTICLE)
    enrolment = enrolled_in(page, hours=1)
    lesson = page.lessons().get()
    Player(enrolment, lesson).beat(100, 100, end=True)
    enrolment.training_class.planned_hours = Decimal("0.03")
    enrolment.training_class.save()

    assert progress_of(enrolment).next_lesson.lesson == lesson
    reply = Player(enrolment, lesson, start=200).beat(201, 0)

    assert (reply.complete, reply.credited_ms) == (True, 0)
    assert TrainingRecord.objects.count() == 1


def test_finishing_the_last_lesson_meets_the_hours_once(
    video, django_capture_on_commit_callbacks
):
    enrolment, lesson = video
    heard = []

    def receiver(enrolment, **kwargs):
        heard.append(enrolment)

    training_completed.connect(receiver)
    player = Player(enrolment, lesson)

    with django_capture_on_commit_callbacks(execute=True):
        player.beat(30, 30)
        reply = player.beat(60, 59)
        player.beat(80, 60)

    training_completed.disconnect(receiver)
    assert reply.complete is True
    record = TrainingRecord.objects.get()
    enrolment.refresh_from_db()
    assert (record.enrolment, record.person) == (enrolment, enrolment.person)
    assert record.done_on == enrolment.hours_met_on == dt.date(2026, 5, 4)
    assert record.hours == Decimal("0.02")
    assert record.credits.get().completed is True
    assert heard == [enrolment]


def test_skipping_to_the_end_meets_no_hours(video):
    player = Player(*video)

    reply = player.beat(20, 60)

    assert (reply.lesson.done, reply.complete) == (False, False)
    assert TrainingRecord.objects.count() == 0
