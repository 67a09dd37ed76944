import random
from decimal import Decimal

import pytest

from courses.hours.progress import out_of_reach, progress_of
from courses.models import (
    CoursePage,
    Enrolment,
    LessonPage,
    StudyEntry,
    TrainingClass,
    TrainingRecord,
)
from lms.demo.courses import seed_courses, seed_training
from lms.evidence import clock
from lms.people.models import Post
from tests.factories.people import OrganisationFactory, PersonFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_the_demo_is_repeatable_and_leaves_the_worker_one_short_lesson():
    employer = OrganisationFactory()
    worker = UserFactory(username="worker", person=PersonFactory(name="李海生")).person
    for person in [worker, *PersonFactory.create_batch(6)]:
        Post.objects.create(
            person=person,
            organisation=employer,
            role="OTHER_STAFF",
            starts_on=clock.dt.date(2017, 3, 1),
        )
    seed_courses(random.Random(1))
    seed_training(random.Random(1), people=7)
    late = TrainingRecord.objects.filter(recorded_at__gt=clock.now())
    assert not late.exists()
    models = (CoursePage, LessonPage, Enrolment, StudyEntry, TrainingRecord)
    before = [model.objects.count() for model in models]

    seed_courses(random.Random(2))
    seed_training(random.Random(2), people=7)

    assert [model.objects.count() for model in models] == before
    assert before[:2] == [10, 82]
    assert out_of_reach(TrainingClass.objects.all()) == []
    progress = progress_of(Enrolment.objects.get(person=worker))
    assert (progress.missing_lessons, progress.missing_hours) == (1, Decimal("0.02"))
    assert progress.next_lesson.lesson.kind == "video"
    assert progress.next_lesson.lesson.duration_seconds == 60
    assert not TrainingRecord.objects.filter(person=worker).exists()
    assert not StudyEntry.objects.filter(person=worker, day=clock.today()).exists()
    assert all(len(str(lesson.body)) > 40 for lesson in LessonPage.objects.all())
