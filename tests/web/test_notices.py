import re

import pytest
from django.http import HttpRequest

from lms.web import notices
from lms.web.notices import Notice, Place, first_notice, notice, notices_at
from tests.factories.classes import EnrolmentFactory
from tests.factories.people import UserFactory, WorkerFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_of(monkeypatch):
    """A request of an account, on a site where no app tells anything yet."""
    monkeypatch.setattr(notices, "_sources", [])

    def make(user):
        request = HttpRequest()
        request.user = user
        return request

    return make


def test_a_notice_stands_where_it_was_declared_in_order(request_of):
    @notice(Place.START_PAGE, order=20)
    def later(request):
        return Notice("later.html")

    @notice(Place.START_PAGE, Place.OWN_ACCOUNT, order=10)
    def sooner(request):
        return Notice("sooner.html", {"name": request.user.username})

    @notice(Place.EVERY_PAGE)
    def nothing_today(request):
        return None

    user = WorkerFactory()
    request = request_of(user)

    assert notices_at(request, Place.START_PAGE) == [
        Notice("sooner.html", {"name": user.username}),
        Notice("later.html"),
    ]
    assert [one.template for one in notices_at(request, Place.OWN_ACCOUNT)] == [
        "sooner.html"
    ]
    assert first_notice(request) is None


def test_a_notice_is_asked_for_once_a_request(request_of):
    asked = []

    @notice(Place.EVERY_PAGE, Place.START_PAGE)
    def counted(request):
        asked.append(request)

    request = request_of(WorkerFactory())
    first_notice(request), first_notice(request)
    notices_at(request, Place.START_PAGE)

    assert len(asked) == 1


def test_an_account_without_a_person_is_told_nothing(request_of):
    @notice(Place.START_PAGE)
    def told(request):
        return Notice("told.html")

    assert notices_at(request_of(UserFactory()), Place.START_PAGE) == []


def test_a_notice_without_an_action_leaves_the_action_of_the_page(client, monkeypatch):
    worker = WorkerFactory()
    EnrolmentFactory(person=worker.person)
    client.force_login(worker)
    monkeypatch.setattr(notices, "_sources", [])
    plain = client.get("/learn/").text

    @notice(Place.EVERY_PAGE)
    def told(request):
        return Notice("components/empty.html")

    page = client.get("/learn/").text

    def action_of(text):
        return re.findall(r'<div class="action__inner">(.*?)</div>', text, re.S)

    assert page.count("empty") > plain.count("empty")
    assert action_of(page) == action_of(plain)
