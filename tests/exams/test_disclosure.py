"""What a candidate may be told of a marked paper (E27), seen from outside."""

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exams.models import Attempt, ReviewPolicy, Sitting
from exams.services import disclosure
from exams.services.attempts import adjust_time
from exams.services.points import (
    FEWEST_QUESTIONS,
    PointName,
    PointScore,
    without_small_groups,
)
from exams.services.submission import submit
from lms.evidence import clock
from tests.exams.phone import Phone, let_time_pass
from tests.factories.bank import BlueprintFactory
from tests.factories.sittings import CANARY, SittingFactory, make_attempt, make_sitting

pytestmark = [pytest.mark.django_db, pytest.mark.services]

HOUR = dt.timedelta(hours=1)
# A byte of the key, and what a page says of a single answer.
OF_ONE_ANSWER = (CANARY, "正确答案", "答对", "答错", "部分正确")
PAGES = ("result", "receipt", "review", "run")


@pytest.fixture
def phone():
    """A candidate who has handed in, at a sitting that tells everything and is over."""
    sitting = make_sitting(review_policy=ReviewPolicy.QUESTIONS)
    phone = Phone(sitting)
    phone.start()
    phone.save((1, "1", phone.option("1")))
    submit(Attempt.objects.get(), seat_epoch=1)
    Sitting.objects.filter(pk=sitting.pk).update(closes_at=clock.now())
    sitting.refresh_from_db()
    return phone


def told(phone):
    """Everything a candidate gets to see about a finished attempt."""
    pages = [f"/exams/attempts/{phone.attempt}/{name}/" for name in PAGES]
    pages += ["/exams/", f"/exams/sittings/{phone.sitting.uuid}/", "/learn/"]
    pages += [f"/exams/attempts/{phone.attempt}"]
    replies = [phone.client.get(page, follow=True) for page in pages]
    replies += [phone.submit({}, 1), phone.save((9, "1", None)), phone.start()]
    return "\n".join(reply.text for reply in replies)


def leaks(phone):
    text = told(phone)
    return [word for word in OF_ONE_ANSWER if word in text]


def same_sitting(sitting):
    Sitting.objects.filter(pk=sitting.pk).update(closes_at=clock.now() + HOUR)


def sitting_of_the_blueprint(sitting):
    SittingFactory(blueprint=sitting.blueprint)


def sitting_of_the_bank(sitting):
    SittingFactory(blueprint=BlueprintFactory(bank=sitting.blueprint.bank))


def sitting_to_come(sitting):
    SittingFactory(
        blueprint=BlueprintFactory(bank=sitting.blueprint.bank),
        opens_at=clock.now() + 24 * HOUR,
        closes_at=clock.now() + 25 * HOUR,
    )


def running_attempt(sitting):
    same_sitting(sitting)
    make_attempt(Sitting.objects.get(pk=sitting.pk))
    Sitting.objects.filter(pk=sitting.pk).update(closes_at=clock.now())


def closing_attempt(sitting):
    running_attempt(sitting)
    let_time_pass(Attempt.objects.latest("pk"), minutes=61)


def attempt_with_extra_time(sitting):
    running_attempt(sitting)
    attempt = Attempt.objects.latest("pk")
    adjust_time([attempt], seconds=3 * 3600, reason="alarm")
    attempt.refresh_from_db()
    let_time_pass(attempt, hours=2)


STILL_ASKING = (
    same_sitting,
    sitting_of_the_blueprint,
    sitting_of_the_bank,
    sitting_to_come,
    running_attempt,
    closing_attempt,
    attempt_with_extra_time,
)


@pytest.mark.parametrize("still_asks", STILL_ASKING, ids=lambda one: one.__name__)
def test_e27_no_key_is_told_while_anybody_may_be_asked(phone, still_asks):
    still_asks(phone.sitting)

    assert leaks(phone) == []


def test_e27_the_review_opens_once_nobody_can_be_asked(phone):
    closing_attempt(phone.sitting)
    let_time_pass(Attempt.objects.latest("pk"), minutes=5)
    SittingFactory()

    assert {CANARY, "正确答案"} <= set(leaks(phone))


def test_e27_without_the_rule_the_key_leaks_and_this_is_seen(phone, monkeypatch):
    same_sitting(phone.sitting)
    monkeypatch.setattr(disclosure, "may_still_be_asked", lambda paper, now: False)

    assert CANARY in leaks(phone)


@pytest.mark.parametrize("policy", [None, *ReviewPolicy][:-1], ids=str)
def test_a_sitting_never_tells_more_than_its_policy(phone, policy):
    sitting = Sitting.objects.filter(pk=phone.sitting.pk)
    if policy:
        sitting.update(review_policy=policy)
    else:
        Attempt.objects.get().result.delete()

    text = told(phone)

    assert leaks(phone) == []
    shows_total = policy in (ReviewPolicy.TOTAL, ReviewPolicy.POINTS)
    assert ("满分 10 分" in text) == shows_total
    assert ("exam-result__score" in text) == shows_total
    assert ("不合格" in text) == (policy is not None)


def test_sealed_banks_tell_points_by_knowledge_point_unless_a_sitting_says_otherwise():
    assert Sitting().review_policy == ReviewPolicy.POINTS


GROUPS = st.lists(st.integers(1, 6), min_size=1, max_size=8)


@given(GROUPS)
def test_e27_no_line_of_points_stands_for_few_questions(sizes):
    scores = [
        PointScore((PointName(n, str(n)),), size, Fraction(0), Fraction(size))
        for n, size in enumerate(sizes)
    ]

    lines = without_small_groups(scores)

    assert all(line.questions >= FEWEST_QUESTIONS for line in lines)
    told = sum(line.questions for line in lines)
    assert told == sum(sizes) or (told == 0 and sum(sizes) < FEWEST_QUESTIONS)
    names = [point.name for line in lines for point in line.points]
    assert len(names) == len(set(names))
    if min(sizes) >= FEWEST_QUESTIONS:
        assert len(lines) == len(sizes)
