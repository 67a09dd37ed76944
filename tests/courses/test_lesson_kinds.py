"""A kind of lesson is one module: this one is defined here, and nothing else knows."""

from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from courses.hours.progress import progress_of
from courses.lessons import LessonKind, base, lesson_kind_choices, register
from courses.models import LessonPage
from tests.courses.player import ARTICLE, VIDEO, Player
from tests.factories.classes import course, enrolled_in
from tests.factories.people import UserFactory

ELSEWHERE = (
    "hours/progress.py",
    "services/study.py",
    "views/learn.py",
    "views/media.py",
)
WORDS = ("is_video", '"video"', '"article"')


@pytest.fixture
def drawing(monkeypatch):
    """Lessons in which a drawing is shown: done after half the nominal time."""
    monkeypatch.setattr(base, "_kinds", dict(base._kinds))

    @register
    class Drawing(LessonKind):
        code = "drawing"
        label = "图解"
        done_when = "看满一半时间就完成。"
        template = "courses/blocks/callout.html"
        files = ("poster",)

        def required_ms(self, lesson, nominal_ms):
            return nominal_ms // 2

        def reached_end(self, lesson, progress):
            return True

        def learnt_ms(self, lesson, progress, stretch, *, done):
            return stretch.wall_ms if stretch.visible else 0

    return Drawing


@pytest.mark.django_db
def test_a_third_kind_is_learnt_by_its_own_rules(client, drawing):
    page = course({"kind": "drawing", "nominal_hours": "0.04"})
    enrolment = enrolled_in(page, hours="0.02")
    lesson = page.lessons().get()
    client.force_login(UserFactory(person=enrolment.person))
    address = reverse("courses:lesson", args=[enrolment.uuid, lesson.pk])

    shown = client.get(address)
    player = Player(enrolment, lesson)
    first = player.beat(30, 0)
    last = player.beat(60, 0)

    assert "看满一半时间就完成。" in shown.text
    assert (first.lesson.done, last.lesson.done, last.complete) == (False, True, True)
    assert client.post(address + "read/").status_code == 404
    progress = progress_of(enrolment)
    assert progress.lessons[0].required_seconds == 54
    assert progress.lessons[0].lesson.get_kind_display() == "图解"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("lesson", "name"),
    [(ARTICLE, "video"), (ARTICLE, "poster"), (VIDEO, "captions"), (VIDEO, "body")],
    ids=str,
)
def test_a_lesson_sends_the_files_of_its_kind_only(client, lesson, name):
    page = course(lesson, open_to_all=True)
    address = reverse("courses:file", args=[page.lessons().get().pk, name])

    assert client.get(address).status_code == 404


def test_kinds_are_offered_in_the_reader_s_language():
    field = LessonPage._meta.get_field("kind")

    with translation.override("zh-hans"):
        assert [str(label) for _code, label in lesson_kind_choices()] == [
            "图文",
            "视频",
        ]
    assert [code for code, _label in field.choices] == ["article", "video"]


@pytest.mark.parametrize("name", ELSEWHERE, ids=str)
def test_nothing_else_asks_which_kind_a_lesson_is(name):
    text = (Path(settings.BASE_DIR) / "courses" / name).read_text("utf-8")

    assert [word for word in WORDS if word in text] == []
