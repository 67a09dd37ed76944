"""From stored answers to marks; the only service that reads a key."""

import datetime as dt
import json

from django.db.models import Max

from exams.answers import option_ids
from exams.marking import MarkSheet, mark, passes
from exams.models import Attempt, Mark, Paper, PaperKey
from exams.services.answers import current_answers
from exams.services.cards import card_of
from lms import clock
from lms.canonical import canonical, sha256_hex


def mark_attempt(
    attempt: Attempt,
    *,
    answers: dict | None = None,
    reason: str = "",
    by=None,
    now: dt.datetime | None = None,
) -> Mark:
    """Add a marking of an attempt by the current key of its paper.

    The caller holds the attempt's row.
    """
    if answers is None:
        answers = current_answers(attempt)
    key = PaperKey.objects.current(attempt.paper_id)
    sheet = _sheet(attempt, answers, key.key)
    last = attempt.marks.aggregate(last=Max("revision"))["last"] or 0
    return Mark.objects.create(
        attempt=attempt,
        revision=last + 1,
        score=sheet.score,
        total=sheet.total,
        passed=passes(sheet.score, attempt.paper.pass_mark),
        per_slot={slot: str(marks) for slot, marks in sheet.per_slot.items()},
        key=key,
        reason=reason,
        made_by=by,
        made_at=now or clock.now(),
    )


def current_mark(attempt: Attempt) -> Mark | None:
    """Return the mark that counts: the highest revision."""
    return attempt.marks.order_by("-revision").first()


def recomputes(paper: Paper) -> bool:
    """Say whether the content of a paper still has the digest it was frozen with."""
    same_text = canonical(json.loads(paper.content)) == paper.content
    return same_text and sha256_hex(paper.content) == paper.content_sha256


def _sheet(attempt, answers, key) -> MarkSheet:
    card = card_of(str(attempt.uuid))
    chosen = {
        slot: option_ids(value, shape=card.shape[slot], secret=card.secret)
        for slot, value in answers.items()
    }
    return mark(key, chosen)
