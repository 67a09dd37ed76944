"""Marks of single questions: by the key, by a person, and while they wait."""

from fractions import Fraction

import pytest
from django.db import IntegrityError, transaction

from exams.exceptions import NotForPersons, NotMarked, ShareOutOfRange
from exams.kinds import QuestionKind, kind_of, register
from exams.kinds.drafts import QuestionDraft
from exams.kinds.registry import KINDS
from exams.models import (
    Attempt,
    Mark,
    PaperKey,
    QuestionOption,
    Result,
    Sitting,
    SlotMark,
    SlotMarkState,
)
from exams.services.attempts import start_attempt
from exams.services.manual_marks import mark_slot
from exams.services.marks import current_mark
from exams.services.regrade import correct_key, regrade
from exams.services.release import release_result
from exams.services.review import review_of
from exams.services.submission import submit
from lms.evidence import clock
from tests.exams.phone import answer_all, save
from tests.factories.bank import (
    BlueprintFactory,
    BlueprintSectionFactory,
    make_question,
)
from tests.factories.people import PersonFactory, WorkerFactory
from tests.factories.sittings import (
    CONTENT,
    KEY,
    CandidateFactory,
    SittingFactory,
    make_attempt,
    make_sitting,
)

pytestmark = pytest.mark.django_db


def sit(blueprint, **fields):
    """An attempt at a paper drawn from the bank of a blueprint."""
    sitting = SittingFactory(blueprint=blueprint, **fields)
    person = PersonFactory()
    CandidateFactory(sitting=sitting, person=person)
    return start_attempt(sitting, person=person, session="s")


def right_values(attempt):
    key = PaperKey.objects.get(paper=attempt.paper_id).key
    return {
        slot: kind_of(entry["type"]).right_value(entry, secret=attempt.secret)
        for slot, entry in key.items()
    }


def answer(attempt, values):
    save(attempt, *((n, *pair) for n, pair in enumerate(values.items(), 1)))


def test_e29_credits_that_add_up_to_the_pass_mark_pass():
    blueprint = BlueprintFactory(pass_mark=60)
    three = QuestionDraft(stem="____ ____ ____", blanks=[["a"], ["b"], ["c"]])
    for number in range(14):
        make_question(blueprint.bank, code=f"s{number}")
    for number in range(3):
        make_question(blueprint.bank, "fill", code=f"f{number}", draft=three)
    BlueprintSectionFactory(blueprint=blueprint, count=14, marks=4)
    BlueprintSectionFactory(
        blueprint=blueprint, kind="fill", count=3, marks=4, scoring="partial"
    )
    attempt = sit(blueprint)
    values = right_values(attempt)
    answer(attempt, values | {slot: ["a", "", ""] for slot in ("15", "16", "17")})

    submit(attempt, seat_epoch=1)

    mark = current_mark(attempt)
    assert (mark.score, mark.score_exact, mark.passed) == (60, "60", True)
    assert Result.objects.get().passed


def test_each_slot_keeps_what_its_analysis_needs(django_assert_num_queries):
    blueprint = BlueprintFactory(pass_mark=1)
    for kind in ("single", "multiple", "fill"):
        make_question(blueprint.bank, kind, code=kind)
        BlueprintSectionFactory(blueprint=blueprint, kind=kind, count=1)
    attempt = sit(blueprint, release="staff")
    values = right_values(attempt)
    answer(attempt, values | {"2": values["2"][:1], "3": ["30 比 2"]})

    # Savepoint and its release, attempt, clock, journal, submission, attempt, key,
    # slots, mark.
    with django_assert_num_queries(10):
        submit(attempt, seat_epoch=1)

    rows = SlotMark.objects.order_by("slot")
    assert [row.share for row in rows] == [1, 0, 1]
    assert {row.state for row in rows} == {SlotMarkState.AUTOMATIC}
    asked = [row.question_revision.question.kind for row in rows]
    assert asked == ["single", "multiple", "fill"]
    chosen = [QuestionOption.objects.filter(pk__in=row.chosen) for row in rows]
    assert chosen[0].get().right
    assert chosen[1].get().right
    assert rows[2].chosen == []


def test_marking_again_adds_rows_for_what_changed_only():
    attempt = make_attempt()
    answer_all(attempt)
    submit(attempt, seat_epoch=1)
    other = KEY | {"1": KEY["1"] | {"answer": ["1-3"]}}

    correct_key(attempt.paper, key=other)
    regrade(attempt.paper, reason="the key was wrong")

    rows = SlotMark.objects.order_by("slot", "number")
    assert [row.slot for row in rows] == ["1", "1", "2", "3", "4", "5"]
    assert [row.share for row in rows.filter(slot="1")] == [1, 0]
    assert rows.filter(slot="1").last().reason == "the key was wrong"
    assert SlotMark.objects.current().count() == 5


def test_an_attempt_of_the_first_release_keeps_its_marks_and_can_be_marked_again():
    attempt = make_attempt(make_sitting(release="staff", review_policy="questions"))
    answer_all(attempt)
    submit(attempt, seat_epoch=1)
    Sitting.objects.update(closes_at=clock.now())
    Mark.objects.create(
        attempt=attempt,
        revision=2,
        score="3.33",
        total="10.00",
        passed=False,
        per_slot={"1": "2.00", "2": "1.33", "3": "0.00", "4": "0.00", "5": "0.00"},
        key=PaperKey.objects.get(),
    )
    release_result(attempt)

    before = [item.score for item in review_of(Attempt.objects.get())]
    regrade(attempt.paper, reason="exact marks")

    assert before == [2, Fraction("1.33"), 0, 0, 0]
    assert Result.objects.get().passed
    assert current_mark(attempt).score_exact == "10"


class EssayKind(QuestionKind):
    """An answer in one's own words, which a person marks."""

    code = "test_essay"
    label = "essay"
    template = "exams/kinds/_blanks.html"

    def read(self, value, accepts, secret):
        return value

    def share(self, entry, value):
        return None

    def words(self, slot, value, *, lettered=False):
        return [value]

    def right_words(self, slot, entry):
        return []


@pytest.fixture
def essay_attempt():
    register(EssayKind())
    slots = CONTENT["sections"][0]["slots"]
    essay = {"slot": "6", "type": "test_essay", "stem": "f", "marks": "3"}
    content = CONTENT | {"sections": [{"title": "all", "slots": [*slots, essay]}]}
    key = KEY | {"6": {"type": "test_essay", "marks": "3", "explain": "", "basis": ""}}
    attempt = make_attempt(make_sitting(content, key, release="auto"))
    answer_all(attempt)
    save(attempt, (9, "6", "in my own words"))
    submit(attempt, seat_epoch=1)
    yield Attempt.objects.get()
    del KINDS["test_essay"]


def test_a_slot_that_waits_for_a_person_holds_the_result_back(essay_attempt):
    assert not Mark.objects.exists()
    assert not Result.objects.exists()
    assert list(Attempt.objects.awaiting_marking()) == [essay_attempt]
    assert not Attempt.objects.awaiting_release().exists()
    assert [row.slot for row in SlotMark.objects.pending()] == ["6"]
    with pytest.raises(NotMarked):
        release_result(essay_attempt)


def test_the_last_slot_a_person_marks_makes_the_result(essay_attempt):
    marker = WorkerFactory()

    mark = mark_slot(essay_attempt, slot="6", share=Fraction(2, 3), by=marker)

    assert (mark.score, mark.passed) == (12, True)
    assert mark.per_slot["1"] == {"share": "1", "by": "automatic"}
    assert mark.per_slot["6"] == {"share": "2/3", "by": "human"}
    assert SlotMark.objects.current().get(slot="6").marked_by == marker
    assert not SlotMark.objects.pending().exists()
    assert not Attempt.objects.awaiting_marking().exists()
    assert Result.objects.get().mark == mark


def test_what_a_person_gave_outlives_a_corrected_key(essay_attempt):
    mark_slot(essay_attempt, slot="6", share=Fraction(1), by=WorkerFactory())
    mark_slot(essay_attempt, slot="6", share=Fraction(1, 3), by=WorkerFactory())
    key = PaperKey.objects.get().key
    key["1"] |= {"answer": ["1-3"]}

    correct_key(essay_attempt.paper, key=key)
    regrade(essay_attempt.paper, reason="the key was wrong")

    assert current_mark(essay_attempt).revision == 3
    assert Result.objects.get().score == 8 + 1


def test_a_corrected_key_marks_nothing_that_waits_for_a_person(essay_attempt):
    assert regrade(essay_attempt.paper, reason="again") == 0
    assert not Mark.objects.exists()


@pytest.mark.parametrize(
    ("slot", "share", "refusal"),
    [
        ("1", Fraction(1), NotForPersons),
        ("99", Fraction(1), NotForPersons),
        ("6", Fraction(4, 3), ShareOutOfRange),
        ("6", Fraction(-1, 3), ShareOutOfRange),
    ],
)
def test_a_person_marks_only_what_no_key_can(essay_attempt, slot, share, refusal):
    with pytest.raises(refusal):
        mark_slot(essay_attempt, slot=slot, share=share, by=WorkerFactory())

    assert not Mark.objects.exists()


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("share_from_0_to_1_unless_pending", {"state": "automatic"}),
        (
            "share_from_0_to_1_unless_pending",
            {"state": "automatic", "share_numerator": 3, "share_denominator": 2},
        ),
        (
            "share_from_0_to_1_unless_pending",
            {"state": "pending", "share_numerator": 1, "share_denominator": 2},
        ),
        (
            "by_a_person_says_by_whom",
            {"state": "human", "share_numerator": 1, "share_denominator": 2},
        ),
    ],
)
def test_the_database_refuses_a_share_that_cannot_be(name, fields):
    attempt = make_attempt()

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        SlotMark.objects.create(attempt=attempt, slot="1", **fields)


def test_the_database_refuses_two_markings_of_one_number():
    attempt = make_attempt()
    waiting = {"attempt": attempt, "slot": "1", "state": "pending"}
    SlotMark.objects.create(**waiting)

    with pytest.raises(IntegrityError), transaction.atomic():
        SlotMark.objects.create(**waiting)
