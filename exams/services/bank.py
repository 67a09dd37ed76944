"""Write, revise, review and retire questions; nothing else changes them."""

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils.translation import gettext_lazy as _

from exams.exceptions import (
    NotExaminable,
    NothingToReview,
    OwnReview,
    QuestionRefused,
    QuestionRetired,
)
from exams.kinds import Problem, QuestionDraft, kind_of
from exams.kinds.text import plain_text
from exams.models import PaperQuestion, PreparedPaper
from exams.models.bank import (
    BlankAnswer,
    Difficulty,
    KnowledgePoint,
    Question,
    QuestionBank,
    QuestionOption,
    QuestionReview,
    QuestionRevision,
    QuestionState,
    ReviewVerdict,
)
from lms.evidence.audit import changes_between, record, stored_values, values_of

STEM_LIMIT = 4_000


def problems_of(kind: str, draft: QuestionDraft) -> list[Problem]:
    """Return every problem of a draft (B024)."""
    found = []
    if not draft.stem:
        found.append(Problem("stem_empty", _("The question has no text.")))
    if len(draft.stem) > STEM_LIMIT:
        found.append(
            Problem("stem_too_long", _("The question is longer than 4,000 characters."))
        )
    return found + kind_of(kind).problems(draft)


@transaction.atomic
def create_question(
    bank: QuestionBank,
    *,
    code: str,
    kind: str,
    knowledge_point: KnowledgePoint,
    draft: QuestionDraft,
    difficulty: str = Difficulty.MID,
    rule_set: str = "",
    author: AbstractBaseUser | None = None,
) -> Question:
    """Put a new draft question into a bank, with its first revision."""
    question = Question.objects.create(
        bank=bank,
        code=code,
        kind=kind,
        knowledge_point=knowledge_point,
        difficulty=difficulty,
        rule_set=rule_set,
    )
    revise_question(question, draft=draft, author=author)
    return question


@transaction.atomic
def revise_question(
    question: Question, *, draft: QuestionDraft, author: AbstractBaseUser | None = None
) -> QuestionRevision:
    """Write the next revision; papers go on asking the approved one until review.

    Raises ``QuestionRefused`` with every problem, ``QuestionRetired``.
    """
    draft = draft.cleaned()
    if problems := problems_of(question.kind, draft):
        raise QuestionRefused(problems)
    question = Question.objects.select_for_update().get(pk=question.pk)
    if question.state == QuestionState.RETIRED:
        raise QuestionRetired
    newest = question.revisions.aggregate(number=Max("number"))["number"] or 0
    revision = QuestionRevision.objects.create(
        question=question,
        number=newest + 1,
        stem=draft.stem,
        explanation=draft.explanation,
        basis=draft.basis,
        author=author,
    )
    QuestionOption.objects.bulk_create(
        QuestionOption(revision=revision, position=position, text=text, right=right)
        for position, (text, right) in enumerate(draft.options, 1)
    )
    BlankAnswer.objects.bulk_create(
        BlankAnswer(revision=revision, blank=number, text=text)
        for number, blank in enumerate(draft.blanks, 1)
        for text in blank
    )
    record(
        "exams.revise_question",
        actor=author,
        subject=question,
        data={"revision": revision.number},
    )
    return revision


@transaction.atomic
def review_question(
    question: Question, *, reviewer: AbstractBaseUser, verdict: str, remark: str = ""
) -> QuestionReview:
    """Judge the newest revision; approval makes it the one that papers ask.

    Raises ``NothingToReview``, ``OwnReview``, ``NotExaminable``, ``QuestionRetired``.
    """
    question = Question.objects.select_for_update().get(pk=question.pk)
    revision = question.revisions.select_related("review").first()
    if question.state == QuestionState.RETIRED:
        raise QuestionRetired
    if revision is None or hasattr(revision, "review"):
        raise NothingToReview
    if revision.author_id == reviewer.pk:
        raise OwnReview
    if verdict == ReviewVerdict.APPROVED and not kind_of(question.kind).examinable:
        raise NotExaminable
    review = QuestionReview.objects.create(
        revision=revision,
        author_id=revision.author_id,
        reviewer=reviewer,
        verdict=verdict,
        remark=plain_text(remark),
    )
    before = stored_values(question)
    if verdict == ReviewVerdict.APPROVED:
        question.state = QuestionState.READY
        question.ready_revision = revision
        question.save(update_fields=["state", "ready_revision"])
        PreparedPaper.objects.asking(question).delete()
    record(
        "exams.review_question",
        actor=reviewer,
        subject=question,
        reason=review.remark,
        data={"revision": revision.number, "verdict": str(verdict)},
        changes=changes_between(before, values_of(question)),
    )
    return review


@transaction.atomic
def retire_question(
    question: Question, *, actor: AbstractBaseUser, reason: str
) -> Question:
    """Take a question out of all papers that nobody was given; the others keep it."""
    question = Question.objects.select_for_update().get(pk=question.pk)
    if question.state == QuestionState.RETIRED:
        raise QuestionRetired
    before = str(question.state)
    question.state = QuestionState.RETIRED
    question.save(update_fields=["state"])
    PreparedPaper.objects.asking(question).delete()
    record(
        "exams.retire_question",
        actor=actor,
        subject=question,
        reason=reason,
        changes={"state": [before, str(question.state)]},
    )
    return question


def asked_questions() -> QuerySet[Question]:
    """Return the questions of papers that somebody was given."""
    asked = PaperQuestion.objects.filter(paper__attempts__isnull=False)
    return Question.objects.filter(pk__in=asked.values("revision__question"))
