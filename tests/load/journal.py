"""What was acknowledged, compared with what the database holds afterwards.

The generator writes down each answer a phone was told is saved, and each receipt. The
digest is computed here from what the phone sent, and again from slot and value of the
stored row: a row whose text was changed is noticed as well as one that is gone.
"""

from collections import defaultdict
from typing import NamedTuple

from exams.models import AnswerEntry, Disposition, Submission
from lms.evidence.canonical_json import canonical_json, sha256_hex

AT_ONCE = 500


class Fault(NamedTuple):
    """Something acknowledged that the database does not hold."""

    attempt: str
    what: str
    seat_epoch: int = 0
    seq: int = 0


class Ledger:
    """What phones were told: answers by attempt, seat and number, and receipts."""

    def __init__(self):
        self.answers: dict[str, dict[tuple[int, int], tuple]] = defaultdict(dict)
        self.receipts: dict[str, str] = {}

    def saved(self, attempt: str, *, epoch: int, seq: int, slot: str, value) -> None:
        """Write down an answer that was acknowledged as saved."""
        self.answers[attempt][epoch, seq] = (slot, value)

    def handed_in(self, attempt: str, receipt: str) -> None:
        """Write down the receipt of an attempt."""
        self.receipts[attempt] = receipt

    def __len__(self):
        return sum(map(len, self.answers.values()))


def compare(ledger: Ledger) -> list[Fault]:
    """Return what was acknowledged and is not in the database as it was sent."""
    faults = []
    for attempts in _batches(sorted(ledger.answers)):
        faults += _lost_answers(ledger, attempts)
    for attempts in _batches(sorted(ledger.receipts)):
        faults += _lost_receipts(ledger, attempts)
    return faults


def _lost_answers(ledger, attempts):
    entries = AnswerEntry.objects.numbered().filter(attempt__uuid__in=attempts)
    rows = entries.order_by().values_list(
        "attempt__uuid", "seat_epoch", "seq", "slot", "value", "sha256", "disposition"
    )
    stored = {(str(uuid), epoch, seq): rest for uuid, epoch, seq, *rest in rows}
    for attempt in attempts:
        for (epoch, seq), (slot, value) in ledger.answers[attempt].items():
            what = _fault(stored.get((attempt, epoch, seq)), slot, value)
            if what:
                yield Fault(attempt, what, epoch, seq)


def _fault(row, slot, value) -> str:
    if row is None:
        return "missing"
    stored_slot, stored_value, stored_digest, disposition = row
    digest = sha256_hex(f"{slot}\n{canonical_json(value)}")
    if {stored_digest, sha256_hex(f"{stored_slot}\n{stored_value}")} != {digest}:
        return "another answer"
    return "" if disposition == Disposition.COUNTED else "does not count"


def _lost_receipts(ledger, attempts):
    rows = Submission.objects.filter(attempt__uuid__in=attempts)
    stored = {
        str(uuid): text for uuid, text in rows.values_list("attempt__uuid", "receipt")
    }
    for attempt in attempts:
        if stored.get(attempt) != ledger.receipts[attempt]:
            yield Fault(
                attempt, "another receipt" if attempt in stored else "no receipt"
            )


def _batches(names):
    return (names[first : first + AT_ONCE] for first in range(0, len(names), AT_ONCE))
