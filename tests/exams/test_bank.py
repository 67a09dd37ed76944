import pytest
from django.db import DatabaseError, IntegrityError, transaction

from exams.exceptions import (
    NotExaminable,
    NothingToReview,
    OwnReview,
    QuestionRefused,
    QuestionRetired,
)
from exams.kinds.text import plain_text
from exams.models import Question, QuestionReview, QuestionState, ReviewVerdict
from exams.services.bank import (
    QuestionDraft,
    problems_of,
    retire_question,
    review_question,
    revise_question,
)
from tests.factories.bank import DRAFTS, QuestionBankFactory, make_question
from tests.factories.people import UserFactory

TWO = [("one", True), ("two", False)]


@pytest.mark.parametrize(
    ("kind", "draft", "codes"),
    [
        ("single", QuestionDraft("", TWO), ["stem_empty"]),
        ("single", QuestionDraft("x" * 1_000_000, TWO), ["stem_too_long"]),
        (
            "single",
            QuestionDraft("?", [("a", False), ("b", False)]),
            ["no_right_option"],
        ),
        (
            "single",
            QuestionDraft("?", [("a", True), ("b", True)]),
            ["several_right_options"],
        ),
        ("multiple", QuestionDraft("?", TWO), ["one_right_option"]),
        ("single", QuestionDraft("?", [("a", True), ("Ａ ", False)]), ["option_twice"]),
        ("single", QuestionDraft("?", [("a", True), ("", False)]), ["option_empty"]),
        ("single", QuestionDraft("?", [("a", True)]), ["too_few_options"]),
        (
            "single",
            QuestionDraft("?", [(str(n), n == 1) for n in range(27)]),
            ["too_many_options"],
        ),
        (
            "true_false",
            QuestionDraft("?", [("a", True), ("b", False), ("c", False)]),
            ["not_two_options"],
        ),
        ("fill", QuestionDraft("no blank", blanks=[["1"]]), ["no_blank"]),
        ("fill", QuestionDraft("____ ____", blanks=[["1"]]), ["blanks_differ"]),
        ("fill", QuestionDraft("____", blanks=[[]]), ["blank_without_answer"]),
        ("fill", QuestionDraft("____", blanks=[["1", "1"]]), ["answer_twice"]),
        ("single", QuestionDraft("", [("a", False)]), None),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_every_fault_of_a_question_has_its_code(kind, draft, codes):
    expected = codes or ["stem_empty", "too_few_options", "no_right_option"]

    assert [problem.code for problem in problems_of(kind, draft)] == expected


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("<script>alert(1)</script>What?", "What?"),
        ("<img src=x onerror=alert(1)>What?", "What?"),
        ('<a href="javascript:x">What?</a>', "What?"),
        ("<base href=//evil><meta http-equiv=refresh>What?", "What?"),
        ("<form action=/x><input></form>What?", "What?"),
        ("<b style='width:expression(1)'>What?</b>", "What?"),
        ("<svg><p><style><!--</style><img src=x onerror=1>-->What?", "-->What?"),
        ("<scr<script></script>ipt>alert(1)</script>What?", "alert(1)What?"),
        ("氧含量 < 19.5% 且 > 0 ?", "氧含量 < 19.5% 且 > 0 ?"),
        ("\u202e反\u200b了\x00", "反了"),
        ("塘㙍镇的𠮷", "塘㙍镇的𠮷"),
        ("顺序是（ ）。", "顺序是（\u00a0\u00a0）。"),
    ],
    ids=range(12),
)
def test_markup_and_hidden_characters_leave_a_stem(typed, kept):
    assert plain_text(typed) == kept


@pytest.mark.django_db
def test_a_new_revision_waits_while_papers_ask_the_approved_one():
    question = make_question(QuestionBankFactory(), code="S1")
    first = question.ready_revision

    second = revise_question(question, draft=QuestionDraft("Changed?", TWO))

    question.refresh_from_db()
    assert (second.number, question.ready_revision) == (2, first)
    assert list(Question.objects.awaiting_review()) == [question]
    review_question(question, reviewer=UserFactory(), verdict=ReviewVerdict.APPROVED)
    question.refresh_from_db()
    assert question.ready_revision == second
    assert not Question.objects.awaiting_review().exists()


@pytest.mark.django_db
def test_nobody_reviews_a_question_of_their_own():
    question = make_question(QuestionBankFactory(), code="S1", ready=False)
    revision = question.revisions.get()

    with pytest.raises(OwnReview):
        review_question(
            question, reviewer=revision.author, verdict=ReviewVerdict.APPROVED
        )

    with (
        pytest.raises(
            IntegrityError, match="exams_questionreview_author_is_not_reviewer"
        ),
        transaction.atomic(),
    ):
        QuestionReview.objects.create(
            revision=revision,
            author=revision.author,
            reviewer=revision.author,
            verdict=ReviewVerdict.APPROVED,
        )


@pytest.mark.django_db
def test_a_review_is_given_once():
    question = make_question(QuestionBankFactory(), code="S1")

    with pytest.raises(NothingToReview):
        review_question(
            question, reviewer=UserFactory(), verdict=ReviewVerdict.RETURNED
        )


@pytest.mark.django_db
def test_a_case_question_stays_a_draft():
    question = make_question(QuestionBankFactory(), "case", code="K1", ready=False)

    with pytest.raises(NotExaminable):
        review_question(
            question, reviewer=UserFactory(), verdict=ReviewVerdict.APPROVED
        )

    assert Question.objects.get().state == QuestionState.DRAFT


@pytest.mark.django_db
def test_a_question_sent_back_stays_a_draft():
    question = make_question(QuestionBankFactory(), code="S1", ready=False)

    review_question(question, reviewer=UserFactory(), verdict=ReviewVerdict.RETURNED)

    assert Question.objects.get().state == QuestionState.DRAFT


@pytest.mark.django_db
def test_a_retired_question_is_neither_edited_nor_reviewed():
    question = make_question(QuestionBankFactory(), code="S1")
    retire_question(question, actor=UserFactory(), reason="out of date")

    with pytest.raises(QuestionRetired):
        revise_question(question, draft=DRAFTS["single"])

    assert not Question.objects.ready().exists()


@pytest.mark.django_db
def test_a_refused_revision_leaves_nothing():
    question = make_question(QuestionBankFactory(), code="S1")

    with pytest.raises(QuestionRefused) as refused:
        revise_question(question, draft=QuestionDraft("", [("a", False)]))

    assert "The question has no text." in str(refused.value) or str(refused.value)
    assert question.revisions.count() == 1


@pytest.mark.django_db
def test_only_a_reviewed_question_can_be_ready():
    question = make_question(QuestionBankFactory(), code="S1", ready=False)

    with (
        pytest.raises(
            IntegrityError, match="exams_question_ready_has_approved_revision"
        ),
        transaction.atomic(),
    ):
        Question.objects.filter(pk=question.pk).update(state=QuestionState.READY)


@pytest.mark.django_db
def test_a_revision_is_evidence():
    question = make_question(QuestionBankFactory(), code="S1")

    for rows, change in (
        (question.revisions, {"stem": "x"}),
        (question.ready_revision.options, {"text": "x"}),
    ):
        with (
            pytest.raises(DatabaseError, match="append-only"),
            transaction.atomic(),
        ):
            rows.update(**change)
