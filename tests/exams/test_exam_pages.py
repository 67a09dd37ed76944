"""What the pages around an exam say, and where their one button leads."""

import pytest
from django.urls import reverse

from courses.models import Enrolment
from exams.exceptions import (
    AlreadyPassed,
    AttemptsUsed,
    ClassHoursIncomplete,
    ResultPending,
)
from exams.models import Attempt, KnowledgePointLesson, ProgrammeExam, Sitting
from exams.services import finalise
from exams.services.attempts import start_attempt
from exams.services.finalise import finalise_due
from exams.services.submission import submit
from exams.views.presentation import cards_for, start_page_of
from exams.views.results import result_view
from lms.evidence import clock
from tests.exams.phone import answer_all, let_time_pass
from tests.factories.bank import (
    BlueprintFactory,
    BlueprintSectionFactory,
    KnowledgePointFactory,
    QuestionBankFactory,
    make_question,
)
from tests.factories.classes import TrainingClassFactory, course, meet_hours
from tests.factories.people import PersonFactory, UserFactory
from tests.factories.sittings import (
    SittingFactory,
    another_sitting,
    make_attempt,
    make_sitting,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def enrolment(client):
    """Somebody who is signed in and has complete hours in a class."""
    enrolment = Enrolment.objects.create(
        training_class=TrainingClassFactory(), person=PersonFactory()
    )
    client.force_login(UserFactory(person=enrolment.person))
    return meet_hours(enrolment)


@pytest.fixture
def final(enrolment):
    """A sitting of the final exam of the class; two tries."""
    sitting = make_sitting(training_class=enrolment.training_class, variants=3)
    programme = enrolment.training_class.programme
    ProgrammeExam.objects.create(programme=programme, blueprint=sitting.blueprint)
    return sitting


def sit(sitting, enrolment, *, right=False):
    attempt = start_attempt(sitting, person=enrolment.person)
    if right:
        answer_all(attempt)
    submit(attempt, seat_epoch=1)
    return attempt


def start_page(sitting, person):
    fresh = Sitting.objects.get(pk=sitting.pk)
    return start_page_of(fresh, person=person, now=clock.now())


def cards(person):
    found = Sitting.objects.for_person(person).for_listing().order_by("pk")
    now = clock.now()
    return [card for _sitting, card in cards_for(found, person=person, now=now)]


def page_of(name, attempt_or_sitting):
    return reverse(f"exams:{name}", args=[attempt_or_sitting.uuid])


@pytest.mark.services
@pytest.mark.parametrize("swept", [False, True], ids=["never_swept", "swept"])
@pytest.mark.parametrize(
    ("hours", "tries", "leads_to", "word"),
    [
        (0, 2, "run", "继续"),
        (1.01, 2, "run", "继续"),
        (2, 2, "", "不合格"),
        (2, 1, "result", "不合格"),
    ],
    ids=["running", "closing", "one_try_left", "no_try_left"],
)
def test_e09_e10_start_page_and_list_say_the_same_with_and_without_the_sweeper(
    swept, hours, tries, leads_to, word
):
    attempt = make_attempt(make_sitting(max_attempts=tries))
    let_time_pass(attempt, hours=hours)
    if swept:
        finalise_due()

    [card] = cards(attempt.person)
    seen = start_page(attempt.sitting, attempt.person)

    assert (card.word, seen.tries_left) == (word, tries - 1)
    assert seen.begins == (leads_to == "")
    if leads_to:
        assert seen.action.href == page_of(leads_to, attempt)


def test_an_attempt_that_cannot_be_ended_closes_no_page(
    client, enrolment, final, monkeypatch
):
    attempt = start_attempt(final, person=enrolment.person)
    let_time_pass(attempt, hours=2)

    def fail(*args, **kwargs):
        raise RuntimeError("broken row")

    monkeypatch.setattr(finalise, "mark_attempt", fail)

    assert client.get(page_of("sitting", final)).status_code == 200
    assert start_page(final, enrolment.person).refusal == str(ResultPending())
    assert cards(enrolment.person)[0].word == "已交卷"


def test_a_failed_exam_says_how_many_tries_are_left(enrolment, final):
    later = another_sitting(final)
    first = sit(final, enrolment)

    failed, fresh = cards(enrolment.person)

    assert failed.note == "0 分，满分 10 分 · 还可以再考 1 次"
    assert failed.href == page_of("result", first)
    assert failed.action.href == page_of("sitting", final)
    assert (fresh.word, fresh.action.href) == ("可以考试", page_of("sitting", later))


def test_without_a_try_left_everything_says_whom_to_ask(client, enrolment, final):
    later = another_sitting(final)
    sit(final, enrolment)
    last = sit(final, enrolment)

    failed, other = cards(enrolment.person)
    home = client.get("/learn/")
    programme = client.get(reverse("courses:enrolment", args=[enrolment.uuid]))

    assert failed.note == f"0 分，满分 10 分 · {AttemptsUsed()}"
    assert (other.note, other.word) == (str(AttemptsUsed()), "不合格")
    assert "请联系培训基地" in str(AttemptsUsed())
    assert failed.action is other.action is None
    for page in (home, programme):
        assert "请联系培训基地" in page.text
        assert "button--primary" not in page.text
    for sitting in (final, later):
        page = client.get(page_of("sitting", sitting))
        assert "请联系培训基地" in page.text
        assert "开始前请看" not in page.text
        assert "button--primary" not in page.text
        assert page.context["start_page"].action.href == page_of("result", last)


def test_my_training_leads_to_the_exam_that_can_be_taken(client, enrolment, final):
    def way_on():
        return client.get("/learn/").context["action"]

    assert way_on().href == page_of("sitting", final)
    attempt = start_attempt(final, person=enrolment.person)
    assert way_on().href == page_of("run", attempt)
    submit(attempt, seat_epoch=1)
    assert (way_on().label, way_on().href) == ("再考一次", page_of("sitting", final))
    sit(final, enrolment, right=True)
    make_sitting(training_class=enrolment.training_class)
    assert way_on() is None


def test_whoever_waits_for_an_exam_is_told_that_it_comes(client, enrolment):
    page = client.get("/learn/")

    assert "您所在的班次安排考试后，会显示在这里。" in page.text
    assert page.context["action"] is None


def test_before_the_hours_the_start_page_leads_back_to_learning(
    client, enrolment, final
):
    Enrolment.objects.update(hours_met_on=None)

    page = client.get(page_of("sitting", final))

    seen = page.context["start_page"]
    assert seen.refusal == str(ClassHoursIncomplete())
    assert (seen.action.label, seen.action.primary) == ("继续学习", True)
    assert seen.action.href == reverse("courses:enrolment", args=[enrolment.uuid])
    assert f'href="{seen.action.href}"' in page.text
    assert cards(enrolment.person)[0].word == "先学完再考"


@pytest.mark.parametrize("tries", [1, 2])
def test_after_a_pass_the_start_page_leads_to_the_result(
    client, enrolment, final, tries
):
    Sitting.objects.filter(pk=final.pk).update(max_attempts=tries)
    passed = sit(final, enrolment, right=True)
    later = another_sitting(final)

    for sitting in (final, later):
        page = client.get(page_of("sitting", sitting))
        seen = page.context["start_page"]
        assert (seen.refusal, seen.tone) == (str(AlreadyPassed()), "ok")
        assert seen.action.href == page_of("result", passed)
        assert "notice--warn" not in page.text
    assert [card.word for card in cards(enrolment.person)] == ["合格", "合格"]


def test_after_a_pass_in_practice_nobody_is_sent_to_the_base(enrolment):
    practice = make_sitting(training_class=enrolment.training_class, max_attempts=1)
    passed = sit(practice, enrolment, right=True)

    seen = start_page(practice, enrolment.person)

    assert seen.refusal == str(AlreadyPassed())
    assert seen.action.href == page_of("result", passed)


def test_an_exam_that_goes_on_elsewhere_is_led_to(enrolment, final):
    attempt = start_attempt(final, person=enrolment.person)

    seen = start_page(another_sitting(final), enrolment.person)

    assert seen.refusal == str(ResultPending())
    assert seen.action.href == page_of("run", attempt)


@pytest.mark.parametrize("count", [1, 3])
def test_my_exams_cost_the_same_for_any_number(
    enrolment, final, django_assert_num_queries, count
):
    for _sitting in range(count - 1):
        another_sitting(final)
    sit(final, enrolment)
    sittings = Sitting.objects.for_person(enrolment.person).for_listing()
    now = clock.now()

    # candidacies, enrolments, attempts, sittings
    with django_assert_num_queries(4):
        found = cards_for(sittings, person=enrolment.person, now=now)

    assert len(found) == count


def test_my_exams_name_the_class_of_each(client, enrolment, final):
    another_sitting(final, title=final.title)

    page = client.get("/exams/").text

    assert page.count(enrolment.training_class.title) == 2
    page = client.get(page_of("sitting", final)).text
    assert enrolment.training_class.title in page


@pytest.fixture
def taught(enrolment):
    """A final exam on two topics, of which the lessons of the class teach one."""
    bank = QuestionBankFactory()
    blueprint = BlueprintFactory(bank=bank, pass_mark=12)
    weak, other = KnowledgePointFactory(), KnowledgePointFactory()
    for number in range(8):
        point = weak if number < 4 else other
        make_question(bank, code=str(number), point=point)
    for point in (weak, other):
        BlueprintSectionFactory(blueprint=blueprint, knowledge_point=point, count=3)
    pages = [course({}, code="C1"), course({}, code="C2")]
    lesson, elsewhere = (page.lessons().get() for page in pages)
    programme = enrolment.training_class.programme
    programme.courses.add(pages[0])
    for page in (lesson, elsewhere):
        KnowledgePointLesson.objects.create(knowledge_point=weak, lesson=page)
    ProgrammeExam.objects.create(programme=programme, blueprint=blueprint)
    sitting = SittingFactory(
        blueprint=blueprint, training_class=enrolment.training_class, variants=0
    )
    return sitting, weak, lesson


def test_a_failed_exam_leads_back_to_the_lessons_and_then_to_the_last_try(
    client, enrolment, taught
):
    sitting, weak, lesson = taught
    first = sit(sitting, enrolment)

    page = client.get(page_of("result", first))

    view = page.context["view"]
    assert {(one.score, one.total) for one in view.topics} == {("0", "6")}
    [topic] = [one for one in view.topics if one.lessons]
    assert topic.title == weak.name
    href = reverse("courses:lesson", args=[enrolment.uuid, lesson.pk])
    assert [link.href for link in topic.lessons] == [href]
    assert page.text.index(href) < page.text.index("参加最后一次考试")
    assert "这是最后一次" in page.text
    assert (view.action.label, view.action.href) == (
        "参加最后一次考试",
        page_of("sitting", sitting),
    )
    assert client.get(href).status_code == 200

    second = sit(sitting, enrolment)

    page = client.get(page_of("result", second))
    assert page.context["view"].action.href == reverse(
        "courses:enrolment", args=[enrolment.uuid]
    )
    assert "请联系培训基地" in page.text
    assert "button--primary" not in page.text


@pytest.mark.parametrize("points", [1, 3])
def test_a_result_costs_the_same_for_any_number_of_topics(
    enrolment, django_assert_num_queries, points
):
    bank = QuestionBankFactory()
    blueprint = BlueprintFactory(bank=bank, pass_mark=1)
    for number in range(points * 3):
        if number % 3 == 0:
            point = KnowledgePointFactory()
            BlueprintSectionFactory(blueprint=blueprint, knowledge_point=point, count=3)
        make_question(bank, code=str(number), point=point)
    sitting = SittingFactory(blueprint=blueprint, variants=0)
    sitting.candidates.create(person=enrolment.person)
    sit(sitting, enrolment)
    attempt = Attempt.objects.select_related(
        "person", "sitting", "paper", "result"
    ).get()

    # clock; standing ×3; its mark; its questions
    with django_assert_num_queries(6):
        view = result_view(attempt)

    assert len(view.topics) == points
