import random

import pytest

from courses.models import Audience, Programme, TrainingKind
from exams.demo import seed_exams
from exams.models import ProgrammeExam, Question, QuestionState
from exams.services.papers import outlook

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
