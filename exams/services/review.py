"""A marked paper question by question, once its candidate may see it."""

import json
from dataclasses import dataclass
from decimal import Decimal

from exams.exceptions import NotTold
from exams.models import Attempt, ReviewPolicy
from exams.services.answers import current_answers
from exams.services.attempts import paper_for
from exams.services.disclosure import tells


@dataclass(frozen=True)
class ReviewedItem:
    """One question, what was answered, what is right, and why."""

    number: str
    stem: str
    given: list[str]
    right: list[str]
    explain: str
    basis: str
    score: Decimal
    marks: Decimal

    @property
    def full(self):
        return self.score == self.marks


def review_of(attempt: Attempt) -> list[ReviewedItem]:
    """Return the marked paper of an attempt whose questions may be told.

    The one place besides marking that reads a key: the one the mark was made with.
    Raises ``NotTold``.
    """
    if not tells(attempt, ReviewPolicy.QUESTIONS):
        raise NotTold
    mark = attempt.result.mark
    key, marks = mark.key.key, mark.per_slot
    answers = current_answers(attempt)
    plain = _texts_by_id(json.loads(attempt.paper.content))
    return [
        _item(slot, key[slot["slot"]], answers.get(slot["slot"]), marks, plain)
        for section in paper_for(attempt)["sections"]
        for slot in section["slots"]
    ]


def _item(slot, entry, value, marks, plain) -> ReviewedItem:
    if entry["type"] == "fill":
        given = list(value or [])
        right = [" / ".join(accepted) for accepted in entry["answer"]]
    else:
        texts = {one["id"]: one["text"] for one in slot["options"]}
        chosen = value if isinstance(value, list) else [value]
        given = [texts[token] for token in chosen if token in texts]
        right = [plain[option] for option in entry["answer"]]
    return ReviewedItem(
        number=slot["slot"],
        stem=slot["stem"],
        given=given,
        right=right,
        explain=entry["explain"],
        basis=entry["basis"],
        score=Decimal(marks[slot["slot"]]),
        marks=Decimal(entry["marks"]),
    )


def _texts_by_id(content) -> dict[str, str]:
    return {
        option["id"]: option["text"]
        for section in content["sections"]
        for slot in section["slots"]
        for option in slot.get("options", ())
    }
