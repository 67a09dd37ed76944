"""Many threads, each with its own connection, against the real locks."""

import datetime as dt
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from courses.models import Enrolment
from exams.exceptions import AttemptsUsed, ExamRefusal, ResultPending
from exams.models import (
    AnswerEntry,
    Attempt,
    Disposition,
    Mark,
    Paper,
    ProgrammeExam,
    Result,
    Submission,
)
from exams.services import marks
from exams.services.answer_journal import current_answers
from exams.services.attempts import start_attempt, take_seat
from exams.services.finalise import finalise_if_due
from exams.services.regrade import correct_key, regrade
from exams.services.submission import submit
from exams.signals import result_released
from lms.evidence import clock
from tests.exams.phone import answer_all, let_time_pass, save
from tests.factories.bank import (
    BlueprintFactory,
    BlueprintSectionFactory,
    make_question,
)
from tests.factories.classes import TrainingClassFactory
from tests.factories.people import PersonFactory
from tests.factories.sittings import (
    KEY,
    CandidateFactory,
    SittingFactory,
    another_sitting,
    make_attempt,
    make_sitting,
)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


def together(calls, threads=8):
    """Run the calls at the same time; return what each returned."""
    gate = threading.Barrier(min(threads, len(calls)))

    def run(index_and_call):
        index, call = index_and_call
        try:
            if index < threads:
                gate.wait(10)
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, enumerate(calls)))


def test_e04_b045_200_parallel_starts_make_one_attempt():
    sitting = make_sitting()
    person = PersonFactory()
    CandidateFactory(sitting=sitting, person=person)

    def start():
        return start_attempt(sitting, person=person, session="s").pk

    started = together([start] * 200, threads=16)

    assert len(set(started)) == 1
    assert Attempt.objects.count() == 1


def test_e04_the_first_candidates_of_an_unprepared_sitting_all_get_in():
    blueprint = BlueprintFactory(pass_mark=1)
    make_question(blueprint.bank, code="1")
    BlueprintSectionFactory(blueprint=blueprint, count=1)
    sitting = SittingFactory(blueprint=blueprint, variants=1)
    people = [PersonFactory() for _ in range(8)]
    for person in people:
        CandidateFactory(sitting=sitting, person=person)

    started = together(
        [lambda p=p: start_attempt(sitting, person=p).paper_id for p in people]
    )

    assert len(started) == 8
    assert set(started) == {Paper.objects.get().pk}


@pytest.fixture
def final_exams():
    """Make four sittings of one final exam that may be tried once, for each person."""

    def make(people, **fields):
        training_class = TrainingClassFactory()
        Enrolment.objects.bulk_create(
            Enrolment(training_class=training_class, person=one) for one in people
        )
        first = make_sitting(training_class=training_class, needs_hours=False, **fields)
        ProgrammeExam.objects.create(
            programme=training_class.programme,
            blueprint=first.blueprint,
            max_attempts=1,
        )
        return [first, *(another_sitting(first, needs_hours=False) for _ in range(3))]

    return make


def tried(call, *args, **kwargs):
    """Return what a call makes, or the refusal it raises."""
    try:
        return call(*args, **kwargs)
    except ExamRefusal as refusal:
        return refusal


def test_parallel_starts_of_several_sittings_make_no_more_attempts_than_allowed(
    final_exams,
):
    people = [PersonFactory() for _ in range(6)]
    sittings = final_exams(people)

    for person in people:
        made = together(
            [lambda p=person, s=s: tried(start_attempt, s, person=p) for s in sittings]
        )
        assert sum(isinstance(one, Attempt) for one in made) == 1

    assert Attempt.objects.count() == 6


def test_starting_while_the_last_try_ends_waits_for_nobody_for_ever(
    final_exams, caplog
):
    people = [PersonFactory() for _ in range(24)]
    first, second, *_rest = final_exams(people)
    running = [start_attempt(first, person=person) for person in people]
    for attempt in running:
        let_time_pass(attempt, hours=2)

    calls = []
    for attempt in running:
        person = attempt.person
        calls += [
            lambda p=person: tried(start_attempt, second, person=p),
            lambda a=attempt: finalise_if_due(a),
            lambda p=person: tried(start_attempt, second, person=p),
        ]
    made = together(calls)

    assert Result.objects.count() == 24
    assert "busy" not in caplog.text
    assert {type(one) for one in made} <= {bool, AttemptsUsed, ResultPending}


def test_e06_parallel_submits_make_one_submission_and_identical_receipts():
    attempt = make_attempt()
    save(attempt, (1, "4", ["x"]))

    receipts = together(
        [lambda: submit(attempt, seat_epoch=1, final_seq=1).receipt] * 24
    )

    assert len(set(receipts)) == 1
    assert Submission.objects.count() == Mark.objects.count() == 1
    assert Result.objects.count() == 1


def test_e01_parallel_saves_of_the_same_batches_store_each_answer_once():
    attempt = make_attempt()
    batches = [
        [(n, "4", [f"{n}"]) for n in range(first, first + 8)] for first in (1, 5, 9, 13)
    ]

    replies = together([lambda b=b: save(attempt, *b) for b in batches * 6])

    assert all(len(reply.acked) == 8 for reply in replies)
    assert AnswerEntry.objects.count() == 20
    assert save(attempt).through == 20
    assert current_answers(attempt) == {"4": ["20"]}


def test_e03_parallel_saves_of_one_number_count_one_and_keep_all():
    attempt = make_attempt()

    replies = together(
        [lambda n=n: save(attempt, (1, "4", [str(n)])) for n in range(16)]
    )

    assert sum(len(reply.acked) for reply in replies) == 1
    assert sum(len(reply.conflicts) for reply in replies) == 15
    counted = AnswerEntry.objects.get(disposition=Disposition.COUNTED)
    assert AnswerEntry.objects.count() == 16
    assert current_answers(attempt) == {"4": [counted.value[2:-2]]}


def test_e08_a_save_that_races_with_the_end_counts_in_the_mark_or_is_not_acked():
    attempt = make_attempt()
    edge = attempt.grace_until

    def saving(n):
        return save(attempt, (n, "4", [str(n)]), now=edge - dt.timedelta(seconds=1))

    calls = [lambda n=n: saving(n).acked for n in range(1, 25)]
    calls.insert(12, lambda: finalise_if_due(attempt, now=edge) and [])
    acked = {seq for reply in together(calls) for seq in reply}

    stored = AnswerEntry.objects.filter(disposition=Disposition.COUNTED)
    assert acked == set(stored.values_list("seq", flat=True))
    submission = Submission.objects.get()
    assert submission.final_seq >= max(acked, default=0)
    assert AnswerEntry.objects.count() == 24


def test_e15_a_save_that_races_with_a_takeover_never_wins_over_the_new_seat():
    attempt = make_attempt()
    calls = [
        lambda n=n: save(attempt, (n, "4", [str(n)]), epoch=1) for n in range(1, 17)
    ]
    calls.insert(8, lambda: take_seat(attempt, session="other"))

    together(calls)

    attempt.refresh_from_db()
    save(attempt, (1, "4", ["new"]))
    assert save(attempt, (50, "4", ["old"]), epoch=1).refusal == "seat_taken"
    assert current_answers(attempt) == {"4": ["new"]}


def test_e25_an_acknowledged_answer_is_seen_by_another_connection():
    attempt = make_attempt()

    saved = save(attempt, (1, "4", ["x"]))

    [seen] = together([lambda: AnswerEntry.objects.filter(seq=1).count()])
    assert (saved.acked, seen) == ([1], 1)


def test_e25_commits_are_durable_and_saving_inside_a_transaction_is_refused():
    from django.db import transaction

    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA synchronous")
            assert cursor.fetchone() == (2,)
            cursor.execute("PRAGMA recursive_triggers")
            assert cursor.fetchone() == (1,)
        else:
            cursor.execute("SHOW synchronous_commit")
            assert cursor.fetchone() == ("on",)
    attempt = make_attempt()

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        save(attempt, (1, "4", ["x"]))


def test_parallel_saves_of_many_candidates_all_succeed():
    sitting = make_sitting()
    attempts = [make_attempt(sitting) for _ in range(20)]
    calls = [
        lambda a=a, n=n: save(a, (n, "4", [str(n)]))
        for n in range(1, 6)
        for a in attempts
    ]

    replies = together(calls)

    assert all(len(reply.acked) == 1 for reply in replies)
    assert {save(attempt).through for attempt in attempts} == {5}
    assert abs(replies[0].server_now - clock.now()) < dt.timedelta(minutes=2)


def test_e20_an_attempt_that_ends_while_its_key_is_corrected_is_marked_again(
    monkeypatch,
):
    attempt = make_attempt()
    answer_all(attempt)
    read, corrected = threading.Event(), threading.Event()
    read_values = marks._with_ids

    def linger(*args):
        if not read.is_set():
            read.set()
            corrected.wait(2)  # SQLite lets no correction in before the commit
            time.sleep(0.5)
        return read_values(*args)

    monkeypatch.setattr(marks, "_with_ids", linger)
    wrong = {slot: entry | {"answer": []} for slot, entry in KEY.items()}

    def correct():
        read.wait(10)
        correct_key(attempt.paper, key=wrong)
        corrected.set()
        return regrade(attempt.paper, reason="the key was wrong")

    _submission, marked = together([lambda: submit(attempt, seat_epoch=1), correct])

    assert marked == 1
    result = Result.objects.get()
    assert (result.score, result.mark.key.revision) == (0, 2)


def test_a_listener_that_fails_undoes_no_result(caplog):
    def fail(**kwargs):
        raise RuntimeError("listener")

    attempt = make_attempt()
    result_released.connect(fail)
    try:
        submit(attempt, seat_epoch=1)
    finally:
        result_released.disconnect(fail)

    assert Result.objects.filter(attempt=attempt).exists()
    assert "listener" in caplog.text
