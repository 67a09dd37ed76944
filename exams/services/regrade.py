"""Marking again after a key was corrected."""

from django.db import transaction
from django.db.models import Max

from exams.models import Attempt, AttemptState, Paper, PaperKey
from exams.services.finalise import lock
from exams.services.marks import mark_again
from exams.services.release import follow_mark
from lms.evidence.audit import record


@transaction.atomic
def correct_key(paper: Paper, *, key: dict, by=None, reason: str = "") -> PaperKey:
    """Write a corrected key as a new revision; the former one stays readable."""
    last = paper.keys.aggregate(last=Max("revision"))["last"] or 0
    corrected = PaperKey.objects.create(paper=paper, revision=last + 1, key=key)
    record(
        "exams.correct_key",
        actor=by,
        subject=paper,
        reason=reason,
        changes={"key": [last, corrected.revision]},
    )
    return corrected


def regrade(paper: Paper, *, reason: str, by=None) -> int:
    """Mark every finished attempt of a paper again by its current key.

    Adds a mark to each, moves released results with it and changes nothing else;
    each attempt is a transaction of its own. The state is read behind the lock: one
    that is ending now may have been marked by the former key, one that ends later
    reads the current one. What persons gave stays; an attempt with a slot that still
    waits for one gets no mark. Returns how many were marked.
    """
    count = 0
    for attempt in Attempt.objects.filter(paper=paper).order_by("pk"):
        with transaction.atomic():
            locked = lock(attempt)
            if locked.state == AttemptState.FINISHED:
                mark = mark_again(locked, reason=reason, by=by)
                if mark:
                    follow_mark(mark)
                    count += 1
    data = {"attempts": count}
    record("exams.regrade", actor=by, subject=paper, reason=reason, data=data)
    return count
