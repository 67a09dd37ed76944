"""What a candidate may see of a marked paper, once the result is released."""

import json
from dataclasses import dataclass
from decimal import Decimal

from exams.exceptions import NotReleased
from exams.models import Attempt
from exams.services.answers import current_answers
from exams.services.attempts import paper_for


@dataclass(frozen=True)
class PartScore:
    """The marks of one section."""

    title: str
    score: Decimal
    total: Decimal


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


@dataclass(frozen=True)
class Review:
    """A marked paper, part by part and question by question."""

    parts: list[PartScore]
    items: list[ReviewedItem]


def review_of(attempt: Attempt) -> Review:
    """Return the marked paper of an attempt whose result is released.

    The one place besides marking that reads a key: the one the mark was made with.
    Raises ``NotReleased``.
    """
    if getattr(attempt, "result", None) is None:
        raise NotReleased
    mark = attempt.result.mark
    key, marks = mark.key.key, mark.per_slot
    answers = current_answers(attempt)
    shown = paper_for(attempt)
    plain = _texts_by_id(json.loads(attempt.paper.content))
    parts, items = [], []
    for section in shown["sections"]:
        made = [
            _item(slot, key[slot["slot"]], answers.get(slot["slot"]), marks, plain)
            for slot in section["slots"]
        ]
        items += made
        parts.append(
            PartScore(
                section["title"],
                score=sum((one.score for one in made), Decimal(0)),
                total=sum((one.marks for one in made), Decimal(0)),
            )
        )
    return Review(parts, items)


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
