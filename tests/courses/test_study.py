import datetime as dt
import threading
import time
from decimal import Decimal

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, IntegrityError, connection, transaction

from courses.exceptions import ClassNotStudying, NotYourLesson
from courses.models import (
    LessonProgress,
    StudyEntry,
    StudyRule,
    StudySession,
    TrainingRecord,
)
from courses.progress import progress_of
from courses.services import withdraw
from courses.services.records import lock_persons
from courses.services.study import Beat, answer_check, heartbeat, start_session
from courses.signals import training_completed

from .factories import PersonFactory, course, enrolled_in

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 5, 4, 1, tzinfo=dt.UTC)
VIDEO = {"kind": "video", "duration_seconds": 60, "nominal_hours": Decimal("0.02")}
FILM = {"kind": "video", "duration_seconds": 2700, "nominal_hours": Decimal(1)}
ARTICLE = {"nominal_hours": Decimal(1), "minimum_seconds": 90}


def at(seconds):
    return NOW + dt.timedelta(seconds=seconds)


class Player:
    """A phone that reports honestly unless told otherwise."""

    def __init__(self, enrolment, lesson, start=0):
        self.session = start_session(enrolment, lesson=lesson, now=at(start))
        self.seq = 0

    def beat(self, second, position, **fields):
        self.seq = fields.pop("seq", self.seq + 1)
        beat = Beat(self.seq, int(position * 1000), **fields)
        return heartbeat(self.session, beat=beat, now=at(second))


@pytest.fixture
def video():
    page = course(VIDEO)
    return enrolled_in(page, hours="0.01"), page.lessons().get()


@pytest.fixture
def film():
    page = course(FILM)
    return enrolled_in(page, hours=1), page.lessons().get()


def credited():
    return sum(StudyEntry.objects.values_list("credited_ms", flat=True)) / 1000


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


def test_an_unanswered_presence_check_pauses_and_takes_nothing_back(film):
    player = Player(*film)
    player.session.check_due_at = at(500)
    player.session.save()
    for n in range(1, 26):
        reply = player.beat(20 * n, 20 * n)
    assert reply.check_seconds == 60
    assert player.beat(540, 540).credited_ms == 0

    reply = player.beat(570, 570)

    assert (reply.session.state, reply.session.pause_reason) == ("paused", "presence")
    assert credited() == 500


def test_an_answered_presence_check_catches_up(film):
    player = Player(*film)
    StudySession.objects.update(check_due_at=at(20))
    player.beat(20, 20)
    player.beat(40, 40)

    answer_check(player.session, now=at(50))

    assert player.beat(60, 60).credited_ms == 40_000
    player.session.refresh_from_db()
    assert at(50 + 8 * 60) <= player.session.check_due_at <= at(50 + 15 * 60)


def test_opening_the_lesson_again_does_not_put_the_check_off(film):
    due = Player(*film).session.check_due_at
    again = Player(*film, start=7 * 60)
    third = Player(*film, start=7 * 60 + 20)
    next_day = Player(*film, start=24 * 3600)

    assert again.session.check_due_at == third.session.check_due_at == due
    assert next_day.session.check_due_at >= at(24 * 3600 + 8 * 60)


def test_a_late_answer_pauses(film):
    player = Player(*film)
    StudySession.objects.update(check_due_at=at(20))
    player.beat(20, 20)

    assert answer_check(player.session, now=at(90)).session.pause_reason == "presence"


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


def test_an_article_done_early_still_asks_who_is_there():
    page = course(ARTICLE)
    player = Player(enrolled_in(page, hours=1), page.lessons().get())
    player.beat(100, 100, end=True)
    StudySession.objects.update(check_due_at=at(150))

    assert player.beat(160, 160).check_seconds == 60
    assert player.beat(300, 300).session.pause_reason == "presence"


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
        withdraw(enrolment)

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


@pytest.mark.services
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_a_heartbeat_sent_by_many_at_once_counts_once(film):
    player = Player(*film)
    barrier, replies, failures = threading.Barrier(6), [], []

    def send():
        barrier.wait(timeout=10)
        try:
            replies.append(
                heartbeat(player.session, beat=Beat(1, 20_000), now=at(20)).credited_ms
            )
        except (DatabaseError, ObjectDoesNotExist) as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert failures == []
    assert sorted(replies) == [0, 0, 0, 0, 0, 20_000]
    assert credited() == 20


@pytest.mark.services
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_lessons_begun_at_once_leave_one_active(film):
    enrolment, lesson = film
    barrier, failures = threading.Barrier(4), []

    def begin():
        barrier.wait(timeout=10)
        try:
            start_session(enrolment, lesson=lesson, now=NOW)
        except DatabaseError as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert failures == []
    assert StudySession.objects.filter(state="active").count() == 1
    assert StudySession.objects.count() == 4


@pytest.mark.services
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_finishing_here_and_beginning_elsewhere_never_wait_for_each_other(video):
    enrolment, lesson = video
    player = Player(enrolment, lesson)
    replies = []

    def finish():
        try:
            replies.append(player.beat(60, 60))
        except DatabaseError as error:
            replies.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=finish)
    with transaction.atomic():
        lock_persons([enrolment.person_id])
        thread.start()
        wait_until_somebody_waits()
        start_session(enrolment, lesson=lesson, now=at(61))
    thread.join(timeout=30)

    [reply] = replies
    assert reply.session.pause_reason == "elsewhere"


def wait_until_somebody_waits():
    """Return once another connection waits for a lock of this one.

    SQLite has one writer: there whoever comes second waits at the door.
    """
    if connection.vendor == "sqlite":
        return
    deadline = time.monotonic() + 10
    waiting = (
        "SELECT 1 FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    )
    with connection.cursor() as cursor:
        while not cursor.execute(waiting).fetchone():
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_people_learn_independently(film):
    enrolment, lesson = film
    other = enrolled_in(lesson.get_parent().specific, hours=1, person=PersonFactory())
    first, second = Player(enrolment, lesson), Player(other, lesson)

    assert first.beat(20, 20).credited_ms == 20_000
    assert second.beat(20, 20).credited_ms == 20_000
