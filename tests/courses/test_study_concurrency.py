"""Learning on several connections at once, against the real locks."""

import threading
import time

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, connection, transaction

from courses.models import StudySession
from courses.services.records import lock_persons
from courses.services.study import Beat, heartbeat, start_session
from tests.courses.player import NOW, Player, at, credited


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

    SQLite has one writer: there the second waits before it begins.
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
