"""A running exam stands first on every page of a worker, with the time left."""

import datetime as dt
import re

import pytest

from exams.services.attempts import start_attempt
from exams.services.submission import submit
from lms.evidence import clock
from tests.factories.classes import EnrolmentFactory
from tests.factories.people import WorkerFactory
from tests.factories.sittings import CandidateFactory, make_sitting

pytestmark = pytest.mark.django_db

ADDRESSES = ["/learn/", "/exams/", "/certificates/", "/accounts/me/"]
FIRST = re.compile(
    r'<main [^>]*>\s*<section class="notice[^>]*aria-labelledby="running'
)
ACTION = re.compile(r'<div class="action__inner"><a [^>]*href="([^"]+)"')


@pytest.fixture
def running(client):
    """An attempt begun ten minutes ago, of a worker who is also in a class."""
    user = WorkerFactory()
    sitting = make_sitting()
    CandidateFactory(sitting=sitting, person=user.person)
    EnrolmentFactory(person=user.person)
    client.force_login(user)
    began = clock.now() - dt.timedelta(minutes=10)
    return start_attempt(sitting, person=user.person, now=began)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_running_exam_is_the_first_thing_and_the_one_action(client, running, address):
    page = client.get(address)

    left = int((running.deadline - clock.now()).total_seconds()) // 60
    assert FIRST.search(page.text)
    assert f"还剩 {left} 分钟" in page.text
    assert ACTION.findall(page.text) == [f"/exams/attempts/{running.uuid}/run/"]


def test_somebody_elses_exam_and_one_that_is_over_are_not_shown(client, running):
    stranger = WorkerFactory()
    submit(running, seat_epoch=running.seat_epoch)

    mine = client.get("/learn/").text
    client.force_login(stranger)
    others = client.get("/learn/").text

    assert "running-exam" not in mine + others


def test_of_an_exam_whose_time_is_up_the_last_answers_are_asked_for(client, running):
    now = clock.now()
    type(running).objects.filter(pk=running.pk).update(
        deadline_at_start=now - dt.timedelta(seconds=9),
        deadline=now - dt.timedelta(seconds=9),
        grace_until=now + dt.timedelta(minutes=4),
    )

    page = client.get("/learn/").text

    assert FIRST.search(page)
    assert "还留在手机上的答案" in page
