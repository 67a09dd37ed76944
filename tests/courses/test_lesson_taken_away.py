"""A lesson taken away while people learn it: their hours stay, the editor is told."""

from decimal import Decimal

import pytest
from django.urls import reverse

from courses.hours.progress import progress_of
from tests.courses.player import VIDEO, Player
from tests.factories.classes import course, enrolled_in
from tests.factories.people import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def half_done():
    """An enrolment with the first of two films done, and that lesson."""
    page = course(VIDEO, VIDEO | {"slug": "l9"})
    enrolment = enrolled_in(page, hours="0.04")
    lesson = page.lessons().first()
    player = Player(enrolment, lesson)
    player.beat(30, 30)
    player.beat(60, 60)
    return enrolment, lesson


def test_unpublishing_a_lesson_takes_no_credited_hours_away(half_done):
    enrolment, lesson = half_done

    lesson.unpublish()

    progress = progress_of(enrolment)
    assert progress.credited_hours == Decimal("0.02")
    assert [state.lesson for state in progress.lessons] != [lesson]
    assert progress.missing_lessons == 1


def test_the_other_lesson_completes_the_hours_then(half_done):
    enrolment, lesson = half_done
    lesson.unpublish()

    player = Player(enrolment, progress_of(enrolment).next_lesson.lesson, start=100)
    player.beat(130, 30)
    reply = player.beat(160, 60)

    assert reply.complete


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("pages:edit", "get"),
        ("pages:delete", "get"),
        ("pages:unpublish", "post"),
    ],
)
def test_the_editor_is_told_whom_a_change_touches(client, half_done, name, method):
    enrolment, lesson = half_done
    client.force_login(UserFactory(is_superuser=True, access="CITY"))

    address = reverse(f"wagtailadmin_{name}", args=[lesson.pk])
    page = getattr(client, method)(address, follow=True)

    assert "现在有 1 人正在学这门课" in page.text
    assert enrolment.training_class.number in page.text


def test_the_editor_is_told_of_many_pages_at_once(client, half_done):
    _enrolment, lesson = half_done
    client.force_login(UserFactory(is_superuser=True, access="CITY"))

    address = reverse("wagtail_bulk_action", args=["wagtailcore", "page", "unpublish"])
    page = client.post(f"{address}?id={lesson.pk}&next=/admin/", follow=True)

    assert "现在有 1 人正在学这门课" in page.text


def test_the_editor_is_told_nothing_where_nobody_learns(client):
    client.force_login(UserFactory(is_superuser=True, access="CITY"))
    lesson = course(VIDEO).lessons().get()

    page = client.get(reverse("wagtailadmin_pages:edit", args=[lesson.pk]))

    assert "正在学这门课" not in page.text
