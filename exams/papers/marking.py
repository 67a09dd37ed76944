"""Marking: pure functions of a key and a set of answers (E19).

They read no clock, no database and no setting, so the same key and answers give
the same marks on every node and in every year. Marks are exact fractions; only
``rounded`` rounds, for display (E29).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property, lru_cache
from math import lcm

from exams.kinds import kind_of

WHOLE = Fraction(1)


@dataclass(frozen=True)
class MarkSheet:
    """Which share of its marks each slot earns, and what the slots are worth.

    ``for_persons`` are the slots that no key can mark; until a person has, their
    share is None.
    """

    shares: dict[str, Fraction | None]
    worth: dict[str, Fraction]
    for_persons: frozenset[str] = frozenset()

    @property
    def complete(self) -> bool:
        """Whether no slot waits for a person."""
        return None not in self.shares.values()

    @cached_property
    def score(self) -> Fraction:
        """The marks reached; a slot that waits adds nothing."""
        return sum_of(
            (share, self.worth[slot]) for slot, share in self.shares.items() if share
        )

    @cached_property
    def total(self) -> Fraction:
        """The marks possible."""
        return sum_of((WHOLE, worth) for worth in self.worth.values())


def mark(
    key: Mapping, answers: Mapping, *, by_hand: Mapping[str, Fraction] | None = None
) -> MarkSheet:
    """Mark answers against a key; unanswered and malformed ones earn nothing.

    ``answers`` maps slots to values with the ids of the paper, ``by_hand`` slots that
    no key can mark to the shares a person gave.
    """
    shares = {
        slot: kind_of(entry["type"]).share(entry, answers.get(slot))
        for slot, entry in key.items()
    }
    for_persons = frozenset(slot for slot, share in shares.items() if share is None)
    return MarkSheet(
        shares | {slot: (by_hand or {}).get(slot) for slot in for_persons},
        {slot: fraction_of(entry["marks"]) for slot, entry in key.items()},
        for_persons,
    )


def sum_of(parts: Iterable[tuple[Fraction, Fraction]]) -> Fraction:
    """Return the sum of shares of marks, reduced once and not at every step."""
    terms = [
        (share.numerator * marks.numerator, share.denominator * marks.denominator)
        for share, marks in parts
    ]
    common = lcm(*(below for _above, below in terms))
    return Fraction(sum(above * (common // below) for above, below in terms), common)


@lru_cache(maxsize=1024)
def fraction_of(text: str) -> Fraction:
    """Return the number a text says, such as 2, 0.5 or 1/3; a paper has few."""
    return Fraction(text)


def passes(score: Fraction, pass_mark: Decimal) -> bool:
    """Say whether a score reaches the pass mark: 79.5 does not reach 80."""
    return score >= Fraction(pass_mark)


def earned(per_slot: Mapping, key: Mapping) -> dict[str, Fraction]:
    """Return the exact marks of each slot from ``per_slot`` of a stored mark.

    Marks of the first release hold for a slot the marks themselves, cut at a
    hundredth, as text; all later ones an object with the exact share.
    """
    return {
        slot: fraction_of(said)
        if isinstance(said, str)
        else fraction_of(said["share"]) * fraction_of(key[slot]["marks"])
        for slot, said in per_slot.items()
    }


def rounded(marks: Fraction) -> Decimal:
    """Return marks for display, rounded down to a hundredth."""
    return Decimal(marks.numerator * 100 // marks.denominator) / 100
