"""The only door to questions: write, revise, review, retire."""

from dataclasses import dataclass, field

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from exams.exceptions import (
    NotExaminable,
    NothingToReview,
    OwnReview,
    QuestionRefused,
    QuestionRetired,
)
from exams.models.bank import (
    EXAMINABLE_KINDS,
    BlankAnswer,
    Difficulty,
    KnowledgePoint,
    Question,
    QuestionBank,
    QuestionKind,
    QuestionOption,
    QuestionReview,
    QuestionRevision,
    QuestionState,
    Verdict,
)
from exams.text import count_blanks, normalise_answer, plain_text
from lms.people.services.audit import (
    changes_between,
    record,
    stored_values,
    values_of,
)

STEM_LIMIT = 4_000
OPTION_LIMIT = 500
ANSWER_LIMIT = 200
MOST_OPTIONS = 26


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a question: a stable code and a plain sentence."""

    code: str
    message: str


@dataclass(frozen=True)
class Draft:
    """The words of a revision to be: options as (text, right), blanks as texts."""

    stem: str
    options: list[tuple[str, bool]] = field(default_factory=list)
    blanks: list[list[str]] = field(default_factory=list)
    explanation: str = ""
    basis: str = ""

    def cleaned(self) -> "Draft":
        """Return the same draft as plain text (hostile inputs B026)."""
        return Draft(
            stem=plain_text(self.stem),
            options=[(plain_text(text), bool(right)) for text, right in self.options],
            blanks=[[plain_text(text) for text in blank] for blank in self.blanks],
            explanation=plain_text(self.explanation),
            basis=plain_text(self.basis),
        )


def problems_of(kind: str, draft: Draft) -> list[Problem]:
    """Say everything that is wrong with a draft (hostile inputs B024).

    All options of a multiple choice may be right: "all of the above" is asked so.
    """
    found = []
    if not draft.stem:
        found.append(Problem("stem_empty", _("The question has no text.")))
    if len(draft.stem) > STEM_LIMIT:
        found.append(
            Problem("stem_too_long", _("The question is longer than 4,000 characters."))
        )
    if kind == QuestionKind.FILL:
        return found + _blank_problems(draft)
    if kind == QuestionKind.CASE:
        return found
    return found + _option_problems(kind, draft.options)


def _option_problems(kind, options) -> list[Problem]:
    found = []
    texts = [text for text, _right in options]
    right = sum(is_right for _text, is_right in options)
    if kind == QuestionKind.TRUE_FALSE and len(options) != 2:
        found.append(
            Problem("not_two_options", _("True or false has exactly two options."))
        )
    elif len(options) < 2:
        found.append(Problem("too_few_options", _("At least two options are needed.")))
    if len(options) > MOST_OPTIONS:
        found.append(
            Problem("too_many_options", _("More than 26 options cannot be lettered."))
        )
    if not all(texts):
        found.append(Problem("option_empty", _("One of the options has no text.")))
    if any(len(text) > OPTION_LIMIT for text in texts):
        found.append(
            Problem("option_too_long", _("An option is longer than 500 characters."))
        )
    if len({normalise_answer(text) for text in texts}) < len(texts):
        found.append(Problem("option_twice", _("Two options say the same.")))
    if right == 0:
        found.append(Problem("no_right_option", _("No option is marked as right.")))
    elif kind == QuestionKind.MULTIPLE and right == 1:
        found.append(
            Problem("one_right_option", _("Multiple choice needs two right options."))
        )
    elif kind != QuestionKind.MULTIPLE and right > 1:
        found.append(
            Problem("several_right_options", _("Only one option can be right here."))
        )
    return found


def _blank_problems(draft) -> list[Problem]:
    found = []
    if count_blanks(draft.stem) == 0:
        found.append(Problem("no_blank", _("Mark each blank in the text with ____ .")))
    elif count_blanks(draft.stem) != len(draft.blanks):
        found.append(
            Problem("blanks_differ", _("Each blank needs its own line of answers."))
        )
    if any(not any(blank) for blank in draft.blanks):
        found.append(
            Problem("blank_without_answer", _("A blank has no accepted answer."))
        )
    if any(len(text) > ANSWER_LIMIT for blank in draft.blanks for text in blank):
        found.append(
            Problem("answer_too_long", _("An answer is longer than 200 characters."))
        )
    if any(len(set(blank)) < len(blank) for blank in draft.blanks):
        found.append(Problem("answer_twice", _("An answer is given twice.")))
    return found


@transaction.atomic
def create_question(
    bank: QuestionBank,
    *,
    code: str,
    kind: str,
    knowledge_point: KnowledgePoint,
    draft: Draft,
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
    question: Question, *, draft: Draft, author: AbstractBaseUser | None = None
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
    if verdict == Verdict.APPROVED and question.kind not in EXAMINABLE_KINDS:
        raise NotExaminable
    review = QuestionReview.objects.create(
        revision=revision,
        author_id=revision.author_id,
        reviewer=reviewer,
        verdict=verdict,
        remark=plain_text(remark),
    )
    before = stored_values(question)
    if verdict == Verdict.APPROVED:
        question.state = QuestionState.READY
        question.ready_revision = revision
        question.save(update_fields=["state", "ready_revision"])
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
    """Take a question out of all future papers; frozen ones keep it."""
    question = Question.objects.select_for_update().get(pk=question.pk)
    if question.state == QuestionState.RETIRED:
        raise QuestionRetired
    before = str(question.state)
    question.state = QuestionState.RETIRED
    question.save(update_fields=["state"])
    record(
        "exams.retire_question",
        actor=actor,
        subject=question,
        reason=reason,
        changes={"state": [before, str(question.state)]},
    )
    return question
