"""What a phone must fetch before a page can be used, from a cold cache.

Bytes are those of the compressed page and of its files as the server sends them.
"""

import gzip
import re

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.urls import reverse

from exams.models import Attempt
from exams.views.pages import RUNNER_MODULES, RUNNER_STYLES
from lms.campaigns.services.site import make_site
from tests.factories.classes import course, enrolled_in
from tests.factories.people import PersonFactory, UserFactory
from tests.factories.sittings import CandidateFactory, make_sitting

pytestmark = pytest.mark.django_db

# Style sheets, scripts, pictures and the sprite of icons; fetched ahead is not needed.
FILE = re.compile(r'(<link rel="prefetch"[^>]*)?(?:href|src)="/static/([^"#]+)')


@pytest.fixture
def learner(client):
    user = UserFactory(person=PersonFactory())
    client.force_login(user)
    return user.person


def weigh(client, url):
    """Return how many requests a page takes, and how many bytes."""
    page = client.get(url, headers={"accept-encoding": "identity"})
    assert page.status_code == 200
    files = {name for ahead, name in FILE.findall(page.text) if not ahead}
    sizes = [_compressed(finders.find(name)) for name in files]
    return 1 + len(files), len(gzip.compress(page.content)) + sum(sizes)


def _compressed(path):
    with open(path, "rb") as file:
        return len(brotli.compress(file.read()))


def test_the_weight_of_the_front_page(client):
    make_site()

    requests, size = weigh(client, "/")

    assert requests == 12
    assert size <= 14_300


def test_the_weight_of_a_lesson(client, learner):
    enrolment = enrolled_in(course({"minimum_seconds": 60}), hours=1, person=learner)
    lesson = enrolment.training_class.programme.courses.get().lessons().get()

    requests, size = weigh(
        client, reverse("courses:lesson", args=[enrolment.uuid, lesson.pk])
    )

    assert requests == 15
    assert size <= 19_200


def test_the_weight_of_an_exam(client, learner):
    sitting = make_sitting()
    CandidateFactory(sitting=sitting, person=learner)
    client.post(reverse("exams:begin", args=[sitting.uuid]))

    requests, size = weigh(
        client, reverse("exams:run", args=[Attempt.objects.get().uuid])
    )

    assert requests == 22
    assert size <= 32_000


def test_an_exam_is_styled_by_as_many_files_as_are_fetched_at_once(client, learner):
    sitting = make_sitting()
    CandidateFactory(sitting=sitting, person=learner)
    client.post(reverse("exams:begin", args=[sitting.uuid]))

    page = client.get(reverse("exams:run", args=[Attempt.objects.get().uuid]))

    assert page.text.count('rel="stylesheet"') == 6


def test_the_files_of_an_exam_are_fetched_while_the_rules_are_read(client, learner):
    sitting = make_sitting()
    CandidateFactory(sitting=sitting, person=learner)

    page = client.get(reverse("exams:sitting", args=[sitting.uuid]))

    for name in [*RUNNER_STYLES, *RUNNER_MODULES]:
        assert f'<link rel="prefetch" href="/static/{name}">' in page.text


def test_the_page_of_an_exam_is_compressed(client, learner):
    sitting = make_sitting()
    CandidateFactory(sitting=sitting, person=learner)
    client.post(reverse("exams:begin", args=[sitting.uuid]))
    url = reverse("exams:run", args=[Attempt.objects.get().uuid])

    page = client.get(url, headers={"accept-encoding": "gzip"})

    assert page.headers["Content-Encoding"] == "gzip"
