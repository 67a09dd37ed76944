import datetime as dt
import json
import random
from collections import Counter

import pytest
from django.db import IntegrityError, connection, transaction

from courses.models import Enrolment
from exams.exceptions import AttemptClosed, AttemptsUsed
from exams.models import (
    AnswerEntry,
    Attempt,
    AttemptState,
    Mark,
    PaperKey,
    ProgrammeExam,
    Result,
    Sitting,
    Submission,
)
from exams.papers.values import shape_of
from exams.services.answer_journal import current_answers
from exams.services.attempts import adjust_time, paper_for, start_attempt, take_seat
from exams.services.finalise import finalise_due
from exams.services.marks import current_mark, recomputes
from exams.services.regrade import correct_key, regrade
from exams.services.release import release_result
from exams.services.review import review_of
from exams.services.submission import submit
from exams.signals import result_released
from lms.evidence import clock
from lms.evidence.canonical_json import canonical_json, sha256_hex
from lms.evidence.models import AuditEvent
from tests.exams.phone import answer_all, let_time_pass, right_answers, save
from tests.factories.classes import TrainingClassFactory
from tests.factories.people import PersonFactory
from tests.factories.sittings import KEY, make_attempt, make_sitting

pytestmark = [pytest.mark.django_db, pytest.mark.services]


def test_e02_order_duplication_and_batching_do_not_matter():
    rows = [(1, "4", ["a"]), (2, "4", ["b"]), (3, "4", None), (4, "4", ["c"])]
    rows += [(5, "3", None), (6, "4", ["d"])]
    outcomes = set()
    rng = random.Random(20)

    for _ in range(12):
        attempt = make_attempt()
        arrivals = rows + rng.sample(rows, 3)
        rng.shuffle(arrivals)
        while arrivals:
            size = rng.randint(1, 4)
            save(attempt, *sorted(arrivals[:size]))
            arrivals = arrivals[size:]
        outcomes.add(canonical_json(current_answers(attempt)))

    assert outcomes == {'{"4":["d"]}'}


def test_through_is_the_end_of_the_first_run_without_gaps():
    attempt = make_attempt()

    assert save(attempt, (2, "4", ["b"])).through == 0
    assert save(attempt, (4, "4", ["d"])).through == 0
    assert save(attempt, (1, "4", ["a"])).through == 2
    assert save(attempt, (3, "4", ["c"])).through == 4
    assert save(attempt).through == 4


def test_e05_a_finished_attempt_has_one_submission_and_the_database_insists():
    attempt = make_attempt()
    first = submit(attempt, seat_epoch=1)
    second = submit(attempt, seat_epoch=1)

    assert first == second
    with (
        pytest.raises(IntegrityError, match=r"submission|UNIQUE"),
        transaction.atomic(),
    ):
        Submission.objects.create(
            attempt=attempt,
            cause="proctor",
            seat_epoch=1,
            final_seq=0,
            answered=0,
            answers_sha256="",
            receipt="",
            submitted_at=clock.now(),
        )


def test_e13_every_well_formed_answer_has_a_row():
    attempt = make_attempt()
    save(attempt, (1, "4", ["counted"]), (1, "4", ["conflict"]))
    take_seat(attempt, session="other")
    save(attempt, (2, "4", ["stale"]), (1, "4", ["stale conflict"]), epoch=1)
    let_time_pass(attempt, hours=2)
    save(attempt, (1, "4", ["late"]), epoch=2)

    fates = Counter(AnswerEntry.objects.values_list("disposition", flat=True))

    assert fates == {"counted": 1, "conflict": 2, "stale_seat": 1, "late": 1}


EVIDENCE = ["answerentry", "submission", "mark", "paper", "paperkey", "timeadjustment"]


@pytest.fixture
def finished():
    attempt = make_attempt()
    save(attempt, (1, "4", ["x"]))
    adjust_time([attempt], seconds=1, reason="x")
    submit(attempt, seat_epoch=1)
    return attempt


@pytest.mark.parametrize("name", EVIDENCE)
@pytest.mark.parametrize("verb", ["update", "delete", "replace"])
def test_e14_the_database_refuses_to_change_evidence(finished, name, verb):
    table = f"exams_{name}"
    replace = {
        "sqlite": f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
        "postgresql": f"INSERT INTO {table} SELECT * FROM {table} "
        "ON CONFLICT (id) DO UPDATE SET id = excluded.id",
    }
    statement = {
        "update": f"UPDATE {table} SET id = id",
        "delete": f"DELETE FROM {table}",
        "replace": replace[connection.vendor],
    }[verb]

    with (
        pytest.raises(IntegrityError, match="append-only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_e15_an_old_seat_never_changes_the_answer_whatever_its_number():
    attempt = make_attempt()
    save(attempt, (1, "4", ["old"]))
    attempt = take_seat(attempt, session="other")
    save(attempt, (1, "4", ["new"]))

    saved = save(attempt, (99, "4", ["older device"]), epoch=1)

    assert saved.refusal == "seat_taken"
    assert current_answers(attempt) == {"4": ["new"]}


def test_e17_the_place_of_an_option_says_nothing_about_its_being_right():
    attempt = make_attempt()
    places = Counter()
    for n in range(400):
        attempt.order_seed, attempt.secret = f"seed {n}", f"secret {n}"
        slot = paper_for(attempt)["sections"][0]["slots"][4]
        right = right_answers(attempt)["5"]
        places[[option["id"] for option in slot["options"]].index(right)] += 1

    expected = 400 / 4
    chi_square = sum((places[n] - expected) ** 2 / expected for n in range(4))

    assert chi_square < 16.27  # three degrees of freedom, one in a thousand


def test_e17_tokens_say_nothing_and_differ_between_attempts():
    sitting = make_sitting()
    one, other = (make_attempt(sitting) for _ in range(2))

    tokens = [
        {
            option["id"]
            for slot in paper_for(attempt)["sections"][0]["slots"]
            for option in slot.get("options", [])
        }
        for attempt in (one, other)
    ]

    assert len(tokens[0]) == 13
    assert not tokens[0] & tokens[1]


def test_e18_the_digest_of_a_paper_recomputes_and_bank_edits_change_nothing():
    attempt = make_attempt()
    before = paper_for(attempt)

    attempt.sitting.blueprint.title = "another title"
    attempt.sitting.blueprint.save()

    assert recomputes(attempt.paper)
    assert sha256_hex(attempt.paper.content) == attempt.paper.content_sha256
    assert paper_for(Attempt.objects.get()) == before
    assert set(shape_of(json.loads(attempt.paper.content))) == set(KEY)


def test_e20_the_current_mark_is_the_highest_revision_and_results_follow_it():
    attempt = make_attempt()
    answer_all(attempt)
    submit(attempt, seat_epoch=1)
    before = AnswerEntry.objects.count()
    wrong = {slot: entry | {"answer": ["?"]} for slot, entry in KEY.items()}
    wrong["4"] = KEY["4"] | {"answer": [["?"]]}

    correct_key(attempt.paper, key=wrong)
    assert regrade(attempt.paper, reason="the key was wrong") == 1

    assert [mark.revision for mark in Mark.objects.order_by("revision")] == [1, 2]
    assert Mark.objects.current().get() == current_mark(attempt)
    assert current_mark(attempt).revision == 2
    assert current_mark(attempt).score == 0
    assert Result.objects.get().mark == current_mark(attempt)
    assert not Result.objects.get().passed
    assert AnswerEntry.objects.count() == before
    assert PaperKey.objects.count() == 2


def test_e20_the_review_shows_the_key_the_mark_was_made_with():
    attempt = make_attempt(make_sitting(review_policy="questions"))
    answer_all(attempt)
    submit(attempt, seat_epoch=1)
    Sitting.objects.update(closes_at=clock.now())
    other = KEY | {"1": KEY["1"] | {"answer": ["1-3"]}}

    correct_key(attempt.paper, key=other)
    before = review_of(Attempt.objects.get())[0]
    regrade(attempt.paper, reason="the key was wrong")
    after = review_of(Attempt.objects.get())[0]

    assert before.given == before.right == after.given == ["option 2"]
    assert after.right == ["option 3"]
    assert (before.score, after.score) == (2, 0)


def test_e21_extra_time_never_lowers_anything():
    plain, extended = make_attempt(), make_attempt()
    for attempt in (plain, extended):
        answer_all(attempt)
    adjust_time([extended], seconds=600, reason="alarm")

    scores = [
        submit(attempt, seat_epoch=1).attempt.marks.get().score
        for attempt in (plain, extended)
    ]

    assert scores[0] == scores[1] == 10
    assert Attempt.objects.get(pk=extended.pk).deadline > extended.deadline


def test_e22_a_pass_is_released_once_and_reaches_the_enrolment(
    django_capture_on_commit_callbacks,
):
    told = []

    def listen(sender, *, result, **kwargs):
        told.append(result.pk)

    result_released.connect(listen)
    training_class = TrainingClassFactory()
    person = PersonFactory()
    enrolment = Enrolment.objects.create(training_class=training_class, person=person)
    sitting = make_sitting(training_class=training_class, needs_hours=False)
    ProgrammeExam.objects.create(
        programme=training_class.programme, blueprint=sitting.blueprint
    )
    attempt = start_attempt(sitting, person=person)
    answer_all(attempt)

    with django_capture_on_commit_callbacks(execute=True):
        submission = submit(attempt, seat_epoch=1)
        submit(attempt, seat_epoch=1)
        release_result(attempt)
        finalise_due(now=clock.now() + dt.timedelta(days=1))

    result_released.disconnect(listen)
    enrolment.refresh_from_db()
    assert enrolment.passed_on == clock.day_of(submission.submitted_at)
    assert Result.objects.get().enrolment == enrolment
    assert told == [Result.objects.get().pk]


def test_staff_release_waits_for_staff():
    attempt = make_attempt(make_sitting(release="staff"))
    submit(attempt, seat_epoch=1)
    assert list(Attempt.objects.awaiting_release()) == [attempt]

    release_result(attempt)

    assert Result.objects.get().attempt == attempt
    assert not Attempt.objects.awaiting_release().exists()


def test_one_bad_row_is_set_aside_with_an_alert_and_the_rest_go_on(monkeypatch):
    sitting = make_sitting()
    good, bad, also_good = (make_attempt(sitting) for _ in range(3))
    for attempt in (good, bad, also_good):
        let_time_pass(attempt, hours=2)
    from exams.services import finalise

    mark = finalise.mark_attempt

    def break_one(attempt, **kwargs):
        if attempt.pk == bad.pk:
            raise RuntimeError("broken row")
        return mark(attempt, **kwargs)

    monkeypatch.setattr(finalise, "mark_attempt", break_one)

    assert finalise_due() == 2
    assert finalise_due() == 0

    assert list(Attempt.objects.set_aside()) == [bad]
    assert not Submission.objects.filter(attempt=bad).exists()
    event = AuditEvent.objects.get(action="exams.attempt_set_aside")
    assert (event.object_type, event.object_id) == ("exams.attempt", str(bad.pk))


def test_only_the_rules_allow_another_attempt():
    sitting = make_sitting(max_attempts=2, variants=2)
    attempt = make_attempt(sitting)
    submit(attempt, seat_epoch=1)
    second = start_attempt(sitting, person=attempt.person)
    submit(second, seat_epoch=1)

    assert (attempt.number, second.number) == (1, 2)
    with pytest.raises(AttemptsUsed):
        start_attempt(sitting, person=attempt.person)


def test_a_closed_attempt_gives_no_seat():
    attempt = make_attempt()
    submit(attempt, seat_epoch=1)

    with pytest.raises(AttemptClosed):
        take_seat(attempt, session="x")


def test_e04_the_database_allows_one_open_attempt_per_person_and_sitting():
    attempt = make_attempt()
    fields = {
        field.attname: getattr(attempt, field.attname)
        for field in Attempt._meta.concrete_fields
        if field.attname not in ("id", "uuid", "number")
    }

    with pytest.raises(IntegrityError), transaction.atomic():
        Attempt.objects.create(number=2, **fields)

    assert Attempt.objects.create(
        number=2, **fields | {"state": AttemptState.FINISHED}
    ).pk


def test_saving_reads_the_journal_by_its_index_alone():
    if connection.vendor != "sqlite":
        return  # PostgreSQL scans a table of no rows with any index
    attempt = make_attempt()
    save(attempt, (1, "4", ["x"]))
    statements = []

    with connection.execute_wrapper(
        lambda execute, sql, params, many, context: (
            statements.append((sql, params)) or execute(sql, params, many, context)
        )
    ):
        save(attempt, (2, "4", ["y"]))

    with connection.cursor() as cursor:
        plans = []
        for sql, params in statements:
            if "exams_answerentry" in sql:
                cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
                plans += [row[3] for row in cursor]
    touching = [plan for plan in plans if "exams_answerentry" in plan or " e " in plan]
    assert len(touching) == 3
    assert all("exams_answerentry_one_answer_per_number" in plan for plan in touching)
