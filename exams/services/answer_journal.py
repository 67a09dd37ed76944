"""Saving answers: one guarded statement, durable before it is acknowledged.

The statement reads seat, state and time of the attempt and writes every answer with
its disposition, so that decision and row are one step. On
PostgreSQL it holds the attempt's row (``FOR KEY SHARE``) until commit: finalising and
taking a seat wait for it, and it waits for them. On SQLite there is one writer.
"""

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from functools import cache
from itertools import chain, islice
from typing import NamedTuple

from django.db import connection, transaction

from exams.models import AnswerEntry, Attempt, Disposition, EffectiveState
from exams.papers.values import Item, read_item
from exams.services.cards import AttemptCard, card_of
from exams.services.statements import CLOCK, aware, moment, short
from lms.access.prepared import PreparedRows
from lms.access.prepared_cursor import prepared_cursor

JOURNAL = AnswerEntry._meta.db_table
ATTEMPTS = Attempt._meta.db_table
MAX_ROUNDS = 4
MAX_MISSING = 200

LOCK = {"sqlite": "", "postgresql": "FOR KEY SHARE"}

# ``NOT (disposition = 'conflict')`` is how the partial index says it: SQLite uses the
# index only for the same words.
INSERT = """
INSERT INTO {journal} (attempt_id, seat_epoch, seq, slot, value, sha256, client_ms,
                       received_at, disposition)
SELECT t.id, t.mine, i.seq, i.slot, i.value, i.sha256, i.client_ms, t.now,
       CASE WHEN EXISTS (SELECT 1 FROM {journal} e
                          WHERE e.attempt_id = t.id AND e.seat_epoch = t.mine
                            AND e.seq = i.seq AND NOT (e.disposition = 'conflict')
                            AND e.sha256 <> i.sha256) THEN 'conflict'
            WHEN t.seat_epoch <> t.mine THEN 'stale_seat'
            WHEN t.state <> 'open' OR t.now >= t.grace_until THEN 'late'
            ELSE 'counted' END
  FROM t CROSS JOIN i WHERE true
ON CONFLICT DO NOTHING
RETURNING seq, disposition
"""
# PostgreSQL takes the items as one JSON parameter, so that a batch of any size is the
# same statement; to SQLite plain values are cheaper than JSON it takes apart.
ITEMS = {
    "sqlite": "i (seq, slot, value, sha256, client_ms) AS (VALUES {rows})",
    "postgresql": """
i (seq, slot, value, sha256, client_ms) AS
   (SELECT CAST(value ->> 0 AS integer), value ->> 1, value ->> 2, value ->> 3,
           value ->> 4
      FROM json_array_elements(CAST(%s AS json)))
""",
}
TURN = """
a AS (SELECT id, state, seat_epoch, deadline, grace_until,
             CAST(%s AS integer) AS mine
        FROM {attempts} WHERE id = CAST(%s AS bigint) {lock}),
t AS MATERIALIZED (SELECT a.*, {clock} AS now FROM a)
"""
# Times as text: what Django gives PostgreSQL to read them is slow Python.
STANDING = """
SELECT t.state, t.seat_epoch, CAST(t.deadline AS text), CAST(t.grace_until AS text),
       CAST(t.now AS text),
       (SELECT count(*) FROM {journal} WHERE attempt_id = t.id AND seat_epoch = t.mine
           AND NOT (disposition = 'conflict')),
       (SELECT coalesce(max(seq), 0) FROM {journal} WHERE attempt_id = t.id
           AND seat_epoch = t.mine AND NOT (disposition = 'conflict')){fates}
  FROM t
"""
FATES = ", (SELECT string_agg(seq || ':' || disposition, ',') FROM ins)"


_entries = PreparedRows(
    lambda attempt: (
        AnswerEntry.objects.filter(attempt=attempt)
        .numbered()
        .order_by("seat_epoch", "seq")
        .values_list("seat_epoch", "seq", "slot", "value", "disposition")
    )
)


class AttemptAtSave(NamedTuple):
    """How an attempt stood at the moment of the statement."""

    state: str
    seat_epoch: int
    deadline: str
    grace_until: str
    now: str
    stored: int
    highest: int


class Saved(NamedTuple):
    """What became of a batch of answers."""

    acked: list[int]
    conflicts: list[int]
    through: int
    state: str
    deadline: dt.datetime
    grace_until: dt.datetime
    server_now: dt.datetime
    refusal: str


class Journal(NamedTuple):
    """The answers of an attempt by slot, and the numbers stored of its present seat."""

    answers: dict[str, object]
    numbers: list[int]

    @property
    def highest(self) -> int:
        """The highest number, 0 if there is none."""
        return self.numbers[-1] if self.numbers else 0

    @property
    def through(self) -> int:
        """The number up to which every answer is stored."""
        return _gapless(self.numbers)

    def missing(self, final_seq: int) -> list[int]:
        """Return the numbers up to ``final_seq`` that are not here.

        The lowest ``MAX_MISSING`` of them: more are never filled at once.
        """
        stored = set(self.numbers)
        missing = (seq for seq in range(1, final_seq + 1) if seq not in stored)
        return list(islice(missing, MAX_MISSING))


def save_answers(
    card: AttemptCard,
    *,
    epoch: int,
    items: Sequence[Item],
    now: dt.datetime | None = None,
) -> Saved:
    """Store a batch of answers and say what became of each, once it is durable.

    ``acked`` are numbers whose answer counts; ``conflicts`` those that hold another
    answer already. ``refusal`` is ``seat_taken`` or ``closed`` where new answers were
    kept but do not count. Must not run inside a transaction: returning is the
    acknowledgement.
    """
    with _durable():
        written, standing = _write(card.pk, epoch, items, now)
        if len(written) == len(items):
            fates = set(written)
        else:
            fates, standing = _settle(card.pk, epoch, items, standing, now)
        gapless = standing.stored == standing.highest
        through = standing.highest if gapless else _gapless(_numbers(card.pk, epoch))
    conflicts = {seq for seq, fate in fates if fate == Disposition.CONFLICT}
    counted = {seq for seq, fate in fates if fate == Disposition.COUNTED}
    deadline, grace, at = map(aware, standing[2:5])
    state = EffectiveState.OPEN
    if standing.state != "open" or at >= grace:
        state = EffectiveState.CLOSED
    elif at >= deadline:
        state = EffectiveState.CLOSING
    refusal = ""
    if any(fate in (Disposition.LATE, Disposition.STALE_SEAT) for _, fate in fates):
        refusal = "seat_taken" if standing.seat_epoch != epoch else "closed"
    return Saved(
        sorted(counted - conflicts),
        sorted(conflicts),
        through,
        state,
        deadline,
        grace,
        at,
        refusal,
    )


def record_answers(
    attempt: Attempt,
    *,
    values: Mapping[str, object],
    epoch: int | None = None,
    now: dt.datetime | None = None,
) -> Saved:
    """Store answers that come without numbers (the plain HTML form), changed ones only.

    Numbers continue those of the seat ``epoch``, by default the present one; any
    other is kept as evidence and counts for nothing. A number another request took
    in the same moment is left to it. Raises ``AnswerRefused``.
    """
    epoch = attempt.seat_epoch if epoch is None else epoch
    card = card_of(str(attempt.uuid))
    present = current_answers(attempt)
    rows = [
        {"slot": slot, "value": value}
        for slot, value in values.items()
        if present.get(slot) != value
    ]
    for _round in range(MAX_ROUNDS):
        first = (_numbers(attempt.pk, epoch).last() or 0) + 1
        items = [
            read_item({**row, "seq": seq}, shape=card.shape, secret=card.secret)
            for seq, row in enumerate(rows, first)
        ]
        saved = save_answers(card, epoch=epoch, items=items, now=now)
        rows = [row for seq, row in enumerate(rows, first) if seq in saved.conflicts]
        if not rows:
            break
    return saved


def journal_of(attempt: Attempt) -> Journal:
    """Read what the journal says of an attempt, in one query.

    It depends on which entries there are, not on how or in what order they came.
    """
    latest, numbers = {}, []
    for epoch, seq, slot, value, fate in _entries.rows(attempt.pk):
        if fate == Disposition.COUNTED:
            latest[slot] = value
        if epoch == attempt.seat_epoch:
            numbers.append(seq)
    given = {slot: text for slot, text in latest.items() if text != "null"}
    answers = {slot: json.loads(text) for slot, text in given.items()}
    return Journal(answers, numbers)


def current_answers(attempt: Attempt) -> dict[str, object]:
    """Return the answer to each answered slot; a cleared slot is not in it."""
    return journal_of(attempt).answers


def answered_slots(attempt: Attempt, answers: Mapping[str, object]) -> set[str]:
    """Return the slots whose current answers leave nothing of the question open."""
    shape = card_of(str(attempt.uuid)).shape
    return {
        slot for slot, value in answers.items() if shape[slot].kind.is_answered(value)
    }


def _numbers(attempt_id, epoch):
    return (
        AnswerEntry.objects.filter(attempt=attempt_id, seat_epoch=epoch)
        .numbered()
        .order_by("seq")
        .values_list("seq", flat=True)
    )


def _gapless(numbers):
    reached = 0
    for seq in numbers:
        if seq != reached + 1:
            break
        reached = seq
    return reached


@cache
def _statements(vendor: str, clock_given: bool, count: int) -> tuple[str, str]:
    """Return the statement that saves, and the one that says how the attempt stands.

    PostgreSQL does both in the first.
    """
    turn = TURN.format(
        attempts=ATTEMPTS,
        lock=LOCK[vendor],
        clock="%s" if clock_given else CLOCK[vendor],
    )
    rows = ", ".join(["(%s, %s, %s, %s, %s)"] * count)
    items, insert = ITEMS[vendor].format(rows=rows), INSERT.format(journal=JOURNAL)
    ask = f"WITH {turn} {STANDING.format(journal=JOURNAL, fates='')}"
    if vendor == "postgresql":
        standing = STANDING.format(journal=JOURNAL, fates=FATES)
        save = f"WITH {items}, {turn}, ins AS ({insert}) {standing}"
        return short(save), short(ask)
    return short(f"WITH {items}, {turn} {insert}"), short(ask)


def _write(attempt_id, epoch, items, now):
    """Run the statement; return what was written and how the attempt stands."""
    vendor = connection.vendor
    count = len(items) if vendor == "sqlite" else 1
    save, ask = _statements(vendor, now is not None, count)
    turn = [epoch, attempt_id]
    if now is not None:
        turn.append(moment(now))
    with prepared_cursor() as cursor:
        if vendor == "postgresql" and items:
            cursor.execute(save, [json.dumps(items), *turn])
            *standing, fates = cursor.fetchone()
            pairs = [fate.split(":") for fate in fates.split(",")] if fates else []
            written = [(int(seq), fate) for seq, fate in pairs]
            new = [seq for seq, fate in written if fate != Disposition.CONFLICT]
            standing[5] += len(new)
            standing[6] = max([standing[6], *new])
            return written, AttemptAtSave(*standing)
        written = []
        if items:
            cursor.execute(save, [*chain.from_iterable(items), *turn])
            written = cursor.fetchall()
        cursor.execute(ask, turn)
        return written, AttemptAtSave(*cursor.fetchone())


def _durable():
    """Return the transaction of a save: each statement by itself, durable at its end.

    Inside another transaction nothing would be durable yet, so that is refused.
    """
    if connection.in_atomic_block:
        return transaction.atomic(durable=True)
    return nullcontext()


def _settle(attempt_id, epoch, items, standing, now):
    """Say what became of each answer when some were here already.

    A number that somebody else filled a moment ago, or that comes twice in one
    batch, left no row at first: then the statement runs again and sees the other.
    """
    for _round in range(MAX_ROUNDS):
        entries = AnswerEntry.objects.filter(
            attempt=attempt_id, seat_epoch=epoch, seq__in=[item.seq for item in items]
        ).order_by()
        rows = entries.numbered().union(entries.conflicts(), all=True)
        rows = rows.values_list("seq", "sha256", "disposition")
        fates = {(seq, sha256): fate for seq, sha256, fate in rows}
        if all((item.seq, item.sha256) in fates for item in items):
            break
        _written, standing = _write(attempt_id, epoch, items, now)
    return {(item.seq, fates.get((item.seq, item.sha256))) for item in items}, standing
