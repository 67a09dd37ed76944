"""A start from a prepared paper: it admits nobody whom the rules would not admit."""

import datetime as dt
import json
import threading

import pytest
from django.db import connection, transaction

from courses.models import Enrolment, EnrolmentStatus
from exams.exceptions import ExamRefusal, TooManyCodes, WrongAccessCode
from exams.models import Attempt, Candidate, PreparedPaper, ProgrammeExam, Sitting
from exams.services.attempts import paper_for, start_attempt
from exams.services.prepared_papers import (
    prepare_papers,
    prepare_upcoming,
    readiness_of,
)
from exams.services.prepared_start import start_prepared
from exams.services.submission import submit
from lms.evidence import clock
from lms.people.models import Person
from tests.exams.phone import Phone
from tests.factories.classes import TrainingClassFactory, meet_hours
from tests.factories.people import PersonFactory
from tests.factories.sittings import another_sitting, make_sitting

pytestmark = [pytest.mark.django_db, pytest.mark.services]

SAME = ("enrolment_id", "number", "deadline", "grace_until", "seat_epoch", "state")


@pytest.fixture
def enrolment():
    row = Enrolment.objects.create(
        training_class=TrainingClassFactory(), person=PersonFactory()
    )
    Person.objects.update(identity_checked_at=clock.now())
    return meet_hours(row)


@pytest.fixture
def final(enrolment):
    """The final exam of a class, with a paper ready for its one learner."""
    sitting = make_sitting(training_class=enrolment.training_class, variants=3)
    ProgrammeExam.objects.create(
        programme=enrolment.training_class.programme, blueprint=sitting.blueprint
    )
    prepare_papers(sitting)
    return sitting


def begin(sitting, person, **more):
    return start_prepared(sitting.uuid, person_id=person.pk, session="s", **more)


def the_long_way(sitting, person, now):
    """What ``start_attempt`` does, undone again; the refusal where there is one."""
    sitting.refresh_from_db()
    person.refresh_from_db()
    try:
        with transaction.atomic():
            attempt = start_attempt(sitting, person=person, now=now, session="s")
            transaction.set_rollback(True)
            return attempt
    except ExamRefusal as refusal:
        return refusal


def nothing(sitting, enrolment):
    """Leave everything as it is."""


def named_as_well(sitting, enrolment):
    Candidate.objects.create(sitting=sitting, person=enrolment.person, extra_s=900)


def named_by_enrolment(sitting, enrolment):
    Sitting.objects.filter(pk=sitting.pk).update(training_class=None)
    Candidate.objects.create(
        sitting=sitting, person=enrolment.person, enrolment=enrolment
    )


def only_practice(sitting, enrolment):
    ProgrammeExam.objects.all().delete()


def closing_cuts(sitting, enrolment):
    soon = clock.now() + dt.timedelta(minutes=20)
    Sitting.objects.filter(pk=sitting.pk).update(closing_cuts=True, closes_at=soon)


@pytest.mark.parametrize(
    "change",
    [nothing, named_as_well, named_by_enrolment, only_practice, closing_cuts],
)
def test_the_short_way_writes_what_the_long_way_would(final, enrolment, change):
    change(final, enrolment)
    now = clock.now()
    expected = the_long_way(final, enrolment.person, now)

    begun = begin(final, enrolment.person, now=now)

    attempt = Attempt.objects.get()
    assert str(attempt.uuid) == begun.attempt
    assert [getattr(attempt, name) for name in SAME] == [
        getattr(expected, name) for name in SAME
    ]
    assert json.loads(begun.state)["paper"] == paper_for(attempt)


def hours_missing(sitting, enrolment):
    Enrolment.objects.filter(pk=enrolment.pk).update(hours_met_on=None)


def passed(sitting, enrolment):
    Enrolment.objects.filter(pk=enrolment.pk).update(passed_on=clock.today())


def withdrawn(sitting, enrolment):
    Enrolment.objects.filter(pk=enrolment.pk).update(
        status=EnrolmentStatus.WITHDRAWN, withdraw_reason="left"
    )


def withdrawn_but_named(sitting, enrolment):
    named_by_enrolment(sitting, enrolment)
    withdrawn(sitting, enrolment)


def not_confirmed(sitting, enrolment):
    Person.objects.update(identity_checked_at=None)


def not_open(sitting, enrolment):
    later = clock.now() + dt.timedelta(minutes=5)
    Sitting.objects.filter(pk=sitting.pk).update(opens_at=later)


def over(sitting, enrolment):
    past = clock.now() - dt.timedelta(minutes=5)
    Sitting.objects.filter(pk=sitting.pk).update(closes_at=past)


def other_papers_wanted(sitting, enrolment):
    Sitting.objects.filter(pk=sitting.pk).update(variants=2)


def other_rules(sitting, enrolment):
    blueprint = sitting.blueprint
    blueprint.duration_min += 30
    blueprint.save()


def running_here(sitting, enrolment):
    start_attempt(sitting, person=enrolment.person)


def tried_here(sitting, enrolment):
    submit(start_attempt(sitting, person=enrolment.person), seat_epoch=1)


def tried_elsewhere(sitting, enrolment):
    tried_here(another_sitting(sitting), enrolment)


def sat_this_bank_since(sitting, enrolment):
    mock = another_sitting(sitting, training_class=None)
    Candidate.objects.create(sitting=mock, person=enrolment.person)
    tried_here(mock, enrolment)


def overdue_elsewhere(sitting, enrolment):
    mock = make_sitting()
    Candidate.objects.create(sitting=mock, person=enrolment.person)
    attempt = start_attempt(mock, person=enrolment.person)
    past = clock.now() - dt.timedelta(minutes=1)
    Attempt.objects.filter(pk=attempt.pk).update(
        started_at=past - dt.timedelta(hours=3),
        deadline_at_start=past - dt.timedelta(hours=1),
        deadline=past,
        grace_until=past,
    )
    PreparedPaper.objects.filter(sitting=sitting).update(attempts_before=1)


@pytest.mark.parametrize(
    "change",
    [
        hours_missing,
        passed,
        withdrawn,
        withdrawn_but_named,
        not_confirmed,
        not_open,
        over,
        other_papers_wanted,
        other_rules,
        running_here,
        tried_here,
        tried_elsewhere,
        sat_this_bank_since,
        overdue_elsewhere,
    ],
)
def test_whoever_a_rule_might_refuse_goes_the_long_way(final, enrolment, change):
    change(final, enrolment)
    before = Attempt.objects.count()

    assert begin(final, enrolment.person) is None

    assert Attempt.objects.count() == before


def test_without_a_prepared_paper_there_is_no_short_way(enrolment):
    sitting = make_sitting(training_class=enrolment.training_class)

    assert begin(sitting, enrolment.person) is None


def test_the_access_code_is_asked_and_its_guesses_are_counted(final, enrolment):
    Sitting.objects.filter(pk=final.pk).update(access_code="7788")

    for _try in range(10):
        with pytest.raises(WrongAccessCode):
            begin(final, enrolment.person, access_code="1234")
    with pytest.raises(TooManyCodes):
        begin(final, enrolment.person, access_code="7788")

    assert not Attempt.objects.exists()


def test_a_phone_begins_saves_and_goes_on_with_a_prepared_paper(
    django_assert_max_num_queries,
):
    sitting = make_sitting()
    phone = Phone(sitting)
    prepare_papers(sitting)

    with django_assert_max_num_queries(10):
        begun = phone.start()

    attempt = Attempt.objects.get()
    assert begun.json()["paper"] == paper_for(attempt)
    assert phone.save((1, "5", phone.option("5"))).json()["acked"] == [1]
    again = phone.start().json()
    assert again["attempt"] == begun.json()["attempt"]
    assert again["paper"] == begun.json()["paper"]
    assert Attempt.objects.count() == 1


def test_the_sweep_makes_papers_for_the_next_day_and_clears_those_of_the_past():
    now = clock.now()
    today = make_sitting()
    later = make_sitting(
        opens_at=now + dt.timedelta(hours=30), closes_at=now + dt.timedelta(hours=32)
    )
    for sitting in (today, later):
        Candidate.objects.create(sitting=sitting, person=PersonFactory())

    assert readiness_of(today) == (0, 1)
    assert prepare_upcoming() == 1
    assert readiness_of(today) == (1, 1)
    assert readiness_of(later) == (0, 1)
    assert prepare_upcoming() == 0

    assert prepare_upcoming(now=now + dt.timedelta(hours=7)) == 1
    assert set(PreparedPaper.objects.values_list("sitting", flat=True)) == {later.pk}


@pytest.mark.django_db(transaction=True)
def test_of_many_starts_at_once_one_opens_the_attempt(enrolment, final):
    other = another_sitting(final)
    prepare_papers(other)
    begun, gate = [], threading.Barrier(6)

    def start(sitting):
        gate.wait()
        try:
            begun.append(begin(sitting, enrolment.person))
        finally:
            connection.close()

    threads = [
        threading.Thread(target=start, args=(one,)) for one in (final, other) * 3
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len([one for one in begun if one]) == 1
    assert Attempt.objects.count() == 1
