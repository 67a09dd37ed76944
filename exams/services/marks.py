"""From stored answers to marks; the only service that reads a key.

Each slot gets a ``SlotMark``, and an attempt none of whose slots waits for a person
gets a ``Mark`` of them all. Marking again adds a ``Mark``, and a ``SlotMark`` for each
slot that earns another share than before.
"""

import datetime as dt
import json
from collections.abc import Mapping
from fractions import Fraction

from django.db.models import Max

from exams.kinds import kind_of
from exams.models import (
    Attempt,
    Mark,
    Paper,
    PaperKey,
    Result,
    SlotMark,
    SlotMarkState,
)
from exams.papers.marking import MarkSheet, mark, passes, rounded
from exams.services.answer_journal import current_answers
from exams.services.cards import card_of, option_rows
from exams.services.statements import insert_row
from lms.access.prepared import PreparedRows
from lms.evidence import clock
from lms.evidence.canonical_json import canonical_json, sha256_hex
from lms.sheets.bulk_writes import insert_rows

_keys = PreparedRows(lambda paper: PaperKey.objects.of_paper(paper)[:1])
_marks = PreparedRows(lambda mark: Mark.objects.filter(pk=mark).select_related("key"))
SLOT_FIELDS = (
    "attempt",
    "slot",
    "number",
    "question_revision",
    "chosen",
    "state",
    "share_numerator",
    "share_denominator",
    "reason",
    "marked_by",
    "marked_at",
)


def mark_attempt(
    attempt: Attempt, *, answers: Mapping[str, object], now: dt.datetime
) -> Mark | None:
    """Mark an attempt for the first time, by the current key of its paper.

    None where a slot waits for a person. The caller holds the attempt's row.
    """
    return _mark(attempt, answers, {}, 1, now=now)


def mark_again(
    attempt: Attempt, *, reason: str = "", by=None, now: dt.datetime | None = None
) -> Mark | None:
    """Add a marking of a finished attempt by the current key of its paper.

    What persons gave stays. None where a slot waits for one. The caller holds the
    attempt's row.
    """
    standing = {
        one.slot: one for one in SlotMark.objects.current().filter(attempt=attempt)
    }
    last = attempt.marks.aggregate(last=Max("revision"))["last"] or 0
    return _mark(
        attempt,
        current_answers(attempt),
        standing,
        last + 1,
        reason=reason,
        by=by,
        now=now or clock.now(),
    )


def current_mark(attempt: Attempt) -> Mark | None:
    """Return the mark that counts: the highest revision."""
    return attempt.marks.order_by("-revision").first()


def mark_of(result: Result) -> Mark:
    """Return the mark that a result shows, together with its key."""
    if not Result.mark.is_cached(result):
        result.mark = _marks.first(result.mark_id)
    return result.mark


def recomputes(paper: Paper) -> bool:
    """Say whether the content of a paper still has the digest it was frozen with."""
    same_text = canonical_json(json.loads(paper.content)) == paper.content
    return same_text and sha256_hex(paper.content) == paper.content_sha256


def _mark(attempt, answers, standing, revision, *, reason="", by=None, now):
    key = _keys.first(attempt.paper_id)
    values = _with_ids(attempt, answers)
    given = {
        slot: one.share
        for slot, one in standing.items()
        if one.state == SlotMarkState.HUMAN
    }
    sheet = mark(key.key, values, by_hand=given)
    states = {slot: _state(sheet, slot) for slot in sheet.shares}
    changed = [
        slot
        for slot, share in sheet.shares.items()
        if slot not in standing
        or (standing[slot].state, standing[slot].share) != (states[slot], share)
    ]
    options = option_rows(attempt.paper, key.key)
    insert_rows(
        SlotMark,
        SLOT_FIELDS,
        [
            (
                attempt.pk,
                slot,
                standing[slot].number + 1 if slot in standing else 1,
                key.key[slot].get("revision"),
                canonical_json(_chosen(key.key[slot], values.get(slot), options[slot])),
                states[slot].value,
                *share_columns(sheet.shares[slot]),
                reason,
                by and by.pk,
                now,
            )
            for slot in changed
        ],
    )
    if not sheet.complete:
        return None
    made = Mark(
        attempt=attempt,
        revision=revision,
        score=rounded(sheet.score),
        score_exact=str(sheet.score),
        total=rounded(sheet.total),
        passed=passes(sheet.score, attempt.paper.pass_mark),
        per_slot={
            slot: {"share": str(share), "by": states[slot]}
            for slot, share in sheet.shares.items()
        },
        key=key,
        reason=reason,
        made_by=by,
        made_at=now,
    )
    insert_row(made)
    return made


def share_columns(share: Fraction | None) -> tuple[int | None, int | None]:
    """Return numerator and denominator as a ``SlotMark`` holds them."""
    return (None, None) if share is None else (share.numerator, share.denominator)


def _state(sheet: MarkSheet, slot):
    if slot not in sheet.for_persons:
        return SlotMarkState.AUTOMATIC
    if sheet.shares[slot] is None:
        return SlotMarkState.PENDING
    return SlotMarkState.HUMAN


def _with_ids(attempt, answers):
    """Return current answers with the ids of the paper in place of tokens."""
    card = card_of(str(attempt.uuid))
    return {
        slot: card.shape[slot].kind.with_ids(
            value, card.shape[slot].accepts, card.secret
        )
        for slot, value in answers.items()
    }


def _chosen(entry, value, options) -> list[int]:
    if value is None:
        return []
    chosen = kind_of(entry["type"]).chosen(value)
    return sorted(options[one] for one in chosen if one in options)
