"""A lesson on a phone: what its counter says, and what may come between."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.urls import reverse
from playwright.sync_api import expect

from courses.models import LessonProgress, StudySession
from lms.evidence import clock
from tests.factories.classes import course, enrolled_in
from tests.factories.people import PersonFactory, UserFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FILM = Path(settings.BASE_DIR) / "lms/demo/media/confined-space.mp4"
PORTAL = "<!doctype html><title>Wi-Fi</title><p>Please sign in to the network.</p>"
COUNT_TONES = """
window.tones = 0;
const draw = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () {
  window.tones += 1;
  return draw.call(this);
};
"""


@pytest.fixture
def lesson(live_server, phones):
    """Open a phone on a lesson of the given fields; return its page."""

    def opened(script="", **fields):
        page = course(fields)
        enrolment = enrolled_in(page, hours=1, person=PersonFactory())
        context = phones(UserFactory(person=enrolment.person))
        context.add_init_script(script)
        screen = context.new_page()
        where = [enrolment.uuid, page.lessons().get().pk]
        screen.url_of_lesson = live_server.url + reverse("courses:lesson", args=where)
        return screen

    return opened


@pytest.fixture
def film():
    return {
        "kind": "video",
        "duration_seconds": 60,
        "nominal_hours": Decimal("0.02"),
        "video": ContentFile(FILM.read_bytes(), name="film.mp4"),
    }


def test_a_presence_check_is_seen_and_heard_over_a_film_in_full_screen(lesson, film):
    page = lesson(COUNT_TONES, **film)
    page.goto(page.url_of_lesson)
    page.locator("h1").click()
    page.evaluate("document.querySelector('video').play()")
    expect(page.locator("[data-state=counting]")).to_be_visible()
    expect(page.locator("study-time strong").first).not_to_have_text("0 分 0 秒")
    page.evaluate("document.querySelector('video').requestFullscreen()")
    page.wait_for_function("document.fullscreenElement !== null")
    StudySession.objects.update(check_due_at=clock.now() - dt.timedelta(seconds=1))

    page.evaluate("document.querySelector('video').pause()")

    button = page.locator("[data-present]")
    expect(button).to_be_focused()
    assert page.evaluate("document.fullscreenElement") is None
    assert page.evaluate("window.tones") > 0
    button.click()
    expect(button).to_be_hidden()
    assert StudySession.objects.get().check_asked_at is None


def test_a_portal_page_is_no_network_and_counting_goes_on(lesson):
    page = lesson(minimum_seconds=600, nominal_hours=Decimal(1))
    portal = {"beats": 0}

    def answer(route):
        portal["beats"] += 1
        if portal["beats"] > 1:
            route.continue_()
        else:
            route.fulfill(status=200, body=PORTAL, content_type="text/html")

    page.route("**/beat", answer)
    page.goto(page.url_of_lesson)

    expect(page.locator("[data-say=offline]")).to_be_visible()
    expect(page.locator("[data-say=signed_out]")).to_be_hidden()
    expect(page.locator("[data-say=offline]")).to_be_hidden()
    expect(page.locator("[data-state=counting]")).to_be_visible()
    assert portal["beats"] > 1
    assert LessonProgress.objects.get().end_reached


def test_the_counter_moves_every_second_and_its_sums_add_up(lesson):
    page = lesson(minimum_seconds=600, nominal_hours=Decimal(1))
    page.goto(page.url_of_lesson)
    expect(page.locator("[data-state=counting]")).to_be_visible()

    page.wait_for_timeout(3500)

    counted, missing = page.locator("study-time strong").all_inner_texts()
    assert counted in ("0 分 2 秒", "0 分 3 秒", "0 分 4 秒")
    seconds = [int(counted.split()[2]), int(missing.split()[2])]
    assert sum(seconds) == 60
    assert missing.startswith("9 分")


@pytest.mark.parametrize("module", ["json-request", "study-time", "study-session"])
def test_a_lesson_that_has_not_loaded_whole_says_so(lesson, module):
    page = lesson(minimum_seconds=600, nominal_hours=Decimal(1))
    page.route(f"**/{module}*.js", lambda route: route.abort())

    page.goto(page.url_of_lesson, wait_until="networkidle")

    assert page.locator("[data-state=waiting]").is_visible()
    assert page.locator("form[data-fallback]").is_visible()
