import datetime as dt
import itertools
import json
import random
from collections import Counter

import pytest
from django.db import IntegrityError, connection, transaction
from freezegun import freeze_time

from courses.models import Enrolment
from exams.answers import shape_of
from exams.canonical import canonical, sha256_hex
from exams.exceptions import AdjustmentRefused, AttemptClosed, AttemptsUsed
from exams.models import (
    AnswerEntry,
    Attempt,
    AttemptState,
    Disposition,
    EffectiveState,
    Mark,
    PaperKey,
    Result,
    Submission,
    TimeAdjustment,
)
from exams.models.delivery import effective_state_at
from exams.services.answers import current_answers
from exams.services.attempts import adjust_time, paper_for, start_attempt, take_seat
from exams.services.finalise import finalise_due, finalise_if_due
from exams.services.marks import current_mark, recomputes
from exams.services.regrade import correct_key, regrade
from exams.services.release import release_result
from exams.services.submission import submit
from exams.signals import result_released
from lms import clock
from lms.people.models import AuditEvent
from tests.courses.factories import TrainingClassFactory
from tests.exams.delivery_factories import (
    KEY,
    CandidateFactory,
    PersonFactory,
    make_attempt,
    make_sitting,
    right_answers,
    save,
)

pytestmark = [pytest.mark.django_db, pytest.mark.services]

MS = dt.timedelta(milliseconds=1)


def answer_all(attempt, **kwargs):
    answers = right_answers(attempt)
    rows = [(n, slot, value) for n, (slot, value) in enumerate(answers.items(), 1)]
    return save(attempt, *rows, **kwargs)


def let_time_pass(attempt, **by):
    """Move the whole attempt into the past, as if the time had gone by."""
    delta = dt.timedelta(**by)
    Attempt.objects.filter(pk=attempt.pk).update(
        started_at=attempt.started_at - delta,
        deadline_at_start=attempt.deadline_at_start - delta,
        deadline=attempt.deadline - delta,
        grace_until=attempt.grace_until - delta,
    )
    attempt.refresh_from_db()


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
        outcomes.add(canonical(current_answers(attempt)))

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


BOUNDARIES = {
    "before_deadline": ("deadline", -MS, EffectiveState.OPEN, "counted"),
    "at_deadline": ("deadline", 0 * MS, EffectiveState.CLOSING, "counted"),
    "after_deadline": ("deadline", MS, EffectiveState.CLOSING, "counted"),
    "before_grace_ends": ("grace_until", -MS, EffectiveState.CLOSING, "counted"),
    "as_grace_ends": ("grace_until", 0 * MS, EffectiveState.CLOSED, "late"),
    "after_grace": ("grace_until", MS, EffectiveState.CLOSED, "late"),
}


@pytest.mark.parametrize("microsecond", [0, 250000], ids=["whole", "fraction"])
@pytest.mark.parametrize(
    ("edge", "offset", "state", "fate"), BOUNDARIES.values(), ids=BOUNDARIES
)
def test_e08_b041_what_counts_is_decided_to_the_millisecond(
    edge, offset, state, fate, microsecond
):
    start = clock.now().replace(microsecond=microsecond)
    attempt = make_attempt(now=start)
    moment = getattr(attempt, edge) + offset

    saved = save(attempt, (1, "4", ["x"]), now=moment)

    assert AnswerEntry.objects.get().disposition == fate
    assert saved.state == state
    assert attempt.effective_state(moment) == state
    assert (
        Attempt.objects.values_list(effective_state_at(moment), flat=True).get()
        == state
    )


@pytest.mark.parametrize("swept", [False, True], ids=["never_swept", "swept"])
def test_e09_the_outcome_is_the_same_with_and_without_the_sweeper(swept):
    start = dt.datetime(2026, 5, 4, 23, 30, tzinfo=clock.SHANGHAI)
    sitting = make_sitting(
        opens_at=start - dt.timedelta(hours=1), closes_at=start + dt.timedelta(hours=3)
    )
    attempt = make_attempt(sitting, now=start)
    answer_all(attempt, now=start + dt.timedelta(minutes=5))
    days = dt.timedelta(days=3)
    if swept:
        for minutes in range(0, 70, 5):
            finalise_due(now=start + dt.timedelta(minutes=minutes))

    save(attempt, (6, "4", ["late"]), now=start + days)
    assert finalise_if_due(attempt, now=start + days)

    submission = Submission.objects.get()
    assert submission.cause == "timeout"
    assert submission.submitted_at == attempt.deadline
    assert submission.answered == 5
    assert Mark.objects.get().score == 10
    assert Result.objects.get().passed


def test_e10_states_are_counted_alike_before_and_after_finalising():
    now = clock.now()
    sitting = make_sitting()
    for age in (0, 10, 61, 61, 70, 90):
        let_time_pass(make_attempt(sitting), minutes=age)

    def counts():
        states = Attempt.objects.with_effective_state(now)
        return Counter(states.values_list("state_now", flat=True))

    before = counts()
    done = finalise_due(now=now)

    assert before == {"open": 2, "closing": 2, "closed": 2}
    assert done == 2
    assert counts() == before


def test_e11_later_edits_move_no_deadline_and_an_adjustment_does():
    sitting = make_sitting()
    attempt = make_attempt(sitting)
    before = attempt.deadline
    sitting.closes_at = clock.now() + dt.timedelta(seconds=1)
    sitting.closing_cuts = True
    sitting.grace_s = 0
    sitting.save()
    sitting.blueprint.duration_min = 1
    sitting.blueprint.save()
    attempt.refresh_from_db()
    assert attempt.deadline == before

    adjust_time([attempt], seconds=300, reason="power cut")
    adjust_time([attempt], seconds=60, reason="noise")

    attempt.refresh_from_db()
    given = sum(TimeAdjustment.objects.values_list("seconds", flat=True))
    assert attempt.deadline - attempt.deadline_at_start == dt.timedelta(seconds=given)
    assert attempt.grace_until - attempt.deadline == dt.timedelta(seconds=120)


def test_closing_time_cuts_only_where_the_sitting_says_so():
    now = clock.now()
    soon = now + dt.timedelta(minutes=10)

    full = make_attempt(make_sitting(closes_at=soon), now=now)
    cut = make_attempt(make_sitting(closes_at=soon, closing_cuts=True), now=now)

    assert full.deadline == now + dt.timedelta(hours=1)
    assert cut.deadline == soon


def test_extra_time_of_a_candidate_is_added_at_the_start():
    now = clock.now()
    candidate = CandidateFactory(sitting=make_sitting(), extra_s=900)

    attempt = start_attempt(candidate.sitting, person=candidate.person, now=now)

    assert attempt.deadline == now + dt.timedelta(seconds=4500)


@pytest.mark.parametrize(
    "seconds", [-30, 0, 10**9 * 60, float("nan"), "60", True, 1.5, None], ids=str
)
def test_b056_bad_adjustments_are_refused(seconds):
    attempt = make_attempt()

    with pytest.raises(AdjustmentRefused):
        adjust_time([attempt], seconds=seconds, reason="x")

    assert not TimeAdjustment.objects.exists()


def test_b056_one_decision_sent_twice_counts_once():
    attempt = make_attempt()
    [made] = adjust_time([attempt], seconds=60, reason="x")

    assert adjust_time([attempt], seconds=60, reason="x", batch=made.batch) == []

    assert TimeAdjustment.objects.count() == 1


def test_a_whole_room_gets_time_and_a_closed_attempt_does_not():
    sitting = make_sitting()
    running = [make_attempt(sitting) for _ in range(2)]
    closed = make_attempt(sitting)
    let_time_pass(closed, hours=2)

    made = adjust_time([*running, closed], seconds=60, reason="alarm")

    assert {one.attempt_id for one in made} == {one.pk for one in running}
    assert len({one.batch for one in made}) == 1


@pytest.mark.parametrize("hours", [-24, 24], ids=["behind", "ahead"])
def test_e12_a_node_whose_clock_is_wrong_decides_alike(hours):
    now = clock.now()
    with freeze_time(now + dt.timedelta(hours=hours), tick=True):
        sitting = make_sitting()
        attempt = make_attempt(sitting)
        saved = save(attempt, (1, "4", ["x"]))
        assert not finalise_if_due(attempt)
        assert finalise_due() == 0
        over = make_attempt(sitting)
        let_time_pass(over, hours=2)
        late = save(over, (1, "4", ["x"]))
        assert finalise_due() == 1

    assert abs(attempt.started_at - now) < dt.timedelta(minutes=1)
    assert saved.acked == [1]
    assert saved.state == "open"
    assert late.refusal == "closed"


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
    assert AuditEvent.objects.filter(action="exams.attempt_set_aside").count() == 1


def test_only_the_rules_allow_another_attempt():
    sitting = make_sitting(max_attempts=2)
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


CONSTRAINTS = {
    "deadline_before_start": (
        {"deadline_at_start": clock.dt.datetime(2000, 1, 1, tzinfo=dt.UTC)},
        "exams_attempt_times_in_order",
    ),
    "grace_before_deadline": (
        {"grace_until": dt.datetime(2000, 1, 1, tzinfo=dt.UTC)},
        "exams_attempt_times_in_order",
    ),
}


@pytest.mark.parametrize(("fields", "name"), CONSTRAINTS.values(), ids=CONSTRAINTS)
def test_times_of_an_attempt_stay_in_order(fields, name):
    attempt = make_attempt()

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Attempt.objects.filter(pk=attempt.pk).update(**fields)


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


def test_every_disposition_is_a_word_of_the_protocol():
    assert set(Disposition.values) == {"counted", "late", "stale_seat", "conflict"}
    assert len(list(itertools.chain(EffectiveState.values))) == 3


def test_saving_reads_the_journal_by_its_index_alone():
    if connection.vendor != "sqlite":
        return  # PostgreSQL scans a table of no rows whatever the index
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
