"""Cycles of one certificate: a newer one ends the older on its own first day."""

from collections.abc import Iterable
from itertools import pairwise

from certificates.models import Certificate


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
