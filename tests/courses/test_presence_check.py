"""Who is there? A question now and then, answered in time, late or never."""

import pytest

from courses.models import StudySession
from courses.services.study import answer_check
from tests.courses.player import ARTICLE, Player, at, credited
from tests.factories.classes import course, enrolled_in

pytestmark = pytest.mark.django_db


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


def test_an_article_done_early_still_asks_who_is_there():
    page = course(ARTICLE)
    player = Player(enrolled_in(page, hours=1), page.lessons().get())
    player.beat(100, 100, end=True)
    StudySession.objects.update(check_due_at=at(150))

    assert player.beat(160, 160).check_seconds == 60
    assert player.beat(300, 300).session.pause_reason == "presence"
