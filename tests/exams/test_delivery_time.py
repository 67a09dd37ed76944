import datetime as dt
from collections import Counter

import pytest
from django.db import IntegrityError, transaction
from freezegun import freeze_time

from exams.exceptions import AdjustmentRefused
from exams.models import (
    AnswerEntry,
    Attempt,
    EffectiveState,
    Mark,
    Result,
    Sitting,
    Submission,
    TimeAdjustment,
)
from exams.models.delivery import effective_state_at
from exams.services.attempts import adjust_time, deadline_of, start_attempt
from exams.services.finalise import finalise_due, finalise_if_due
from lms.evidence import clock
from tests.exams.phone import answer_all, let_time_pass, save
from tests.factories.sittings import CandidateFactory, make_attempt, make_sitting

pytestmark = [pytest.mark.django_db, pytest.mark.services]

MS = dt.timedelta(milliseconds=1)
HOUR = dt.timedelta(hours=1)


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
    result = Result.objects.get()
    assert result.passed
    assert result.released_at == attempt.deadline, "what is earned dates from it"


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


@pytest.mark.parametrize("minutes", [0, 15, 240])
@pytest.mark.parametrize("cuts", [False, True], ids=["open_end", "cut"])
@pytest.mark.parametrize("left", [10, 46, 60, 90])
def test_e21_extra_time_survives_the_closing_time(cuts, left, minutes):
    now = clock.now()
    sitting = Sitting(closes_at=now + dt.timedelta(minutes=left), closing_cuts=cuts)

    def deadline(**fields):
        return deadline_of(sitting, started_at=now, duration_s=3600, **fields)

    gained = deadline(extra_s=minutes * 60) - deadline()

    assert gained == dt.timedelta(minutes=minutes)
    assert deadline() == (min(now + HOUR, sitting.closes_at) if cuts else now + HOUR)


def test_e21_extra_time_of_a_candidate_is_not_cut():
    now = clock.now()
    sitting = make_sitting(closes_at=now + dt.timedelta(minutes=46), closing_cuts=True)
    candidate = CandidateFactory(sitting=sitting, extra_s=900)

    attempt = start_attempt(sitting, person=candidate.person, now=now)

    assert attempt.deadline == now + dt.timedelta(minutes=61)


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


CONSTRAINTS = {
    "deadline_before_start": (
        {"deadline_at_start": dt.datetime(2000, 1, 1, tzinfo=dt.UTC)},
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
