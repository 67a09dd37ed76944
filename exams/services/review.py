"""A marked paper question by question, once its candidate may see it."""

from dataclasses import dataclass
from fractions import Fraction

from exams.exceptions import NotTold
from exams.kinds import kind_of
from exams.models import Attempt, ReviewPolicy
from exams.papers.marking import earned
from exams.services.answer_journal import current_answers
from exams.services.attempts import paper_for
from exams.services.cards import content_of
from exams.services.disclosure import may_disclose
from exams.services.marks import mark_of


@dataclass(frozen=True)
class ReviewedItem:
    """One question, what was answered, what is right, why, and the exact marks."""

    number: str
    stem: str
    given: list[str]
    right: list[str]
    explain: str
    basis: str
    score: Fraction
    marks: Fraction

    @property
    def full(self):
        return self.score == self.marks


def review_of(attempt: Attempt) -> list[ReviewedItem]:
    """Return the marked paper of an attempt whose questions may be told.

    The one place besides marking that reads a key: the one the mark was made with.
    Raises ``NotTold``.
    """
    if not may_disclose(attempt, ReviewPolicy.QUESTIONS):
        raise NotTold
    mark = mark_of(attempt.result)
    key = mark.key.key
    marks = earned(mark.per_slot, key)
    answers = current_answers(attempt)
    frozen = _slots_by_number(content_of(attempt.paper))
    return [
        _item(slot, frozen[name], key[name], answers.get(name), marks[name])
        for section in paper_for(attempt)["sections"]
        for slot in section["slots"]
        for name in [slot["slot"]]
    ]


def _item(slot, frozen, entry, value, marks) -> ReviewedItem:
    kind = kind_of(slot["type"])
    return ReviewedItem(
        number=slot["slot"],
        stem=slot["stem"],
        given=[] if value is None else kind.words(slot, value),
        right=kind.right_words(frozen, entry),
        explain=entry["explain"],
        basis=entry["basis"],
        score=marks,
        marks=Fraction(entry["marks"]),
    )


def _slots_by_number(content) -> dict[str, dict]:
    return {
        slot["slot"]: slot
        for section in content["sections"]
        for slot in section["slots"]
    }
