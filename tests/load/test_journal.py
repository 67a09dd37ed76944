"""The comparison after a load, and its control: what is changed or gone is noticed."""

import pytest
from django.db import connection

from exams.models import AnswerEntry, Submission
from exams.services.submission import submit
from lms.evidence.triggers import open_gate
from tests.exams.phone import right_answers, save
from tests.factories.sittings import make_attempt
from tests.load.journal import Ledger, compare

pytestmark = [pytest.mark.django_db, pytest.mark.services]


@pytest.fixture
def told():
    """An attempt with five answers and its receipt, and the ledger of both."""
    attempt, ledger = make_attempt(), Ledger()
    answers = right_answers(attempt)
    rows = [(seq, *answer) for seq, answer in enumerate(answers.items(), 1)]
    assert save(attempt, *rows).acked == [1, 2, 3, 4, 5]
    for seq, slot, value in rows:
        ledger.saved(str(attempt.uuid), epoch=1, seq=seq, slot=slot, value=value)
    receipt = submit(attempt, seat_epoch=1, final_seq=5).receipt
    ledger.handed_in(str(attempt.uuid), receipt)
    return ledger


def test_what_was_acknowledged_is_there(told, django_assert_num_queries):
    assert len(told) == 5
    with django_assert_num_queries(2):
        assert compare(told) == []


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM exams_answerentry WHERE seq = 3",
        """UPDATE exams_answerentry SET value = '"other"' WHERE seq = 3""",
        "UPDATE exams_answerentry SET sha256 = slot WHERE seq = 3",
        "UPDATE exams_answerentry SET slot = '4' WHERE seq = 3",
        "UPDATE exams_answerentry SET seat_epoch = 2 WHERE seq = 3",
        "UPDATE exams_answerentry SET disposition = 'late' WHERE seq = 3",
    ],
)
def test_a_changed_or_deleted_answer_is_noticed(told, change):
    with open_gate(reason="control"), connection.cursor() as cursor:
        cursor.execute(change)
        assert cursor.rowcount == 1
    (fault,) = compare(told)
    assert (fault.seat_epoch, fault.seq) == (1, 3)


def test_a_changed_or_deleted_receipt_is_noticed(told):
    with open_gate(reason="control"):
        Submission.objects.update(receipt="{}")
        (changed,) = compare(told)
        Submission.objects.all()._raw_delete("default")
    (missing,) = compare(told)
    assert (changed.what, missing.what) == ("another receipt", "no receipt")


def test_an_attempt_nobody_has_stored_is_noticed(told):
    told.saved(
        "00000000-0000-4000-8000-000000000000", epoch=1, seq=1, slot="1", value=1
    )
    (fault,) = compare(told)
    assert fault.what == "missing"


def test_more_in_the_journal_than_was_acknowledged_is_no_fault(told):
    entry = AnswerEntry.objects.get(seq=5)
    entry.pk, entry.seq = None, 6
    entry.save(force_insert=True)
    assert compare(told) == []
