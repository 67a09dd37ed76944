"""Marking: pure functions of a key and a set of answers (protocols E19).

They read no clock, no database and no setting, so the same key and answers give
the same marks on every node and in every year.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from fractions import Fraction

from .text import normalise_answer

CENT = Decimal("0.01")


@dataclass(frozen=True)
class MarkSheet:
    """Marks reached, marks possible, and the marks of each slot."""

    score: Decimal
    total: Decimal
    per_slot: dict[str, Decimal]


def mark(key: Mapping, answers: Mapping) -> MarkSheet:
    """Mark answers against a key; unanswered and malformed ones earn nothing.

    ``answers`` maps slots to option ids (single, true/false), lists of option ids
    (multiple) or lists of texts in blank order (fill-in). Shares of marks are
    exact and cut, never rounded up, at a hundredth.
    """
    per_slot = {
        slot: _cut(Decimal(entry["marks"]), share(entry, answers.get(slot)))
        for slot, entry in key.items()
    }
    return MarkSheet(
        score=sum(per_slot.values(), Decimal(0)),
        total=sum((Decimal(entry["marks"]) for entry in key.values()), Decimal(0)),
        per_slot=per_slot,
    )


def passes(score: Decimal, pass_mark: Decimal) -> bool:
    """Say whether a score reaches the pass mark: 79.5 does not reach 80."""
    return score >= pass_mark


def share(entry: Mapping, value) -> Fraction:
    """Return which part of a slot's marks a value earns, from 0 to 1."""
    if entry["type"] == "fill":
        return _fill(entry, value)
    return _choice(entry, value)


def _choice(entry, value) -> Fraction:
    chosen = value if isinstance(value, list) else [value]
    if not all(isinstance(option, str) for option in chosen):
        return Fraction(0)
    chosen, right = set(chosen), set(entry["answer"])
    if chosen == right:
        return Fraction(1)
    if entry.get("scoring") == "partial" and chosen < right:
        return Fraction(len(chosen), len(right))
    return Fraction(0)


def _fill(entry, value) -> Fraction:
    blanks = entry["answer"]
    given = value if isinstance(value, list) else []
    right = sum(
        isinstance(text, str)
        and normalise_answer(text) in {normalise_answer(one) for one in accepted}
        for text, accepted in zip(given, blanks, strict=False)
    )
    if entry.get("scoring") == "partial":
        return Fraction(right, len(blanks))
    return Fraction(int(right == len(blanks) == len(given)))


def _cut(marks: Decimal, part: Fraction) -> Decimal:
    exact = marks * part.numerator / Decimal(part.denominator)
    return exact.quantize(CENT, rounding=ROUND_DOWN)
