"""What a candidate may be told of a marked paper: the one rule (E16, E27).

Every page and every answer that shows a candidate marks, keys or explanations asks
``may_disclose`` first. Staff are not asked about here.
"""

import datetime as dt

from exams.models import Attempt, Paper, ReviewPolicy, Sitting
from lms.evidence import clock

LEVELS = list(ReviewPolicy)


def may_disclose(
    attempt: Attempt, what: ReviewPolicy, *, now: dt.datetime | None = None
) -> bool:
    """Say whether a candidate may be told this much of an attempt now.

    Nothing before the result is released, never more than the policy of the sitting,
    and no question with its key as long as anybody may still be asked it.
    """
    if getattr(attempt, "result", None) is None:
        return False
    if LEVELS.index(what) > LEVELS.index(attempt.sitting.review_policy):
        return False
    if what != ReviewPolicy.QUESTIONS:
        return True
    return not may_still_be_asked(attempt.paper, now=now or clock.now())


def may_still_be_asked(paper: Paper, *, now: dt.datetime) -> bool:
    """Say whether anybody may yet be asked, or still answers, a question of a paper.

    Sittings share questions through a paper, a blueprint or a bank; the bank holds
    all three. A sitting counts until it closes, one that has not opened included,
    and an attempt until its last answer can arrive.
    """
    bank = paper.blueprint.bank_id
    return (
        Sitting.objects.not_over(now).filter(blueprint__bank=bank).exists()
        or Attempt.objects.running(now).filter(paper__blueprint__bank=bank).exists()
    )
