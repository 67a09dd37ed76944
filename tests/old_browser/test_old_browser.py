"""A whole exam, an article and a film in Chromium 83, as old phones have it."""

from decimal import Decimal
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from courses.models import StudyEntry
from exams.models import Submission
from tests.browser.exam import answers_of, wait_until
from tests.factories.classes import course, enrolled_in
from tests.factories.people import WorkerFactory
from tests.factories.sittings import CandidateFactory, make_sitting

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = ".exam-question:not([hidden])"
SAVED = f"{QUESTION} [data-saved=saved]"
# Twenty seconds of VP9, which this engine can play: it has no licence for H.264.
FILM = Path(__file__).parent / "film.mp4"
VIDEO = {"kind": "video", "duration_seconds": 20, "nominal_hours": Decimal("0.02")}
ARTICLE = {"nominal_hours": Decimal("0.02"), "minimum_seconds": 5}


def test_the_engine_is_as_old_as_it_is_meant_to_be(old_browser):
    assert " Chrome/83." in old_browser.run("navigator.userAgent")
    assert old_browser.run("typeof ''.replaceAll") == "undefined"


def test_an_exam_is_written_reloaded_and_handed_in(old_browser, live_server):
    page, user, sitting = old_browser, WorkerFactory(), make_sitting()
    CandidateFactory(sitting=sitting, person=user.person)
    page.sign_in(user, live_server.url)

    page.goto(f"{live_server.url}/exams/sittings/{sitting.uuid}/")
    page.click(".action .button--primary")
    page.wait_for(".is-running")
    page.click(f"{QUESTION} .exam-option input")
    page.wait_for(SAVED)
    page.click("[data-part=next]")
    page.click(f"{QUESTION} .exam-option input")
    page.wait_for(SAVED)
    page.run("window.before = true; location.reload()")
    page.wait("!window.before && document.querySelector('.is-running') !== null")
    page.wait("document.querySelectorAll('[data-saved=saved]').length === 2")
    assert answers_of(user).keys() == {"1", "2"}
    page.click(".exam__to-sheet")
    page.click("[data-do=insist]")
    page.click("[data-part=really] button:enabled")
    page.wait_for("[data-part=receipt-title]")

    assert Submission.objects.get().answered == 2
    assert page.errors == []


@pytest.mark.parametrize("lesson", [ARTICLE, VIDEO], ids=["article", "film"])
def test_a_lesson_counts(old_browser, live_server, lesson):
    page, user = old_browser, WorkerFactory()
    if "kind" in lesson:
        lesson = lesson | {"video": ContentFile(FILM.read_bytes(), name="film.mp4")}
    enrolment = enrolled_in(course(lesson), hours="0.02", person=user.person)
    pk = enrolment.training_class.programme.courses.get().lessons().get().pk
    page.sign_in(user, live_server.url)

    page.goto(
        f"{live_server.url}{reverse('courses:lesson', args=[enrolment.uuid, pk])}"
    )
    page.wait("customElements.get('study-session') !== undefined")
    if "kind" in lesson:
        page.run("document.querySelector('video').play()")
        page.wait("document.querySelector('video').currentTime > 3")

    counted = StudyEntry.objects.filter(credited_ms__gt=0)
    assert wait_until(lambda: counted.exists() or None, seconds=40)
    assert page.errors == []
