import datetime as dt
from decimal import Decimal

import factory
from django.core.files.base import ContentFile
from factory.django import DjangoModelFactory
from wagtail.models import Page

from courses.models import (
    ClassState,
    CourseIndexPage,
    CoursePage,
    Enrolment,
    HourEntry,
    LessonPage,
    Programme,
    TrainingClass,
)
from courses.services import record_hours_met
from tests.factories.people import OrganisationFactory, PersonFactory, UserFactory

DAY = dt.date(2026, 5, 4)


class ProgrammeFactory(DjangoModelFactory):
    class Meta:
        model = Programme

    code = factory.Sequence(lambda n: f"P{n}")
    title = factory.LazyAttribute(lambda o: f"培训 {o.code}")
    audience = "OTHER_STAFF"
    kind = "SPECIAL_TOPIC"
    planned_hours = Decimal(8)


class TrainingClassFactory(DjangoModelFactory):
    class Meta:
        model = TrainingClass

    number = factory.Sequence(lambda n: f"吴培〔2026〕{n:03}")
    programme = factory.SubFactory(ProgrammeFactory)
    title = factory.LazyAttribute(lambda o: o.programme.title)
    planned_hours = factory.LazyAttribute(lambda o: o.programme.planned_hours)
    state = ClassState.RUNNING
    starts_on = DAY
    ends_on = DAY + dt.timedelta(days=60)


class EnrolmentFactory(DjangoModelFactory):
    class Meta:
        model = Enrolment

    training_class = factory.SubFactory(TrainingClassFactory)
    person = factory.SubFactory(PersonFactory)
    organisation = factory.SubFactory(OrganisationFactory)
    enrolled_on = DAY


def course(*lessons, code="C1", open_to_all=False):
    """Make a course page with lessons, each given as a dict of its fields."""
    index = CourseIndexPage.objects.first()
    if index is None:
        index = Page.get_first_root_node().add_child(
            instance=CourseIndexPage(title="课程", slug="courses")
        )
    page = index.add_child(
        instance=CoursePage(
            title=f"课程 {code}", code=code, slug=code, open_to_all=open_to_all
        )
    )
    for number, fields in enumerate(lessons):
        if fields.get("kind") == "video":
            fields = {"video": ContentFile(b"0123456789", name="film.mp4"), **fields}
        page.add_child(
            instance=LessonPage(
                **{"title": f"第{number + 1}课", "slug": f"l{number}", **fields}
            )
        )
    return page


def enrolled_in(page, *, hours, person=None, **fields):
    """Make an enrolment in a running class of a programme with one course."""
    programme = ProgrammeFactory(planned_hours=Decimal(hours))
    programme.courses.add(page)
    people = {"person": person} if person else {}
    return EnrolmentFactory(training_class__programme=programme, **people, **fields)


def meet_hours(enrolment, now=None):
    """Enter the planned hours of an enrolment as taught in person; return it."""
    HourEntry.objects.create(
        enrolment=enrolment,
        person=enrolment.person,
        source="ATTENDANCE",
        day=enrolment.training_class.starts_on,
        half_day="AM",
        hours=enrolment.training_class.planned_hours,
        reason="签到表",
        entered_by=UserFactory(),
    )
    return record_hours_met(enrolment, now=now).enrolment
