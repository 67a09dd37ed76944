"""The demo city's courses, classes, study time and training history.

``seed_courses`` then ``seed_training``; both leave alone what is there already.
"""

import datetime as dt
import random
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import yaml
from django.conf import settings
from django.core.files import File
from django.db import transaction
from wagtail.models import Page, Site
from wagtail.rich_text import RichText

from courses.models import (
    Audience,
    ClassState,
    CourseIndexPage,
    CoursePage,
    LessonPage,
    Programme,
    TrainingClass,
    TrainingKind,
    TrainingRecord,
)
from courses.services import append_records
from lms.demo.study import seed_study
from lms.demo.training_history import anonymous_rows, history_of
from lms.evidence import clock
from lms.people.models import OperationItem, Person, Post, User

DEMO = Path(settings.BASE_DIR) / "lms" / "demo"
OPEN_COURSES = {"C3", "C6"}
# People whose history is written in one go; memory stays flat for a whole city.
BATCH = 2000


def seed_courses(rng: random.Random) -> dict:
    """Make the ten courses with their lessons, programmes and classes."""
    content = yaml.safe_load((DEMO / "courses.yaml").read_text("utf-8"))
    texts = yaml.safe_load((DEMO / "lessons.yaml").read_text("utf-8"))
    today = clock.today()
    index = _index()
    made = {"courses": 0, "lessons": 0, "programmes": 0, "classes": 0}
    for entry in content["courses"]:
        with transaction.atomic():
            page = CoursePage.objects.filter(code=entry["id"]).first()
            if page is None:
                page = _course(index, entry, texts.get(entry["id"], []))
                made["courses"] += 1
                made["lessons"] += len(entry["lessons"])
            programme, created = _programme(entry, page)
            made["programmes"] += created
            made["classes"] += _classes(programme, today)
    return made


def seed_training(rng: random.Random, *, people: int) -> dict:
    """Write the training history of everybody in post, and the demo study time."""
    today = clock.today()
    worker = User.objects.filter(username="worker").values_list("person_id", flat=True)
    without = (
        Person.objects.exclude(pk__in=worker)
        .filter(training_records=None, enrolments=None)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    waiting = list(without)
    made = {"records": 0}
    for start in range(0, len(waiting), BATCH):
        drafts = list(_histories(waiting[start : start + BATCH], today))
        made["records"] += len(append_records(drafts))
    made["records"] += _without_identity(rng)
    return made | seed_study(rng, today=today)


def _index() -> CourseIndexPage:
    index = CourseIndexPage.objects.first()
    if index is None:
        site = Site.objects.filter(is_default_site=True).first()
        parent = site.root_page if site else Page.get_first_root_node()
        index = parent.add_child(instance=CourseIndexPage(title="课程", slug="courses"))
    return index


def _course(index: CourseIndexPage, entry: dict, texts: list[dict]) -> CoursePage:
    code = entry["id"]
    page = index.add_child(
        instance=CoursePage(
            title=entry["title"],
            slug=code.lower(),
            code=code,
            summary=f"共 {len(entry['lessons'])} 课，{entry['hours']} 学时。",
            open_to_all=code in OPEN_COURSES,
        )
    )
    for number, lesson in enumerate(entry["lessons"]):
        text = texts[number] if number < len(texts) else {}
        instance = LessonPage(
            title=lesson["title"],
            slug=f"{code.lower()}-{number + 1}",
            nominal_hours=Decimal(str(lesson["hours"])),
            body=_body(text),
        )
        if "video" in lesson:
            _film(instance, lesson["video"], lesson["seconds"])
        page.add_child(instance=instance)
    return page


def _body(text: dict) -> list:
    body = []
    if "text" in text:
        body.append(("paragraph", RichText(f"<p>{text['text']}</p>")))
    if "points" in text:
        body.append(("points", text["points"]))
    if "warn" in text:
        body.append(("callout", {"tone": "warn", "text": text["warn"]}))
    return body


def _film(lesson: LessonPage, name: str, seconds: int) -> None:
    lesson.kind = "video"
    lesson.duration_seconds = seconds
    for field, suffix in (
        ("video", "mp4"),
        ("poster", "jpg"),
        ("captions", "zh.vtt"),
        ("captions_en", "en.vtt"),
    ):
        with (DEMO / "media" / f"{name}.{suffix}").open("rb") as stream:
            getattr(lesson, field).save(f"{name}.{suffix}", File(stream), save=False)


def _programme(entry: dict, page: CoursePage) -> tuple[Programme, bool]:
    role = entry["role"]
    programme, created = Programme.objects.get_or_create(
        code=entry["id"],
        defaults={
            "title": entry["title"],
            "audience": role if role in Audience.values else Audience.OTHER,
            "kind": TrainingKind(entry["kind"]),
            "item": OperationItem.objects.filter(code=entry.get("item")).first(),
            "planned_hours": Decimal(entry["hours"]),
            "basis": entry["basis"],
        },
    )
    programme.courses.add(page)
    return programme, created


def _classes(programme: Programme, today: dt.date) -> int:
    """One class that runs now, and one that still enrols."""
    start = today - dt.timedelta(days=21)
    made = 0
    for offset, state, number in (
        (0, ClassState.RUNNING, 1),
        (35, ClassState.ENROLLING, 2),
    ):
        begins = start + dt.timedelta(days=offset)
        _class, created = TrainingClass.objects.get_or_create(
            number=f"吴培〔{today.year}〕{programme.code}-{number:03}期",
            defaults={
                "programme": programme,
                "title": programme.title,
                "planned_hours": programme.planned_hours,
                "state": state,
                "starts_on": begins,
                "ends_on": begins + dt.timedelta(days=60),
                "venue": "吴川市安全生产培训基地 2 号教室",
            },
        )
        made += created
    return made


def _histories(persons: list[int], today: dt.date) -> Iterator:
    posts = (
        Post.objects.filter(person__in=persons)
        .select_related("person", "organisation")
        .order_by("person", "pk")
    )
    for post in posts:
        yield from history_of(post, today=today)


def _without_identity(rng: random.Random) -> int:
    if TrainingRecord.objects.filter(person=None).exists():
        return 0
    return len(append_records(anonymous_rows(rng)))
