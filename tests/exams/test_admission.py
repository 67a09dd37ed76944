"""Who may start, what counts as the final exam, and how many tries there are."""

import datetime as dt

import pytest

from courses.models import Enrolment, TrainingRecord
from exams.exceptions import (
    AlreadyPassed,
    AttemptsUsed,
    ClassHoursIncomplete,
    MakeUpOver,
    ResultPending,
)
from exams.models import ProgrammeExam, Result, Sitting
from exams.services.admission import admit, is_final, standing_of, tries_left
from exams.services.attempts import start_attempt
from exams.services.regrade import correct_key, regrade
from exams.services.release import release_result
from exams.services.submission import submit
from exams.views.presentation import start_page_of
from exams.views.results import result_view
from lms.evidence import clock
from tests.exams.phone import answer_all, let_time_pass
from tests.factories.classes import TrainingClassFactory, meet_hours
from tests.factories.people import PersonFactory
from tests.factories.sittings import KEY, another_sitting, make_sitting

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def enrolment():
    """Someone with complete hours, in a class that has not been examined."""
    enrolment = Enrolment.objects.create(
        training_class=TrainingClassFactory(), person=PersonFactory()
    )
    return meet_hours(enrolment)


def practice(enrolment, **fields):
    fields = {"training_class": enrolment.training_class, "variants": 3} | fields
    return make_sitting(**fields)


def final_exam(enrolment, **fields):
    """A sitting of the paper the programme ends with, and the rule that says so."""
    rule = {name: fields.pop(name) for name in RULE if name in fields}
    sitting = practice(enrolment, **fields)
    ProgrammeExam.objects.create(
        programme=enrolment.training_class.programme,
        blueprint=sitting.blueprint,
        **rule,
    )
    return sitting


RULE = ("max_attempts", "makeup_days")


def sit(sitting, enrolment, *, right):
    attempt = start_attempt(sitting, person=enrolment.person)
    if right:
        answer_all(attempt)
    submit(attempt, seat_epoch=1)
    return attempt


def test_a_pass_at_the_final_exam_reaches_the_enrolment(enrolment):
    sitting = final_exam(enrolment)

    attempt = sit(sitting, enrolment, right=True)

    enrolment.refresh_from_db()
    assert is_final(sitting)
    assert attempt.enrolment == Result.objects.get().enrolment == enrolment
    assert enrolment.passed_on == clock.today()


def test_a_practice_sitting_earns_nothing_and_uses_up_nothing(enrolment):
    final = final_exam(enrolment)
    mock = practice(enrolment, max_attempts=3)

    for right in (True, False, False):
        sit(mock, enrolment, right=right)

    enrolment.refresh_from_db()
    assert not is_final(mock)
    assert enrolment.passed_on is None
    assert set(Result.objects.values_list("enrolment", flat=True)) == {None}
    assert tries_left(final, standing=standing_of(enrolment.person)) == 2
    assert start_attempt(final, person=enrolment.person).enrolment == enrolment


def test_a_programme_without_a_final_exam_is_not_passed_by_any(enrolment):
    sit(practice(enrolment), enrolment, right=True)

    enrolment.refresh_from_db()
    assert enrolment.passed_on is None


def test_tries_count_over_all_sittings_of_the_final_exam(enrolment):
    first = final_exam(enrolment, max_attempts=2)
    second = another_sitting(first)
    sit(first, enrolment, right=False)

    failed = sit(second, enrolment, right=False)

    for sitting in (first, second):
        assert tries_left(sitting, standing=standing_of(enrolment.person)) == 0
        with pytest.raises(AttemptsUsed):
            start_attempt(sitting, person=enrolment.person)
    first = Sitting.objects.get(pk=first.pk)
    start_page = start_page_of(first, person=enrolment.person, now=clock.now())
    view = result_view(failed)
    assert (start_page.tries_left, view.tries_left) == (0, 0)
    assert start_page.refusal == str(AttemptsUsed())
    assert view.sentence.endswith("这场考试的次数已经用完，请联系培训基地。")


def test_the_make_up_has_its_last_day(enrolment):
    sitting = final_exam(enrolment, makeup_days=30)
    sit(sitting, enrolment, right=False)
    end = dt.datetime.combine(clock.today(), dt.time(23, 59), clock.SHANGHAI)
    last = end + dt.timedelta(days=30)
    sitting.closes_at = last + dt.timedelta(days=9)
    sitting.save()

    standing = standing_of(enrolment.person)
    admit(sitting, standing=standing, now=last)
    with pytest.raises(MakeUpOver):
        admit(sitting, standing=standing, now=last + dt.timedelta(minutes=1))


def test_hours_come_first_and_a_pass_is_the_end(enrolment):
    sitting = final_exam(enrolment)
    Enrolment.objects.update(hours_met_on=None)
    with pytest.raises(ClassHoursIncomplete):
        start_attempt(sitting, person=enrolment.person)
    Enrolment.objects.update(hours_met_on=clock.today())
    sit(sitting, enrolment, right=True)

    with pytest.raises(AlreadyPassed):
        start_attempt(sitting, person=enrolment.person)


def test_nobody_tries_again_before_the_last_try_is_judged(enrolment):
    first = final_exam(enrolment, release="staff")
    second = another_sitting(first)
    attempt = start_attempt(first, person=enrolment.person)
    with pytest.raises(ResultPending):
        start_attempt(second, person=enrolment.person)
    submit(attempt, seat_epoch=1)
    for sitting in (first, second):
        with pytest.raises(ResultPending):
            start_attempt(sitting, person=enrolment.person)

    release_result(attempt)

    assert start_attempt(second, person=enrolment.person).pk != attempt.pk


def test_a_try_that_ran_out_elsewhere_is_judged_on_the_start_page(enrolment):
    first = final_exam(enrolment)
    second = another_sitting(first)
    let_time_pass(start_attempt(first, person=enrolment.person), hours=3)

    attempt = start_attempt(second, person=enrolment.person)

    assert attempt.sitting == second
    assert Result.objects.get().attempt.sitting == first


def test_a_regrade_to_fail_takes_the_pass_back_and_opens_the_make_up(enrolment):
    sitting = final_exam(enrolment)
    attempt = sit(sitting, enrolment, right=True)
    record = TrainingRecord.objects.current().get()
    assert (record.result, record.passed_on) == ("passed", clock.today())
    wrong = {slot: {**rule, "answer": []} for slot, rule in KEY.items()}

    correct_key(attempt.paper, key=wrong)
    regrade(attempt.paper, reason="the key was wrong")

    enrolment.refresh_from_db()
    assert enrolment.passed_on is None
    current = TrainingRecord.objects.current().get()
    assert (current.result, current.passed_on) == ("failed", None)
    assert current.corrects == record
    assert start_attempt(sitting, person=enrolment.person).number == 2
