import datetime as dt
import random

import pytest

from courses.models import Audience, Programme, TrainingClass, TrainingKind
from exams.models import (
    AnswerEntry,
    Attempt,
    ProgrammeExam,
    Question,
    QuestionState,
    Result,
    Submission,
)
from exams.services.papers import outlook
from lms.demo.exams import seed_exams
from lms.evidence import clock
from tests.factories.classes import EnrolmentFactory, ProgrammeFactory, meet_hours

pytestmark = pytest.mark.django_db


def test_the_demo_has_36_ready_questions_and_4_drafts():
    seed_exams(random.Random(1))

    ready = Question.objects.filter(state=QuestionState.READY)
    kinds = ["single", "multiple", "true_false", "fill"]
    assert [ready.filter(kind=kind).count() for kind in kinds] == [14, 8, 9, 5]
    drafts = Question.objects.filter(state=QuestionState.DRAFT)
    assert list(drafts.values_list("code", flat=True)) == ["K01", "K02", "K03", "K04"]


def test_seeding_again_makes_nothing():
    seed_exams(random.Random(1))

    assert set(seed_exams(random.Random(2)).values()) == {0}


@pytest.mark.parametrize("code", ["C1", "C4"])
def test_the_exam_of_a_demo_programme_can_be_drawn(code):
    Programme.objects.create(
        code=code,
        title="Programme",
        audience=Audience.OTHER_STAFF,
        kind=TrainingKind.SPECIAL_TOPIC,
        planned_hours=8,
    )
    seed_exams(random.Random(1))

    view = outlook(ProgrammeExam.objects.get(programme__code=code).blueprint)
    assert view.feasible
    assert view.total == 100


@pytest.mark.django_db(transaction=True)
def test_whoever_has_met_the_hours_has_sat_the_exam_with_a_real_journal():
    today = clock.today()
    programme = ProgrammeFactory(code="C4")
    for _number in range(6):
        enrolment = EnrolmentFactory(training_class__programme=programme)
        meet_hours(enrolment, now=clock.now() - dt.timedelta(days=3))
    started = today - dt.timedelta(days=30)
    TrainingClass.objects.update(starts_on=started, ends_on=today)

    made = seed_exams(random.Random(5))

    assert made["attempts"] == 6
    assert Submission.objects.filter(cause="candidate").count() == 6
    assert Result.objects.count() == 6
    assert not AnswerEntry.objects.exclude(disposition="counted").exists()
    assert Attempt.objects.filter(state="finished").count() == 6
    assert seed_exams(random.Random(5))["attempts"] == 0
