"""Cycles of one certificate: a newer one ends the older on its own first day."""

from collections.abc import Iterable
from itertools import pairwise

from certificates.models import Certificate


def previous_cycle(
    row: Certificate, cycles: Iterable[Certificate]
) -> Certificate | None:
    """Return the cycle before a row, of the cycles of its person, kind and subject."""
    earlier = [c for c in cycles if c.valid_from < row.valid_from]
    return max(earlier, key=lambda cycle: cycle.valid_from, default=None)


def next_cycle(row: Certificate, cycles: Iterable[Certificate]) -> Certificate | None:
    """Return the cycle after a row, of the cycles of its person, kind and subject."""
    later = [c for c in cycles if c.valid_from > row.valid_from]
    return min(later, key=lambda cycle: cycle.valid_from, default=None)


def link_cycles(rows: Iterable[Certificate]) -> list[Certificate]:
    """Set ``replaced_on`` over the cycles of one subject.

    Pure: takes every row of one (person, kind, subject), returns those it changed.
    A proof issued here names its predecessor besides; of recorded ones the dates say
    it.
    """
    ordered = sorted(rows, key=lambda row: row.valid_from)
    changed = []
    for older, newer in pairwise(ordered):
        if older.replaced_on != newer.valid_from:
            older.replaced_on = newer.valid_from
            changed.append(older)
    return changed
