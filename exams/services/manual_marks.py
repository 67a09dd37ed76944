"""Marks that a person gives, slot by slot."""

import datetime as dt
from fractions import Fraction

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from exams.exceptions import NotForPersons, ShareOutOfRange
from exams.models import Attempt, Mark, ReleaseRule, SlotMark, SlotMarkState
from exams.services.finalise import lock
from exams.services.marks import mark_again, share_columns
from exams.services.release import follow_mark, release_result
from lms.evidence import clock


@transaction.atomic
def mark_slot(
    attempt: Attempt,
    *,
    slot: str,
    share: Fraction,
    by: AbstractBaseUser,
    reason: str = "",
    now: dt.datetime | None = None,
) -> Mark | None:
    """Give a slot that no key can mark its share of the marks, from 0 to 1.

    Once no slot of the attempt waits, it gets its mark, and the result as after any
    other marking; before that None is returned. The same slot may be marked again,
    which adds a mark. What the key decides is corrected by ``correct_key`` instead.
    Raises ``NotForPersons`` and ``ShareOutOfRange``.
    """
    if not 0 <= share <= 1:
        raise ShareOutOfRange
    locked = lock(attempt)
    before = SlotMark.objects.current().filter(attempt=locked, slot=slot).first()
    if before is None or before.state == SlotMarkState.AUTOMATIC:
        raise NotForPersons
    now = now or clock.now()
    numerator, denominator = share_columns(Fraction(share))
    SlotMark.objects.create(
        attempt=locked,
        slot=slot,
        number=before.number + 1,
        question_revision=before.question_revision,
        chosen=before.chosen,
        state=SlotMarkState.HUMAN,
        reason=reason,
        marked_by=by,
        marked_at=now,
        share_numerator=numerator,
        share_denominator=denominator,
    )
    mark = mark_again(locked, reason=reason, by=by, now=now)
    if mark and not follow_mark(mark) and locked.sitting.release == ReleaseRule.AUTO:
        release_result(locked, now=now)
    return mark
